"""A roster file becomes a change set that can be looked at; nothing of it is written yet."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import record, register_events
from lianxue.shared.clock import now
from lianxue.shared.errors import PermissionDenied, StateConflict
from lianxue.shared.ratelimit import hit

from ... import policy, queries
from ...models import ImportRow, MemberImport, Organization
from ...queries import imports as import_queries
from ...roster import reading
from ...roster.rows import RowData
from .. import organizations
from .plan import Outcome, Planned, chunks, look, settle, understood

register_events({"import.prepared": "上传了成员名册", "import.dropped": "放弃了成员导入"})

State = MemberImport.State
KEEP = timedelta(days=30)
#: A job that has not come to an end by then never will.
_LOST_AFTER = timedelta(days=1)
_MAX_LISTED = 200
_AT_MOST = (60, 3600, "上传得太频繁了，请过一会儿再试。")


@dataclass(frozen=True)
class Upload:
    """A file as it came."""

    file_name: str
    data: bytes


@dataclass
class Preview:
    """What a file would do to an organisation; nothing is kept of it."""

    organization: Organization
    upload: Upload
    sheet: reading.Sheet
    rows: list[Planned]
    make_branches: bool

    @property
    def counts(self) -> dict[str, Any]:
        """Rows by outcome."""
        return counts_of(self.rows)


def preview(
    actor: Actor, organization_id: int, upload: Upload, *, make_branches: bool = False
) -> Preview:
    """Read a file and set it against the organisation; nothing is written.

    Raises NotFound, PermissionDenied unless the actor administers something there, InvalidInput at
    ``file``.
    """
    organization, _ = queries.get_administered(actor, organization_id)
    sheet = reading.read(upload.data, upload.file_name)
    rows = understood((line.number, line.cells) for line in sheet.lines)
    settle(look(actor, organization, rows, make=make_branches, warn=True), rows)
    return Preview(organization, upload, sheet, rows, make_branches)


def prepare(
    actor: Actor, organization_id: int, upload: Upload, *, make_branches: bool = False
) -> MemberImport:
    """A file as a change set to be looked at (READY). Not to be called inside a transaction.

    Raises as ``preview`` does, and RateLimited at ``file``: reading takes the server's time.
    """
    queries.get_administered(actor, organization_id)
    if isinstance(actor, User):
        hit(f"import:{actor.pk}", *_AT_MOST, field="file")
    return keep(actor, preview(actor, organization_id, upload, make_branches=make_branches))


@transaction.atomic
def keep(actor: Actor, seen: Preview) -> MemberImport:
    """The change set of ``seen``, kept for a decision."""
    sheet = seen.sheet
    counts = seen.counts
    counts["file"] |= {
        "sheet": sheet.name,
        "header_row": sheet.header_row,
        "columns": list(sheet.columns.items()),
        "ignored": sheet.ignored,
        "id_numbers": sheet.id_numbers,
        "skipped": sheet.skipped[:_MAX_LISTED],
        "by_operator": not isinstance(actor, User),
    }
    batch = MemberImport.objects.create(
        organization=seen.organization,
        file_name=_tidy_file_name(seen.upload.file_name),
        digest=hashlib.sha256(seen.upload.data).hexdigest(),
        make_branches=seen.make_branches,
        counts=counts,
        created_by=actor if isinstance(actor, User) else None,
        created_at=now(),
    )
    _keep_rows(batch, seen.rows)
    _record(actor, "import.prepared", batch)
    return batch


def _tidy_file_name(name: str) -> str:
    shown = "".join(char for char in name.replace("\\", "/").rsplit("/", 1)[-1] if char >= " ")
    return shown[-200:] or "名册"


def _keep_rows(batch: MemberImport, rows: Sequence[Planned]) -> None:
    for some in chunks(rows, 500):
        ImportRow.objects.bulk_create(
            ImportRow(
                batch=batch,
                number=planned.number,
                outcome=planned.outcome,
                data=planned.row.dump(),
                membership_id=planned.membership_id,
            )
            for planned in some
        )


def counts_of(rows: Sequence[Planned]) -> dict[str, Any]:
    """Rows by outcome, how many carry a warning, and which these are (the first some hundred)."""
    counts: dict[str, Any] = dict.fromkeys(Outcome.values, 0)
    for planned in rows:
        counts[planned.outcome] += 1
    warned = [planned.number for planned in rows if planned.row.warnings]
    return counts | {"warning": len(warned), "file": {"warned": warned[:500]}}


def require_own(actor: Actor, batch: MemberImport) -> None:
    """That ``actor`` uploaded it. Raises PermissionDenied."""
    mine = (
        batch.created_by_id == actor.pk
        if isinstance(actor, User)
        else bool(batch.counts["file"].get("by_operator"))
    )
    if not mine:
        raise PermissionDenied("这份名册由上传的人确认，您可以自己上传一份。")


def require_own_or_whole(actor: Actor, batch: MemberImport, organization: Organization) -> None:
    """That ``actor`` uploaded it or administers the whole organisation. Raises PermissionDenied."""
    power = policy.require_administers(actor, organization)
    if not power.whole:
        require_own(actor, batch)


def locked(actor: Actor, import_id: int) -> tuple[Organization, MemberImport]:
    """An import that the actor may see, it and its organisation locked. Raises NotFound."""
    seen = import_queries.get_import(actor, import_id)
    organization = organizations.lock(seen.organization_id)[seen.organization_id]
    policy.require_administers(actor, organization)
    return organization, MemberImport.objects.select_for_update().get(pk=seen.pk)


@transaction.atomic
def replan(actor: Actor, import_id: int, make_branches: bool | None = None) -> MemberImport:
    """Set the same rows against the organisation as it is now (READY again).

    ``make_branches`` None: as before. Raises StateConflict once it is on its way or done.
    """
    organization, batch = locked(actor, import_id)
    require_own(actor, batch)
    if batch.state not in {State.READY, State.FAILED}:
        raise StateConflict(f"这次导入{batch.get_state_display()}，不能再核对。")
    if make_branches is not None:
        batch.make_branches = make_branches
    stored = ImportRow.objects.filter(batch=batch).order_by("number")
    rows = understood((one.number, RowData.load(one.data).raw) for one in stored.iterator())
    settle(look(actor, organization, rows, make=batch.make_branches, warn=True), rows)
    ImportRow.objects.filter(batch=batch).delete()
    _keep_rows(batch, rows)
    counts = counts_of(rows)
    counts["file"] = batch.counts["file"] | counts["file"]
    batch.counts, batch.state, batch.note, batch.progress = counts, State.READY, "", {}
    batch.confirmed_at = batch.finished_at = None
    batch.save()
    return batch


@transaction.atomic
def drop(actor: Actor, import_id: int) -> MemberImport:
    """Give an import up that has not been written; its rows are deleted at once.

    Raises StateConflict once it is written.
    """
    organization, batch = locked(actor, import_id)
    require_own_or_whole(actor, batch, organization)
    if batch.state not in {State.READY, State.QUEUED, State.FAILED}:
        raise StateConflict(f"这次导入{batch.get_state_display()}，不能放弃。")
    batch.state, batch.finished_at, batch.progress = State.DROPPED, now(), {}
    batch.save(update_fields=["state", "finished_at", "progress"])
    ImportRow.objects.filter(batch=batch).delete()
    _record(actor, "import.dropped", batch)
    return batch


@transaction.atomic
def purge() -> int:
    """Delete the rows of what was imported 30 days ago, or uploaded then and not written since.

    How many rows.

    What was queued a day ago and never ran is failed, so that the organisation is free again.
    """
    moment = now()
    waiting = MemberImport.objects.filter(state=State.QUEUED, confirmed_at__lt=moment - _LOST_AFTER)
    waiting.update(
        state=State.FAILED,
        finished_at=moment,
        note="后台没有完成写入，什么都没有改动，请重新核对。",
    )
    old = MemberImport.objects.filter(created_at__lt=moment - KEEP).exclude(state=State.QUEUED)
    old.filter(state__in=[State.READY, State.FAILED]).update(
        state=State.DROPPED, finished_at=moment
    )
    over = old.filter(Q(state=State.DROPPED) | Q(finished_at__lt=moment - KEEP))
    return ImportRow.objects.filter(batch__in=over).delete()[0]


def _record(actor: Actor, action: str, batch: MemberImport) -> None:
    record(
        actor,
        action,
        target=batch,
        organization_id=batch.organization_id,
        data={"name": batch.file_name, "digest": batch.digest, "rows": rows_in(batch)},
    )


def rows_in(batch: MemberImport) -> int:
    """How many rows the file has."""
    return sum(int(batch.counts.get(outcome, 0)) for outcome in Outcome.values)
