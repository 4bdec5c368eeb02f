"""Papers: one as its taker sees it, the own ones of a quiz, who has passed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q

from lianxue.accounts.models import User
from lianxue.notices.models import Notice
from lianxue.shared.errors import NotFound, StateConflict

from .. import grading
from ..models import Attempt, AttemptAnswer, BankQuestion, Quiz
from ..policy.quizzes import is_late, shows_answers, sitting_of
from .quizzes import Outline, needed, outline

__all__ = ["Best", "MyQuiz", "Paper", "Sheet", "best", "best_of", "get_paper", "my_quiz", "passed"]


@dataclass(frozen=True)
class Sheet:
    """One question of a paper. ``number`` begins at 1."""

    row: AttemptAnswer

    @property
    def question(self) -> BankQuestion:
        """What is asked."""
        return self.row.question

    @property
    def number(self) -> int:
        """Which of the paper's questions it is."""
        return self.row.position

    @property
    def answered(self) -> bool:
        """Whether something was given; of a fill-in, in every blank."""
        given = self.row.given or []
        return bool(given) and (self.question.kind != BankQuestion.Kind.FILL or all(given))


@dataclass(frozen=True)
class Paper:
    """A paper of one's own. ``why_not``: why it can't be filled in any more, or "".
    ``shows_answers``: whether what was right may be seen. ``late``: handed in after the deadline
    (of an open one: it would be now).
    """

    attempt: Attempt
    notice: Notice
    sheets: list[Sheet]
    why_not: str
    shows_answers: bool
    late: bool

    @property
    def open(self) -> bool:
        """Whether it may be filled in."""
        return not self.why_not

    @property
    def missing(self) -> list[int]:
        """The numbers of the questions that are not (wholly) answered."""
        return [sheet.number for sheet in self.sheets if not sheet.answered]

    @property
    def needed(self) -> int:
        """The points that pass."""
        return needed(self.attempt.full, self.attempt.quiz.pass_percent)

    def sheet(self, number: int) -> Sheet:
        """A question by its number. Raises NotFound."""
        if not 1 <= number <= len(self.sheets):
            raise NotFound
        return self.sheets[number - 1]


def get_paper(user: User, attempt_id: int) -> Paper:
    """A paper of ``user``'s own, handed in or not, also after a recall. Raises NotFound."""
    attempt = (
        Attempt.objects.filter(pk=attempt_id, user=user)
        .select_related("quiz__task__notice__organization")
        .first()
    )
    if attempt is None:
        raise NotFound("没有找到这份答卷。")
    notice = attempt.quiz.task.notice
    rows = AttemptAnswer.objects.filter(attempt=attempt).select_related("question")
    why_not = ""
    if attempt.state == Attempt.State.SUBMITTED:
        why_not = SUBMITTED
    else:
        try:
            sitting_of(user, notice.pk)
        except (NotFound, StateConflict) as error:
            why_not = error.message
    return Paper(
        attempt=attempt,
        notice=notice,
        sheets=[Sheet(row) for row in rows.order_by("position")],
        why_not=why_not,
        shows_answers=attempt.submitted_at is not None and shows_answers(attempt.quiz, notice),
        late=is_late(notice, attempt.submitted_at),
    )


#: Why a paper can't be changed any more.
SUBMITTED = "这份答卷已经交了，不能再改。"


@dataclass(frozen=True)
class MyQuiz:
    """A quiz as one person has it. ``papers``: the own ones, the last first; ``left``: how many may
    still be begun, None for any number; ``late``: whether the deadline has passed.
    """

    notice: Notice
    outline: Outline
    papers: list[Attempt]
    left: int | None
    shows_answers: bool
    late: bool

    @property
    def quiz(self) -> Quiz:
        """The quiz itself."""
        return self.outline.quiz

    @property
    def open_paper(self) -> Attempt | None:
        """The one that is being filled in."""
        return next((one for one in self.papers if one.state == Attempt.State.OPEN), None)

    @property
    def done(self) -> list[Attempt]:
        """Those that were handed in, the last first."""
        return [one for one in self.papers if one.state == Attempt.State.SUBMITTED]

    @property
    def passed(self) -> bool:
        """Whether any of them passed."""
        return any(one.passed for one in self.papers)

    @property
    def may_begin(self) -> bool:
        """Whether a new paper may be begun."""
        return self.open_paper is None and self.left != 0


def my_quiz(user: User, notice_id: int) -> MyQuiz:
    """The quiz of a task that reaches ``user``, with the own papers; five statements.

    Raises NotFound, StateConflict (task-recalled).
    """
    sitting = sitting_of(user, notice_id)
    quiz = sitting.quiz
    papers = list(Attempt.objects.filter(quiz=quiz, user=user).order_by("-number"))
    left = max(0, quiz.attempts - len(papers)) if quiz.attempts else None
    return MyQuiz(
        sitting.notice,
        outline(quiz),
        papers,
        left,
        shows_answers(quiz, sitting.notice),
        is_late(sitting.notice, None),
    )


def best(user: User, notice_id: int) -> Attempt | None:
    """The best paper that ``user`` handed in, the first of equals; None before the first."""
    rows = Attempt.objects.filter(
        quiz__task__notice__id=notice_id, user=user, state=Attempt.State.SUBMITTED
    )
    found: Attempt | None = rows.order_by("-passed", "-score", "number").first()
    return found


def passed(user_ids: Iterable[int], quiz: Quiz | int) -> set[int]:
    """Those of ``user_ids`` who have passed, one statement."""
    rows = Attempt.objects.filter(quiz=quiz, user__in=list(user_ids), passed=True)
    return set(rows.values_list("user_id", flat=True))


@dataclass(frozen=True)
class Best:
    """How well somebody did in a quiz: the best ``score`` out of ``full``, in ``tries`` papers."""

    score: int
    full: int
    passed: bool
    tries: int


def best_of(user_ids: Iterable[int], quiz: Quiz | int) -> dict[int, Best]:
    """By person, how well it went, of those who handed in a paper; one statement.

    For progress and its workbook, by the page or the batch of people.
    """
    rows: Any = (
        Attempt.objects.filter(quiz=quiz, user__in=list(user_ids), state=Attempt.State.SUBMITTED)
        .order_by()
        .values("user_id")
        .annotate(
            score_=Max("score"),
            full_=Max("full"),
            passes=Count("pk", filter=Q(passed=True)),
            tries=Count("pk"),
        )
    )
    return {
        row["user_id"]: Best(row["score_"], row["full_"], row["passes"] > 0, row["tries"])
        for row in rows
    }


def words_of(sheet: Sheet) -> str:
    """What was given, to be read."""
    return grading.in_words(sheet.question, sheet.row.given)
