"""Two windows of one person, and a recall in between (PostgreSQL)."""

from functools import partial
from typing import Any

import pytest

from lianxue.learning.actions import papers, practice, records
from lianxue.learning.actions.quizzes import PartSpec, QuizSettings, set_quiz
from lianxue.learning.models import Attempt, Completion, WrongQuestion
from lianxue.notices.actions import recalling, sending
from lianxue.notices.models import Relay
from lianxue.points.models import PointAccount, PointEntry
from lianxue.shared.errors import DomainError, NotFound, StateConflict
from tests.cast import Cast
from tests.notices.makers import WHOLE
from tests.organizations.test_concurrency import at_once, good, people

from .makers import content
from .quiz_makers import bank, question, right_answers, sent_quiz
from .task_makers import draft_learning

__all__ = ["people"]

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TIMES = 4


def refused(results: list[Any]) -> list[DomainError]:
    return [one for one in results if isinstance(one, DomainError)]


def _sent(people: Cast, number: int, **settings: Any) -> Relay:
    own = bank(people.county, f"题库 {number}")
    parts = [PartSpec(question_id=question(own, kind).pk) for kind in ("single", "judge")]
    return sent_quiz(people.owner, people.county, parts, QuizSettings(**settings))


def test_begun_in_four_windows_it_is_one_paper(people: Cast) -> None:
    for number in range(TIMES):
        relay = _sent(people, number, attempts=1)
        results = at_once([partial(papers.begin, people.member, relay.notice_id)] * 4)
        assert len({one.pk for one in good(results)}) == 1
        assert len(good(results)) == 4
        attempt = Attempt.objects.get(quiz=relay.notice_id)
        assert attempt.answers.count() == 2


def test_handed_in_in_two_windows_it_is_graded_once(people: Cast) -> None:
    for number in range(1, TIMES + 1):
        relay = _sent(people, number, pass_percent=100)
        attempt = papers.begin(people.member, relay.notice_id)
        right, wrong = right_answers(attempt), right_answers(attempt, 2)
        results = at_once(
            [partial(papers.submit, people.member, attempt.pk, one) for one in (right, wrong)]
        )
        [done] = good(results)
        assert [one.code for one in refused(results)] == ["paper-submitted"]
        attempt.refresh_from_db()
        assert attempt.score == done.score == (2 if attempt.passed else 0)
        given = {row.position: row.given for row in attempt.answers.all()}
        assert given == (right if attempt.passed else wrong)
        earned = PointEntry.objects.filter(source_id=relay.notice_id).values_list("item", flat=True)
        both = ["learning.quiz", "learning.task"]
        assert sorted(earned) == (both if attempt.passed else [])
        assert Completion.objects.filter(relay=relay).exists() is attempt.passed


def test_passed_in_two_papers_at_once_is_credited_once(people: Cast) -> None:
    """The second paper can only be begun when the first is handed in; a retry comes in between."""
    for number in range(1, TIMES + 1):
        relay = _sent(people, number)
        attempt = papers.begin(people.member, relay.notice_id)
        answers = right_answers(attempt)

        def once_more(relay: Relay = relay) -> Attempt:
            again = papers.begin(people.member, relay.notice_id)
            return papers.submit(people.member, again.pk, right_answers(again))

        at_once([partial(papers.submit, people.member, attempt.pk, answers), once_more, once_more])
        assert Attempt.objects.filter(quiz=relay.notice_id, passed=True).exists()
        assert Completion.objects.filter(relay=relay).count() == 1
        assert PointEntry.objects.filter(source_id=relay.notice_id).count() == 2
    total = sum(PointEntry.objects.values_list("amount", flat=True))
    assert PointAccount.objects.get(pk=people.member.pk).points == total


def test_saved_while_it_is_handed_in(people: Cast) -> None:
    """What was kept before counts; what comes later is refused: nothing is taken in silence."""
    for number in range(TIMES):
        relay = _sent(people, number)
        attempt = papers.begin(people.member, relay.notice_id)
        answers = right_answers(attempt)
        results = at_once(
            [
                partial(papers.save, people.member, attempt.pk, {1: answers[1]}),
                partial(papers.submit, people.member, attempt.pk, {2: answers[2]}),
            ]
        )
        attempt.refresh_from_db()
        assert attempt.state == "submitted"
        saved = not refused(results)
        assert attempt.score == (2 if saved else 1)
        assert attempt.answers.get(position=1).given == (answers[1] if saved else None)


def test_handed_in_while_the_task_is_recalled(people: Cast) -> None:
    for number in range(TIMES):
        relay = _sent(people, number)
        attempt = papers.begin(people.member, relay.notice_id)
        recall = partial(
            recalling.recall, people.owner, people.county.pk, relay.notice_id, "发错了"
        )
        results = at_once(
            [
                recall,
                partial(papers.submit, people.member, attempt.pk, right_answers(attempt)),
                partial(papers.begin, people.whole_admin, relay.notice_id),
            ]
        )
        assert {type(one) for one in refused(results)} <= {StateConflict, NotFound}
        attempt.refresh_from_db()
        assert attempt.passed == (attempt.state == "submitted")
        assert Completion.objects.filter(relay=relay).exists() is attempt.passed
        earned = PointEntry.objects.filter(source_id=relay.notice_id).count()
        assert earned == (2 if attempt.passed else 0)


def test_the_item_is_finished_while_the_quiz_is_passed(people: Cast) -> None:
    """Whichever comes last completes the task; neither waits for the other for ever."""
    for number in range(TIMES):
        item = content(people.county, people.owner, title=f"第 {number} 篇")
        notice = draft_learning(people.owner, people.county, [item])
        asked = question(bank(people.county, f"题库 {number}"))
        set_quiz(people.owner, notice.pk, QuizSettings(), [PartSpec(question_id=asked.pk)])
        relay = sending.send(people.owner, notice.pk, WHOLE)
        attempt = papers.begin(people.member, notice.pk)
        results = at_once(
            [
                partial(records.finish, people.member, item.pk),
                partial(papers.submit, people.member, attempt.pk, right_answers(attempt)),
            ]
        )
        assert len(good(results)) == 2, results
        assert Completion.objects.filter(relay=relay).count() == 1
        assert PointEntry.objects.filter(item="learning.task", source_id=notice.pk).count() == 1


def test_practised_in_two_windows(people: Cast) -> None:
    relay = _sent(people, 1)
    attempt = papers.begin(people.member, relay.notice_id)
    papers.submit(people.member, attempt.pk, right_answers(attempt, 2))
    row = WrongQuestion.objects.earliest("question_id")
    wrong = [1] if row.question.kind == "single" else [False]
    acts = [partial(practice.practise, people.member, row.question_id, wrong)] * 4
    assert len(good(at_once(acts))) == 4
    row.refresh_from_db()
    assert row.times == 5
