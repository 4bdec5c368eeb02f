"""Taking a quiz: a paper is drawn, filled in, handed in, graded at once.

A paper is its own trace and leaves no audit event (a hundred thousand people must not queue for the
head of one chain). Order of locks: the person's own name, the notice against a recall, the paper's
row, then what passing settles and credits.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F

from lianxue.accounts.models import User
from lianxue.notices.actions.locks import hold_for_passing
from lianxue.points.actions.crediting import Earned, credit
from lianxue.shared.clock import now, today
from lianxue.shared.dbtools import lock_name
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict

from ..grading import clean, is_right
from ..models import Attempt, AttemptAnswer, WrongQuestion
from ..point_items import QUIZ, quiz_event
from ..policy.quizzes import Sitting, sitting_of
from ..queries.papers import SUBMITTED
from ..queries.quizzes import draw, parts_of
from .completing import settle_task

#: What was given, by the question's number (from 1) in its paper; ``None``: nothing.
Answers = Mapping[int, Any]


@transaction.atomic
def begin(user: User, notice_id: int) -> Attempt:
    """A new paper; the open one when there is one already (a button pressed twice).

    Raises NotFound, StateConflict: task-recalled, no-attempts (all that are allowed are used),
    quiz-empty (nothing to draw from).
    """
    sitting = _hold(user, notice_id)
    quiz = sitting.quiz
    papers = list(Attempt.objects.filter(quiz=quiz, user=user).order_by("-number"))
    if papers and papers[0].state == Attempt.State.OPEN:
        return papers[0]
    if quiz.attempts and len(papers) >= quiz.attempts:
        raise StateConflict(
            f"这次测验最多答 {quiz.attempts} 次，您已经答完了。", code="no-attempts"
        )
    # of what stood in the banks when the task was sent: nobody's paper depends on what was
    # written or retired since
    drawn = draw(parts_of(quiz), sitting.notice.sent_at)
    if not drawn:
        raise StateConflict("题库里已经没有可用的题目，请联系布置任务的管理员。", code="quiz-empty")
    attempt = Attempt.objects.create(
        quiz=quiz,
        user=user,
        number=papers[0].number + 1 if papers else 1,
        started_at=now(),
        full=sum(one.worth for one in drawn),
        questions=len(drawn),
    )
    AttemptAnswer.objects.bulk_create(
        [
            AttemptAnswer(
                attempt=attempt, question_id=one.question_id, position=number, worth=one.worth
            )
            for number, one in enumerate(drawn, 1)
        ]
    )
    return attempt


@transaction.atomic
def save(user: User, attempt_id: int, answers: Answers) -> Attempt:
    """Keep ``answers``; what they don't name stays as it was.

    Raises NotFound, StateConflict (paper-submitted, task-recalled); InvalidInput at every
    ``q<number>`` that can't be an answer, and then nothing is kept.
    """
    attempt, _ = _open(user, attempt_id)
    _keep(attempt, answers)
    return attempt


@transaction.atomic
def submit(user: User, attempt_id: int, answers: Answers | None = None) -> Attempt:
    """Hand the paper in, with ``answers`` as ``save``; it is graded at once.

    What was not answered is wrong. Wrong ones are kept for practice. Whoever passes has the task
    settled, and is credited once for the quiz. Late is allowed. Raises as ``save``.
    """
    attempt, sitting = _open(user, attempt_id)
    rows = _keep(attempt, answers or {})
    for row in rows:
        row.right = is_right(row.question, row.given)
    AttemptAnswer.objects.bulk_update(rows, ["right"])
    attempt.state, attempt.submitted_at = Attempt.State.SUBMITTED, now()
    attempt.score = sum(row.worth for row in rows if row.right)
    attempt.right = sum(1 for row in rows if row.right)
    attempt.passed = attempt.score * 100 >= attempt.full * sitting.quiz.pass_percent
    attempt.save(update_fields=["state", "submitted_at", "score", "right", "passed"])
    remember_wrong(user, (row.question_id for row in rows if not row.right))
    if attempt.passed:
        settle_task(user, sitting.notice.pk)  # first: it holds notices, which come before points
        _credit(user, sitting)
    return attempt


def _hold(user: User, notice_id: int) -> Sitting:
    """The quiz, the person's own papers and the notice held: a recall waits, or has been.

    The person's name first, as ``completing`` does, so that two of one's own wait in one order.
    """
    sitting = sitting_of(user, notice_id)
    lock_name(f"learning:{user.pk}")
    hold_for_passing(sitting.notice.pk)
    return sitting_of(user, notice_id)


def _open(user: User, attempt_id: int) -> tuple[Attempt, Sitting]:
    """An own paper that may be filled in, locked."""
    found = Attempt.objects.filter(pk=attempt_id, user=user).first()
    if found is None:
        raise NotFound("没有找到这份答卷。")
    sitting = _hold(user, found.quiz_id)
    attempt: Attempt = Attempt.objects.select_for_update().get(pk=found.pk)
    if attempt.state != Attempt.State.OPEN:
        raise StateConflict(SUBMITTED, code="paper-submitted")
    return attempt, sitting


def _keep(attempt: Attempt, answers: Answers) -> list[AttemptAnswer]:
    """Write what was given; all of the paper's rows, as they are now."""
    rows = list(
        AttemptAnswer.objects.filter(attempt=attempt)
        .select_related("question")
        .order_by("position")
    )
    by_number = {row.position: row for row in rows}
    if unknown := [number for number in answers if number not in by_number]:
        raise InvalidInput(f"这份答卷没有第 {min(unknown)} 题。")
    errors: dict[str, str] = {}
    changed = []
    for number, given in answers.items():
        row, name = by_number[number], f"q{number}"
        try:
            cleaned = clean(row.question, given, name)
        except InvalidInput as error:
            errors |= error.fields
            continue
        if cleaned != row.given:
            row.given = cleaned
            changed.append(row)
    if errors:
        raise InvalidInput("有的题没有答好，请看下面的提示。", fields=errors)
    AttemptAnswer.objects.bulk_update(changed, ["given"])
    return rows


def remember_wrong(user: User, question_ids: Iterable[int]) -> None:
    """Keep these questions for practice: new ones, and those that were mastered before."""
    ids, moment = set(question_ids), now()
    mine = WrongQuestion.objects.filter(user=user, question__in=ids)
    there = set(mine.values_list("question_id", flat=True))
    mine.update(times=F("times") + 1, last_at=moment, cleared_at=None)
    WrongQuestion.objects.bulk_create(
        [WrongQuestion(user=user, question_id=pk, last_at=moment) for pk in sorted(ids - there)],
        ignore_conflicts=True,
    )


def _credit(user: User, sitting: Sitting) -> None:
    """The points for passing: once for all time, under the rules of the organisation through which
    the task came."""
    credit(
        Earned(
            user_id=user.pk,
            organization_id=sitting.organization_id,
            item=QUIZ,
            event=quiz_event(sitting.notice.pk),
            day=today(),
            source_type="notices.notice",
            source_id=sitting.notice.pk,
            title=sitting.notice.title,
        )
    )
