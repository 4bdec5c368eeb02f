"""Reads of organisations, always cut to what the actor may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet

from lianxue.accounts.models import Actor, User
from lianxue.inbox.actions import OPERATORS_PLACE, user_place
from lianxue.shared.dbtools import count_of
from lianxue.shared.errors import NotFound
from lianxue.shared.names import letter_range

from .. import policy
from ..models import Branch, HandoverOffer, Membership, Organization, RoleGrant
from .search import matching


def admin_place(organization_id: int) -> str:
    """The inbox place of those who administer the whole organisation."""
    return f"org:{organization_id}:admin"


def places_of(user: User) -> list[str]:
    """All inbox places of ``user``: the own, one per organisation administered, the site's."""
    ids = policy.administered_organizations(user, whole=True).values_list("pk", flat=True)
    site = [OPERATORS_PLACE] if user.is_operator else []
    return [user_place(user.pk), *(admin_place(pk) for pk in ids), *site]


def get_visible(actor: Actor, organization_id: int) -> Organization:
    """An organisation that the actor belongs to. Raises NotFound."""
    found: Organization | None = (
        policy.visible_organizations(actor).filter(pk=organization_id).first()
    )
    if found is None:
        raise NotFound
    return found


def get_administered(actor: Actor, organization_id: int) -> tuple[Organization, policy.Power]:
    """An organisation that the actor administers, and the power there.

    Raises NotFound for one that the actor does not belong to, PermissionDenied for a plain member.
    """
    organization = get_visible(actor, organization_id)
    return organization, policy.require_administers(actor, organization)


def my_organizations(user: User) -> QuerySet[Organization, Any]:
    """The user's organisations with ``administered`` (bool) and ``member_count``, by name.

    ``member_count`` is of those whom the user sees. For 通讯录 and the organisation switch.
    """
    grants = RoleGrant.objects.filter(organization=OuterRef("pk"), membership__user=user)
    living = policy.visible_memberships(user)
    return (
        policy.visible_organizations(user)
        .annotate(
            administered=Exists(grants),
            member_count=count_of(living, "organization"),
        )
        .select_related("superior")
        .order_by("name", "pk")
    )


def head_count(actor: Actor, organization: Organization) -> dict[str, int]:
    """``{"members", "active", "invited"}`` of those whom ``actor`` sees in one organisation."""
    return policy.visible_members(actor, organization).aggregate(
        members=Count("pk"),
        active=Count("pk", filter=Q(state="active")),
        invited=Count("pk", filter=Q(state="invited")),
    )


@dataclass(frozen=True)
class Tally:
    """People of one subtree: ``members`` (roster), ``active`` of them."""

    members: int = 0
    active: int = 0


def tallies(
    actor: Actor, organization: Organization, branches: Sequence[Branch]
) -> dict[int, Tally]:
    """The people of each branch's whole subtree whom ``actor`` sees, by the branch's id.

    A fixed number of statements however many branches there are. The roster is summed per branch
    by the database, and added up along the paths here.
    """
    wanted = {branch.path: branch.pk for branch in branches}
    totals = {branch.pk: [0, 0] for branch in branches}
    if not wanted:
        return {}
    rows = (
        policy.visible_members(actor, organization)
        .filter(branch__isnull=False)
        .values_list("branch__path")
        .annotate(members=Count("pk"), active=Count("pk", filter=Q(state="active")))
        .order_by()
    )
    for path, members, active in rows:
        for end in range(Branch.steplen, len(path) + 1, Branch.steplen):
            pk = wanted.get(path[:end])
            if pk is not None:
                totals[pk][0] += members
                totals[pk][1] += active
    return {pk: Tally(*numbers) for pk, numbers in totals.items()}


def parent_of(branch: Branch) -> Branch | None:
    """The branch right above, None at the top; by the path that ``branch`` carries."""
    above = branch.path[: -Branch.steplen]
    return Branch.objects.filter(path=above).first() if above else None


def ancestors_of(branch: Branch) -> list[Branch]:
    """The branches above, from the top down, in one statement."""
    paths = [branch.path[:end] for end in range(Branch.steplen, len(branch.path), Branch.steplen)]
    return list(Branch.objects.filter(path__in=paths).order_by("path")) if paths else []


def children_of(organization: Organization, parent: Branch | None) -> QuerySet[Branch, Any]:
    """The branches right below ``parent`` (None: the organisation's top ones), in order."""
    rows = Branch.objects.filter(organization=organization).order_by("path")
    if parent is None:
        return rows.filter(depth=1)
    return rows.filter(depth=parent.depth + 1, **in_subtree(parent))


def visible_children(
    actor: Actor, organization: Organization, parent: Branch | None
) -> QuerySet[Branch, Any]:
    """Those of ``children_of`` that the actor may see."""
    seen = policy.visible_branches(actor, organization)
    return children_of(organization, parent).filter(pk__in=seen.values("pk"))


def in_subtree(branch: Branch, path: str = "path") -> dict[str, str]:
    """Filter for ``branch`` and all below it, by the column ``path``: an index range, no LIKE.

    The bounds are made of the paths' own alphabet, so that every collation orders them alike.
    """
    return {f"{path}__gte": branch.path, f"{path}__lte": branch.path + "Z" * 60}


def get_branch(actor: Actor, organization: Organization, branch_id: int) -> Branch:
    """A branch of an organisation that the actor belongs to. Raises NotFound."""
    found: Branch | None = policy.visible_branches(actor, organization).filter(pk=branch_id).first()
    if found is None:
        raise NotFound("没有找到这个支部，可能已被删除。")
    return found


def living_in(branch: Branch) -> QuerySet[Membership, Any]:
    """Who stands directly in ``branch`` now."""
    return Membership.objects.filter(branch=branch).exclude(state=Membership.State.ENDED)


@dataclass(frozen=True)
class MemberFilter:
    """What a list of members is cut to.

    ``branch`` with all below it; ``direct``: only those standing right there (with ``branch`` None:
    directly under the organisation). ``text``: as ``search.matching``. ``letter``: the heading
    under which the name stands, ``A`` to ``Z`` or ``#``.
    """

    branch: Branch | None = None
    direct: bool = False
    state: str = ""
    role: str = ""
    text: str = ""
    letter: str = ""


def members(
    actor: Actor, organization: Organization, cut: MemberFilter | None = None
) -> QuerySet[Membership, Any]:
    """The living members that the actor may see, from A to Z, their branch and roles joined.

    Three statements for a page: the rows, their roles, the roles' scopes.
    """
    cut = cut or MemberFilter()
    rows = policy.visible_members(actor, organization)
    if cut.direct:
        rows = rows.filter(branch=cut.branch)
    elif cut.branch is not None:
        rows = rows.filter(**in_subtree(cut.branch, "branch__path"))
    if cut.state in {Membership.State.INVITED, Membership.State.ACTIVE}:
        rows = rows.filter(state=cut.state)
    if cut.role == "admin":
        rows = rows.filter(Exists(RoleGrant.objects.filter(membership=OuterRef("pk"))))
    bounds = letter_range(cut.letter)
    if bounds is not None:
        rows = rows.filter(sort_key__gte=bounds[0], sort_key__lt=bounds[1])
    return (
        matching(rows, cut.text, [organization.pk])
        .select_related("branch")
        .prefetch_related("role_grants__scope")
        .order_by("sort_key", "name", "pk")
    )


def get_member(actor: Actor, membership_id: int) -> tuple[Membership, policy.Power]:
    """A living membership that the actor may see, and the actor's power there.

    The row says ``phone_seen``. Raises NotFound, for whom the actor may not see too.
    """
    place = policy.visible_organizations(actor).filter(memberships__pk=membership_id).first()
    row = None
    if place is not None:
        row = (
            policy.visible_members(actor, place)
            .filter(pk=membership_id)
            .select_related("organization", "branch")
            .prefetch_related("role_grants", offices_named(actor, place))
            .first()
        )
    if row is None:
        raise NotFound("没有找到这位成员，可能已被移出，或您没有查看权限。")
    return row, policy.power_in(actor, row.organization)


def offices_named(
    actor: Actor, organization: Organization, path: str = "role_grants__scope"
) -> Prefetch[Any]:
    """The scopes of offices as the actor may know them: one that it does not see is None there
    (while ``scope_id`` still tells that it is not the whole organisation)."""
    return Prefetch(path, policy.visible_branches(actor, organization))


def admin_rows(actor: Actor, organization: Organization) -> QuerySet[RoleGrant, Any]:
    """Who runs the organisation, as far as the actor sees them.

    The main administrator first, then whole offices, then scopes.
    """
    seen = policy.visible_members(actor, organization)
    return (
        RoleGrant.objects.filter(organization=organization, membership__in=seen.values("pk"))
        .select_related("membership__branch")
        .prefetch_related(offices_named(actor, organization, "scope"))
        .order_by("-role", F("scope__path").asc(nulls_first=True), "pk")
    )


def open_handover(actor: Actor, organization: Organization) -> HandoverOffer | None:
    """The handover that waits for an answer, if any, to somebody whom the actor sees."""
    seen = policy.visible_members(actor, organization).values("pk")
    return (
        HandoverOffer.objects.filter(
            organization=organization, state=HandoverOffer.State.OFFERED, to_membership__in=seen
        )
        .select_related("to_membership", "from_membership")
        .first()
    )


def my_places(user: User) -> list[Membership]:
    """The user's own memberships with organisation and branch, by the organisation's name."""
    return list(
        Membership.objects.filter(
            user=user, state=Membership.State.ACTIVE, organization__dissolved_at=None
        )
        .select_related("organization__superior", "branch")
        .prefetch_related("role_grants__scope")
        .order_by("organization__name", "pk")
    )


def running_places(user: User) -> list[Membership]:
    """Those of ``my_places`` in which the user administers something."""
    return [place for place in my_places(user) if place.role_grants.all()]


def whole_places(user: User) -> list[Membership]:
    """Those of ``my_places`` in which the user administers the whole organisation."""
    return [
        place
        for place in my_places(user)
        if any(grant.scope_id is None for grant in place.role_grants.all())
    ]


def size_advice(branch: Branch, members: int) -> str:
    """One sentence of advice about a branch of ``members`` people (its whole subtree), or nothing.

    From 3 full members a branch, 7 a branch committee, over 50 a general branch, over 100 a
    committee; below 3 a joint branch.
    """
    kind, kinds = branch.kind, Branch.Kind
    if kind == kinds.BRANCH and members < 3:
        return f"现有 {members} 人。正式党员满 3 人可成立党支部，不足 3 人可成立联合党支部。"
    if kind == kinds.BRANCH and members > 50:
        return f"现有 {members} 人。党支部一般不超过 50 人，超过 50 人可设党总支。"
    if kind == kinds.BRANCH and members >= 7:
        return f"现有 {members} 人。满 7 人的党支部应当设立支部委员会。"
    if kind == kinds.GENERAL_BRANCH and members > 100:
        return f"现有 {members} 人。超过 100 人可设党委。"
    if kind == kinds.GENERAL_BRANCH and members <= 50:
        return f"现有 {members} 人。党总支一般在超过 50 人时设立。"
    if kind == kinds.COMMITTEE and members <= 100:
        return f"现有 {members} 人。党委一般在超过 100 人时设立。"
    return ""


def find_branch(actor: Actor, branch_id: int) -> Branch:
    """A branch that the actor may see in any organisation, with it. Raises NotFound."""
    place = policy.visible_organizations(actor).filter(branches__pk=branch_id).first()
    if place is None:
        raise NotFound("没有找到这个支部，可能已被删除。")
    branch = get_branch(actor, place, branch_id)
    branch.organization = place
    return branch


@dataclass(frozen=True)
class Merge:
    """What would move or end if a branch were merged into another."""

    people: int
    children: list[Branch]
    offices: list[RoleGrant]
    #: Offices of people whom the reader does not see.
    others: int = 0


def merge_preview(actor: Actor, branch: Branch) -> Merge:
    """People and branches that would move, offices that would end, as far as the actor sees whose;
    for who may merge ``branch``."""
    offices = RoleGrant.objects.filter(scope=branch).select_related("membership")
    seen = policy.visible_members(actor, branch.organization).values("pk")
    told = list(offices.filter(membership__in=seen))
    return Merge(
        living_in(branch).count(),
        list(children_of(branch.organization, branch)),
        told,
        offices.count() - len(told),
    )


def get_offer(user: User, offer_id: int) -> HandoverOffer:
    """A handover that ``user`` is asked to accept, open or not. Raises NotFound."""
    found = (
        HandoverOffer.objects.filter(pk=offer_id, to_membership__user=user)
        .select_related("organization", "from_membership", "to_membership")
        .first()
    )
    if found is None:
        raise NotFound("没有找到这项移交。")
    return found


def parent_ids(branches: Sequence[Branch]) -> dict[str, int]:
    """The ids of these branches' parents by path, in one statement."""
    above = {branch.path[: -Branch.steplen] for branch in branches} - {""}
    return dict(Branch.objects.filter(path__in=above).values_list("path", "pk"))


def require_member_of(actor: Actor, organization: Organization, membership_id: int) -> None:
    """That a membership belongs to this very organisation. Raises NotFound."""
    if not policy.visible_members(actor, organization).filter(pk=membership_id).exists():
        raise NotFound("没有找到这位成员，可能已被移出。")
