"""错题本: what somebody got wrong in quizzes, to be practised until it is right."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from lianxue.accounts.models import User
from lianxue.shared.clock import now
from lianxue.shared.errors import NotFound

from ..models import AttemptAnswer, Quiz, WrongQuestion

#: 待练习, 已掌握.
TABS = {"waiting": "待练习", "mastered": "已掌握"}


@dataclass(frozen=True)
class Counts:
    """How many questions wait to be practised, were mastered, and are held back until a quiz may
    show what was right."""

    waiting: int
    mastered: int
    held_back: int


def mine(user: User, tab: str = "waiting") -> QuerySet[WrongQuestion, Any]:
    """The questions of one of TABS, with ``question`` and its ``bank``: those to practise the last
    wrong one first, the mastered ones the last mastered one first.

    What stands in an own paper of a quiz that shows its answers only after the deadline is left
    out until then: practising would tell.
    """
    rows = shown(user).filter(cleared_at__isnull=tab != "mastered")
    order = "-cleared_at" if tab == "mastered" else "-last_at"
    return rows.select_related("question").order_by(order, "pk")


def counts(user: User) -> Counts:
    """How many of each there are, three statements."""
    waiting = WrongQuestion.objects.filter(user=user, cleared_at=None)
    ready = mine(user).count()
    return Counts(ready, mine(user, "mastered").count(), waiting.count() - ready)


def get_mine(user: User, question_id: int) -> WrongQuestion:
    """One of them, mastered or not, with its ``question``. Raises NotFound."""
    rows = shown(user).filter(question__id=question_id)  # an id of any size
    found: WrongQuestion | None = rows.select_related("question").first()
    if found is None:
        raise NotFound("没有找到这道错题。")
    return found


def following(user: User, question_id: int) -> int | None:
    """The question (its id) to practise after this one, None when no other waits.

    In the order of their ids and round again, so that all have their turn, however often one of
    them is wrong once more.
    """
    waiting = mine(user).exclude(question__id=question_id).order_by("question_id")
    ids = waiting.values_list("question_id", flat=True)
    found: int | None = ids.filter(question__id__gt=question_id).first() or ids.first()
    return found


def shown(user: User) -> QuerySet[WrongQuestion, Any]:
    """The questions of both TABS together, in no order: none that a quiz holds back."""
    held_back = AttemptAnswer.objects.filter(
        question=OuterRef("question_id"),
        attempt__user=user,
        attempt__quiz__answers=Quiz.Answers.AFTER_DEADLINE,
        attempt__quiz__task__notice__deadline__gt=now(),
    )
    return WrongQuestion.objects.filter(~Q(Exists(held_back)), user=user)
