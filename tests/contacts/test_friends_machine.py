"""Ask, answer, take back, end, block and wait in random order, beside a plain model.

After every step the database is what the model says, and what an asker sees is what a second model
says that is never told of a refusal or a block: nobody can learn of one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

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

from lianxue.accounts.models import User
from lianxue.audit.queries import first_broken_link
from lianxue.contacts import policy
from lianxue.contacts.actions import friends
from lianxue.contacts.models import Block, FriendRequest, Friendship
from lianxue.contacts.queries import friends as queries
from lianxue.inbox.models import InboxItem
from lianxue.shared import clock
from lianxue.shared.errors import DomainError
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory

#: Who acts; the other one is the other. What two people are to each other touches no third.
WHO = st.integers(0, 1)
BEGIN = datetime(2026, 3, 1, 9, tzinfo=UTC)


@dataclass
class Asked:
    """The newest request of one to another. ``day`` of asking; ``told``: what its asker sees."""

    state: str
    day: int
    way: str
    told: str = "waiting"


class Days:
    """The clock of the test: whole days."""

    today = 0


class Friends(RuleBasedStateMachine):
    """The product on one side, the plain model on the other."""

    @initialize()
    def begin(self) -> None:
        """Two colleagues, who may be found by their numbers; all rolled back at the end."""
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        Days.today = 0
        organization = OrganizationFactory()
        self.people: list[User] = [UserFactory(findable_by_phone=True) for _ in range(2)]
        for person in self.people:
            MembershipFactory(organization=organization, user=person)
        self.friends: set[frozenset[int]] = set()
        self.blocks: set[tuple[int, int]] = set()
        self.asked: dict[tuple[int, int], Asked] = {}
        self.news = 0  # messages of acceptance

    def teardown(self) -> None:
        """Leave nothing behind for the next example."""
        if hasattr(self, "atomic"):
            broken = [first_broken_link(f"user:{person.pk}") for person in self.people]
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            assert not any(broken)

    # ---------- what is tried ----------

    @rule(one=WHO, way=st.sampled_from(["organization", "phone", "phone_book"]))
    def ask(self, one: int, way: str) -> None:
        """Asking; by phone every refusal is silent."""
        other = 1 - one
        me, them = self.people[one], self.people[other]
        refused = self._ask(one, other, way)
        if way == "phone":
            friends.ask_by_phone(me, them.phone, "我是同事")
        else:
            self._expect(refused, lambda: friends.ask(me, them.pk, "我是同事", way))

    def _ask(self, one: int, other: int, way: str) -> str:
        if frozenset((one, other)) in self.friends:
            return "already-friends"
        if (one, other) in self.blocks:
            return "in-black-list"
        theirs = self.asked.get((other, one))
        if theirs and (theirs.state == "asked" or (theirs.state == "refused" and _new(theirs))):
            self._befriend(one, other)
            return ""
        mine = self.asked.get((one, other))
        if mine and _new(mine) and mine.state != "accepted":
            unseen = mine.way == "phone" and way != "phone"
            if not unseen:
                return "already-asked"
            if mine.state != "withdrawn":
                self.asked[one, other] = Asked(mine.state, Days.today, way)
                return ""
        state = "refused" if (other, one) in self.blocks else "asked"
        self.asked[one, other] = Asked(state, Days.today, way)
        return ""

    def _befriend(self, one: int, other: int) -> None:
        """``one`` says yes."""
        self.friends.add(frozenset((one, other)))
        self.news += 1
        for row in (self.asked.get((one, other)), self.asked.get((other, one))):
            if row and row.state in {"asked", "refused"}:
                row.state = row.told = "accepted"

    @rule(one=WHO, accept=st.booleans())
    def answer(self, one: int, accept: bool) -> None:
        other = 1 - one
        row = self.asked.get((other, one))
        if row is None:
            return
        refused = "" if row.state == "asked" else "not-open"
        pk = self._newest(other, one).pk
        self._expect(refused, lambda: friends.answer(self.people[one], pk, accept=accept))
        if refused:
            return
        if accept:
            self._befriend(one, other)
        else:
            row.state = "refused"

    @rule(one=WHO)
    def withdraw(self, one: int) -> None:
        other = 1 - one
        row = self.asked.get((one, other))
        if row is None:
            return
        refused = "" if row.told == "waiting" else "not-open"
        if row.way == "phone" and row.told != "accepted":
            refused = "not-found"
        pk = self._newest(one, other).pk
        self._expect(refused, lambda: friends.withdraw(self.people[one], pk))
        if not refused:
            row.state = row.told = "withdrawn"

    @rule(one=WHO)
    def unfriend(self, one: int) -> None:
        other = 1 - one
        pair = frozenset((one, other))
        refused = "" if pair in self.friends else "not-friends"
        self._expect(refused, partial(friends.unfriend, self.people[one], self.people[other].pk))
        self.friends.discard(pair)

    @rule(one=WHO)
    def block(self, one: int) -> None:
        other = 1 - one
        friends.block(self.people[one], self.people[other].pk)
        if (one, other) in self.blocks:
            return
        self.blocks.add((one, other))
        self.friends.discard(frozenset((one, other)))
        theirs, mine = self.asked.get((other, one)), self.asked.get((one, other))
        if theirs and theirs.state == "asked":
            theirs.state = "refused"
        if mine and mine.state in {"asked", "refused"}:
            mine.state = mine.told = "withdrawn"

    @rule(one=WHO)
    def unblock(self, one: int) -> None:
        other = 1 - one
        refused = "" if (one, other) in self.blocks else "not-found"
        self._expect(refused, partial(friends.unblock, self.people[one], self.people[other].pk))
        self.blocks.discard((one, other))

    @rule(days=st.integers(1, 8))
    def wait(self, days: int) -> None:
        Days.today += days

    def _expect(self, refused: str, act: Callable[[], Any]) -> None:
        said = ""
        try:
            act()
        except DomainError as error:
            said = error.code
        assert said == refused

    def _newest(self, one: int, other: int) -> FriendRequest:
        rows = FriendRequest.objects.filter(from_user=self.people[one], to_user=self.people[other])
        return rows.order_by("-asked_at", "-pk")[0]

    # ---------- what holds ----------

    @invariant()
    def the_rows_are_the_models(self) -> None:
        if not hasattr(self, "people"):
            return
        number = {person.pk: index for index, person in enumerate(self.people)}
        rows = Friendship.objects.values_list("first_id", "second_id")
        assert {frozenset((number[a], number[b])) for a, b in rows} == self.friends
        blocks = Block.objects.values_list("user_id", "blocked_id")
        assert {(number[a], number[b]) for a, b in blocks} == self.blocks
        for (one, other), asked in self.asked.items():
            assert self._newest(one, other).state == asked.state
        assert not any(tuple(pair) in self.blocks for pair in map(sorted, self.friends))
        open_rows = FriendRequest.objects.filter(state="asked")
        assert not [row for row in open_rows if frozenset(_ends(row, number)) in self.friends], (
            "friends who still wait for each other"
        )
        assert not [row for row in open_rows if _ends(row, number)[::-1] in self.blocks]

    @invariant()
    def the_inbox_asks_for_what_waits(self) -> None:
        if not hasattr(self, "people"):
            return
        todos = InboxItem.objects.filter(topic="friend.request", done_at=None)
        waiting = FriendRequest.objects.filter(state="asked")
        assert {(item.place, item.subject) for item in todos} == {
            (f"user:{row.to_user_id}", f"friend_request:{row.pk}") for row in waiting
        }
        assert InboxItem.objects.filter(topic="friend.accepted").count() == self.news

    @invariant()
    def nobody_learns_of_a_refusal_or_a_block(self) -> None:
        """The asker's list is what a model says that refusals and blocks do not reach."""
        if not hasattr(self, "people"):
            return
        for one, person in enumerate(self.people):
            seen: dict[int, str] = {}
            for row in queries.sent(person):
                seen.setdefault(row.to_user_id, queries.sent_state(row))
            right = {}
            for (asker, other), row in self.asked.items():
                if asker == one and (row.way != "phone" or row.told == "accepted"):
                    late = row.told == "waiting" and not _new(row)
                    right[self.people[other].pk] = "unanswered" if late else row.told
            assert {key: seen[key] for key in right} == right
            ids = [other.pk for other in self.people if other != person]
            waiting = {key for key, state in right.items() if state == "waiting"}
            known = queries.standing(person, ids)
            assert {key for key in ids if known.get(key) == "asked"} <= waiting
            # colleagues see each other's cards whoever blocked whom
            assert set(policy.visible_people(person).values_list("pk", flat=True)) == set(ids)


def _new(row: Asked) -> bool:
    return Days.today - row.day < policy.ASK_AGAIN_DAYS


def _ends(row: FriendRequest, number: dict[int, int]) -> tuple[int, int]:
    return number[row.from_user_id], number[row.to_user_id]


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock in whole days, and no daily limits: they count real people's days."""
    monkeypatch.setattr(clock.timezone, "now", lambda: BEGIN + timedelta(days=Days.today))
    monkeypatch.setattr(friends.ratelimit, "hit_all", lambda *args, **kwargs: None)


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("days")
def test_the_rules_hold_whatever_happens() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Friends,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
