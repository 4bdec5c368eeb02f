"""Eight writers at one ledger (PostgreSQL): each event once, no cap passed, no sum lost."""

import random
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from lianxue.points.actions import ranking, rebuilding, reversing, rules
from lianxue.points.actions.crediting import Earned, credit, credit_many
from lianxue.points.actions.rules import Wish
from lianxue.points.models import PointAccount, PointEntry, PointRule
from lianxue.shared.actors import Operator
from lianxue.shared.errors import InvalidInput, StateConflict
from tests.cast import Cast
from tests.factories import UserFactory
from tests.organizations.test_concurrency import at_once, good, people

from .makers import READ, TASK, did, items, need_whole_books

__all__ = ["items", "people"]

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("items"),
]

WRITERS = 8


def test_one_event_by_eight(people: Cast) -> None:
    """The same event in eight processes at the same moment, a person without an account."""
    entries = good(at_once([partial(credit, did(people.member, people.county, 1))] * WRITERS))
    assert len({entry.pk for entry in entries}) == 1
    assert len(entries) == WRITERS
    assert PointAccount.objects.get(pk=people.member.pk).points == 10
    need_whole_books()


def test_eight_events_meet_one_cap(people: Cast) -> None:
    at_once(
        [partial(credit, did(people.member, people.county, number)) for number in range(WRITERS)]
    )
    rows = PointEntry.objects.filter(user=people.member)
    assert sorted(rows.values_list("amount", flat=True)) == [0, 0, 0, 0, 0, 5, 10, 10]
    need_whole_books()


def test_eight_writers_for_a_while(people: Cast) -> None:
    """Overlapping people in any order, replays, corrections, transactions that are given up."""
    persons = [UserFactory() for _ in range(6)]
    places = [people.county, people.city]

    def write(seed: int) -> int:
        pick = random.Random(seed)
        for number in range(12):
            some: list[Earned] = [
                did(
                    pick.choice(persons),
                    pick.choice(places),
                    pick.randrange(40),
                    pick.choice([READ, TASK]),
                )
                for _ in range(pick.randrange(1, 8))
            ]
            pick.shuffle(some)
            try:
                with transaction.atomic():
                    made = credit_many(some)
                    if number % 4 == 3:
                        raise KeyError("given up")
            except KeyError:
                continue
            full = [one for one in made if one.amount]
            if full and pick.random() < 0.3:
                with suppress(StateConflict):
                    reversing.take_back(full[:1], "试", people.owner)
        return seed

    assert good(at_once([partial(write, seed) for seed in range(WRITERS)])) == list(range(WRITERS))
    need_whole_books()
    for person in persons:
        read = PointEntry.objects.filter(user=person, item=READ)
        assert sum(read.values_list("amount", flat=True)) <= 25
    assert not rebuilding.rebuild(Operator(), check=True).wrong


def test_one_entry_corrected_by_two(people: Cast) -> None:
    entry = credit(did(people.member, people.county, 1))
    call: Any = reversing.reverse
    results = at_once(
        [
            partial(call, one, people.county.pk, entry.pk, "错了")
            for one in (people.owner, people.whole_admin, people.colleague)
        ]
    )
    assert len(good(results)) == 1
    assert [type(one) for one in results if isinstance(one, Exception)] == [StateConflict] * 2
    assert PointAccount.objects.get(pk=people.member.pk).points == 0
    need_whole_books()


def test_a_rule_made_by_two(people: Cast) -> None:
    """A double tap makes one version; the ranking is switched once."""
    wish = Wish(points=20, day_cap=40)
    results = at_once(
        [partial(rules.set_rule, people.owner, people.county.pk, READ, wish, "试")] * 2
    )
    assert len(good(results)) == 1
    assert PointRule.objects.count() == 1
    assert [type(one) for one in results if isinstance(one, Exception)] == [InvalidInput]
    results = at_once([partial(ranking.switch, people.owner, people.county.pk, True, "试")] * 2)
    assert len(good(results)) == 1


def test_a_rebuild_beside_writers(people: Cast) -> None:
    """It mends what is wrong and nothing that is being written meanwhile."""
    persons = [UserFactory() for _ in range(4)]
    credit_many([did(one, people.county, "before") for one in persons])
    PointAccount.objects.filter(pk=persons[0].pk).update(points=999)

    def write(seed: int) -> int:
        for number in range(10):
            credit_many([did(one, people.county, f"{seed}-{number}", TASK) for one in persons])
        return seed

    calls = [partial(write, seed) for seed in range(WRITERS - 1)]
    results = at_once([*calls, partial(rebuilding.rebuild, Operator())])
    assert len(good(results)) == WRITERS
    assert set(results[-1].wrong) == {(persons[0].pk, 0, 0)}
    need_whole_books()
