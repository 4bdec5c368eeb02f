"""Points are credited once for each event, cut at the caps, and every entry says why."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from lianxue.points.actions.crediting import Earned, credit, credit_many
from lianxue.points.actions.reversing import take_back
from lianxue.points.items import ITEMS, Item
from lianxue.points.models import Balance, PointAccount, PointEntry
from tests.cast import Cast

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ITEMS, "test.read", Item("test.read", "试读", 10, day_cap=25, year_cap=60))


def _read(cast: Cast, event: int, day: date = DAY) -> Earned:
    return Earned(
        cast.member.pk, cast.county.pk, "test.read", f"test:{event}", day, "test", event, "一篇文章"
    )


def test_the_cap_is_met_exactly_and_told(cast: Cast) -> None:
    entries = credit_many([_read(cast, number) for number in range(4)])
    assert [entry.amount for entry in entries] == [10, 10, 5, 0]
    assert [entry.limit for entry in entries] == ["", "", "item_day", "item_day"]
    assert [entry.cap for entry in entries] == [None, None, 25, 25]
    assert PointAccount.objects.get(pk=cast.member.pk).points == 25


def test_again_credits_nothing(cast: Cast) -> None:
    first = credit(_read(cast, 1))
    assert credit(_read(cast, 1)).pk == first.pk
    assert [one.pk for one in credit_many([_read(cast, 1), _read(cast, 1)])] == [first.pk] * 2
    assert Balance.objects.get(user=cast.member).points == 10


def test_a_year_has_its_cap(cast: Cast) -> None:
    days = [date(2026, 3, number) for number in range(1, 5)]
    amounts = [
        credit(_read(cast, day.day * 10 + number, day)).amount for day in days for number in (1, 2)
    ]
    assert amounts == [10, 10, 10, 10, 10, 10, 0, 0]


def test_what_is_taken_back_leaves_room(cast: Cast) -> None:
    entries = credit_many([_read(cast, number) for number in range(3)])
    (made,) = take_back(entries[:1], "重复", cast.owner)
    assert made.amount == -10
    assert PointAccount.objects.get(pk=cast.member.pk).points == 15
    assert credit(_read(cast, 9)).amount == 10


@pytest.mark.parametrize(
    "words",
    [
        "UPDATE {} SET amount = 1",
        "UPDATE {} SET reason = reason WHERE id > 0",
        "DELETE FROM {}",
        "DELETE FROM {} WHERE amount > 0",
    ],
)
def test_the_database_refuses_changes(cast: Cast, words: str) -> None:
    credit(_read(cast, 1))
    table = PointEntry._meta.db_table
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(words.format(table))


@pytest.mark.parametrize("pushed_out", ["id", "key", "reverses_id"])
def test_nothing_is_replaced(cast: Cast, pushed_out: str) -> None:
    """SQLite's REPLACE takes the row away that stands at the new one's place, and fires no trigger
    for it; PostgreSQL has none, and its upsert is an UPDATE."""
    first = credit(_read(cast, 1))
    (back,) = take_back([first], "重复", cast.owner)
    fresh = {"id": "id + 1000", "key": "'another'", "reverses_id": str(credit(_read(cast, 2)).pk)}
    del fresh[pushed_out]
    names = [one.column for one in PointEntry._meta.concrete_fields]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(fresh.get(name, f'"{name}"') for name in names)
    table, verb, end = PointEntry._meta.db_table, "INSERT OR REPLACE", ""
    if connection.vendor == "postgresql":
        verb, end = "INSERT", f" ON CONFLICT ({pushed_out}) DO UPDATE SET amount = 0"
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"{verb} INTO {table} ({columns}) "  # noqa: S608
            f"SELECT {values} FROM {table} WHERE id = %s{end}",
            [back.pk],
        )
    assert set(PointEntry.objects.filter(amount__in=[10, -10])) >= {first, back}


@pytest.mark.postgres
def test_nothing_is_truncated(cast: Cast) -> None:
    credit(_read(cast, 1))
    connection.check_constraints()  # else it is refused for what is pending
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {PointEntry._meta.db_table} CASCADE")
