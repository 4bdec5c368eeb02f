"""Setting a quiz up: who may, what is refused, whether it can be sent."""

from typing import Any

import pytest
from django.utils import timezone

from lianxue.audit.models import AuditEvent
from lianxue.learning.actions import quizzes
from lianxue.learning.actions.quizzes import (
    PartSpec,
    QuizSettings,
    lines_of,
    need_sendable,
    remove_quiz,
    set_quiz,
)
from lianxue.learning.models import BankQuestion, Quiz, QuizPart
from lianxue.learning.queries.quizzes import needed, outline, quiz_of, sources
from lianxue.notices.actions import drafts, sending
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, StateConflict
from tests.cast import Cast
from tests.notices.makers import WHOLE, draft

from .quiz_makers import bank, draft_quiz, question

pytestmark = pytest.mark.django_db


def _bank(cast: Cast, many: int = 3) -> Any:
    own = bank(cast.county)
    for _ in range(many):
        question(own)
    return own


def test_it_is_kept_replaced_and_taken_away_with_an_event_each(cast: Cast) -> None:
    own = _bank(cast)
    notice = draft_quiz(cast.owner, cast.county, [PartSpec(own.pk, "single", count=3, score=5)])
    named = own.questions.first()
    parts = [PartSpec(question_id=named.pk, score=4), PartSpec(own.pk, "single", count=2, score=3)]
    quiz = set_quiz(cast.owner, notice.pk, QuizSettings(70, 3, "after_deadline"), parts)
    rows = QuizPart.objects.order_by("position").values_list("question", "kind", "count", "score")
    assert list(rows) == [(named.pk, "single", 1, 4), (None, "single", 2, 3)]
    found = outline(quiz)
    assert (found.questions, found.full, found.needed) == (3, 10, 7)
    assert found.line == "测验 3 题，满分 10 分，7 分及格（70%），最多答 3 次。"
    assert lines_of(notice) == [found.line, "正确答案和解析在任务截止后显示。"]
    remove_quiz(cast.owner, notice.pk)
    remove_quiz(cast.owner, notice.pk)
    assert quiz_of(notice) is None
    assert lines_of(notice) == []
    told = AuditEvent.objects.filter(action__startswith="quiz.").order_by("pk")
    assert [event.action for event in told] == ["quiz.set", "quiz.set", "quiz.removed"]
    assert told[1].data["full_score"] == 10


@pytest.mark.parametrize(("full", "percent", "least"), [(100, 60, 60), (7, 60, 5), (3, 1, 1)])
def test_the_least_points_that_pass(full: int, percent: int, least: int) -> None:
    assert needed(full, percent) == least


def test_who_may(cast: Cast) -> None:
    own = _bank(cast)
    parts = [PartSpec(own.pk, "single")]
    notice = draft_quiz(cast.owner, cast.county, parts)
    set_quiz(cast.whole_admin, notice.pk, QuizSettings(), parts)
    refused = [
        (cast.colleague, PermissionDenied),
        (cast.member, PermissionDenied),
        (cast.city_admin, NotFound),
        (cast.stranger, NotFound),
    ]
    for user, error in refused:
        with pytest.raises(error):
            set_quiz(user, notice.pk, QuizSettings(), parts)
        with pytest.raises(error):
            remove_quiz(user, notice.pk)


def test_only_a_draft_of_a_learning_task_has_one(cast: Cast) -> None:
    parts = [PartSpec(_bank(cast).pk, "single")]
    plain = draft(cast.owner, cast.county)
    with pytest.raises(StateConflict):
        set_quiz(cast.owner, plain.pk, QuizSettings(), parts)
    notice = draft_quiz(cast.owner, cast.county, parts)
    sending.send(cast.owner, notice.pk, WHOLE)
    for act in (
        lambda: set_quiz(cast.owner, notice.pk, QuizSettings(), parts),
        lambda: remove_quiz(cast.owner, notice.pk),
    ):
        with pytest.raises(StateConflict):
            act()
    assert Quiz.objects.count() == 1


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        (QuizSettings(pass_percent=0), "pass_percent"),
        (QuizSettings(pass_percent=101), "pass_percent"),
        (QuizSettings(attempts=-1), "attempts"),
        (QuizSettings(attempts=21), "attempts"),
        (QuizSettings(answers="never"), "answers"),
    ],
)
def test_settings_that_can_not_be(cast: Cast, settings: QuizSettings, field: str) -> None:
    notice = draft(cast.owner, cast.county, "learning")
    parts = [PartSpec(_bank(cast).pk, "single")]
    with pytest.raises(InvalidInput) as caught:
        set_quiz(cast.owner, notice.pk, settings, parts)
    assert list(caught.value.fields) == [field]
    assert not Quiz.objects.exists()


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"bank_id": 10**18}, "p0-bank"),
        ({"bank_id": None}, "p0-bank"),
        ({"kind": "essay"}, "p0-kind"),
        ({"kind": "judge"}, "p0-count"),
        ({"count": 0}, "p0-count"),
        ({"count": 4}, "p0-count"),
        ({"count": 101}, "p0-count"),
        ({"score": 0}, "p0-score"),
        ({"score": 101}, "p0-score"),
        ({"question_id": 10**18}, "p0-question"),
    ],
)
def test_parts_that_can_not_be(cast: Cast, part: dict[str, Any], field: str) -> None:
    notice = draft(cast.owner, cast.county, "learning")
    spec = PartSpec(**{"bank_id": _bank(cast).pk, "kind": "single", **part})
    with pytest.raises(InvalidInput) as caught:
        set_quiz(cast.owner, notice.pk, QuizSettings(), [spec])
    assert list(caught.value.fields) == [field]


def test_how_many_parts_and_questions(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county, "learning")
    own = _bank(cast, 101)
    one = PartSpec(own.pk, "single")
    two = PartSpec(own.pk, "single", count=51)
    for parts in ([], [one] * 31, [two, PartSpec(own.pk, "single", count=50)]):
        with pytest.raises(InvalidInput) as caught:
            set_quiz(cast.owner, notice.pk, QuizSettings(), parts)
        assert list(caught.value.fields) == ["parts"]


def test_banks_of_others_are_not_there(cast: Cast) -> None:
    theirs = bank(cast.city)
    asked = question(theirs)
    notice = draft(cast.owner, cast.county, "learning")
    for spec, field in (
        (PartSpec(theirs.pk, "single"), "p0-bank"),
        (PartSpec(question_id=asked.pk), "p0-question"),
    ):
        with pytest.raises(InvalidInput) as caught:
            set_quiz(cast.owner, notice.pk, QuizSettings(), [spec])
        assert list(caught.value.fields) == [field]
    assert sources(cast.county.pk) == []


def test_parts_share_what_is_there_and_no_question_comes_twice(cast: Cast) -> None:
    own = _bank(cast, 4)
    named = own.questions.first()
    notice = draft(cast.owner, cast.county, "learning")
    two = PartSpec(own.pk, "single", count=2)
    one = PartSpec(question_id=named.pk)
    with pytest.raises(InvalidInput) as caught:
        set_quiz(cast.owner, notice.pk, QuizSettings(), [two, one, two])
    assert list(caught.value.fields) == ["p2-count"]
    assert "只有 1 道" in caught.value.fields["p2-count"]
    with pytest.raises(InvalidInput) as caught:
        set_quiz(cast.owner, notice.pk, QuizSettings(), [one, one])
    assert set(caught.value.fields) == {"p0-question", "p1-question"}
    set_quiz(cast.owner, notice.pk, QuizSettings(), [two, one])


def test_a_bank_that_shrank_holds_the_sending_back(cast: Cast) -> None:
    own = _bank(cast)
    notice = draft_quiz(cast.owner, cast.county, [PartSpec(own.pk, "single", count=3)])
    need_sendable(notice)
    gone = own.questions.first()
    BankQuestion.objects.filter(pk=gone.pk).update(retired_at=timezone.now())
    with pytest.raises(StateConflict) as caught:
        sending.send(cast.owner, notice.pk, WHOLE)
    assert caught.value.code == "quiz-short"
    assert "只有 2 道" in caught.value.message
    question(own)
    sending.send(cast.owner, notice.pk, WHOLE)


def test_a_named_question_that_was_retired_holds_it_back(cast: Cast) -> None:
    asked = question(bank(cast.county))
    notice = draft_quiz(cast.owner, cast.county, [PartSpec(question_id=asked.pk)])
    BankQuestion.objects.update(retired_at=timezone.now())
    with pytest.raises(StateConflict) as caught:
        need_sendable(notice)
    assert "已经停用" in caught.value.message


def test_a_copy_takes_the_quiz_along(cast: Cast) -> None:
    own = _bank(cast)
    notice = draft_quiz(cast.owner, cast.county, [PartSpec(own.pk, "single", count=2, score=7)])
    sending.send(cast.owner, notice.pk, WHOLE)
    copied = drafts.copy(cast.owner, notice.pk)
    assert lines_of(copied) == lines_of(notice)
    assert quizzes.quiz_of(copied) is not None
