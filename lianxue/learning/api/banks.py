"""Question banks over the API: banks, questions, a sheet looked at and taken in, the export."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Field, File, Query, Router, Schema, Status, UploadedFile

from lianxue.accounts.current import current_user
from lianxue.notices import schemas as n
from lianxue.organizations.schemas import page_of
from lianxue.shared.downloads import attachment
from lianxue.shared.pagination import cut, paginate
from lianxue.shared.uploads import uploaded

from ..actions import bank_export, banks
from ..actions import importing_questions as imports
from ..models import BankQuestion, QuestionBank, QuestionImport
from ..queries import banks as reads
from ..question_sheet import template
from ..questions import Typed

router = Router(tags=["question banks"])

_BANKS = "/{int:organization_id}/banks"
_BANK = _BANKS + "/{int:bank_id}"
_QUESTION = _BANK + "/questions/{int:question_id}"
_IMPORT = _BANK + "/imports/{int:import_id}"

Kind = Literal["single", "multiple", "judge", "fill"]
Outcome = Literal["new", "changed", "same", "error"]
Cells = dict[str, str]
_Line = Annotated[str, Field(max_length=800)]


class BankIn(Schema):
    """A bank's name."""

    name: str = Field("", max_length=160, description="at most 40 characters")


class BankOut(Schema):
    """A bank."""

    id: int
    name: str
    created_at: datetime


class BankLine(BankOut):
    """A bank with how many questions stand in it, in all and of each kind."""

    standing: int
    single: int
    multiple: int
    judge: int
    fill: int


class BankPage(Schema):
    """One page of banks, by name."""

    items: list[BankLine]
    page: int
    pages: int
    total: int


class QuestionIn(Schema):
    """A question as it is typed; errors at its fields."""

    kind: Kind
    text: str = Field("", max_length=2000, description="with ____ for each blank of a fill-in")
    options: list[_Line] = Field([], max_length=20, description="2 to 8 of a choice")
    answer: str = Field(
        "",
        max_length=8000,
        description="letters (ABD), 对 or 错, or the blanks: 甲；乙|丙 (| between alternatives)",
    )
    explanation: str = Field("", max_length=2000)

    def typed(self) -> Typed:
        """As the actions take it."""
        return Typed(self.kind, self.text, tuple(self.options), self.answer, self.explanation)


class QuestionOut(Schema):
    """A question; it never changes, a correction is another one."""

    id: int
    kind: Kind
    text: str
    options: list[str]
    answer: list[Any] = Field(description="places of options, [true], or the words of each blank")
    explanation: str
    replaces: int | None = Field(description="the one that this is the correction of")
    created_at: datetime
    retired_at: datetime | None = Field(description="since when it is drawn no more")


class QuestionPage(Schema):
    """One page of questions, the last written first."""

    items: list[QuestionOut]
    page: int
    pages: int
    total: int


class QuestionsQuery(Schema):
    """Which questions."""

    kind: Kind | None = None
    q: str = Field("", max_length=40, description="words in its text")
    retired: bool = False
    page: int = Field(1, ge=1, le=100000)


class QuestionImportOut(Schema):
    """A sheet of questions on its way."""

    id: int
    state: Literal["ready", "done", "undone"] = Field(description="待确认, 已导入, 已撤销")
    file_name: str
    new: int
    changed: int
    same: int
    error: int
    created_by: str
    created_at: datetime
    finished_at: datetime | None


class QuestionImportPage(Schema):
    """One page of imports, newest first."""

    items: list[QuestionImportOut]
    page: int
    pages: int
    total: int


class QuestionRowOut(Schema):
    """One row of the sheet; mappings go by column key (``option_a`` …)."""

    sheet: str = Field(description="where there are questions in several")
    number: int = Field(description="its number in the sheet")
    outcome: Outcome
    cells: Cells = Field(description="as typed")
    errors: Cells = Field(description="what to mend; `options` for all of them")


class QuestionRowPage(Schema):
    """One page of rows, in the file's order."""

    items: list[QuestionRowOut]
    page: int
    pages: int
    total: int


class RowsQuery(Schema):
    """Which rows."""

    outcome: Outcome | None = None
    page: int = Field(1, ge=1, le=100000)


class ConfirmQuestionsIn(Schema):
    """What to do with rows in error: 422 while there are some and this is false."""

    leave_out: bool = False


@router.get(_BANKS, response=BankPage, operation_id="list_question_banks")
def list_question_banks(request: HttpRequest, organization_id: int, page: n.PageNumber = 1) -> Any:
    """题库 of the organisation, for its administrators."""
    rows = reads.banks_of(current_user(request), organization_id)
    return page_of(paginate(rows, page, n.SIZE), _bank_line)


@router.post(_BANKS, response={201: BankOut}, operation_id="create_question_bank")
def create_question_bank(request: HttpRequest, organization_id: int, body: BankIn) -> Any:
    """新建题库."""
    return Status(201, banks.create(current_user(request), organization_id, body.name))


@router.get(_BANKS + "/template", operation_id="question_template", openapi_extra=n.binary())
def question_template(request: HttpRequest, organization_id: int) -> HttpResponseBase:
    """The empty sheet, with an example of each kind."""
    reads.banks_of(current_user(request), organization_id)
    return attachment(template(), "题库导入模板.xlsx")


@router.patch(_BANK, response=BankOut, operation_id="rename_question_bank")
def rename_question_bank(
    request: HttpRequest, organization_id: int, bank_id: int, body: BankIn
) -> Any:
    """Another name."""
    bank = _bank(request, organization_id, bank_id)
    return banks.rename(current_user(request), bank.pk, body.name)


@router.post(_BANK + "/export", operation_id="export_question_bank", openapi_extra=n.binary())
def export_question_bank(
    request: HttpRequest, organization_id: int, bank_id: int
) -> HttpResponseBase:
    """The questions as a sheet that can be imported again; audited. 409: there are none."""
    taken = bank_export.export_bank(current_user(request), organization_id, bank_id)
    return attachment(taken.data, taken.name)


@router.get(_BANK + "/questions", response=QuestionPage, operation_id="list_questions")
def list_questions(
    request: HttpRequest, organization_id: int, bank_id: int, query: Query[QuestionsQuery]
) -> Any:
    """The questions that stand in a bank, or those that are retired."""
    bank = _bank(request, organization_id, bank_id)
    rows = reads.questions_of(bank, query.kind or "", query.q, retired=query.retired)
    return page_of(paginate(rows, query.page, n.SIZE), _question)


@router.post(_BANK + "/questions", response={201: QuestionOut}, operation_id="add_question")
def add_question(request: HttpRequest, organization_id: int, bank_id: int, body: QuestionIn) -> Any:
    """添加题目."""
    bank = _bank(request, organization_id, bank_id)
    return Status(201, _question(banks.add(current_user(request), bank.pk, body.typed())))


@router.get(_QUESTION, response=QuestionOut, operation_id="read_question")
def read_question(
    request: HttpRequest, organization_id: int, bank_id: int, question_id: int
) -> Any:
    """One question, retired ones too."""
    return _question(reads.get_question(_bank(request, organization_id, bank_id), question_id))


@router.put(_QUESTION, response=QuestionOut, operation_id="correct_question")
def correct_question(
    request: HttpRequest, organization_id: int, bank_id: int, question_id: int, body: QuestionIn
) -> Any:
    """Another version in its place, with an id of its own; the same words change nothing."""
    question = reads.get_question(_bank(request, organization_id, bank_id), question_id)
    return _question(banks.correct(current_user(request), question.pk, body.typed()))


@router.post(_QUESTION + "/retire", response=QuestionOut, operation_id="retire_question")
def retire_question(
    request: HttpRequest, organization_id: int, bank_id: int, question_id: int
) -> Any:
    """停用: drawn no more by tasks that are sent from now on."""
    question = reads.get_question(_bank(request, organization_id, bank_id), question_id)
    return _question(banks.retire(current_user(request), question.pk))


@router.get(_BANK + "/imports", response=QuestionImportPage, operation_id="list_question_imports")
def list_question_imports(
    request: HttpRequest, organization_id: int, bank_id: int, page: n.PageNumber = 1
) -> Any:
    """What was uploaded to a bank."""
    rows = reads.imports_of(_bank(request, organization_id, bank_id))
    return page_of(paginate(rows, page, n.SIZE), _import)


@router.post(_BANK + "/imports", response={201: QuestionImportOut}, operation_id="upload_questions")
def upload_questions(
    request: HttpRequest,
    organization_id: int,
    bank_id: int,
    file: File[UploadedFile | None] = None,
) -> Any:
    """Upload questions (.xlsx, .xls, .ods, .csv; 5,000) to be looked at; nothing is written yet."""
    bank, found = _bank(request, organization_id, bank_id), uploaded(request)
    user = current_user(request)
    return Status(201, _import(imports.prepare(user, bank.pk, found.read(), found.name or "")))


@router.get(_IMPORT, response=QuestionImportOut, operation_id="read_question_import")
def read_question_import(
    request: HttpRequest, organization_id: int, bank_id: int, import_id: int
) -> Any:
    """One import: its state and figures."""
    return _import(reads.get_import(current_user(request), organization_id, bank_id, import_id))


@router.get(_IMPORT + "/rows", response=QuestionRowPage, operation_id="question_import_rows")
def question_import_rows(
    request: HttpRequest,
    organization_id: int,
    bank_id: int,
    import_id: int,
    query: Query[RowsQuery],
) -> Any:
    """The rows of the sheet; they are kept for 30 days."""
    batch = reads.get_import(current_user(request), organization_id, bank_id, import_id)
    rows = [row for row in batch.rows if query.outcome in {None, row["outcome"]}]
    return page_of(cut(rows, query.page, n.SIZE), _row)


@router.get(_IMPORT + "/corrected", operation_id="corrected_questions", openapi_extra=n.binary())
def corrected_questions(
    request: HttpRequest, organization_id: int, bank_id: int, import_id: int
) -> HttpResponseBase:
    """The rows in error with what to mend, to be uploaded again."""
    user = current_user(request)
    return attachment(*reads.corrected_of(user, organization_id, bank_id, import_id))


@router.post(
    _IMPORT + "/confirm", response=QuestionImportOut, operation_id="confirm_question_import"
)
def confirm_question_import(
    request: HttpRequest,
    organization_id: int,
    bank_id: int,
    import_id: int,
    body: ConfirmQuestionsIn,
) -> Any:
    """确认导入: all of it or nothing."""
    user = current_user(request)
    batch = reads.get_import(user, organization_id, bank_id, import_id)
    return _import(imports.confirm(user, batch.pk, leave_out=body.leave_out))


@router.post(_IMPORT + "/undo", response=QuestionImportOut, operation_id="undo_question_import")
def undo_question_import(
    request: HttpRequest, organization_id: int, bank_id: int, import_id: int
) -> Any:
    """撤销导入, as long as none of its questions was used or changed."""
    user = current_user(request)
    batch = reads.get_import(user, organization_id, bank_id, import_id)
    return _import(imports.undo(user, batch.pk))


@router.delete(_IMPORT, response={204: None}, operation_id="drop_question_import")
def drop_question_import(
    request: HttpRequest, organization_id: int, bank_id: int, import_id: int
) -> Any:
    """放弃 a sheet that was not confirmed."""
    user = current_user(request)
    batch = reads.get_import(user, organization_id, bank_id, import_id)
    imports.drop(user, batch.pk)
    return Status(204, None)


def _bank(request: HttpRequest, organization_id: int, bank_id: int) -> QuestionBank:
    return reads.get_bank(current_user(request), organization_id, bank_id)


def _bank_line(bank: Any) -> dict[str, Any]:
    names = ("name", "created_at", "standing", *BankQuestion.Kind.values)
    return {"id": bank.pk, **{name: getattr(bank, name) for name in names}}


def _question(question: BankQuestion) -> dict[str, Any]:
    names = ("kind", "text", "options", "answer", "explanation", "created_at", "retired_at")
    return {
        "id": question.pk,
        "replaces": question.replaces_id,
        **{name: getattr(question, name) for name in names},
    }


def _import(batch: QuestionImport) -> dict[str, Any]:
    return {
        "id": batch.pk,
        "state": batch.state,
        "file_name": batch.file_name,
        **{key: batch.counts.get(key, 0) for key in ("new", "changed", "same", "error")},
        "created_by": batch.created_by_name,
        "created_at": batch.created_at,
        "finished_at": batch.finished_at,
    }


def _row(row: dict[str, Any]) -> dict[str, Any]:
    keys = ("number", "outcome", "cells", "errors")
    return {"sheet": row.get("sheet", ""), **{key: row[key] for key in keys}}
