"""Crediting points: each event once for each person, never past a cap (design rule 8).

Whoever credits first locks the persons' accounts, in the order of their ids, so that sums are read
and entries written by one at a time. The number of statements does not depend on how many are
credited.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum
from django.db.models.functions import ExtractYear

from lianxue.accounts.models import User
from lianxue.shared.clock import now
from lianxue.shared.dbtools import insert_many, update_many

from ..items import TOTAL
from ..models import Balance, PointAccount, PointEntry
from ..queries.rules import Rulebook

#: All but the id.
_FIELDS = [field for field in PointEntry._meta.concrete_fields if not field.primary_key]


@dataclass(frozen=True)
class Earned:
    """That somebody did something that points are given for.

    ``event`` names it for all time, as "learning.content:55"; with the person it is the entry's
    key. ``organization_id``: under whose rules it counts. ``day``: when it took place.
    ``source_type``, ``source_id``, ``title``: what it was, for 积分明细.
    """

    user_id: int
    organization_id: int
    item: str
    event: str
    day: date
    source_type: str
    source_id: int | None
    title: str

    @property
    def key(self) -> str:
        """The entry's idempotency key."""
        return f"{self.event}:{self.user_id}"


@transaction.atomic
def credit(earned: Earned, actor: User | None = None) -> PointEntry:
    """``credit_many`` of one."""
    return credit_many([earned], actor)[0]


@transaction.atomic
def credit_many(earned: Sequence[Earned], actor: User | None = None) -> list[PointEntry]:
    """Credit each event to its person, once for all time; an entry for each, in the same order.

    An event that was credited before gives the entry of then. What a cap leaves over is not
    credited, and the entry says so; it may be 0. Cut 10,000 and more into batches by person.
    Locks the accounts (after organisations, before audit heads). KeyError: an unknown item.
    """
    if not earned:
        return []
    lock_accounts(one.user_id for one in earned)
    keys = [one.key for one in earned]
    known = set(PointEntry.objects.filter(key__in=keys).values_list("key", flat=True))
    fresh: dict[str, Earned] = {}
    for one in earned:
        if one.key not in known:
            fresh.setdefault(one.key, one)  # of one event twice the first counts, as in two calls
    if fresh:
        write(_entries(list(fresh.values()), actor))
    found = {entry.key: entry for entry in PointEntry.objects.filter(key__in=keys)}
    return [found[key] for key in keys]


def lock_accounts(user_ids: Iterable[int]) -> None:
    """Hold the persons' accounts until the transaction ends; made where there is none yet."""
    ids = sorted(set(user_ids))
    account, user = PointAccount._meta.db_table, User._meta.db_table
    places = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {account} (user_id, points) SELECT id, 0 FROM {user} "  # noqa: S608
            f"WHERE id IN ({places}) ORDER BY id ON CONFLICT DO NOTHING",
            ids,
        )
    list(PointAccount.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def _entries(earned: Sequence[Earned], actor: User | None) -> list[PointEntry]:
    """The entries of ``earned``, cut at the caps one after the other; not yet written."""
    moment, spent = now(), _Spent(earned)
    rules = Rulebook(
        (one.organization_id for one in earned),
        (one.item for one in earned),
        max(one.day for one in earned),
    )
    return [_entry(one, rules, spent, moment, actor) for one in earned]


def _entry(
    one: Earned, rules: Rulebook, spent: "_Spent", moment: datetime, actor: User | None
) -> PointEntry:
    terms = rules.terms(one.organization_id, one.item, one.day)
    total = rules.terms(one.organization_id, TOTAL, one.day)
    limits = [
        (PointEntry.Limit.ITEM_DAY, terms.day_cap, spent.day(one, one.item)),
        (PointEntry.Limit.ITEM_YEAR, terms.year_cap, spent.year(one, one.item)),
        (PointEntry.Limit.DAY, total.day_cap, spent.day(one, TOTAL)),
        (PointEntry.Limit.YEAR, total.year_cap, spent.year(one, TOTAL)),
    ]
    amount, limit, cap = terms.points, PointEntry.Limit.NONE, None
    for name, most, had in limits:
        left = amount if most is None else max(0, most - had)
        if left < amount:
            amount, limit, cap = left, name, most
    spent.add(one, amount)
    return PointEntry(
        user_id=one.user_id,
        organization_id=one.organization_id,
        item=one.item,
        day=one.day,
        earned=terms.points,
        amount=amount,
        limit=limit,
        cap=cap,
        rule=terms.rule,
        key=one.key,
        source_type=one.source_type,
        source_id=one.source_id,
        title=one.title[:100],
        actor=actor,
        actor_name=actor.name if actor else "",
        at=moment,
    )


class _Spent:
    """What the persons have had so far, by day and by year, of each item and of all (TOTAL)."""

    def __init__(self, earned: Sequence[Earned]) -> None:
        rows = PointEntry.objects.filter(user__in={one.user_id for one in earned}).order_by()
        self._days: dict[tuple[int, str, date], int] = {}
        self._years: dict[tuple[int, str, int], int] = {}
        by_day = rows.filter(day__in={one.day for one in earned}).values_list("user", "item", "day")
        for user, item, day, points in by_day.annotate(Sum("amount")):
            for name in (item, TOTAL):
                self._days[user, name, day] = self._days.get((user, name, day), 0) + points
        years = {one.day.year for one in earned}
        by_year = rows.filter(
            day__gte=date(min(years), 1, 1), day__lte=date(max(years), 12, 31)
        ).values_list("user", "item", ExtractYear("day"))
        for user, item, year, points in by_year.annotate(Sum("amount")):
            for name in (item, TOTAL):
                self._years[user, name, year] = self._years.get((user, name, year), 0) + points

    def day(self, one: Earned, item: str) -> int:
        """What the person has had of ``item`` on that day."""
        return self._days.get((one.user_id, item, one.day), 0)

    def year(self, one: Earned, item: str) -> int:
        """What the person has had of ``item`` in that year."""
        return self._years.get((one.user_id, item, one.day.year), 0)

    def add(self, one: Earned, amount: int) -> None:
        """Count what was just given."""
        for item in (one.item, TOTAL):
            self._days[one.user_id, item, one.day] = self.day(one, item) + amount
            self._years[one.user_id, item, one.day.year] = self.year(one, item) + amount


def _row(entry: PointEntry) -> list[Any]:
    """The columns' values as the database takes them from any other write."""
    return [field.get_db_prep_save(getattr(entry, field.attname), connection) for field in _FIELDS]


def write(entries: Sequence[PointEntry]) -> None:
    """Add entries to the ledger and their amounts to the sums beside it; accounts are locked."""
    insert_many(PointEntry, [str(one.column) for one in _FIELDS], [_row(one) for one in entries])
    by_balance: dict[tuple[int, int, int], int] = {}
    by_user: dict[int, int] = {}
    for one in entries:
        place = (one.user_id, one.organization_id, one.day.year)
        by_balance[place] = by_balance.get(place, 0) + one.amount
        by_user[one.user_id] = by_user.get(one.user_id, 0) + one.amount
    there = {
        (row.user_id, row.organization_id, row.year): row
        for row in Balance.objects.filter(
            user__in=by_user, year__in={year for _, _, year in by_balance}
        )
    }
    update_many(
        Balance,
        ["points"],
        [
            [there[key].points + more, there[key].pk]
            for key, more in by_balance.items()
            if key in there
        ],
    )
    insert_many(
        Balance,
        ["user_id", "organization_id", "year", "points"],
        [[*key, more] for key, more in by_balance.items() if key not in there],
    )
    had = dict(PointAccount.objects.filter(pk__in=by_user).values_list("pk", "points"))
    update_many(PointAccount, ["points"], [[had[pk] + more, pk] for pk, more in by_user.items()])
