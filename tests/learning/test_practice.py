"""错题本: practised until it is right."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lianxue.learning.actions import papers, practice
from lianxue.learning.actions.quizzes import QuizSettings
from lianxue.learning.models import WrongQuestion
from lianxue.learning.queries.kept import kept
from lianxue.learning.queries.practice import counts, following, get_mine, mine
from lianxue.notices.models import Notice
from lianxue.points.models import PointEntry
from lianxue.shared.errors import InvalidInput, NotFound
from tests.cast import Cast

from .quiz_makers import WRONG, right_answers, sent_quiz

pytestmark = pytest.mark.django_db


def _wrong(cast: Cast, many: int = 4, **settings: str) -> list[WrongQuestion]:
    relay = sent_quiz(cast.owner, cast.county, settings=QuizSettings(pass_percent=100, **settings))
    attempt = papers.begin(cast.member, relay.notice_id)
    papers.submit(cast.member, attempt.pk, right_answers(attempt, many))
    return list(WrongQuestion.objects.order_by("question_id").select_related("question"))


def test_right_once_is_mastered_and_gives_no_points(cast: Cast) -> None:
    row = _wrong(cast, 1)[0]
    done = practice.practise(cast.member, row.question_id, row.question.answer)
    assert done.right
    row.refresh_from_db()
    assert row.cleared_at is not None
    assert (counts(cast.member).waiting, counts(cast.member).mastered) == (0, 1)
    assert not PointEntry.objects.exists()


def test_wrong_again_counts_and_comes_back(cast: Cast) -> None:
    row = _wrong(cast, 1)[0]
    practice.practise(cast.member, row.question_id, row.question.answer)
    done = practice.practise(cast.member, row.question_id, WRONG[row.question.kind])
    assert not done.right
    row.refresh_from_db()
    assert (row.times, row.cleared_at) == (2, None)


def test_nothing_given_is_said(cast: Cast) -> None:
    row = _wrong(cast, 1)[0]
    for given in ([], None, [7], "x"):
        with pytest.raises(InvalidInput):
            practice.practise(cast.member, row.question_id, given)
    row.refresh_from_db()
    assert row.times == 1


def test_only_ones_own(cast: Cast) -> None:
    row = _wrong(cast, 1)[0]
    for pk in (row.question_id, 10**30):
        with pytest.raises(NotFound):
            practice.practise(cast.owner, pk, [0])
    assert not mine(cast.owner).exists()


def test_one_after_the_other_and_round_again(cast: Cast) -> None:
    ids = [row.question_id for row in _wrong(cast)]
    assert [following(cast.member, pk) for pk in (0, *ids)] == [ids[0], *ids[1:], ids[0]]
    WrongQuestion.objects.exclude(question=ids[2]).update(cleared_at=timezone.now())
    assert following(cast.member, ids[0]) == ids[2]
    assert following(cast.member, ids[2]) is None


def test_answers_that_are_held_back_are_not_told_by_practice(cast: Cast) -> None:
    rows = _wrong(cast, answers="after_deadline")
    assert counts(cast.member).held_back == 4
    assert not mine(cast.member).exists()
    with pytest.raises(NotFound):
        get_mine(cast.member, rows[0].question_id)
    with pytest.raises(NotFound):
        practice.practise(cast.member, rows[0].question_id, [0])
    Notice.objects.update(deadline=timezone.now() - timedelta(minutes=1))
    assert mine(cast.member).count() == 4
    assert counts(cast.member).held_back == 0


def test_the_file_of_ones_own_data_tells_no_earlier(cast: Cast) -> None:
    """What was right stands in 我的个人信息 when the pages show it: one more way to know of a
    true/false question what is right."""
    rows = _wrong(cast, 2, answers="after_deadline")

    def told() -> tuple[list[str], set[object]]:
        file = kept(cast.member, whole=True)
        given = {sheet["答对"] for paper in file["答卷"] for sheet in paper["作答"]}
        return [one["题目"] for one in file["错题"]], given

    assert told() == ([], {"任务截止以后显示"})
    assert kept(cast.member, whole=False)["错题"] == "2 道"
    Notice.objects.update(deadline=timezone.now() - timedelta(minutes=1))
    questions, given = told()
    assert sorted(questions) == sorted(row.question.text for row in rows)
    assert given == {True, False}
