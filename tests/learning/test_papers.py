"""Drawing, filling in, handing in, grading; what passing settles and credits."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.audit.models import AuditEvent
from lianxue.learning.actions import papers
from lianxue.learning.actions.quizzes import PartSpec, QuizSettings
from lianxue.learning.models import Attempt, AttemptAnswer, BankQuestion, Completion, WrongQuestion
from lianxue.learning.queries.papers import best, best_of, get_paper, my_quiz, passed
from lianxue.notices.actions import recalling
from lianxue.notices.models import Notice, Relay
from lianxue.points.models import PointEntry
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict
from tests.cast import Cast
from tests.notices.makers import to_branches

from .quiz_makers import bank, question, right_answers, sent_quiz

pytestmark = pytest.mark.django_db


def _done(user: User, relay: Relay, wrong: int = 0) -> Attempt:
    attempt = papers.begin(user, relay.notice_id)
    return papers.submit(user, attempt.pk, right_answers(attempt, wrong))


def test_a_paper_is_graded_at_once_and_passing_is_credited_once(cast: Cast) -> None:
    relay = sent_quiz(cast.owner, cast.county)
    events = AuditEvent.objects.count()
    attempt = _done(cast.member, relay)
    assert (attempt.score, attempt.full, attempt.right, attempt.passed) == (4, 4, 4, True)
    assert not WrongQuestion.objects.exists()
    _done(cast.member, relay)
    items = PointEntry.objects.values_list("item", "amount", "organization")
    assert sorted(items) == [
        ("learning.quiz", 20, cast.county.pk),
        ("learning.task", 20, cast.county.pk),
    ]
    assert Completion.objects.count() == 1
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize(("wrong", "passes"), [(0, True), (1, True), (2, False), (4, False)])
def test_what_passes_is_a_share_of_the_points(cast: Cast, wrong: int, passes: bool) -> None:
    relay = sent_quiz(cast.owner, cast.county, settings=QuizSettings(pass_percent=75))
    attempt = _done(cast.member, relay, wrong)
    assert attempt.passed is passes
    assert attempt.score == 4 - wrong
    assert WrongQuestion.objects.filter(user=cast.member, cleared_at=None).count() == wrong
    assert PointEntry.objects.exists() is passes
    assert Completion.objects.exists() is passes


def test_what_is_not_answered_is_wrong(cast: Cast) -> None:
    relay = sent_quiz(cast.owner, cast.county)
    attempt = papers.submit(cast.member, papers.begin(cast.member, relay.notice_id).pk)
    assert (attempt.right, attempt.passed) == (0, False)
    assert WrongQuestion.objects.count() == 4


def test_wrong_again_is_counted_and_no_more_mastered(cast: Cast) -> None:
    relay = sent_quiz(cast.owner, cast.county)
    _done(cast.member, relay, 1)
    WrongQuestion.objects.update(cleared_at=timezone.now())
    _done(cast.member, relay, 2)
    rows = WrongQuestion.objects.order_by("question_id").values_list("times", "cleared_at")
    assert list(rows) == [(2, None), (1, None)]


def test_begun_twice_it_is_the_same_paper(cast: Cast) -> None:
    relay = sent_quiz(cast.owner, cast.county)
    first = papers.begin(cast.member, relay.notice_id)
    assert papers.begin(cast.member, relay.notice_id).pk == first.pk
    assert Attempt.objects.count() == 1


def test_no_more_papers_than_allowed(cast: Cast) -> None:
    relay = sent_quiz(cast.owner, cast.county, settings=QuizSettings(attempts=2))
    _done(cast.member, relay, 4)
    _done(cast.member, relay, 3)
    assert my_quiz(cast.member, relay.notice_id).left == 0
    with pytest.raises(StateConflict) as caught:
        papers.begin(cast.member, relay.notice_id)
    assert caught.value.code == "no-attempts"
    assert papers.begin(cast.owner, relay.notice_id)


def test_what_is_saved_stays_and_what_is_not_named_is_left_alone(cast: Cast) -> None:
    relay = sent_quiz(cast.owner, cast.county)
    attempt = papers.begin(cast.member, relay.notice_id)
    papers.save(cast.member, attempt.pk, {1: [1], 2: [0, 2]})
    papers.save(cast.member, attempt.pk, {1: [0], 4: ["  三会一课 "]})
    given = [row.given for row in attempt.answers.order_by("position")]
    assert given == [[0], [0, 2], None, ["三会一课"]]
    assert get_paper(cast.member, attempt.pk).missing == [3]
    papers.save(cast.member, attempt.pk, {2: []})
    assert get_paper(cast.member, attempt.pk).missing == [2, 3]


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({1: [0], 2: [9]}, "q2"),
        ({1: [0], 3: ["对"]}, "q3"),
        ({1: [0], 4: ["甲", "乙"]}, "q4"),
        ({1: [0], 9: [0]}, ""),
        ({1: [0], 10**30: [0]}, ""),
    ],
)
def test_of_a_bad_answer_nothing_is_kept(cast: Cast, answers: dict[int, Any], field: str) -> None:
    relay = sent_quiz(cast.owner, cast.county)
    attempt = papers.begin(cast.member, relay.notice_id)
    for act in (papers.save, papers.submit):
        with pytest.raises(InvalidInput) as caught:
            act(cast.member, attempt.pk, answers)
        assert list(caught.value.fields) == [field] * bool(field)
    assert not AttemptAnswer.objects.exclude(given=None).exists()
    assert Attempt.objects.get().state == "open"


def test_a_paper_that_was_handed_in_is_not_changed(cast: Cast) -> None:
    relay = sent_quiz(cast.owner, cast.county)
    attempt = _done(cast.member, relay, 4)
    for act in (papers.save, papers.submit):
        with pytest.raises(StateConflict) as caught:
            act(cast.member, attempt.pk, {1: [0]})
        assert caught.value.code == "paper-submitted"
    assert Attempt.objects.get().score == 0


def test_somebody_elses_paper_is_not_there(cast: Cast) -> None:
    attempt = papers.begin(cast.member, sent_quiz(cast.owner, cast.county).notice_id)
    for act in (papers.save, papers.submit):
        with pytest.raises(NotFound):
            act(cast.owner, attempt.pk, {})
    for pk in (attempt.pk, 10**30):
        with pytest.raises(NotFound):
            get_paper(cast.owner, pk)


def test_only_whom_the_task_reaches_takes_it(cast: Cast) -> None:
    audience = to_branches(cast.first_branch)
    relay = sent_quiz(cast.owner, cast.county, audience=audience)
    assert papers.begin(cast.member, relay.notice_id)
    for user in (cast.owner, cast.outsider_admin, cast.city_admin, cast.stranger):
        with pytest.raises(NotFound):
            papers.begin(user, relay.notice_id)
        with pytest.raises(NotFound):
            my_quiz(user, relay.notice_id)


def test_after_a_recall_nothing_goes_on(cast: Cast) -> None:
    relay = sent_quiz(cast.owner, cast.county)
    attempt = papers.begin(cast.member, relay.notice_id)
    recalling.recall(cast.owner, cast.county.pk, relay.notice_id, "发错了")
    for act in (papers.save, papers.submit):
        with pytest.raises(StateConflict) as caught:
            act(cast.member, attempt.pk, {1: [0]})
        assert caught.value.code == "task-recalled"
    with pytest.raises(StateConflict):
        papers.begin(cast.member, relay.notice_id)
    assert not get_paper(cast.member, attempt.pk).open
    assert not AttemptAnswer.objects.exclude(given=None).exists()


def test_late_is_allowed_and_said(cast: Cast) -> None:
    relay = sent_quiz(cast.owner, cast.county)
    attempt = papers.begin(cast.member, relay.notice_id)
    Notice.objects.filter(pk=relay.notice_id).update(deadline=timezone.now() - timedelta(hours=1))
    papers.submit(cast.member, attempt.pk, right_answers(attempt))
    assert get_paper(cast.member, attempt.pk).late
    assert my_quiz(cast.member, relay.notice_id).late
    assert Completion.objects.get().late


def test_drawn_is_what_stood_in_the_bank_when_the_task_was_sent(cast: Cast) -> None:
    own = bank(cast.county)
    old = [question(own) for _ in range(4)]
    question(own, retired_at=timezone.now())
    relay = sent_quiz(cast.owner, cast.county, [PartSpec(own.pk, "single", count=4, score=5)])
    question(own)
    BankQuestion.objects.filter(pk=old[0].pk).update(retired_at=timezone.now())
    attempt = papers.begin(cast.member, relay.notice_id)
    drawn = set(attempt.answers.values_list("question_id", flat=True))
    assert drawn == {one.pk for one in old}
    assert (attempt.full, attempt.questions) == (20, 4)


def test_no_question_is_drawn_twice(cast: Cast) -> None:
    own = bank(cast.county)
    named = question(own)
    for _ in range(5):
        question(own)
    part = PartSpec(own.pk, "single")
    parts = [
        PartSpec(own.pk, "single", count=3),
        PartSpec(question_id=named.pk),
        PartSpec(own.pk, "single", count=2),
    ]
    assert part.count == 1
    relay = sent_quiz(cast.owner, cast.county, parts)
    for _ in range(5):
        attempt = papers.begin(cast.member, relay.notice_id)
        rows = list(attempt.answers.order_by("position").values_list("question_id", flat=True))
        assert len(set(rows)) == 6
        assert rows[3] == named.pk
        papers.submit(cast.member, attempt.pk)


def test_an_emptied_bank_gives_a_shorter_paper_or_says_so(cast: Cast) -> None:
    own = bank(cast.county)
    for _ in range(3):
        question(own)
    relay = sent_quiz(cast.owner, cast.county, [PartSpec(own.pk, "single", count=3, score=2)])
    long_ago = timezone.now() - timedelta(days=1)
    BankQuestion.objects.exclude(pk=own.questions.first().pk).update(retired_at=long_ago)
    assert papers.begin(cast.member, relay.notice_id).full == 2
    BankQuestion.objects.update(retired_at=long_ago)
    with pytest.raises(StateConflict) as caught:
        papers.begin(cast.owner, relay.notice_id)
    assert caught.value.code == "quiz-empty"


def test_when_the_answers_are_shown(cast: Cast) -> None:
    relay = sent_quiz(cast.owner, cast.county, settings=QuizSettings(answers="after_deadline"))
    attempt = _done(cast.member, relay, 1)
    assert not get_paper(cast.member, attempt.pk).shows_answers
    Notice.objects.filter(pk=relay.notice_id).update(deadline=timezone.now())
    assert get_paper(cast.member, attempt.pk).shows_answers
    again = papers.begin(cast.member, relay.notice_id)
    assert not get_paper(cast.member, again.pk).shows_answers  # not before it is handed in


def test_the_best_paper_counts(cast: Cast) -> None:
    relay = sent_quiz(cast.owner, cast.county, settings=QuizSettings(pass_percent=75))
    second = [_done(cast.member, relay, wrong) for wrong in (3, 1, 1, 4)][1]
    papers.begin(cast.member, relay.notice_id)
    _done(cast.owner, relay, 4)
    found = best(cast.member, relay.notice_id)
    assert found is not None
    assert found.pk == second.pk
    people = [cast.member.pk, cast.owner.pk, cast.colleague.pk]
    by_person = best_of(people, relay.notice_id)
    assert set(by_person) == {cast.member.pk, cast.owner.pk}
    mine = by_person[cast.member.pk]
    assert (mine.score, mine.full, mine.passed, mine.tries) == (3, 4, True, 4)
    assert not by_person[cast.owner.pk].passed
    assert passed(people, relay.notice_id) == {cast.member.pk}
    assert best(cast.colleague, relay.notice_id) is None
