"""积分明细: what was credited to whom, and why exactly that much."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Sum

from lianxue.accounts.models import Actor, User
from lianxue.organizations.models import Membership, Organization
from lianxue.shared.clock import today
from lianxue.shared.errors import NotFound

from .. import policy
from ..items import ITEMS, TOTAL
from ..models import Balance, PointAccount, PointEntry
from .rules import Rulebook, Terms, terms_of


@dataclass(frozen=True)
class Mine:
    """A person's own sums, in tenths: of everything, of this ``year``, and of it per organisation
    (those in which one is a member now or has points in this year)."""

    total: int
    year: int
    this_year: int
    places: list[tuple[Organization, int]]


def mine(user: User) -> Mine:
    """The own sums, in three statements."""
    year = today().year
    account = PointAccount.objects.filter(pk=user.pk).first()
    had = dict(
        Balance.objects.filter(user=user, year=year).values_list("organization_id", "points")
    )
    here = Membership.objects.filter(user=user, state=Membership.State.ACTIVE)
    known = Q(pk__in=here.values("organization_id")) & Q(dissolved_at=None) | Q(pk__in=list(had))
    places = [
        (place, had.get(place.pk, 0))
        for place in Organization.objects.filter(known).order_by("name", "pk")
    ]
    return Mine(account.points if account else 0, year, sum(had.values()), places)


def entries(user: User, year: int | None = None) -> QuerySet[PointEntry, Any]:
    """The own entries, the newest first; of the days of one year alone."""
    rows = PointEntry.objects.filter(user=user)
    if year is not None:
        rows = rows.filter(day__gte=date(year, 1, 1), day__lte=date(year, 12, 31))
    return _joined(rows)


def _joined(rows: QuerySet[PointEntry, Any]) -> QuerySet[PointEntry, Any]:
    return rows.select_related("organization", "reversal").order_by("-pk")


@dataclass(frozen=True)
class Account:
    """A member's points within one organisation: the sum of a year, and the entries of all time."""

    place: policy.Place
    member: Membership
    year: int
    points: int
    rows: QuerySet[PointEntry, Any]


def account(actor: Actor, organization_id: int, membership_id: int, year: int) -> Account:
    """For who administers the member. Raises NotFound, PermissionDenied."""
    place = policy.place_of(actor, organization_id)
    member = policy.get_member(place, membership_id)
    rows = PointEntry.objects.filter(
        user=member.user_id, organization=place.organization, day__year=year
    )
    found = Balance.objects.filter(
        user=member.user_id, organization=place.organization, year=year
    ).first()
    return Account(place, member, year, found.points if found else 0, _joined(rows))


def entry_to_correct(actor: Actor, organization_id: int, entry_id: int) -> PointEntry:
    """An entry that the actor may take back. Raises NotFound, PermissionDenied."""
    place = policy.place_of(actor, organization_id)
    rows = _joined(PointEntry.objects.filter(pk=entry_id)).select_related(
        "user", "organization", "reversal"
    )
    found: PointEntry | None = rows.first()
    if found is None:
        raise NotFound
    policy.need_corrects(place, found, actor.pk)
    return found


@dataclass(frozen=True)
class Step:
    """One cap that was looked at: ``cap`` None: there was none; ``had``: what the person had been
    credited before, in tenths; ``met``: whether it is the one that cut the entry."""

    name: str
    cap: int | None
    had: int
    met: bool

    @property
    def left(self) -> int | None:
        """What could still be credited; None: as much as one likes."""
        return None if self.cap is None else max(0, self.cap - self.had)


@dataclass(frozen=True)
class Explained:
    """One entry with all that made it what it is: the ``terms`` of its item as they were, and the
    caps in the order in which they were asked."""

    entry: PointEntry
    terms: Terms
    steps: list[Step]


def explain(user: User, entry_id: int) -> Explained:
    """An own entry, reckoned once more from the ledger before it. Raises NotFound."""
    rows = PointEntry.objects.filter(user=user, pk=entry_id)
    found = rows.select_related("organization", "rule", "reverses", "reversal").first()
    if found is None:
        raise NotFound
    credited = found.reverses or found
    terms = _terms(credited)
    if found.kind == PointEntry.Kind.REVERSAL:
        return Explained(found, terms, [])
    total = Rulebook([found.organization_id], [], found.day, found.at).terms(
        found.organization_id, TOTAL, found.day
    )
    had = _had_before(found)
    limit = PointEntry.Limit
    asked = [
        (limit.ITEM_DAY, "这一项当日", terms.day_cap, had["item_day"]),
        (limit.ITEM_YEAR, "这一项本年", terms.year_cap, had["item_year"]),
        (limit.DAY, "当日全部项目", total.day_cap, had["day"]),
        (limit.YEAR, "本年全部项目", total.year_cap, had["year"]),
    ]
    steps = [
        Step(name, found.cap if key == found.limit else cap, before, key == found.limit)
        for key, name, cap, before in asked
    ]
    return Explained(found, terms, steps)


def _terms(entry: PointEntry) -> Terms:
    """What its item was worth then: the version that it names, else the item's default."""
    if entry.rule is not None:
        return terms_of(entry.rule)
    default = ITEMS.get(entry.item)
    if default is None:
        return Terms(entry.earned, None, None)
    return Terms(entry.earned, default.day_cap, default.year_cap)


def _had_before(entry: PointEntry) -> dict[str, int]:
    """What the person had been credited before this entry, by what caps count; one statement.

    Entries of one person get their ids in the order in which they were reckoned (the account is
    locked meanwhile).
    """
    day, item = Q(day=entry.day), Q(item=entry.item)
    rows = PointEntry.objects.filter(user=entry.user_id, day__year=entry.day.year, pk__lt=entry.pk)
    sums = rows.aggregate(
        item_day=Sum("amount", filter=day & item),
        item_year=Sum("amount", filter=item),
        day=Sum("amount", filter=day),
        year=Sum("amount"),
    )
    return {key: value or 0 for key, value in sums.items()}
