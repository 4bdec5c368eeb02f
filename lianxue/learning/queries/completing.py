"""Whether somebody has done all of a learning task: every item finished, the quiz passed.

One rule, read on relays: ``done_by`` on the notice of a relay, from the records and papers of one
person. An item that was withdrawn since can be read by nobody and is asked of nobody any more.
"""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from lianxue.accounts.models import User
from lianxue.notices import policy as notices
from lianxue.notices.models import Notice, Relay
from lianxue.notices.policy import Seat

from ..models import Attempt, Completion, ContentItem, LearningRecord, Quiz, TaskContent

#: Items that a task still asks for.
LIVE = Q(item__state=ContentItem.State.PUBLISHED)


def done_by(user: User) -> Q:
    """A condition on relays of learning tasks: ``user`` has done all that is asked; never true of a
    task of which nothing is left.
    """
    task = OuterRef("notice_id")
    finished = LearningRecord.objects.filter(
        user=user, item=OuterRef("item_id"), finished_at__isnull=False
    )
    items = TaskContent.objects.filter(LIVE, task=task)
    passed = Attempt.objects.filter(quiz=task, user=user, passed=True)
    quiz = Q(Exists(Quiz.objects.filter(pk=task)))
    return (
        ~Q(Exists(items.filter(~Exists(finished))))
        & (~quiz | Q(Exists(passed)))
        & (quiz | Q(Exists(items)))
    )


def tasks_of(seats: list[Seat]) -> QuerySet[Relay, Any]:
    """The relays of learning tasks that reach any of ``seats`` and are not recalled."""
    return notices.reaching(seats).filter(notice__kind=Notice.Kind.LEARNING, recalled_at=None)


def has_completed(seats: list[Seat]) -> Exists:
    """On relays: whether one of ``seats`` has a completion of it."""
    return Exists(
        Completion.objects.filter(
            relay=OuterRef("pk"), membership__in=[seat.membership_id for seat in seats]
        )
    )


def done_since(user: User) -> Any:
    """On relays that are ``done_by`` ``user``: the moment since when all of it is done, perhaps
    before the task came."""
    records = LearningRecord.objects.filter(
        LIVE,
        user=user,
        item__task_contents__task=OuterRef("notice_id"),
        finished_at__isnull=False,
    )
    papers = Attempt.objects.filter(quiz=OuterRef("notice_id"), user=user, passed=True)
    learned = Subquery(records.order_by("-finished_at").values("finished_at")[:1])
    passed = Subquery(papers.order_by("submitted_at").values("submitted_at")[:1])
    # of contents alone, or a quiz alone, the one stands for both: databases differ over nothing
    return Greatest(Coalesce(learned, passed), Coalesce(passed, learned))
