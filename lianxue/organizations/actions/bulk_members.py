"""Many members at once: move, remove, appoint, ask again; all of those listed or none.

Each action takes ``people``: ids with the mark of what the actor looked at (``policy.mark_of``; an
empty mark: nothing was looked at, as over the API). Under the lock every row is judged again by the
rules of the single acts; if anybody differs from what was looked at, nothing is done and the error
names them. The rows' work is that of the single acts (``seats``, ``roles``, ``reminding``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from lianxue.accounts.models import Actor
from lianxue.shared.clock import now
from lianxue.shared.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    PermissionDenied,
    StateConflict,
)

from .. import policy, queries
from ..models import Branch, Membership, Organization, RoleGrant
from ..queries.bulk import LIMIT, TOO_MANY
from . import organizations
from .members import tidy_reason
from .reminding import remind_rows
from .roles import appoint_rows
from .seats import move_rows, remove_rows

#: Names that a message gives before it only counts.
NAMED = 5
Marks = Mapping[int, str]


@dataclass(frozen=True)
class _Locked:
    """The organisation, locked, and the rows, locked and judged."""

    organization: Organization
    rows: list[Membership]


@transaction.atomic
def move_members(
    actor: Actor, organization_id: int, people: Marks, branch_id: int | None
) -> list[Membership]:
    """调整支部 of many (None: directly under the organisation).

    The actor must administer where they come from and where they go. Raises StateConflict naming
    who changed, or when the branch is gone; PermissionDenied, NotFound as ``_lock``.
    """
    organization, power = _place(actor, organization_id, policy.Act.MOVE)
    branch = _target(actor, organization, branch_id)
    power.need_covers(branch)
    wish = policy.Wish(policy.Act.MOVE, branch)
    rows = _lock(actor, organization, people, policy.judge_of(wish, actor, power, now()))
    move_rows(actor, rows, branch)
    return rows


@transaction.atomic
def remove_members(
    actor: Actor, organization_id: int, people: Marks, reason: str
) -> list[Membership]:
    """移出 many, with one reason that each of them is told.

    Raises InvalidInput at ``reason``, otherwise as ``move_members``.
    """
    organization, power = _place(actor, organization_id, policy.Act.REMOVE)
    reason = tidy_reason(reason)
    if not reason:
        raise InvalidInput.at("reason", "请填写移出的原因，例如“组织关系转出”。")
    wish = policy.Wish(policy.Act.REMOVE)
    rows = _lock(actor, organization, people, policy.judge_of(wish, actor, power, now()))
    remove_rows(actor, organization, rows, reason)
    return rows


@transaction.atomic
def appoint_members(
    actor: Actor, organization_id: int, people: Marks, scope_id: int | None
) -> list[RoleGrant]:
    """任命学习管理员 of many for one scope (None: the whole organisation); the main one alone.

    Raises as ``move_members``.
    """
    organization, power = _place(actor, organization_id, policy.Act.APPOINT)
    scope = _target(actor, organization, scope_id)
    wish = policy.Wish(policy.Act.APPOINT, scope)
    rows = _lock(actor, organization, people, policy.judge_of(wish, actor, power, now()))
    return appoint_rows(actor, organization, rows, scope)


@transaction.atomic
def remind_members(actor: Actor, organization_id: int, people: Marks) -> list[Membership]:
    """再次邀请 many by text message, sent by the worker.

    Raises StateConflict above the day's budget or where no invitations can be sent, otherwise as
    ``move_members``.
    """
    organization, power = _place(actor, organization_id, policy.Act.REMIND)
    wish = policy.Wish(policy.Act.REMIND)
    rows = _lock(actor, organization, people, policy.judge_of(wish, actor, power, now()))
    remind_rows(actor, organization, rows)
    return rows


def _place(
    actor: Actor, organization_id: int, act: policy.Act
) -> tuple[Organization, policy.Power]:
    if not policy.visible_organizations(actor).filter(pk=organization_id).exists():
        raise NotFound
    organization = organizations.lock(organization_id)[organization_id]
    power = policy.power_in(actor, organization)
    policy.require_act(power, act)
    return organization, power


def _target(actor: Actor, organization: Organization, branch_id: int | None) -> Branch | None:
    if branch_id is None:
        return None
    try:
        return queries.get_branch(actor, organization, branch_id)
    except NotFound:
        raise StateConflict("所选的支部刚刚被删除，请重新选择支部。", code="branch-gone") from None


def _lock(
    actor: Actor, organization: Organization, people: Marks, judge: policy.Judge
) -> list[Membership]:
    """The rows, locked in the order of their ids, each as it was looked at and refused by nothing.

    Raises InvalidInput for none or too many, NotFound when one that was never looked at is nobody
    whom the actor sees, StateConflict or PermissionDenied that names who is in the way.
    """
    if not people:
        raise InvalidInput.at("members", "请至少选择一位成员。")
    if len(people) > LIMIT:
        raise InvalidInput.at("members", TOO_MANY)
    seen = policy.visible_members(actor, organization).filter(pk__in=list(people))
    rows = list(
        seen.select_for_update(of=("self",))
        .select_related("branch")
        .prefetch_related("role_grants__scope")
        .order_by("pk")
    )
    gone = set(people) - {row.pk for row in rows}
    if any(not people[pk] for pk in gone):
        raise NotFound("有成员已被移出，或不在您的管理范围内，请刷新后再试。")
    changed = [row for row in rows if people[row.pk] not in ("", policy.mark_of(row))]
    if gone or changed:
        names = [row.name for row in changed]
        names += (
            Membership.objects.filter(pk__in=gone).order_by("pk").values_list("name", flat=True)
        )
        raise StateConflict(
            f"{_names(names)}的情况刚刚有变化，所以没有做任何修改。请核对后重新确认。",
            code="changed-meanwhile",
        )
    refused = [(row, error) for row in rows if (error := judge(row)) is not None]
    if refused:
        raise _refusal(refused)
    return rows


def _refusal(refused: Sequence[tuple[Membership, DomainError]]) -> DomainError:
    """One error for all who are in the way: the first one's reason, and how many more there are."""
    first = refused[0][1]
    same = [row.name for row, error in refused if error.message == first.message]
    message = f"没有做任何修改。{_names(same)}：{first.message}"
    if len(same) < len(refused):
        message += f"另有 {len(refused) - len(same)} 人因其他原因不能处理。"
    if all(isinstance(error, PermissionDenied) for _, error in refused):
        return PermissionDenied(message)
    return StateConflict(message, code="not-all-possible")


def _names(names: Sequence[str]) -> str:
    """王秀英、刘洋 等 7 人."""
    listed = "、".join(names[:NAMED])
    return f"{listed} 等 {len(names)} 人" if len(names) > NAMED else listed
