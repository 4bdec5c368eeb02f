"""The writing of an import: confirmed by the one who uploaded it, done by a job, whole or not.

What takes long (reading and understanding the rows) comes first and commits its progress; then one
transaction looks again at what is there now and writes everything. Killed at any moment, nothing of
it is there, and running it again finishes it (the state is the key: only QUEUED is written).

A person who registers meanwhile: registrations hold ``members.REGISTRATIONS`` shared, the writing
takes it alone right before its end and looks for accounts once more. So whoever registered before
is seen by it, and whoever registers after sees what it wrote (docs/decisions/0005).
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse

from lianxue.accounts.models import Actor
from lianxue.audit.actions import record, record_many, register_details, register_events
from lianxue.inbox.actions import Note, post_message
from lianxue.shared.actors import Operator
from lianxue.shared.clock import now
from lianxue.shared.dbtools import is_contention, lock_name, update_many
from lianxue.shared.errors import DomainError, PermissionDenied, StateConflict
from lianxue.shared.jobs.registry import job
from lianxue.shared.names import sort_key

from ...models import ImportRow, MemberImport, Membership
from ...roster.rows import RowData
from .. import members, organizations, tokens
from .changes import details_in, seal
from .making import make_branches
from .plan import Outcome, Planned, look, settle, understood
from .preparing import State, locked, require_own, rows_in
from .writing import Writing, insert, update, welcome

logger = logging.getLogger(__name__)

register_events({"member.imported": "导入了成员名册"})
register_details(
    {
        "rows": "行数",
        "new": "新增（人）",
        "changed": "有改动（人）",
        "active": "其中已激活（人）",
        "branches": "新建的支部（个）",
        "digest": "文件摘要（SHA-256）",
        "change_digest": "改动摘要（SHA-256）",
    }
)

#: What ``MemberImport.progress`` is at, in words.
STEP_WORDS = {"check": "正在核对", "write": "正在一次写入", "done": "已完成"}
PROGRESS_EVERY = 500
_CHANGED_SINCE = (
    "核对之后，{rows}的情况有了变化，为了不出差错，什么都没有写入。请重新核对，看过之后再确认。"
)
_BROKEN = "写入时出了问题，什么都没有改动。请重新核对后再试一次；仍不行时请联系平台运维人员。"


@transaction.atomic
def confirm(actor: Actor, import_id: int, leave_out_errors: bool = False) -> MemberImport:
    """Have the change set written (QUEUED); a job does it.

    ``leave_out_errors``: the rows in error stay out, which somebody has to say. Raises
    StateConflict when it is not READY, changes nothing, has errors, or another is being written;
    PermissionDenied for whoever did not upload it.
    """
    organization, batch = locked(actor, import_id)
    require_own(actor, batch)
    if batch.state != State.READY:
        raise StateConflict(f"这次导入{batch.get_state_display()}，不能再确认。")
    if batch.counts[Outcome.ERROR] and not leave_out_errors:
        raise StateConflict(
            f"有 {batch.counts[Outcome.ERROR]} 行有错误。请改好后重新上传，或选择先不导入这些行。"
        )
    if not batch.counts[Outcome.NEW] + batch.counts[Outcome.CHANGED]:
        raise StateConflict("没有需要写入的内容，名册和现在的成员一致。")
    if MemberImport.objects.filter(organization=organization, state=State.QUEUED).exists():
        raise StateConflict("有一次导入正在写入，请等它完成后再确认。")
    batch.state, batch.confirmed_at, batch.note = State.QUEUED, now(), ""
    batch.progress = {"step": "check", "done": 0, "of": rows_in(batch)}
    batch.save(update_fields=["state", "confirmed_at", "note", "progress"])
    write.enqueue(batch.pk)  # a row of the same transaction
    return batch


@job(deadline=900)
def write(import_id: int) -> None:
    """Write an import that was confirmed; nothing when it has been done."""
    apply(import_id)


def apply(import_id: int) -> MemberImport:
    """Write a QUEUED import in one transaction; it ends DONE, or FAILED with nothing written.

    Any other state is left as it is, so that it may run again or twice at once. Not to be called
    inside a transaction. Raises OperationalError when the database was too busy (then try again).
    """
    batch = MemberImport.objects.select_related("created_by").get(pk=import_id)
    if batch.state != State.QUEUED:
        return batch
    try:
        stored = _load(batch)
        _link(batch)  # a worker's first address loads all of the site's: not within the transaction
        _tell_progress(batch, "write", len(stored), len(stored))
        with transaction.atomic():
            _write(batch, stored)
    except DomainError as error:
        _fail(batch, error.message)
    except Exception as error:
        if is_contention(error):
            raise
        # by its kind alone: an error of the database may quote what is in a row
        logger.error("import %s failed: %s", batch.pk, type(error).__name__)  # noqa: TRY400
        _fail(batch, _CHANGED_SINCE.format(rows="有成员") if _was_taken(error) else _BROKEN)
    return MemberImport.objects.get(pk=import_id)


def _was_taken(error: Exception) -> bool:
    return isinstance(error, IntegrityError)


@dataclass
class _Stored:
    """The rows as they were looked at, and the same cells read anew."""

    seen: list[Planned] = field(default_factory=list)
    anew: list[Planned] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.seen)


def _load(batch: MemberImport) -> _Stored:
    """Read and understand the rows, some hundred at a time, each with its progress committed."""
    stored, last = _Stored(), 0
    rows = ImportRow.objects.filter(batch=batch).order_by("number")
    while some := list(rows.filter(number__gt=last)[:PROGRESS_EVERY]):
        last = some[-1].number
        for one in some:
            row = RowData.load(one.data)
            planned = Planned(one.number, row, one.outcome)
            planned.row_id, planned.found_id = one.pk, one.membership_id
            stored.seen.append(planned)
        anew = understood((one.number, one.row.raw) for one in stored.seen[-len(some) :])
        for planned, seen in zip(anew, stored.seen[-len(some) :], strict=True):
            _work_out(planned, seen)
        stored.anew += anew
        _tell_progress(batch, "check", len(stored), rows_in(batch))
    return stored


def _work_out(planned: Planned, seen: Planned) -> None:
    """What takes time and needs nothing of the database, so that the transaction is short."""
    clean = planned.row.clean
    if seen.outcome not in {Outcome.NEW, Outcome.CHANGED} or planned.row.errors:
        return
    planned.key = sort_key(clean["name"])
    planned.terms = tokens.terms_of_member(Membership(name=clean["name"], phone=clean["phone"]))
    details = details_in(planned.row)
    if seen.outcome == Outcome.NEW and details:
        planned.sealed = seal(details)


def _tell_progress(batch: MemberImport, step: str, done: int, of: int) -> None:
    MemberImport.objects.filter(pk=batch.pk, state=State.QUEUED).update(
        progress={"step": step, "done": done, "of": of}
    )


def _fail(batch: MemberImport, note: str) -> None:
    """It is not written; unless it was done, dropped or confirmed anew meanwhile."""
    with transaction.atomic():
        failed = MemberImport.objects.filter(
            pk=batch.pk, state=State.QUEUED, confirmed_at=batch.confirmed_at
        ).update(state=State.FAILED, note=note, finished_at=now(), progress={})
        if failed and batch.created_by_id is not None:
            _tell_owner(batch, f"名册“{batch.file_name}”没有导入", note)


def _link(batch: MemberImport) -> str:
    return reverse("organizations:import_page", args=[batch.pk])


def _tell_owner(batch: MemberImport, title: str, body: str) -> None:
    if batch.created_by_id is not None:
        post_message(
            batch.created_by_id,
            Note(
                topic="import",
                title=title,
                body=body,
                link=_link(batch),
                organization_id=batch.organization_id,
            ),
        )


def _actor_of(batch: MemberImport) -> Actor:
    """In whose name it is written. Raises PermissionDenied when the person is gone."""
    if batch.counts["file"].get("by_operator"):
        return Operator()
    if batch.created_by is None:
        raise PermissionDenied("上传名册的人已不在，请重新上传。")
    return batch.created_by


def _write(batch: MemberImport, stored: _Stored) -> None:
    """Everything, in the caller's transaction. Raises StateConflict when the rows moved on."""
    actor = _actor_of(batch)
    organization = organizations.lock(batch.organization_id)[batch.organization_id]
    kept = MemberImport.objects.select_for_update().get(pk=batch.pk)
    if kept.state != State.QUEUED or kept.confirmed_at != batch.confirmed_at:
        return
    present = look(actor, organization, stored.anew, make=kept.make_branches, warn=False)
    settle(present, stored.anew)
    _require_same(stored)
    work = Writing(
        actor,
        organization,
        present,
        now(),
        [row for row in stored.anew if row.outcome == Outcome.NEW],
        [row for row in stored.anew if row.outcome == Outcome.CHANGED],
    )
    _leave_out_errors(work, stored)
    paths = [row.row.make for row in (*work.new, *work.changed) if row.row.make]
    work.made = make_branches(organization, present.finder, paths)
    insert(work)
    lock_name(members.REGISTRATIONS)
    welcome(work)
    update(work)
    _finish(kept, work, stored)


def _require_same(stored: _Stored) -> None:
    """That each row would still do what was looked at. Raises StateConflict naming those."""
    moved = [
        anew.number
        for seen, anew in zip(stored.seen, stored.anew, strict=True)
        if seen.outcome != Outcome.ERROR and seen.essence() != anew.essence()
    ]
    if moved:
        raise StateConflict(_CHANGED_SINCE.format(rows=rows_in_words(moved)))


def rows_in_words(numbers: Sequence[int]) -> str:
    """``第 3、8 行``; of many the first ten."""
    shown = "、".join(str(number) for number in numbers[:10])
    return f"第 {shown} 行" + (f"等 {len(numbers)} 行" if len(numbers) > 10 else "")


def _leave_out_errors(work: Writing, stored: _Stored) -> None:
    """A row that was in error when it was looked at stays out, though it may be well now."""
    out = {row.number for row in stored.seen if row.outcome == Outcome.ERROR}
    work.new = [row for row in work.new if row.number not in out]
    work.changed = [row for row in work.changed if row.number not in out]


def _finish(batch: MemberImport, work: Writing, stored: _Stored) -> None:
    """The import is done: which row made whom, the log, the one who uploaded it."""
    row_of = {planned.number: planned.row_id for planned in stored.seen}
    update_many(
        ImportRow,
        ("membership_id",),
        [
            (one.pk, row_of[planned.number])
            for one, planned in zip(work.rows, work.new, strict=True)
        ],
    )
    counts: dict[str, Any] = {
        "new": len(work.new),
        "changed": len(work.changed),
        "active": sum(one.user_id is not None for one in work.rows),
        "branches": len(work.made.new),
    }
    digest = hashlib.sha256()
    for planned in (*work.new, *work.changed):
        content = [planned.number, planned.membership_id, planned.row.clean, planned.row.before]
        digest.update(json.dumps(content, ensure_ascii=False, sort_keys=True).encode())
    record_many(work.actor, work.made.entries)
    record(
        work.actor,
        "member.imported",
        target=batch,
        organization_id=work.organization.pk,
        data={
            "name": batch.file_name,
            "digest": batch.digest,
            "change_digest": digest.hexdigest(),
            **counts,
        },
    )
    batch.state, batch.finished_at = State.DONE, work.moment
    batch.progress = {"step": "done", "done": len(stored), "of": len(stored)}
    batch.made_branches = [{"id": one.pk, "path": path} for path, one in work.made.new]
    batch.save(update_fields=["state", "finished_at", "progress", "made_branches"])
    _tell_owner(
        batch,
        f"名册“{batch.file_name}”已导入",
        f"新增 {counts['new']} 人，改动 {counts['changed']} 人。",
    )
