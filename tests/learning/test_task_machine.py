"""Finishing, failing and passing, opening, passing on, recalling, withdrawing, leaving and coming
back, in random order: the completions against a plain model.

The plain model knows for each person which items are finished and whether the quiz is passed, for
each organisation whether it reaches its people, and writes down what has been completed; nothing of
the product's queries.
"""

from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from lianxue.accounts.models import User
from lianxue.learning.actions import opening
from lianxue.learning.actions.completing import settle_task
from lianxue.learning.models import Completion, ContentItem
from lianxue.learning.queries import mine, progress, waiting
from lianxue.notices.actions import recalling
from lianxue.notices.policy import place_of, seats_of
from lianxue.organizations.models import Membership
from lianxue.points.models import PointEntry
from lianxue.shared.errors import DomainError
from tests.cast import Cast, make_cast
from tests.factories import MembershipFactory
from tests.notices.makers import ALL, passed

from .task_makers import finish, hand_in, item, sent_learning

WHO = st.integers(0, 2)
WHICH = st.integers(0, 1)


@dataclass
class Person:
    """Somebody in the plain model."""

    user: User
    finished: set[int] = field(default_factory=set)
    passed: bool = False
    #: (organisation, still a member) by membership.
    places: dict[int, list[object]] = field(default_factory=dict)


class Tasks(RuleBasedStateMachine):
    """The product on one side, the plain model on the other."""

    @initialize()
    def begin(self) -> None:
        """市 sends it to its own and to 县; one of 市, one of 县, one of both."""
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        cast: Cast = make_cast()
        self.cast = cast
        both = cast.colleague
        MembershipFactory(organization=cast.city, user=both)
        self.items = [item(cast.city, "一"), item(cast.city, "二", reach="chain")]
        self.relay = sent_learning(cast.city_admin, cast.city, self.items, ALL, quiz=True)
        self.reaches = {cast.city.pk: True, cast.county.pk: False}
        self.people = [Person(cast.city_admin), Person(cast.member), Person(both)]
        for person in self.people:
            for row in Membership.objects.filter(user=person.user):
                person.places[row.pk] = [row.organization_id, True]
        self.withdrawn: set[int] = set()
        self.done: set[int] = set()
        self.credited: set[int] = set()

    def teardown(self) -> None:
        """Leave nothing behind for the next example."""
        if hasattr(self, "atomic"):
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    # ---------- the plain model ----------

    def _settled(self, person: Person) -> None:
        """Something was done or opened by that person: what is complete now is written down."""
        left = {one.pk for one in self.items} - self.withdrawn - person.finished
        if left or not person.passed:
            return
        for pk, (place, stays) in person.places.items():
            if stays and self.reaches.get(place):  # type: ignore[arg-type]
                self.done.add(pk)
                self.credited.add(person.user.pk)

    # ---------- what happens ----------

    @rule(who=WHO, which=WHICH)
    def finishes(self, who: int, which: int) -> None:
        """An item is read to its end."""
        person, one = self.people[who], self.items[which]
        if one.pk in self.withdrawn or one.pk in person.finished:
            return
        person.finished.add(one.pk)
        finish(person.user, one)
        self._settled(person)

    @rule(who=WHO, well=st.booleans())
    def hands_in(self, who: int, well: bool) -> None:
        """A paper is handed in."""
        person = self.people[who]
        person.passed = person.passed or well
        hand_in(person.user, self.relay.notice_id, passed=well)
        self._settled(person)

    @rule(who=WHO)
    def opens(self, who: int) -> None:
        """The task's page, or nothing where it doesn't reach."""
        person = self.people[who]
        try:
            opening.open_task(person.user, self.relay.notice_id)
        except DomainError:
            settle_task(person.user, self.relay.notice_id)
        self._settled(person)

    @rule()
    def passes_on(self) -> None:
        """县 hands it on."""
        try:
            passed(self.cast.owner, self.cast.county, self.relay.notice_id)
        except DomainError:
            return
        self.reaches[self.cast.county.pk] = True

    @rule(below=st.booleans())
    def recalls(self, below: bool) -> None:
        """市 takes all back, or 县 its own part."""
        actor, place = (
            (self.cast.owner, self.cast.county) if below else (self.cast.city_admin, self.cast.city)
        )
        try:
            recalling.recall(actor, place.pk, self.relay.notice_id, "时间有变")
        except DomainError:
            return
        self.reaches[self.cast.county.pk] = False
        if not below:
            self.reaches[self.cast.city.pk] = False

    @rule(which=WHICH)
    def withdraws(self, which: int) -> None:
        """An item goes, or comes back."""
        one = self.items[which]
        back = one.pk in self.withdrawn
        self.withdrawn ^= {one.pk}
        state = "published" if back else "withdrawn"
        ContentItem.objects.filter(pk=one.pk).update(state=state)

    @rule(who=st.integers(1, 2))
    def leaves_or_comes_back(self, who: int) -> None:
        """Out of the first place, or into it again."""
        places = self.people[who].places
        pk = min(places)
        stays = not places[pk][1]
        places[pk][1] = stays
        Membership.objects.filter(pk=pk).update(state="active" if stays else "ended")

    # ---------- what must always hold ----------

    @invariant()
    def as_known(self) -> None:
        """Completions, points, numbers, what waits."""
        if not hasattr(self, "done"):
            return
        rows = Completion.objects.filter(relay__notice=self.relay.notice_id)
        assert set(rows.values_list("membership", flat=True)) == self.done
        entries = PointEntry.objects.filter(item="learning.task")
        assert sorted(entries.values_list("user", flat=True)) == sorted(self.credited)
        for person in self.people:
            seats = seats_of(person.user)
            known = person.places.items()
            here = {pk for pk, (place, stays) in known if stays and self.reaches.get(place)}  # type: ignore[call-overload]
            waits = bool(here - self.done)
            assert bool(waiting.lines(person.user, seats)) == waits
            listed = mine.my_tasks(person.user, "waiting").filter(pk=self.relay.notice_id)
            assert listed.exists() == waits
        for place, actor in ((self.cast.city, self.cast.city_admin),):
            counts = progress.own(place_of(actor, place.pk), self.relay)
            active = Membership.objects.filter(organization=place, state="active")
            mine_here = set(active.values_list("pk", flat=True))
            assert counts.expected == len(mine_here)
            assert counts.completed == len(mine_here & self.done)


@pytest.mark.django_db
def test_completions_follow_the_plain_model() -> None:
    run_state_machine_as_test(
        Tasks,
        settings=settings(
            max_examples=12,
            stateful_step_count=14,
            deadline=None,
            phases=[Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
