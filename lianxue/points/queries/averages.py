"""Points per person and per branch: the balances of those who are active members now, by how many
these are (the denominator). Who has left is no part of either.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from lianxue.accounts.models import Actor
from lianxue.organizations import queries as organizations
from lianxue.organizations.models import Branch, Membership
from lianxue.shared.clock import now, today
from lianxue.shared.pagination import Page, cut

from .. import policy
from ..models import Balance
from ..policy import Place
from ..wording import mean


@dataclass(frozen=True)
class Counted:
    """People and the sum of their points, in tenths."""

    people: int = 0
    points: int = 0

    @property
    def average(self) -> str:
        """Points per person, with two decimals."""
        return mean(self.points, self.people)

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(self.people + other.people, self.points + other.points)


@dataclass(frozen=True)
class Row:
    """A branch with its whole subtree; ``branch`` None: who stands in none (or in ``inside``
    itself). ``opens``: whether there are branches below it."""

    branch: Branch | None
    counted: Counted
    opens: bool = False


@dataclass(frozen=True)
class Overview:
    """Of ``inside`` and below it (None: of all whom the actor administers): the ``total`` and the
    ``rows`` of the level right below, counted ``at``. ``left``: points in this year of people who
    have left, None for who does not administer the whole."""

    place: Place
    year: int
    inside: Branch | None
    way: tuple[Branch, ...]
    total: Counted
    rows: Page[Row]
    left: Counted | None
    at: datetime


def overview(
    actor: Actor,
    organization_id: int,
    year: int,
    branch_id: int | None = None,
    page: object = 1,
) -> Overview:
    """The averages, counted now in one statement over the people, whatever the number of branches.

    Raises NotFound, PermissionDenied.
    """
    place, moment = policy.place_of(actor, organization_id), now()
    inside = place.branch(branch_id)
    level: dict[str, Counted] = {}
    direct = Counted()
    for path, counted in _by_path(place, year).items():
        key = _key(path, place, inside)
        if key is not None:
            level[key] = level.get(key, Counted()) + counted
        elif inside is None or path == inside.path:
            direct += counted
    branches = Branch.objects.filter(organization=place.organization, path__in=list(level))
    rows = [Row(one, level[one.path], bool(one.numchild)) for one in branches.order_by("path")]
    if level and direct.people:
        rows.append(Row(None, direct))
    total = sum(level.values(), direct)
    return Overview(
        place,
        year,
        inside,
        _way_to(place, inside) if inside else (),
        total,
        cut(rows, page),
        _left(place, year) if inside is None and place.power.whole else None,
        moment,
    )


def _by_path(place: Place, year: int) -> dict[str, Counted]:
    """By the tree path of the branch people stand in ("" for none)."""
    rows = (
        policy.counted_members(place)
        .annotate(had=_balance(place, year))
        .order_by()
        .values_list("branch__path")
        .annotate(people=Count("pk"), points=Coalesce(Sum("had__points"), 0))
    )
    return {path or "": Counted(people, points) for path, people, points in rows}


def _balance(place: Place, year: int) -> FilteredRelation:
    return FilteredRelation(
        "user__balances",
        condition=Q(user__balances__organization=place.organization, user__balances__year=year),
    )


def _left(place: Place, year: int) -> Counted:
    """Who has left with points in this year: one statement over those who left."""
    balances = Balance.objects.filter(organization=place.organization, year=year)
    gone = balances.filter(user__in=policy.left_members(place).values("user"))
    sums = gone.exclude(points=0).aggregate(people=Count("pk"), points=Sum("points"))
    return Counted(sums["people"], sums["points"] or 0)


def _key(path: str, place: Place, inside: Branch | None) -> str | None:
    """The path of the row that counts who stands at ``path``: one step below ``inside``; at the top
    a top branch, or, for a scoped administrator, the scope. None: no row's."""
    step = Branch.steplen
    if inside is not None:
        below = path.startswith(inside.path) and path != inside.path
        return path[: len(inside.path) + step] if below else None
    if place.power.whole:
        return path[:step] or None
    scopes = sorted(place.power.scopes, key=len)
    return next((scope for scope in scopes if path.startswith(scope)), None)


def _way_to(place: Place, inside: Branch) -> tuple[Branch, ...]:
    """The branches from the highest one in scope down to ``inside``."""
    rows = [*organizations.ancestors_of(inside), inside]
    return tuple(one for one in rows if place.power.covers(one))


@dataclass(frozen=True)
class Asked:
    """Whose points: of the branch and all below it, or, ``direct``, of that branch alone (without
    one: of none); ``text`` finds names; ``left``: of those who have left instead."""

    branch_id: int | None = None
    direct: bool = False
    text: str = ""
    left: bool = False


@dataclass(frozen=True)
class People:
    """``rows``: memberships from A to Z, never by points, each with ``points`` of the year and its
    branch; to be cut with ``paginate_far``."""

    place: Place
    branch: Branch | None
    rows: QuerySet[Membership, Any]


def people(actor: Actor, organization_id: int, year: int, asked: Asked) -> People:
    """The names behind a number of ``overview``. Raises NotFound, PermissionDenied."""
    place = policy.place_of(actor, organization_id)
    branch = place.branch(asked.branch_id)
    balance = Balance.objects.filter(
        user=OuterRef("user"), organization=place.organization, year=year
    )
    if asked.left:
        had = balance.exclude(points=0).values("user")
        rows = policy.left_members(place).filter(user__in=had.filter(user=OuterRef("user")))
    else:
        rows = policy.counted_members(place, None if asked.direct else branch)
        if asked.direct:
            rows = rows.filter(branch=branch)
    words = asked.text.replace("\0", "").strip()[:20]
    if words:
        rows = rows.filter(name__icontains=words)
    rows = rows.annotate(points=Coalesce(Subquery(balance.values("points")[:1]), 0))
    return People(place, branch, rows.select_related("branch").order_by("sort_key", "name", "pk"))


def years(organization_id: int) -> list[int]:
    """The years that there can be points of in an organisation, this one first; two looks into an
    index."""
    rows = Balance.objects.filter(organization=organization_id)
    found = rows.order_by("year").values_list("year", flat=True).first()
    this = today().year
    return list(range(this, min(found or this, this) - 1, -1))


def year_in(text: str, organization_id: int) -> int:
    """The year that was asked for when there can be one, else this one."""
    known = years(organization_id)
    return int(text) if text.isascii() and text.isdigit() and text in map(str, known) else known[0]
