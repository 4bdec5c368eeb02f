"""What crosses between who answers, who reviews and who recalls (PostgreSQL)."""

from functools import partial
from typing import Any

import pytest

from lianxue.audit.queries import first_broken_link
from lianxue.files.models import StoredFile
from lianxue.inbox.models import InboxItem
from lianxue.notices.actions import recalling, sending
from lianxue.organizations.actions import leaving
from lianxue.organizations.models import Membership
from lianxue.shared.errors import DomainError, InvalidInput, NotFound, StateConflict
from lianxue.worktasks.actions import answering, reviewing, tasks
from lianxue.worktasks.fields import TaskSettings
from lianxue.worktasks.models import Answer, AnswerFile, AnswerStep, Question
from lianxue.worktasks.queries import progress
from lianxue.worktasks.queries.answers import relay_of
from tests.cast import Cast
from tests.factories import MembershipFactory
from tests.notices.makers import BELOW, WHOLE, make_file
from tests.organizations.test_concurrency import at_once, good, people

from .makers import NUMBER, SPECS, TEXT, draft_task, questions, sent_task, submitted, values, who

__all__ = ["people"]

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TIMES = 4


def refused(results: list[Any]) -> list[DomainError]:
    return [one for one in results if isinstance(one, DomainError)]


def steps(answer: Answer) -> list[str]:
    return list(
        AnswerStep.objects.filter(answer=answer).order_by("pk").values_list("what", flat=True)
    )


def test_two_people_hand_in_for_one_unit(people: Cast) -> None:
    for _ in range(TIMES):
        relay = sent_task(people.city_admin, people.city, BELOW)
        unit = who(people.county)
        results = at_once(
            [
                partial(answering.submit, one, relay.pk, unit, values(relay, number), 0)
                for one, number in ((people.owner, "1"), (people.whole_admin, "2"))
            ]
        )
        [done] = good(results)
        assert [type(one) for one in refused(results)] == [StateConflict]
        answer = Answer.objects.get(relay=relay)
        assert answer.submitted_by_id == done.submitted_by_id
        kept = set(answer.values.values_list("text", flat=True))
        assert ("1" in kept) == (done.submitted_by_id == people.owner.pk)
        assert steps(answer) == ["submitted"]
    assert first_broken_link(f"org:{people.county.pk}") is None


def test_two_people_begin_one_units_draft(people: Cast) -> None:
    """The second is told that it was changed; nothing of the first is lost."""
    for _ in range(TIMES):
        relay = sent_task(people.city_admin, people.city, BELOW)
        asked = questions(relay.notice_id)
        results = at_once(
            [
                partial(
                    answering.save_draft,
                    one,
                    relay.pk,
                    who(people.county),
                    {asked["text"].pk: one.name},
                    0,
                )
                for one in (people.owner, people.whole_admin)
            ]
        )
        assert len(good(results)) == 1
        assert [one.code for one in refused(results)] == ["answer-changed"]
        answer = Answer.objects.get(relay=relay)
        assert (answer.version, answer.values.count()) == (1, 1)


def test_reviewed_by_two_at_once(people: Cast) -> None:
    """Accepted and returned at the same moment: one of both, told once."""
    for _ in range(TIMES):
        relay = sent_task(people.owner, people.county, WHOLE, SPECS, "members")
        answer = submitted(people.member, relay, people.memberships[people.member.pk])
        results = at_once(
            [
                partial(reviewing.accept, people.owner, answer.pk, "", answer.version),
                partial(reviewing.return_, people.whole_admin, answer.pk, "改", answer.version),
                partial(reviewing.accept_many, people.whole_admin, [answer.pk]),
            ]
        )
        answer.refresh_from_db()
        assert answer.state in {"accepted", "returned"}
        assert len(steps(answer)) == 2
        assert all(isinstance(one, StateConflict) for one in refused(results))
        told = InboxItem.objects.filter(topic__in=["task.accepted", "task.returned"])
        assert told.count() == 1
        told.delete()


def test_taken_back_while_it_is_accepted(people: Cast) -> None:
    for _ in range(TIMES):
        relay = sent_task(people.owner, people.county, WHOLE, SPECS, "members")
        seat = people.memberships[people.member.pk]
        answer = submitted(people.member, relay, seat)
        results = at_once(
            [
                partial(reviewing.accept, people.owner, answer.pk, "", answer.version),
                partial(answering.take_back, people.member, relay.pk, who(seat)),
            ]
        )
        assert len(good(results)) == 1
        assert [type(one) for one in refused(results)] == [StateConflict]
        answer.refresh_from_db()
        assert steps(answer) in (["submitted", "accepted"], ["submitted", "taken_back"])
        assert (answer.state == "accepted") == (steps(answer)[-1] == "accepted")


def test_handed_in_again_while_the_old_one_is_looked_at(people: Cast) -> None:
    """What was handed in anew is never accepted by who looked at the old one."""
    for _ in range(TIMES):
        relay = sent_task(people.owner, people.county, WHOLE, SPECS, "members")
        seat = people.memberships[people.member.pk]
        answer = submitted(people.member, relay, seat, "1")
        seen = answer.version
        answering.take_back(people.member, relay.pk, who(seat))
        results = at_once(
            [
                partial(
                    answering.submit, people.member, relay.pk, who(seat), values(relay, "2"), None
                ),
                partial(reviewing.accept, people.owner, answer.pk, "", seen),
                partial(reviewing.accept_many, people.owner, [answer.pk], {answer.pk: seen}),
            ]
        )
        assert isinstance(results[0], Answer)
        assert isinstance(results[1], StateConflict)
        assert results[2].done == []
        answer.refresh_from_db()
        assert answer.state == "submitted"


def test_many_accepted_by_two_at_once(people: Cast) -> None:
    """Each answer is accepted once, and nobody waits in a circle."""
    seats = [MembershipFactory(organization=people.county) for _ in range(6)]
    relay = sent_task(people.owner, people.county, WHOLE, SPECS, "members")
    ids = [submitted(seat.user, relay, seat).pk for seat in seats]
    one, other = at_once(
        [
            partial(reviewing.accept_many, people.owner, ids),
            partial(reviewing.accept_many, people.whole_admin, ids[::-1]),
        ]
    )
    assert sorted(one.done + other.done) == sorted(ids)
    assert AnswerStep.objects.filter(what="accepted").count() == 6
    assert first_broken_link(f"org:{people.county.pk}") is None


@pytest.mark.parametrize("number", range(3))
def test_handed_in_while_it_is_recalled(people: Cast, number: int) -> None:
    """Handed in before, or refused; nothing is handed in or accepted after."""
    seats = [MembershipFactory(organization=people.county) for _ in range(6)]
    relay = sent_task(people.owner, people.county, WHOLE, SPECS, "members")
    waiting = submitted(people.member, relay, people.memberships[people.member.pk])
    calls = [
        partial(answering.submit, seat.user, relay.pk, who(seat), values(relay), 0)
        for seat in seats
    ]
    recall = partial(recalling.recall, people.owner, people.county.pk, relay.notice_id, "错")
    accept = partial(reviewing.accept, people.whole_admin, waiting.pk)
    *answers, gone, accepted = at_once([*calls, recall, accept])
    assert not isinstance(gone, DomainError)
    assert all(isinstance(one, Answer | StateConflict) for one in [*answers, accepted])
    rows = Answer.objects.filter(relay=relay).exclude(pk=waiting.pk)
    assert rows.count() == len(good(answers))
    last = AnswerStep.objects.filter(answer__relay=relay).latest("at")
    assert last.at < gone.recalled_at


def test_leaving_while_answering(people: Cast) -> None:
    """Who has left is asked no more, and an answer of that moment counts no more."""
    for _ in range(TIMES):
        seat = MembershipFactory(organization=people.county)
        relay = sent_task(people.owner, people.county, WHOLE, SPECS, "members")
        answered, left = at_once(
            [
                partial(answering.submit, seat.user, relay.pk, who(seat), values(relay), 0),
                partial(leaving.leave, seat.user, people.county.pk),
            ]
        )
        assert isinstance(left, Membership)
        assert isinstance(answered, Answer | NotFound)
        place, own = progress_of(people, relay.notice_id)
        counts = progress.progress(place, own)
        assert (counts.asked, counts.answered) == (5, 0)


def progress_of(people: Cast, notice_id: int) -> Any:
    return relay_of(people.owner, people.county.pk, notice_id)


def test_ten_files_of_two_people_at_once(people: Cast) -> None:
    relay = sent_task(people.city_admin, people.city, BELOW)
    asked, unit = questions(relay.notice_id)["file"].pk, who(people.county)
    for _ in range(8):
        answering.add_file(people.owner, relay.pk, unit, asked, make_file(people.owner))
    both = (people.owner, people.whole_admin)
    calls = [
        partial(answering.add_file, one, relay.pk, unit, asked, make_file(one)) for one in both * 2
    ]
    assert [type(one) for one in refused(at_once(calls))] == [InvalidInput] * 2
    assert AnswerFile.objects.count() == 10
    assert StoredFile.objects.filter(attached_at=None).count() == 2


def test_questions_changed_while_it_is_sent(people: Cast) -> None:
    """Sent with the one form or the other; never changed once it is sent."""
    for _ in range(TIMES):
        notice = draft_task(people.owner, people.county, (NUMBER,), "members").pk
        members = TaskSettings("members")
        changed, gone = at_once(
            [
                partial(tasks.set_questions, people.whole_admin, notice, members, (TEXT,)),
                partial(sending.send, people.owner, notice, WHOLE),
            ]
        )
        assert not isinstance(gone, DomainError)
        [kind] = Question.objects.filter(task=notice).values_list("kind", flat=True)
        assert kind == ("number" if isinstance(changed, StateConflict) else "text")
