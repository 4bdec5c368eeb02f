"""The cast that is put back is the one that was made: row by row, person by person."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.organizations.models import Membership, Organization
from tests.cast import Cast, make_cast, make_cast_anew
from tests.factories import OrganizationFactory, UserFactory
from tests.kept import Kept

LATER = timedelta(days=400)
Tables = dict[str, list[tuple[Any, ...]]]


def tables() -> Tables:
    """Everything in the database, also in tables without a model."""
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    found: Tables = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table in models:
                found[table] = list(models[table]._base_manager.order_by("pk").values_list())
            else:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                found[table] = sorted(cursor.fetchall(), key=repr)
    return found


def later(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(value + LATER if isinstance(value, datetime) else value for value in row)


def instances(cast: Cast) -> dict[str, Model]:
    return {
        **{name: one for name, one in vars(cast).items() if isinstance(one, Model)},
        **{f"seat of {pk}": seat for pk, seat in cast.memberships.items()},
    }


def attributes(one: Model) -> tuple[Any, ...]:
    return tuple(getattr(one, field.attname) for field in one._meta.concrete_fields)


@pytest.fixture
def undone(db: None) -> Iterator[tuple[Cast, Tables, Kept[Cast]]]:
    """A cast that was made, what the tables held then, and its keeper; the rows are gone."""
    keeper = Kept(make_cast_anew)
    before = transaction.savepoint()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        cast, held = keeper(), tables()
        transaction.savepoint_rollback(before)
        assert not User.objects.exists()
        clock.shift(LATER)
        yield cast, held, keeper


def test_each_table_holds_the_same_rows(undone: tuple[Cast, Tables, Kept[Cast]]) -> None:
    _, held, keeper = undone
    empty = tables()
    keeper()
    wanted = {
        table: rows if rows == empty[table] else list(map(later, rows))
        for table, rows in held.items()
    }
    assert tables() == wanted
    assert {len(held[model._meta.db_table]) for model in (User, Organization, Membership)} == {
        12,
        5,
        11,
    }


def test_each_person_and_place_is_the_same(undone: tuple[Cast, Tables, Kept[Cast]]) -> None:
    made, _, keeper = undone
    back = keeper()
    assert back is not made
    was, now = instances(made), instances(back)
    assert {name: later(attributes(one)) for name, one in was.items()} == {
        name: attributes(one) for name, one in now.items()
    }
    for name, one in now.items():
        assert one is not was[name]
        assert attributes(one) == attributes(type(one)._default_manager.get(pk=one.pk)), name
    assert back.city.superior is back.province
    assert back.memberships[back.owner.pk].user is back.owner


def test_what_was_done_to_one_is_not_seen_in_the_next(db: None) -> None:
    before = transaction.savepoint()
    first = make_cast()
    first.owner.name = "别人"
    first.owner.save()
    first.memberships.clear()
    transaction.savepoint_rollback(before)
    second = make_cast()
    assert second.owner.name == User.objects.get(pk=second.owner.pk).name == "李明"
    assert len(second.memberships) == 10


def test_beside_other_rows_it_is_made_anew(undone: tuple[Cast, Tables, Kept[Cast]]) -> None:
    made, _, keeper = undone
    other = UserFactory(pk=made.owner.pk, name="先来")
    second = keeper()
    assert User.objects.get(pk=other.pk).name == "先来"
    assert second.owner.pk != other.pk
    assert User.objects.count() == 13


def test_rows_that_were_there_first_are_not_kept(db: None) -> None:
    before = transaction.savepoint()
    UserFactory(name="先来")
    keeper = Kept(make_cast_anew)
    keeper()
    transaction.savepoint_rollback(before)
    keeper()
    assert User.objects.count() == 12


def test_the_database_counts_on(cast: Cast) -> None:
    added = OrganizationFactory()
    assert added.pk > max(Organization.objects.exclude(pk=added.pk).values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_in_tests_without_a_transaction_of_their_own(turn: int) -> None:
    assert not User.objects.exists()
    cast = make_cast()
    assert User.objects.count() == 12
    assert abs(timezone.now() - cast.county.created_at) < timedelta(minutes=1)
