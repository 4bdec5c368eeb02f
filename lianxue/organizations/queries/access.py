"""权限说明: what somebody can do in an organisation and why, and who has looked at them.

Every answer is asked of the rules (``policy.rights``), never thought out again here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet, Subquery
from django.utils import timezone

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import EVENTS
from lianxue.audit.models import AuditEvent
from lianxue.audit.queries import events_about
from lianxue.shared.errors import NotFound

from .. import policy
from ..models import Membership, Organization, RoleGrant
from ..policy import rights
from .core import get_visible
from .search import matching

#: What a look at a member's personal data leaves in the log.
LOOKS = ("member.phone_revealed", "member.details_revealed")
#: What taking the list of members out leaves there; whom it held is not noted one by one.
TAKEN = "members.exported"
_NEWEST = 10
#: What a branch is called to whoever does not see it.
ELSEWHERE = "其他支部"


@dataclass(frozen=True)
class Person:
    """Somebody in an organisation as the rules see them.

    ``grants`` in the order of ``offices``; while the person has not come, the standing is empty.
    """

    member: Membership
    grants: list[RoleGrant]
    standing: policy.Standing

    @property
    def offices(self) -> list[rights.Office]:
        """The offices, for the rules."""
        return [
            rights.Office(grant.role, grant.scope.path if grant.scope else None)
            for grant in self.grants
        ]

    @property
    def active(self) -> bool:
        """Whether the person has come."""
        return self.member.state == Membership.State.ACTIVE


@dataclass(frozen=True)
class Line:
    """One right in words: ``where`` it holds, ``why`` it is so.

    ``short``: the same place for a narrow column, empty for the whole organisation. ``change``:
    what would change it: ``offices`` (the appointments) or ``name`` (real-name verification).
    """

    key: str
    group: str
    label: str
    allowed: bool
    where: str
    short: str
    why: list[str]
    change: str
    closed: str


@dataclass(frozen=True)
class Look:
    """Somebody read personal data of the member."""

    at: datetime
    who: str
    what: str


def get_person(actor: Actor, organization: Organization, membership_id: int) -> Person:
    """A living member of ``organization`` whom the actor administers, or the actor itself.

    Raises NotFound for what the actor does not see, PermissionDenied outside its scope.
    """
    row = _members(policy.visible_members(actor, organization)).filter(pk=membership_id).first()
    if row is None:
        raise NotFound("没有找到这位成员，可能已被移出。")
    if row.user_id is None or row.user_id != actor.pk:
        policy.require_covers(actor, organization, row.branch)
    _name_scopes(actor, organization, [row])
    return _person(row, organization, _above(organization, [row]))


def get_me(user: User, organization_id: int) -> Person:
    """The user's own place in an organisation. Raises NotFound."""
    organization = get_visible(user, organization_id)
    row = _members(Membership.objects.filter(organization=organization, user=user)).get(
        state=Membership.State.ACTIVE
    )
    _name_scopes(user, organization, [row])
    return _person(row, organization, _above(organization, [row]))


def administrators(actor: Actor, organization: Organization) -> QuerySet[Membership, Any]:
    """Everybody who runs something here, as far as the actor sees them.

    The main administrator first, then who runs the whole, then by scope.
    """
    here = RoleGrant.objects.filter(membership=OuterRef("pk"))
    return (
        _members(policy.visible_members(actor, organization))
        .filter(Exists(here))
        .annotate(
            is_main=Exists(here.filter(role=RoleGrant.Role.MAIN_ADMIN)),
            is_whole=Exists(here.filter(scope=None)),
            first=Subquery(here.order_by("scope__path").values("scope__path")[:1]),
        )
        .order_by("-is_main", "-is_whole", F("first").asc(nulls_first=True), "name", "pk")
    )


def persons_of(
    actor: Actor, organization: Organization, rows: Sequence[Membership]
) -> list[Person]:
    """These rows of ``administrators`` as the rules see them; a fixed number of statements."""
    _name_scopes(actor, organization, rows)
    above = _above(organization, rows)
    return [_person(row, organization, above) for row in rows]


def _members(rows: QuerySet[Membership, Any]) -> QuerySet[Membership, Any]:
    grants = RoleGrant.objects.select_related("scope", "granted_by").order_by("pk")
    return rows.select_related("organization__superior", "branch", "user").prefetch_related(
        Prefetch("role_grants", grants)
    )


def _name_scopes(actor: Actor, organization: Organization, rows: Sequence[Membership]) -> None:
    """Let the scopes of these people's offices be called what the actor may know."""
    scopes = [one.scope for row in rows for one in row.role_grants.all() if one.scope]
    names = branch_names(actor, organization, {one.path for one in scopes})
    for scope in scopes:
        scope.name = names[scope.path]  # for showing; these rows are never saved


def _above(organization: Organization, rows: Sequence[Membership]) -> dict[int, policy.Power]:
    """The power of these people in the superior organisation, by user; one statement."""
    users = [row.user_id for row in rows if row.user_id is not None]
    if organization.superior_id is None or not users:
        return {}
    held: dict[int, list[tuple[str, str | None]]] = {}
    offices = RoleGrant.objects.filter(
        organization=organization.superior_id,
        membership__user__in=users,
        membership__state=Membership.State.ACTIVE,
    )
    for user, role, path in offices.values_list("membership__user_id", "role", "scope__path"):
        if user is not None:
            held.setdefault(user, []).append((role, path))
    return {user: policy.power_of(offices) for user, offices in held.items()}


def _person(row: Membership, organization: Organization, above: dict[int, policy.Power]) -> Person:
    row.organization = organization
    grants = sorted(row.role_grants.all(), key=lambda one: one.scope.path if one.scope else "")
    standing = policy.Standing()
    if row.state == Membership.State.ACTIVE and row.user is not None:
        offices = [(one.role, one.scope.path if one.scope else None) for one in grants]
        standing = policy.Standing(
            policy.power_of(offices),
            row.user.is_verified,
            above.get(row.user.pk, policy.NOTHING),
            row.user.is_operator,
        )
    return Person(row, grants, standing)


def answers(person: Person) -> Iterator[rights.Answer]:
    """Every right of the product, answered for this person. No statements."""
    organization = person.member.organization
    for right in rights.RIGHTS.values():
        yield rights.answer(right, person.standing, organization, person.offices)


def lines(person: Person) -> list[Line]:
    """The rights in words, in the registry's order. No statements."""
    return [_line(person, one) for one in answers(person)]


def _line(person: Person, answer: rights.Answer) -> Line:
    names = {grant.scope.path: grant.scope.name for grant in person.grants if grant.scope}
    return Line(
        key=answer.right.key,
        group=answer.right.group,
        label=answer.right.label,
        allowed=answer.allowed,
        where=_where(answer, names),
        short="、".join(names.get(path, "") for path in answer.paths),
        why=list(_why(person, answer)),
        change="name" if answer.lacks_verification else "offices",
        closed=answer.closed if answer.allowed else "",
    )


def _where(answer: rights.Answer, names: dict[str, str]) -> str:
    if answer.whole:
        return "整个组织"
    below = "之下的支部" if answer.right.below else "及下级支部"
    return "、".join(f"“{names.get(path, '')}”{below}" for path in answer.paths)


def _why(person: Person, answer: rights.Answer) -> Iterator[str]:
    """The offices that give it, or the rule's refusal; then what real-name verification adds."""
    if not person.active:
        yield "还没有激活：本人用这个手机号码注册后才有权限。"
        return
    for index in answer.offices:
        yield f"{office_words(person.grants[index], person.member.organization)}。"
    if not answer.allowed and not answer.lacks_verification:
        yield refusal_words(answer.refusal)
    elif answer.allowed and not answer.offices:
        yield "是平台运维人员。" if person.standing.operator else "是上级组织的管理员。"
    if answer.verified and (answer.allowed or answer.lacks_verification):
        done = "已完成" if person.standing.verified else "还没有完成"
        yield f"需要本人完成个人实名认证，{done}。"


def refusal_words(message: str) -> str:
    """A rule's refusal, said about somebody else."""
    return message.replace("您", "本人")


def office_words(grant: RoleGrant, organization: Organization) -> str:
    """学习管理员，负责“第一党总支”及下级支部（李明于 2026-03-05 任命）."""
    return f"{office_place(grant)}（{office_given(grant, organization)}）"


def office_place(grant: RoleGrant) -> str:
    """学习管理员，负责“第一党总支”及下级支部."""
    place = f"“{grant.scope.name}”及下级支部" if grant.scope else "整个组织"
    return f"{grant.get_role_display()}，负责{place}"


def office_given(grant: RoleGrant, organization: Organization) -> str:
    """李明于 2026-03-05 任命."""
    day = timezone.localdate(grant.granted_at).isoformat()
    by = grant.granted_by
    if grant.role != RoleGrant.Role.MAIN_ADMIN:
        return f"{by.name}于 {day} 任命" if by is not None else f"{day} 任命"
    if by is None:
        return f"{day} 起"
    if _own(grant, by) and by.pk == organization.created_by_id:
        return f"{day} 创建组织时起"
    return f"{day} 起" if _own(grant, by) else f"{day} 由{by.name}移交"


def _own(grant: RoleGrant, by: User) -> bool:
    return grant.membership.user_id == by.pk


def in_charge(actor: Actor, member: Membership) -> list[RoleGrant]:
    """The offices that have this member in their care, the main administrator's first; of people
    whom the actor sees."""
    rows = _offices(member.organization).filter(policy.in_charge_of(member))
    seen = policy.visible_members(actor, member.organization).values("pk")
    rows = rows.filter(membership__in=seen)
    return list(rows.exclude(membership=member).select_related("membership", "scope"))


def _offices(organization: Organization) -> QuerySet[RoleGrant, Any]:
    """All offices here, whole ones before narrower ones; the caller has asked who may know."""
    first = F("scope__path").asc(nulls_first=True)
    return RoleGrant.objects.filter(organization=organization).order_by("-role", first, "pk")


def may_see_looks(actor: Actor, person: Person) -> bool:
    """Who has looked: for whoever may read the log, and for the person itself."""
    if person.member.user_id is not None and person.member.user_id == actor.pk:
        return True
    return policy.power_in(actor, person.member.organization).whole


def looks(member: Membership) -> list[Look]:
    """The newest looks at this member's personal data, exports that may hold it among them."""
    about = events_about(member, member.organization_id, LOOKS)[:_NEWEST]
    taken = events_about(member.organization, member.organization_id, [TAKEN])
    taken = taken.filter(at__gte=member.created_at)[:_NEWEST]
    found = [_look(event, EVENTS.get(event.action, "查看")) for event in about]
    found += [_look(event, "导出了成员名单（可能包含本人）") for event in taken]
    return sorted(found, key=lambda one: one.at, reverse=True)[:_NEWEST]


def _look(event: AuditEvent, what: str) -> Look:
    return Look(event.at, event.actor_name or "平台运维人员", what)


def branch_names(actor: Actor, organization: Organization, paths: set[str]) -> dict[str, str]:
    """What these branches are called, by their paths, for the actor: one unseen is ``ELSEWHERE``.

    No statement for none.
    """
    if not paths:
        return {}
    rows = policy.visible_branches(actor, organization).filter(path__in=paths)
    return dict.fromkeys(paths, ELSEWHERE) | dict(rows.values_list("path", "name"))


def found_members(actor: Actor, organization: Organization, text: str) -> QuerySet[Membership, Any]:
    """Members in the actor's care whom ``text`` finds, by name."""
    power = policy.power_in(actor, organization)
    mine = policy.manageable_members(power, organization).values("pk")
    return (
        matching(
            policy.visible_members(actor, organization).filter(pk__in=mine),
            text,
            [organization.pk],
        )
        .select_related("branch")
        .prefetch_related("role_grants__scope")
        .order_by("sort_key", "name", "pk")
    )
