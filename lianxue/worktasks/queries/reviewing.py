"""What waits for one reviewer, and what was handed in, by the hundred."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Max, QuerySet

from lianxue.accounts.models import User
from lianxue.notices.models import Relay
from lianxue.notices.policy import Place

from .. import policy
from ..models import Answer, AnswerStep
from .filling import Submission, submission_of


def to_review(user: User, place: Place, relay: Relay) -> QuerySet[Answer, Any]:
    """The answers to the own organisation's relay that wait and that ``user`` may review; those
    handed in first come first."""
    home, power = place.organization.pk, place.power
    mine = policy.reviewable(
        user, [home] if power.whole else [], [(home, path) for path in power.scopes]
    )
    rows = Answer.objects.filter(mine, relay=relay, state=Answer.State.SUBMITTED)
    return policy.in_force(rows).order_by("submitted_at", "pk")


def chosen_to_review(
    user: User, place: Place, relay: Relay, marks: Mapping[int, int]
) -> list[Answer]:
    """Those of ``to_review`` that were chosen (``marks``: id to the version that was looked at) and
    have not changed since."""
    rows = to_review(user, place, relay).filter(pk__in=list(marks))
    return [answer for answer in rows if marks[answer.pk] == answer.version]


def submissions_of(answers: Iterable[Answer]) -> dict[int, Submission]:
    """What was handed in last with each of these answers, in one statement."""
    ids = [answer.pk for answer in answers]
    last = (
        AnswerStep.objects.filter(answer__in=ids, what=AnswerStep.What.SUBMITTED)
        .order_by()
        .values("answer")
        .annotate(last=Max("pk"))
        .values("last")
    )
    found = {pk: Submission() for pk in ids}
    for step in AnswerStep.objects.filter(pk__in=last):
        found[step.answer_id] = submission_of(step)
    return found
