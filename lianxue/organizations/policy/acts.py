"""Whether a member may be moved, removed, appointed, asked again: one rule for one and for many.

Each ``no_…`` gives the error that refuses it, or None. They look only at what they are handed (the
member with its offices prefetched), so that a list of 5,000 is judged without a statement.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lianxue.accounts.models import Actor, User
from lianxue.shared.errors import DomainError, PermissionDenied, StateConflict

from ..models import Branch, Membership, RoleGrant
from .powers import Power

#: Nobody is asked to come more often than this.
REMIND_AFTER = timedelta(hours=24)


def out_of_scope(power: Power, row: Membership) -> DomainError | None:
    """Refused outside the actor's own scope."""
    if power.covers(row.branch):
        return None
    return PermissionDenied("不在您的管理范围内，请联系主管理员。")


def no_move(row: Membership, branch: Branch | None) -> DomainError | None:
    """Refused when the member stands there already."""
    if row.branch_id == (branch.pk if branch else None):
        return StateConflict("已经在这里。")
    return None


def no_removal(actor: Actor, power: Power, row: Membership) -> DomainError | None:
    """Refused for the main administrator, for oneself, for an administrator unless by the main one.

    StateConflict where something else must come first, PermissionDenied where it is not the actor's
    to do.
    """
    roles = {grant.role for grant in row.role_grants.all()}
    if RoleGrant.Role.MAIN_ADMIN in roles:
        return StateConflict("主管理员不能被移出，请先移交主管理员。")
    if isinstance(actor, User) and row.user_id == actor.pk:
        return PermissionDenied("不能移出自己，请联系其他管理员。")
    if roles and not power.main:
        return PermissionDenied("该成员是学习管理员，请由主管理员移出。")
    return None


def no_appointment(row: Membership, scope: Branch | None) -> DomainError | None:
    """Refused for one who has not come yet, or holds this (or a wider) office already."""
    if row.state != Membership.State.ACTIVE:
        return StateConflict("该成员还没有激活，激活后才能任命为学习管理员。")
    held = list(row.role_grants.all())
    if any(grant.role == RoleGrant.Role.MAIN_ADMIN for grant in held):
        return StateConflict("该成员是主管理员，不需要再任命。")
    if any(grant.scope_id is None for grant in held):
        return StateConflict("该成员已是整个组织的学习管理员。")
    if scope and any(grant.scope_id == scope.pk for grant in held):
        return StateConflict(f"该成员已是“{scope.name}”的学习管理员。")
    return None


def no_reminder(row: Membership, moment: datetime) -> DomainError | None:
    """Refused for one who has come, and within a day of the last time."""
    if row.state != Membership.State.INVITED:
        return StateConflict("该成员已激活，不需要再邀请。")
    if row.reminded_at is not None and row.reminded_at > moment - REMIND_AFTER:
        return StateConflict("一天内已经邀请过，请过一天再试。")
    return None


def mark_of(row: Membership) -> str:
    """What a list of members showed of this one: state, branch, offices; to see whether it changed.

    Short, and the same for most, so that the marks of thousands take little room.
    """
    offices = sorted(f"{grant.role[0]}{grant.scope_id or ''}" for grant in row.role_grants.all())
    return ".".join([f"{row.state[0]}{row.branch_id or ''}", *offices])


class Act(StrEnum):
    """What may be done to many members at once."""

    MOVE = "move"
    REMOVE = "remove"
    APPOINT = "appoint"
    REMIND = "remind"


@dataclass(frozen=True)
class Wish:
    """One act with its target; ``chosen`` False: the branch of a move is still to be picked.

    ``target`` is the branch where they go (MOVE) or the office's scope (APPOINT; None: the whole).
    """

    act: Act
    target: Branch | None = None
    chosen: bool = True


Judge = Callable[[Membership], DomainError | None]


def judge_of(wish: Wish, actor: Actor, power: Power, moment: datetime) -> Judge:
    """What refuses each member that ``wish`` is for; the preview and the action ask the same."""

    def judge(row: Membership) -> DomainError | None:
        outside = out_of_scope(power, row)
        if outside is not None:
            return outside
        if wish.act is Act.MOVE:
            return no_move(row, wish.target) if wish.chosen else None
        if wish.act is Act.REMOVE:
            return no_removal(actor, power, row)
        if wish.act is Act.APPOINT:
            return no_appointment(row, wish.target)
        return no_reminder(row, moment)

    return judge


def require_act(power: Power, act: Act) -> None:
    """Any administrator may try each act on the own scope; appointing is the main one's alone.

    Raises PermissionDenied.
    """
    power.need_administers()
    if act is Act.APPOINT:
        power.need_main()
