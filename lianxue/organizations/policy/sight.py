"""Whom an actor sees in an organisation, and whose number (安全中心, manual 2.4.2 ④).

A ``Sight`` is read once per organisation; ``seen_by`` and ``phones_seen_by`` make conditions of it,
so that every list and every single row is cut in the database, for page and API alike.
An administrator sees the own scope whole. Everybody sees oneself and the administrators in charge.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from lianxue.accounts.models import Actor, User
from lianxue.shared.actors import Operator

from ..models import (
    Branch,
    BranchReach,
    HiddenPhones,
    Membership,
    Organization,
    Reach,
    RoleGrant,
)
from .powers import EVERYTHING, Power, power_of

#: What matches no row / every row, as conditions that survive ``|`` and ``&``.
NOBODY = Q(pk__in=[])
EVERYBODY = ~Q(pk__in=[])
#: Of the rows of ``visible_memberships``: those whose number may be shown and searched for.
NUMBER_SEEN = Q(phone_seen=True)


@dataclass(frozen=True)
class HiddenRule:
    """Whose numbers are hidden: below ``path``, of ``role``, or, with neither, everybody's."""

    path: str | None = None
    role: str = ""


@dataclass(frozen=True)
class Sight:
    """What one actor sees of one organisation.

    ``path``: the tree path of the own branch, None directly under the organisation. ``reach``: what
    the organisation's rules grant who stands there (the nearest branch's rule, else the general);
    ``reach_from``: the path of the branch whose rule decided, None: the general one.
    """

    organization_id: int
    membership_id: int = 0
    path: str | None = None
    reach: str = Reach.WHOLE
    reach_from: str | None = None
    power: Power = EVERYTHING
    hidden: tuple[HiddenRule, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the actor sees everybody."""
        return self.power.whole or self.reach == Reach.WHOLE


def lineage(path: str | None) -> list[str]:
    """The paths from the top down to ``path`` itself."""
    step = Branch.steplen
    return [path[:end] for end in range(step, len(path) + 1, step)] if path else []


def below(path: str, column: str = "branch__path") -> Q:
    """The branch at ``path`` and all below it, as an index range (no LIKE)."""
    return Q(**{f"{column}__gte": path, f"{column}__lte": path + "Z" * 60})


def sights(actor: User, organization: Organization | None = None) -> list[Sight]:
    """One per living organisation that ``actor`` belongs to (or that one), in three statements."""
    rows = Membership.objects.filter(
        user=actor, state=Membership.State.ACTIVE, organization__dissolved_at=None
    )
    if organization is not None:
        rows = rows.filter(organization=organization)
    seats: dict[int, tuple[int, str | None, str]] = {}
    offices: dict[int, list[tuple[str, str | None]]] = {}
    for place, pk, path, reach, role, scope in rows.order_by("organization_id").values_list(
        "organization_id",
        "pk",
        "branch__path",
        "organization__security__reach",
        "role_grants__role",
        "role_grants__scope__path",
    ):
        seats[place] = (pk, path, reach or Reach.WHOLE)
        if role:
            offices.setdefault(place, []).append((role, scope))
    powers = {place: power_of(offices.get(place, [])) for place in seats}
    narrow = [place for place in seats if not powers[place].whole]
    reaches = _branch_reaches(seats[place][1] for place in narrow)
    hidden = _hidden_rules(narrow)
    return [
        Sight(
            organization_id=place,
            membership_id=pk,
            path=path,
            reach=reaches[nearest] if nearest else reach,
            reach_from=nearest,
            power=powers[place],
            hidden=tuple(hidden.get(place, [])),
        )
        for place, (pk, path, reach) in seats.items()
        for nearest in [_nearest(path, reaches)]
    ]


def _nearest(path: str | None, reaches: dict[str, str]) -> str | None:
    """The branch on the way up from ``path`` whose rule counts, None when there is none."""
    return next((one for one in reversed(lineage(path)) if one in reaches), None)


def _branch_reaches(paths: Iterable[str | None]) -> dict[str, str]:
    """The reaches set for any branch on the way to ``paths``, by the branch's path."""
    lineages = [one for path in paths for one in lineage(path)]
    if not lineages:
        return {}
    rows = BranchReach.objects.filter(branch__path__in=lineages)
    return dict(rows.values_list("branch__path", "reach"))


def _hidden_rules(organization_ids: list[int]) -> dict[int, list[HiddenRule]]:
    found: dict[int, list[HiddenRule]] = {}
    if organization_ids:
        rows = HiddenPhones.objects.filter(organization__in=organization_ids)
        for place, path, role in rows.values_list("organization_id", "branch__path", "role"):
            found.setdefault(place, []).append(HiddenRule(path, role))
    return found


def seen_by(sight: Sight) -> Q:
    """The memberships of the sight's organisation that its actor sees (a condition on them)."""
    here = Q(organization_id=sight.organization_id)
    if sight.whole:
        return here
    if sight.path is None:
        near = Q(branch=None)  # both narrow reaches: no branch is nobody's superior here
    elif sight.reach == Reach.SUBTREE:
        near = below(sight.path)
    else:
        near = Q(branch__path=sight.path)
    for scope in sight.power.scopes:
        near |= below(scope)
    in_charge = _in_charge(sight).values("membership_id")
    return here & (near | Q(pk=sight.membership_id) | Q(pk__in=in_charge))


def _in_charge(sight: Sight) -> QuerySet[RoleGrant, Any]:
    """The offices of those who administer the place where the sight's actor stands."""
    return RoleGrant.objects.filter(organization_id=sight.organization_id).filter(
        Q(scope=None) | Q(scope__path__in=lineage(sight.path))
    )


def phones_seen_by(sight: Sight) -> Q:
    """Those of the sight's organisation whose number its actor may see: oneself, the own scope,
    and whoever no rule hides."""
    here = Q(organization_id=sight.organization_id)
    if sight.power.whole or not sight.hidden:
        return here
    own = Q(pk=sight.membership_id)
    for scope in sight.power.scopes:
        own |= below(scope)
    return here & (own | ~_hidden(sight.hidden))


def _hidden(rules: tuple[HiddenRule, ...]) -> Q:
    hidden = NOBODY
    for rule in rules:
        if rule.path is not None:
            # the ids, because NOT over a nullable branch would drop those without one
            hidden |= Q(branch__in=Branch.objects.filter(below(rule.path, "path")).values("pk"))
        elif rule.role:
            holders = RoleGrant.objects.filter(membership=OuterRef("pk"), role=rule.role)
            hidden |= Q(Exists(holders))
        else:
            return EVERYBODY
    return hidden


def visible_memberships(
    actor: Actor, organization: Organization | None = None
) -> QuerySet[Membership, Any]:
    """The living memberships that the actor sees, everywhere or in one organisation.

    Each with ``phone_seen`` (bool): whether its number may be shown, searched for, exported.
    """
    rows = Membership.objects.exclude(state=Membership.State.ENDED)
    if isinstance(actor, Operator):
        if organization is not None:
            rows = rows.filter(organization=organization)
        return rows.annotate(phone_seen=ExpressionWrapper(EVERYBODY, BooleanField()))
    found = sights(actor, organization)
    seen, phones = NOBODY, NOBODY
    for sight in found:
        seen |= seen_by(sight)
        phones |= phones_seen_by(sight)
    rows = rows.filter(seen).annotate(phone_seen=ExpressionWrapper(phones, BooleanField()))
    return rows if found else rows.none()


def visible_members(actor: Actor, organization: Organization) -> QuerySet[Membership, Any]:
    """The living memberships of ``organization`` that the actor sees, with ``phone_seen``."""
    return visible_memberships(actor, organization)


def visible_branches(actor: Actor, organization: Organization) -> QuerySet[Branch, Any]:
    """The branches that the actor may see: all, or what the reach grants and those in which
    somebody stands whom the actor sees, with the way to them."""
    rows = Branch.objects.filter(organization=organization)
    if isinstance(actor, Operator):
        return rows
    found = sights(actor, organization)
    if not found:
        return rows.none()
    sight = found[0]
    if sight.whole:
        return rows
    places = _in_charge(sight).values_list("membership__branch__path", flat=True).distinct()
    way = {one for path in [sight.path, *sight.power.scopes, *places] for one in lineage(path)}
    near = Q(path__in=way)
    if sight.path is not None and sight.reach == Reach.SUBTREE:
        near |= below(sight.path, "path")
    for scope in sight.power.scopes:
        near |= below(scope, "path")
    return rows.filter(near)
