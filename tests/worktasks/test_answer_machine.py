"""Save, submit, take back, return, accept, reopen, recall, leave, move and come back, in random
order: the product against a plain model.

Three respondents: a member, a subordinate organisation and a branch. After every step the state,
the values, what a reviewer sees, who counts, the numbers and what waits are compared, for the one
that it was about; for all of them at the end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

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
from lianxue.notices.actions import recalling
from lianxue.notices.models import Notice, Relay, RelayBranch
from lianxue.notices.policy import Place, place_of, seats_of
from lianxue.organizations.models import Branch, Membership, Organization
from lianxue.shared.errors import DomainError
from lianxue.worktasks.actions import answering, reviewing
from lianxue.worktasks.models import Answer
from lianxue.worktasks.queries import answers, tasks, waiting
from lianxue.worktasks.queries.progress import Counts, progress
from tests.cast import Cast, make_cast
from tests.notices.makers import BELOW, to_branches

from .makers import NUMBER, in_days, questions, sent_task, who

NUMBERS = st.integers(0, 999).map(str)
WHICH = st.integers(0, 2)
HANDED_IN = ("submitted", "accepted")


@dataclass
class Known:
    """One respondent in the plain model; ``seen``: what was handed in last."""

    relay: Relay
    place: Organization
    thing: Membership | Organization | Branch
    answerer: User
    reviewer: User
    question: int
    state: str = ""
    value: str = ""
    seen: str = ""
    late: bool = False
    version: int = 0
    asked: bool = True
    recalled: bool = False
    overdue: bool = False
    steps: list[str] = field(default_factory=list)


class Answers(RuleBasedStateMachine):
    """The product on one side, the plain model on the other."""

    @initialize()
    def begin(self) -> None:
        """A task for each kind of respondent; all rolled back at the end."""
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        cast: Cast = make_cast()
        self.cast = cast
        first = to_branches(cast.first_branch)
        unit = sent_task(cast.city_admin, cast.city, BELOW, [NUMBER])
        branch = sent_task(cast.owner, cast.county, first, [NUMBER])
        member = sent_task(cast.owner, cast.county, first, [NUMBER], "members")
        seat = cast.memberships[cast.member.pk]
        self.known = [
            self._new(unit, cast.city, cast.county, cast.owner, cast.city_admin),
            self._new(branch, cast.county, cast.first_branch, cast.colleague, cast.owner),
            self._new(member, cast.county, seat, cast.member, cast.colleague),
        ]

    def teardown(self) -> None:
        """The last look at all; leave nothing behind for the next example."""
        if hasattr(self, "atomic"):
            self.touched = list(getattr(self, "known", []))
            self.as_known()
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def _new(
        self,
        relay: Relay,
        place: Organization,
        thing: Membership | Organization | Branch,
        answerer: User,
        reviewer: User,
    ) -> Known:
        asked = questions(relay.notice_id)["number"].pk
        return Known(relay, place, thing, answerer, reviewer, asked)

    def _pick(self, which: int) -> Known:
        self.touched = [self.known[which]]
        return self.known[which]

    def _expect(self, allowed: bool, act: Callable[[], object]) -> None:
        """The product does it exactly when the plain model allows it."""
        refused = ""
        try:
            act()
        except DomainError as error:
            refused = f"{error.code}: {error.message}"
        assert allowed != bool(refused), refused or "was not refused"

    # ---------- the respondent ----------

    def _may_answer(self, one: Known, *states: str) -> bool:
        return one.asked and not one.recalled and one.state in states

    @rule(which=WHICH, text=NUMBERS, stale=st.integers(0, 4))
    def save(self, which: int, text: str, stale: int) -> None:
        """With the version that the form was opened with; sometimes an old one."""
        one = self._pick(which)
        version = one.version - 1 if stale == 0 else one.version
        allowed = self._may_answer(one, "", "draft", "returned") and version == one.version
        self._expect(
            allowed,
            lambda: answering.save_draft(
                one.answerer, one.relay.pk, who(one.thing), {one.question: text}, version
            ),
        )
        if allowed:
            one.state, one.value = one.state or "draft", text
            one.version += 1

    @rule(which=WHICH, text=NUMBERS, filled=st.booleans())
    def submit(self, which: int, text: str, filled: bool) -> None:
        """What is typed, or what is there."""
        one = self._pick(which)
        given = {one.question: text} if filled else {}
        allowed = self._may_answer(one, "", "draft", "returned") and bool(filled or one.value)
        self._expect(
            allowed,
            lambda: answering.submit(one.answerer, one.relay.pk, who(one.thing), given, None),
        )
        if allowed:
            one.late = one.late if one.state == "returned" else one.overdue
            one.value = text if filled else one.value
            one.state, one.seen = "submitted", one.value
            one.version += 1
            one.steps.append("submitted")

    @rule(which=WHICH)
    def take_back(self, which: int) -> None:
        """While nobody has reviewed it."""
        one = self._pick(which)
        allowed = self._may_answer(one, "submitted")
        self._expect(
            allowed, lambda: answering.take_back(one.answerer, one.relay.pk, who(one.thing))
        )
        if allowed:
            self._moved(one, "draft", "taken_back")

    # ---------- the reviewer ----------

    def _moved(self, one: Known, state: str, step: str) -> None:
        one.state = state
        one.version += 1
        one.steps.append(step)

    def _review(
        self, which: int, act: Callable[[User, int, str], object], came: str, to: str, step: str
    ) -> None:
        one = self._pick(which)
        answer = Answer.objects.filter(relay=one.relay, respondent=who(one.thing)).first()
        allowed = self._may_answer(one, came)
        self._expect(allowed, lambda: act(one.reviewer, answer.pk if answer else 0, "请核对"))
        if allowed:
            self._moved(one, to, step)

    @rule(which=WHICH)
    def accept(self, which: int) -> None:
        """通过."""
        self._review(which, reviewing.accept, "submitted", "accepted", "accepted")

    @rule(which=WHICH)
    def return_(self, which: int) -> None:
        """退回."""
        self._review(which, reviewing.return_, "submitted", "returned", "returned")

    @rule(which=WHICH)
    def reopen(self, which: int) -> None:
        """取消通过."""
        self._review(which, reviewing.reopen, "accepted", "returned", "reopened")

    @rule(which=WHICH)
    def review_of_ones_own(self, which: int) -> None:
        """Never, whatever its state."""
        one = self._pick(which)
        answer = Answer.objects.filter(relay=one.relay, respondent=who(one.thing)).first()
        if answer is not None:
            self._expect(False, lambda: reviewing.accept(one.answerer, answer.pk))

    # ---------- what happens around it ----------

    @rule(which=WHICH)
    def leave_or_come_back(self, which: int) -> None:
        """Decertified, merged away, moved out; and the other way."""
        one = self._pick(which)
        one.asked = not one.asked
        if isinstance(one.thing, Organization):
            values = {
                "superior": one.place if one.asked else None,
                "chain_path": one.thing.chain_path if one.asked else None,
                "certified_at": one.thing.certified_at if one.asked else None,
            }
            Organization.objects.filter(pk=one.thing.pk).update(**values)
        elif isinstance(one.thing, Branch):
            branch = one.thing if one.asked else None
            RelayBranch.objects.filter(relay=one.relay).update(branch=branch)
        else:
            branch = self.cast.first_branch if one.asked else self.cast.second_branch
            Membership.objects.filter(pk=one.thing.pk).update(branch=branch)

    @rule(which=WHICH, sure=st.integers(0, 5))
    def recall(self, which: int, sure: int) -> None:
        """Cannot be undone, so not too often."""
        one = self._pick(which)
        if sure or one.recalled:
            return
        recalling.recall(one.relay.passed_by, one.place.pk, one.relay.notice_id, "写错了")
        one.recalled = True

    @rule(which=WHICH)
    def deadline_passes(self, which: int) -> None:
        """From now on what is handed in is late."""
        one = self._pick(which)
        Notice.objects.filter(pk=one.relay.notice_id).update(deadline=in_days(-1))
        one.overdue = True

    # ---------- what must hold ----------

    @invariant()
    def as_known(self) -> None:
        """All that somebody may look at."""
        for one in getattr(self, "touched", []):
            row = Answer.objects.filter(relay=one.relay, respondent=who(one.thing)).first()
            place = place_of(one.reviewer, one.place.pk)
            relay = Relay.objects.select_related("notice__task").get(pk=one.relay.pk)
            self._check_answer(one, row)
            self._check_numbers(one, row, place, relay)
            self._check_tabs(one)
            if row is not None and row.state != "draft":
                self._check_review(one, row)

    def _check_answer(self, one: Known, row: Answer | None) -> None:
        """State, version, values, steps."""
        assert (row.state if row else "") == one.state
        if row is not None:
            assert (row.version, row.late) == (one.version, one.late)
            assert list(row.steps.order_by("pk").values_list("what", flat=True)) == one.steps
            texts = [value.text for value in row.values.all()]
            assert texts == ([one.value] if one.value else [])

    def _check_numbers(self, one: Known, row: Answer | None, place: Place, relay: Relay) -> None:
        """Who is asked counts, and nobody else."""
        known = {one.state: 1} if one.state else {}
        late = int(one.late and one.state in HANDED_IN)
        expected = Counts(asked=1, late=late, **known) if one.asked else Counts()
        assert progress(place, relay) == expected
        seen = row is not None and one.asked and one.state != "draft"
        listed = list(answers.answers_of(place, relay).values_list("pk", flat=True))
        assert listed == ([row.pk] if row and seen else [])

    def _check_tabs(self, one: Known) -> None:
        """Each task stands in one tab, and waits for whom it should."""
        found = [
            tab
            for tab in tasks.TABS
            if any(row.relay.pk == one.relay.pk for row in tasks.my_tasks(one.answerer, tab))
        ]
        tab = {"submitted": "submitted", "accepted": "done"}.get(one.state, "waiting")
        assert found == ([] if not one.asked else ["closed"] if one.recalled else [tab])
        keys = {line.key for line in waiting.lines(one.reviewer, seats_of(one.reviewer))}
        due = one.asked and not one.recalled and one.state == "submitted"
        assert (f"task_to_review_{one.relay.notice_id}" in keys) == due

    def _check_review(self, one: Known, row: Answer) -> None:
        """A reviewer sees what was handed in, never what is being changed."""
        try:
            seen = answers.get_review(one.reviewer, one.place.pk, row.pk)
        except DomainError:
            assert not one.asked  # moved to where the reviewer administers nothing
            return
        assert seen.values == {one.question: one.seen}
        assert seen.may_review == (one.asked and not one.recalled and one.state in HANDED_IN)


@pytest.mark.django_db
def test_answers_in_random_order() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Answers,
        settings=settings(
            max_examples=4,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.django_db
def test_answers_in_many_random_orders() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Answers,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
