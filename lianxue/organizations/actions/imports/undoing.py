"""撤销导入: what an import wrote is taken back in one step, but for what was touched since."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from lianxue.accounts.models import Actor
from lianxue.audit.actions import record, register_details, register_events
from lianxue.inbox.actions import Note
from lianxue.shared.clock import now
from lianxue.shared.dbtools import update_many
from lianxue.shared.errors import StateConflict
from lianxue.shared.names import sort_key

from ... import policy
from ...models import (
    Branch,
    BranchReach,
    HiddenPhones,
    ImportRow,
    MemberImport,
    Membership,
    Organization,
    RoleGrant,
    RosterDetail,
)
from ...roster.fields import DETAIL_KEYS
from ...roster.rows import RowData
from ..seats import end_rows, tell
from .applying import rows_in_words
from .branches import SEPARATOR, plain_path
from .changes import details_in, rename, write_details
from .plan import Outcome, chunks
from .preparing import KEEP, State, locked, require_own_or_whole

register_events({"member.import_undone": "撤销了成员导入"})
register_details(
    {
        "removed": "撤回的新增（人）",
        "restored": "恢复的改动（人）",
        "left_alone": "导入后又有变化、未撤销（行）",
        "branches_removed": "删除的支部（个）",
    }
)

REASON = "撤销导入"


@dataclass
class _Undoing:
    """What the one transaction works on. ``made``: the import's branches, ids by names."""

    actor: Actor
    organization: Organization
    power: policy.Power
    moment: datetime
    made: dict[tuple[str, ...], int]
    branches: dict[int, Branch] = field(default_factory=dict)
    members: dict[int, Membership] = field(default_factory=dict)
    details: dict[int, dict[str, str]] = field(default_factory=dict)
    officers: frozenset[int] = frozenset()
    left_alone: list[int] = field(default_factory=list)  # row numbers
    restored: int = 0
    removed: int = 0

    def branch_id(self, row: RowData) -> int | None:
        """The branch that the import put this row's person into."""
        return self.made.get(_names(row.make)) if row.make else row.branch


def _names(path: str) -> tuple[str, ...]:
    return plain_path(path.split(SEPARATOR))


@transaction.atomic
def undo(actor: Actor, import_id: int) -> MemberImport:
    """Take a DONE import back: new members go, changes are restored, its empty branches go.

    What was changed since stays as it is, and ``note`` names those rows. Whoever had come is told.
    Raises StateConflict in any other state and when the rows are no longer kept (30 days),
    PermissionDenied for whoever neither uploaded it nor administers the whole organisation.
    """
    organization, batch = locked(actor, import_id)
    require_own_or_whole(actor, batch, organization)
    if batch.state != State.DONE:
        raise StateConflict(f"这次导入{batch.get_state_display()}，不能撤销。")
    stored = list(
        ImportRow.objects.filter(batch=batch, outcome__in=[Outcome.NEW, Outcome.CHANGED]).order_by(
            "number"
        )
    )
    if not stored:
        raise StateConflict(f"超过 {KEEP.days} 天，导入的明细已删除，不能再撤销。")
    work = _look(actor, organization, batch, stored)
    rows = [(one, RowData.load(one.data)) for one in stored]
    _take_back(work, [(one, row) for one, row in rows if one.outcome == Outcome.NEW])
    _restore(work, [(one, row) for one, row in rows if one.outcome == Outcome.CHANGED])
    gone, kept = _remove_branches(work)
    _finish(batch, work, gone, kept)
    return batch


def _look(
    actor: Actor, organization: Organization, batch: MemberImport, stored: Sequence[ImportRow]
) -> _Undoing:
    work = _Undoing(
        actor,
        organization,
        policy.require_administers(actor, organization),
        now(),
        {_names(one["path"]): one["id"] for one in batch.made_branches},
        branches={one.pk: one for one in Branch.objects.filter(organization=organization)},
        officers=frozenset(
            RoleGrant.objects.filter(organization=organization).values_list(
                "membership_id", flat=True
            )
        ),
    )
    for ids in chunks([one.membership_id for one in stored if one.membership_id]):
        living = Membership.objects.filter(pk__in=ids).exclude(state=Membership.State.ENDED)
        work.members |= {
            one.pk: one for one in living.select_for_update(of=("self",)).order_by("pk")
        }
        kept = RosterDetail.objects.filter(membership__in=ids)
        work.details |= {one.pk: json.loads(one.data) for one in kept}
    return work


def _member(work: _Undoing, one: ImportRow) -> Membership | None:
    """Whom a row made or found, while it stands within the actor's power."""
    member = work.members.get(one.membership_id or 0)
    if member is None:
        return None
    branch = work.branches.get(member.branch_id) if member.branch_id else None
    return member if work.power.covers(branch) else None


def _take_back(work: _Undoing, rows: Sequence[tuple[ImportRow, RowData]]) -> None:
    """New members that nobody touched: those awaited are deleted, those who came are ended."""
    awaited, came = [], []
    for one, row in rows:
        member = _member(work, one)
        if member is None or not _untouched(work, member, row):
            work.left_alone.append(one.number)
        elif member.state == Membership.State.INVITED:
            awaited.append(member.pk)
        else:
            came.append(member)
    for ids in chunks(awaited):
        Membership.objects.filter(pk__in=ids).delete()
    for some in chunks(came):
        end_rows(work.actor, some, REASON)
    tell(
        came,
        Note(
            topic="member.removed",
            title=f"您已不在“{work.organization.name}”中",
            body="该组织撤销了刚才的名册导入。如有疑问，请联系该组织的管理员。",
            organization_id=work.organization.pk,
        ),
    )
    work.removed = len(awaited) + len(came)


def _untouched(work: _Undoing, member: Membership, row: RowData) -> bool:
    return (
        member.pk not in work.officers
        and (member.name, member.phone) == (row.clean["name"], row.clean["phone"])
        and member.branch_id == work.branch_id(row)
        and work.details.get(member.pk, {}) == details_in(row)
    )


def _restore(work: _Undoing, rows: Sequence[tuple[ImportRow, RowData]]) -> None:
    """Each cell that is still as the import left it gets its old value again."""
    moved, renamed, details = [], [], []
    for one, row in rows:
        member = _member(work, one)
        whole = member is not None
        if member is not None and "name" in row.before:
            if member.name == row.clean["name"] and _may_rename(work, member):
                member.name, member.sort_key = row.before["name"], sort_key(row.before["name"])
                renamed.append(member)
            else:
                whole = False
        if member is not None and "branch" in row.before:
            if _may_move_back(work, member, row):
                moved.append((row.left, member.pk))
            else:
                whole = False
        if member is not None and any(key in row.before for key in DETAIL_KEYS):
            values, clean = _old_details(work, member, row)
            whole = whole and clean
            details.append((member, values))
        if whole:
            work.restored += 1
        else:
            work.left_alone.append(one.number)
    update_many(Membership, ("branch_id",), moved)
    rename(work.organization, renamed)
    write_details(details, work.moment)


def _may_rename(work: _Undoing, member: Membership) -> bool:
    own = member.user_id is not None and member.user_id == work.actor.pk
    return own or work.power.main or member.pk not in work.officers


def _may_move_back(work: _Undoing, member: Membership, row: RowData) -> bool:
    """Whether it stands where the import put it, and the branch that it left is there still."""
    if member.branch_id != work.branch_id(row):
        return False
    if row.left is None:
        return work.power.covers(None)
    return row.left in work.branches and work.power.covers(work.branches[row.left])


def _old_details(work: _Undoing, member: Membership, row: RowData) -> tuple[dict[str, str], bool]:
    """The details as they would be again, and whether all of the import's were still there."""
    values, clean = dict(work.details.get(member.pk, {})), True
    for key in DETAIL_KEYS:
        if key not in row.before:
            continue
        if values.get(key, "") != row.clean[key]:
            clean = False
        elif row.before[key]:
            values[key] = row.before[key]
        else:
            del values[key]
    return values, clean


def _remove_branches(work: _Undoing) -> tuple[int, list[str]]:
    """The import's branches in which nothing is, the deepest first; how many, and which stay."""
    gone, kept = 0, []
    made = [work.branches[pk] for pk in work.made.values() if pk in work.branches]
    for branch in sorted(made, key=lambda one: one.path, reverse=True):
        current = Branch.objects.get(pk=branch.pk)
        within = Branch.objects.filter(
            path__startswith=current.path, depth=current.depth + 1
        ).exists()
        people = Membership.objects.filter(branch=current)
        used = (
            within
            or people.exclude(state=Membership.State.ENDED).exists()
            or RoleGrant.objects.filter(scope=current).exists()
            or BranchReach.objects.filter(branch=current).exists()
            or HiddenPhones.objects.filter(branch=current).exists()
        )
        if used or not work.power.covers(current):
            kept.append(current.name)
            continue
        people.update(branch=None)  # who left earlier no longer points at it
        current.delete()
        gone += 1
    return gone, kept


def _finish(batch: MemberImport, work: _Undoing, gone: int, kept: list[str]) -> None:
    told = []
    if work.left_alone:
        work.left_alone.sort()
        told.append(
            f"{rows_in_words(work.left_alone)}的成员在导入之后又有变化，保留现状，没有撤销。"
        )
    if kept:
        told.append(f"支部“{'”“'.join(kept[:10])}”里还有成员、下级或设置，没有删除。")
    batch.state, batch.undone_at, batch.note = State.UNDONE, work.moment, "".join(told)
    batch.save(update_fields=["state", "undone_at", "note"])
    record(
        work.actor,
        "member.import_undone",
        target=batch,
        organization_id=work.organization.pk,
        data={
            "name": batch.file_name,
            "digest": batch.digest,
            "removed": work.removed,
            "restored": work.restored,
            "left_alone": len(work.left_alone),
            "branches_removed": gone,
        },
    )
