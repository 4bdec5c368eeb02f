"""The ledger against a second reckoning by hand: any order, any replay, a crash at any point.

Every step credits, takes back, makes a rule, or breaks off in the middle; the reckoning here keeps
its own books in plain Python, and after each step they are compared with the tables.
"""

from dataclasses import dataclass, field
from datetime import date

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from lianxue.points.actions import crediting, rebuilding
from lianxue.points.actions.crediting import Earned, credit, credit_many
from lianxue.points.actions.reversing import take_back
from lianxue.points.items import ITEMS, TOTAL
from lianxue.points.models import PointEntry
from lianxue.points.queries import ledger
from lianxue.shared.actors import Operator
from lianxue.shared.errors import StateConflict
from tests.factories import OrganizationFactory, UserFactory

from . import makers
from .makers import READ, TASK, did, items, need_whole_books

__all__ = ["items"]

DAYS = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 2)]
DAY = st.sampled_from(DAYS)
ITEM = st.sampled_from([READ, TASK])
ONE = st.integers(0, 1)
EVENT = st.integers(0, 11)
CAP = st.none() | st.integers(0, 40)
EVENTS = st.lists(st.tuples(EVENT, ITEM, DAY, ONE, ONE), min_size=1, max_size=5)


class Crash(Exception):
    """The process ended here."""


@dataclass
class Books:
    """What should stand in the ledger: entries in the order in which they were written."""

    rules: list[tuple[int | None, str, date, tuple[int, int | None, int | None] | None]] = field(
        default_factory=list
    )
    entries: dict[str, tuple[int, int, str, date, int]] = field(default_factory=dict)
    back: set[str] = field(default_factory=set)

    def terms(self, place: int, item: str, day: date) -> tuple[int, int | None, int | None]:
        default = ITEMS[item]
        for owner in (place, None):
            found = [one for one in self.rules if one[:2] == (owner, item) and one[2] <= day]
            if found:
                latest = max(one[2] for one in found)
                numbers = [one for one in found if one[2] == latest][-1][3]
                if numbers is not None:
                    return numbers
        return default.points, default.day_cap, default.year_cap

    def had(self, user: int, day: date, *, item: str | None, year: bool) -> int:
        return sum(
            amount
            for key, (who, _, what, when, amount) in self.entries.items()
            if who == user
            and key not in self.back
            and (item is None or what == item)
            and (when.year == day.year if year else when == day)
        )

    def credit(self, one: Earned) -> None:
        if one.key in self.entries:
            return
        points, day_cap, year_cap = self.terms(one.organization_id, one.item, one.day)
        _, all_day, all_year = self.terms(one.organization_id, TOTAL, one.day)
        amount = points
        for cap, item, year in (
            (day_cap, one.item, False),
            (year_cap, one.item, True),
            (all_day, None, False),
            (all_year, None, True),
        ):
            if cap is not None:
                room = cap - self.had(one.user_id, one.day, item=item, year=year)
                amount = min(amount, max(0, room))
        self.entries[one.key] = (one.user_id, one.organization_id, one.item, one.day, amount)


class Ledger(RuleBasedStateMachine):
    """Two people, two organisations, three days over the turn of a year."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize()
    def start(self) -> None:
        self.people = [UserFactory() for _ in range(2)]
        self.places = [OrganizationFactory() for _ in range(2)]
        self.books = Books()

    def _earned(self, event: int, item: str, day: date, person: int, place: int) -> Earned:
        return did(self.people[person], self.places[place], event, item, day)

    @rule(place=st.none() | ONE, item=st.sampled_from([READ, TASK, TOTAL]), day=DAY)
    def back_to_the_site(self, place: int | None, item: str, day: date) -> None:
        owner = None if place is None else self.places[place]
        makers.rule(owner, item, day, inherits=True)
        self.books.rules.append((owner.pk if owner else None, item, day, None))

    @rule(
        place=st.none() | ONE,
        item=st.sampled_from([READ, TASK, TOTAL]),
        day=DAY,
        points=st.integers(0, 30),
        caps=st.tuples(CAP, CAP),
    )
    def make_a_rule(
        self,
        place: int | None,
        item: str,
        day: date,
        points: int,
        caps: tuple[int | None, int | None],
    ) -> None:
        owner = None if place is None else self.places[place]
        worth = 0 if item == TOTAL else points
        makers.rule(owner, item, day, points=worth, day_cap=caps[0], year_cap=caps[1])
        self.books.rules.append((owner.pk if owner else None, item, day, (worth, *caps)))

    @rule(what=EVENTS)
    def credit_some(self, what: list[tuple[int, str, date, int, int]]) -> None:
        earned = [self._earned(*one) for one in what]
        seen: dict[str, Earned] = {}
        for one in earned:
            seen.setdefault(one.key, one)
        entries = credit_many(earned)
        assert [entry.key for entry in entries] == [one.key for one in earned]
        for one in seen.values():
            self.books.credit(one)

    @rule(what=st.tuples(EVENT, ITEM, DAY, ONE, ONE))
    def credit_one_and_again(self, what: tuple[int, str, date, int, int]) -> None:
        one = self._earned(*what)
        assert credit(one).pk == credit(one).pk
        self.books.credit(one)

    @rule(pick=st.integers(0, 99))
    def take_one_back(self, pick: int) -> None:
        rows = list(PointEntry.objects.filter(kind="credit").order_by("pk"))
        if not rows:
            return
        entry = rows[pick % len(rows)]
        if not entry.amount or entry.key in self.books.back:
            with pytest.raises(StateConflict):
                take_back([entry], "错了", self.people[0])
            return
        take_back([entry], "错了", self.people[0])
        self.books.back.add(entry.key)

    @rule(what=EVENTS, at=st.integers(1, 5), back=st.booleans())
    def crash(self, what: list[tuple[int, str, date, int, int]], at: int, back: bool) -> None:
        """The process ends just before or after its ``at``-th write: as if it had never begun."""
        left = [at]

        def breaks(real: object) -> object:
            def run(*args: object) -> None:
                left[0] -= 1
                if left[0] == 0:
                    raise Crash
                real(*args)  # type: ignore[operator]

            return run

        rows = [
            one for one in PointEntry.objects.filter(kind="credit", reversal=None) if one.amount
        ]

        def ends() -> None:
            if back and rows:
                take_back(rows[:2], "错了", self.people[0])
            else:
                credit_many([self._earned(*one) for one in what])
            raise Crash  # fewer writes than that: it ends before it is committed

        with pytest.MonkeyPatch.context() as patch:
            for name in ("insert_many", "update_many"):
                patch.setattr(crediting, name, breaks(getattr(crediting, name)))
            with pytest.raises(Crash), transaction.atomic():
                ends()

    @invariant()
    def the_books_agree(self) -> None:
        need_whole_books()
        credits = PointEntry.objects.filter(kind="credit")
        assert {
            one.key: (one.user_id, one.organization_id, one.item, one.day, one.amount)
            for one in credits
        } == self.books.entries
        taken = PointEntry.objects.filter(kind="reversal").select_related("reverses")
        assert sorted(one.reverses.key for one in taken if one.reverses) == sorted(self.books.back)
        assert all(one.amount == -one.reverses.amount for one in taken if one.reverses)

    @invariant()
    def every_entry_is_explained(self) -> None:
        """What 积分说明 reckons once more comes to the amount that stands there (rules that were
        made for a past day, as only this test makes them, aside)."""
        if self.books.rules:
            return
        for person in self.people:
            for entry in PointEntry.objects.filter(user=person, kind="credit"):
                found = ledger.explain(person, entry.pk)
                room = [step.left for step in found.steps if step.left is not None]
                assert entry.amount == min([entry.earned, *room])
                assert [step.met for step in found.steps].count(True) == bool(entry.limit)

    @invariant()
    def a_rebuild_finds_nothing(self) -> None:
        assert not rebuilding.rebuild(Operator(), check=True).wrong


@pytest.mark.django_db
def test_the_ledger(items: None) -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=12,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
