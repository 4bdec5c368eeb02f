"""Who may take a quiz: whom its task reaches, as long as it is not recalled; late is allowed."""

from dataclasses import dataclass
from datetime import datetime

from lianxue.accounts.models import User
from lianxue.notices import policy as notices
from lianxue.notices.models import Notice
from lianxue.shared.clock import now
from lianxue.shared.errors import NotFound, StateConflict

from ..models import Quiz

RECALLED = "这项学习任务已经撤回，不用再测验。"
_GONE = "没有找到这次测验，可能已经撤回，或不再发给您。"


@dataclass(frozen=True)
class Sitting:
    """A quiz as somebody may take it. ``organization_id``: the own organisation through which it
    came (the oldest membership that the task reaches), whose rules count.
    """

    quiz: Quiz
    notice: Notice
    organization_id: int


def sitting_of(user: User, notice_id: int) -> Sitting:
    """The quiz of a task that reaches ``user``, in three statements.

    Raises NotFound for whom it doesn't reach and where there is no quiz, StateConflict
    (task-recalled) after a recall.
    """
    seats = sorted(notices.seats_of(user), key=lambda seat: seat.membership_id)
    relays = list(
        notices.reaching(seats).filter(notice__id=notice_id, notice__kind=Notice.Kind.LEARNING)
    )
    quiz = Quiz.objects.filter(task__notice__id=notice_id).first() if relays else None
    if quiz is None:
        raise NotFound(_GONE)
    live = {relay.organization_id for relay in relays if relay.recalled_at is None}
    place = next((seat.organization_id for seat in seats if seat.organization_id in live), None)
    if place is None:
        raise StateConflict(RECALLED, code="task-recalled")
    notice = Notice.objects.select_related("organization").get(pk=quiz.pk)
    return Sitting(quiz, notice, place)


def shows_answers(quiz: Quiz, notice: Notice) -> bool:
    """Whether who has handed in a paper may see now what was right (also: what was wrong, since of
    a true/false question that says the same). A task without a deadline has nothing to wait for.
    """
    if quiz.answers == Quiz.Answers.AT_ONCE:
        return True
    return notice.deadline is None or notice.deadline <= now()


def is_late(notice: Notice, submitted_at: datetime | None) -> bool:
    """Whether what was handed in then (None: would be now) is after the deadline."""
    return notice.deadline is not None and notice.deadline < (submitted_at or now())
