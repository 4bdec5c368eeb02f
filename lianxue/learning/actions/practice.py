"""Practising what was wrong in a quiz; right once, and it is mastered. Gives no points."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from lianxue.accounts.models import User
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput

from ..grading import Given, clean, is_right
from ..models import BankQuestion, WrongQuestion
from ..queries.practice import get_mine


@dataclass(frozen=True)
class Practised:
    """What became of an answer: whether it was right, and the question that says what is."""

    question: BankQuestion
    given: Given
    right: bool


@transaction.atomic
def practise(user: User, question_id: int, given: Any) -> Practised:
    """Answer one of one's own wrong questions. Right: it is mastered; wrong: it counts once more
    (also one that was mastered before).

    Raises NotFound (also while a quiz still holds its answers back), InvalidInput at ``given``.
    """
    row = get_mine(user, question_id)
    cleaned = clean(row.question, given)
    if cleaned is None:
        raise InvalidInput.at("given", "请先作答。")
    right, moment = is_right(row.question, cleaned), now()
    mine = WrongQuestion.objects.filter(pk=row.pk)
    if right:
        mine.filter(cleared_at=None).update(cleared_at=moment)
    else:
        mine.update(times=F("times") + 1, last_at=moment, cleared_at=None)
    return Practised(row.question, cleaned, right)
