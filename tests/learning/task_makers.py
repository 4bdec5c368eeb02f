"""Learning tasks for tests, made by the very actions that people use; contents and records straight
in the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.learning.actions import quizzes, tasks
from lianxue.learning.actions.completing import settle_item, settle_task
from lianxue.learning.actions.quizzes import PartSpec, QuizSettings
from lianxue.learning.models import Attempt, ContentItem, LearningRecord
from lianxue.notices.actions import sending
from lianxue.notices.actions.audiences import Audience
from lianxue.notices.models import Notice, Relay
from lianxue.organizations.models import Membership, Organization
from tests.notices.makers import ALL, draft

from .quiz_makers import bank, question


def in_days(days: float) -> datetime:
    """A moment so many days ahead."""
    return timezone.now() + timedelta(days=days)


def item(organization: Organization, title: str = "学习材料", **values: Any) -> ContentItem:
    """A published article."""
    moment = timezone.now()
    defaults = {
        "organization": organization,
        "title": title,
        "body": "<p>正文</p>",
        "text": "正文",
        "state": "published",
        "author_name": "李明",
        "created_at": moment,
        "changed_at": moment,
        "published_at": moment,
    }
    return ContentItem.objects.create(**defaults | values)


def draft_learning(
    actor: User, organization: Organization, items: Sequence[ContentItem], **text: Any
) -> Notice:
    """A draft that asks for ``items``; ``text`` as ``DraftText``."""
    values = {"title": "十一月学习任务", "deadline": in_days(7), **text}
    notice = draft(actor, organization, "learning", **values)
    tasks.set_contents(actor, notice.pk, [one.pk for one in items])
    return notice


def sent_learning(
    actor: User,
    organization: Organization,
    items: Sequence[ContentItem],
    audience: Audience = ALL,
    **text: Any,
) -> Relay:
    """A learning task that was sent: the sender's relay. ``quiz``: with one, of a question."""
    quiz = text.pop("quiz", False)
    notice = draft_learning(actor, organization, items, **text)
    if quiz:
        asked = question(bank(organization, f"题库{notice.pk}"))
        parts = [PartSpec(question_id=asked.pk)]
        quizzes.set_quiz(actor, notice.pk, QuizSettings(), parts)
    return sending.send(actor, notice.pk, audience)


def finish(user: User, one: ContentItem, *, at: datetime | None = None) -> list[int]:
    """That ``user`` finished it; the tasks that this completed."""
    moment = at or timezone.now()
    LearningRecord.objects.update_or_create(
        user=user,
        item=one,
        defaults={
            "organization": one.organization,
            "started_at": moment,
            "changed_at": moment,
            "finished_at": moment,
        },
    )
    return settle_item(user, one.pk)


def hand_in(user: User, notice_id: int, *, passed: bool = True) -> bool:
    """A paper of the task's quiz, handed in; whether the task is completed."""
    moment = timezone.now()
    Attempt.objects.create(
        quiz_id=notice_id,
        user=user,
        number=Attempt.objects.filter(quiz=notice_id, user=user).count() + 1,
        state="submitted",
        started_at=moment,
        submitted_at=moment,
        score=10 if passed else 0,
        full=10,
        passed=passed,
    )
    return settle_task(user, notice_id)


def many(organization: Organization, count: int) -> list[Membership]:
    """So many more active members of the organisation, in a few statements."""
    start = User.objects.aggregate(last=Max("pk"))["last"]
    users = User.objects.bulk_create(
        [
            User(phone=f"152{number:08d}", name="新人", sort_key="X")
            for number in range(start, start + count)
        ],
        batch_size=1000,
    )
    moment = timezone.now()
    rows = [
        Membership(
            organization=organization,
            user=user,
            phone=user.phone,
            name=user.name,
            sort_key=user.sort_key,
            state="active",
            created_at=moment,
            activated_at=moment,
        )
        for user in users
    ]
    return Membership.objects.bulk_create(rows, batch_size=1000)
