"""Members in bulk, export and 名册信息 over the API: the same actions as the console's pages."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Field, File, Form, P, QueryEx, Router, Schema, Status, UploadedFile

from lianxue.accounts.current import current_user
from lianxue.shared.downloads import CSV, XLSX, attachment
from lianxue.shared.pagination import paginate
from lianxue.shared.uploads import uploaded

from .. import queries
from .. import schemas as s
from ..actions import details as detail_actions
from ..actions import export, imports
from ..models import ImportRow, MemberImport
from ..queries import imports as reads
from ..queries import workbooks
from ..queries.table import TableView
from ..roster.rows import RowData

router = Router(tags=["organizations"])

SIZE = 50
PageNumber = QueryEx[int, P(ge=1, le=100000, description="page number, from 1")]
State = Literal["ready", "queued", "done", "failed", "undone", "dropped"]
Outcome = Literal["new", "changed", "unchanged", "error"]
Cut = Literal["", "new", "changed", "unchanged", "error", "warning"]
Cells = dict[str, str]


def _file(*kinds: str) -> dict[str, Any]:
    """What stands in the document for an answer that is a file."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    answer = {"description": "The file", "content": dict.fromkeys(kinds, binary)}
    return {"responses": {200: answer}}


class ImportOut(Schema):
    """A roster file on its way."""

    id: int
    state: State = Field(description="待确认, 写入中, 已导入, 未导入, 已撤销, 已放弃")
    file_name: str
    make_branches: bool
    new: int = Field(description="rows that would add, or added, somebody")
    changed: int
    unchanged: int
    error: int
    columns: Cells = Field(description="the headings that were understood, by column key")
    ignored: list[str] = Field(description="headings that nothing is known of")
    id_numbers: bool = Field(description="there was a column of ID numbers; it was left out")
    progress: float = Field(description="of the checking, 0 to 1")
    note: str = Field(description="why it failed, or what could not be undone")
    created_by: str
    created_at: datetime
    finished_at: datetime | None


class ImportPage(Schema):
    """One page of imports, newest first."""

    items: list[ImportOut]
    page: int
    pages: int
    total: int


class ImportRowOut(Schema):
    """One row of the file; all mappings go by column key."""

    number: int = Field(description="its number in the sheet")
    outcome: Outcome
    raw: Cells = Field(description="as typed")
    clean: Cells = Field(description="as understood, without empty cells")
    before: Cells = Field(description="the old values of the cells that change")
    errors: Cells = Field(description="what to mend; `row` for the row as a whole")
    warnings: Cells
    make_branch: str = Field(description="the path of a branch that would be made")


class ImportRowPage(Schema):
    """One page of rows, in the file's order."""

    items: list[ImportRowOut]
    page: int
    pages: int
    total: int


class ConfirmIn(Schema):
    """What to do with rows in error: 409 while there are some and this is false."""

    leave_out_errors: bool = False


class ReplanIn(Schema):
    """Null: as before."""

    make_branches: bool | None = None


class ExportIn(Schema):
    """Whom and what to take out. Full numbers and details need a reason."""

    format: Literal["xlsx", "csv"] = "xlsx"
    phones: Literal["masked", "full"] = "masked"
    details: bool = Field(False, description="with 名册信息 (sensitive)")
    reason: str = Field("", max_length=400, description="用途, at most 100 characters; audited")
    branch_id: s.Id | None = Field(None, description="with all below it")
    direct: bool = Field(False, description="only who stands right there")
    state: Literal["", "active", "invited"] = ""
    role: Literal["", "admin", "main_admin", "learning_admin", "member"] = ""
    q: str = Field("", max_length=40, description="part of a name, pinyin, or a number's end")


class DetailsOut(Schema):
    """名册信息 by column key; the look is audited."""

    values: Cells
    version: str = Field(description="to be sent back with a change")


class DetailsIn(Schema):
    """What changes; a key that is left out stays, an empty value is taken away."""

    values: dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=400)]] = (
        Field(max_length=40)
    )
    version: str | None = Field(
        None, max_length=60, description="409 when somebody has changed them since"
    )


class VersionOut(Schema):
    """The details' new version."""

    version: str


class NameIn(Schema):
    """The right name."""

    name: str = Field(max_length=100)


@router.post(
    "/{int:organization_id}/imports", response={201: ImportOut}, operation_id="upload_roster"
)
def upload_roster(
    request: HttpRequest,
    organization_id: int,
    file: File[UploadedFile | None] = None,
    make_branches: Form[bool] = False,
) -> Any:
    """Upload a roster (.xlsx, .xls, .csv; 20 MB) to be looked at; nothing is written yet."""
    found = uploaded(request)
    batch = imports.prepare(
        current_user(request),
        organization_id,
        imports.Upload(found.name or "", found.read()),
        make_branches=make_branches,
    )
    return Status(201, _import(batch))


@router.get("/{int:organization_id}/imports", response=ImportPage, operation_id="list_imports")
def list_imports(request: HttpRequest, organization_id: int, page: PageNumber = 1) -> Any:
    """The caller's imports here; all of them for who administers the whole organisation."""
    user = current_user(request)
    organization, _ = queries.get_administered(user, organization_id)
    return s.page_of(paginate(reads.imports_of(user, organization), page, SIZE), _import)


@router.get(
    "/{int:organization_id}/imports/template",
    operation_id="roster_template",
    openapi_extra=_file(XLSX),
)
def roster_template(
    request: HttpRequest, organization_id: int, kind: Literal["short", "full"] = "short"
) -> HttpResponseBase:
    """The empty roster: 简表 (姓名, 手机号, 所在党支部), or 全表 with every column."""
    return attachment(
        *workbooks.template_for(current_user(request), organization_id, full=kind == "full")
    )


@router.get("/imports/{int:import_id}", response=ImportOut, operation_id="read_import")
def read_import(request: HttpRequest, import_id: int) -> Any:
    """One import: its state, its figures, how far it is."""
    return _import(reads.get_import(current_user(request), import_id))


@router.get("/imports/{int:import_id}/rows", response=ImportRowPage, operation_id="import_rows")
def import_rows(
    request: HttpRequest, import_id: int, outcome: Cut = "", page: PageNumber = 1
) -> Any:
    """The rows cell by cell; ``outcome`` empty: all. They are kept for 30 days."""
    user = current_user(request)
    rows = reads.rows_of(user, reads.get_import(user, import_id), outcome)
    return s.page_of(paginate(rows, page, SIZE), _row)


@router.get(
    "/imports/{int:import_id}/corrected",
    operation_id="corrected_roster",
    openapi_extra=_file(XLSX),
)
def corrected_roster(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """The rows in error with what to mend, to be uploaded again."""
    return attachment(*workbooks.corrected_of(current_user(request), import_id))


@router.post(
    "/imports/{int:import_id}/confirm", response={202: ImportOut}, operation_id="confirm_import"
)
def confirm_import(request: HttpRequest, import_id: int, body: ConfirmIn) -> Any:
    """确认导入: queued, then written as a whole or not at all; for the one who uploaded it."""
    done = imports.confirm(current_user(request), import_id, leave_out_errors=body.leave_out_errors)
    return Status(202, _import(done))


@router.post("/imports/{int:import_id}/replan", response=ImportOut, operation_id="replan_import")
def replan_import(request: HttpRequest, import_id: int, body: ReplanIn) -> Any:
    """重新核对: the same rows against the organisation as it is now."""
    return _import(imports.replan(current_user(request), import_id, body.make_branches))


@router.post("/imports/{int:import_id}/drop", response=ImportOut, operation_id="drop_import")
def drop_import(request: HttpRequest, import_id: int) -> Any:
    """放弃: its rows are deleted at once."""
    return _import(imports.drop(current_user(request), import_id))


@router.post("/imports/{int:import_id}/undo", response=ImportOut, operation_id="undo_import")
def undo_import(request: HttpRequest, import_id: int) -> Any:
    """撤销导入, in one step; ``note`` names what was changed since and stays."""
    return _import(imports.undo(current_user(request), import_id))


@router.post(
    "/{int:organization_id}/members/export",
    operation_id="export_members",
    openapi_extra=_file(XLSX, "text/csv"),
)
def export_members(request: HttpRequest, organization_id: int, body: ExportIn) -> HttpResponseBase:
    """导出成员 of the caller's scope, marked with who took it; audited."""
    view = TableView(
        branch_id=body.branch_id,
        direct=body.direct,
        state=body.state,
        role=body.role,
        text=body.q.replace("\0", "").strip(),
    )
    wish = export.Wish(body.format, body.phones, body.details, body.reason)
    taken = export.export_members(current_user(request), organization_id, view, wish)
    return attachment(taken.file, taken.name, XLSX if body.format == "xlsx" else CSV)


@router.post(
    "/members/{int:membership_id}/details/reveal",
    response=DetailsOut,
    operation_id="reveal_details",
)
def reveal_details(request: HttpRequest, membership_id: int) -> Any:
    """名册信息 of a member in the caller's scope, or the caller's own; every look is audited."""
    found = detail_actions.reveal(current_user(request), membership_id)
    return {"values": found.values, "version": found.version}


@router.patch(
    "/members/{int:membership_id}/details", response=VersionOut, operation_id="change_details"
)
def change_details(request: HttpRequest, membership_id: int, body: DetailsIn) -> Any:
    """Change 名册信息; errors are at the column keys."""
    found = detail_actions.change(current_user(request), membership_id, body.values, body.version)
    return {"version": found.version}


@router.put("/members/{int:membership_id}/name", response=s.MemberOut, operation_id="rename_member")
def rename_member(request: HttpRequest, membership_id: int, body: NameIn) -> Any:
    """修改姓名 on the roster; the person is told."""
    row = detail_actions.rename_member(current_user(request), membership_id, body.name)
    return s.member_of(row, seen=True)


def _import(batch: MemberImport) -> dict[str, Any]:
    about = reads.about(batch)
    whole = batch.progress.get("of") or 0
    figures = {outcome: batch.counts.get(outcome, 0) for outcome in ImportRow.Outcome.values}
    return {
        "id": batch.pk,
        "state": batch.state,
        "file_name": batch.file_name,
        "make_branches": batch.make_branches,
        **figures,
        "columns": about.columns,
        "ignored": about.ignored,
        "id_numbers": about.id_numbers,
        "progress": batch.progress.get("done", 0) / whole
        if whole
        else float(batch.state == "done"),
        "note": batch.note,
        "created_by": batch.created_by.name if batch.created_by else "",
        "created_at": batch.created_at,
        "finished_at": batch.finished_at,
    }


def _row(row: ImportRow) -> dict[str, Any]:
    data = RowData.load(row.data)
    return {
        "number": row.number,
        "outcome": row.outcome,
        "raw": data.raw,
        "clean": data.clean,
        "before": data.before,
        "errors": data.errors,
        "warnings": data.warnings,
        "make_branch": data.make,
    }
