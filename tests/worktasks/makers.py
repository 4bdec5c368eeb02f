"""Tasks for tests, made by the very actions that people use."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.notices.actions import sending
from lianxue.notices.actions.audiences import Audience
from lianxue.notices.models import Notice, Relay
from lianxue.organizations.models import Branch, Membership, Organization
from lianxue.worktasks.actions import answering, tasks
from lianxue.worktasks.fields import QuestionSpec, TaskSettings
from lianxue.worktasks.models import Answer, Question
from lianxue.worktasks.policy import Respondent
from tests.notices.makers import draft

TEXT = QuestionSpec("text", "主要做法", required=False)
NUMBER = QuestionSpec("number", "党员人数", unit="人")
CHOICE = QuestionSpec("choice", "是否开展", options=("已开展", "未开展"))
DATE = QuestionSpec("date", "开展日期", required=False)
FILE = QuestionSpec("file", "现场照片", required=False)
SPECS = (NUMBER, CHOICE, TEXT, DATE, FILE)


def in_days(days: float) -> datetime:
    """A moment so many days ahead."""
    return timezone.now() + timedelta(days=days)


def draft_task(
    actor: User,
    organization: Organization,
    specs: Sequence[QuestionSpec] = SPECS,
    respondents: str = "units",
    **text: Any,
) -> Notice:
    """A draft that asks ``specs``; ``text`` as ``DraftText``."""
    values = {"title": "关于报送党员情况的通知", "deadline": in_days(7), **text}
    notice = draft(actor, organization, "form", **values)
    tasks.set_questions(actor, notice.pk, TaskSettings(respondents), specs)
    notice.refresh_from_db()
    return notice


def sent_task(
    actor: User,
    organization: Organization,
    audience: Audience,
    specs: Sequence[QuestionSpec] = SPECS,
    respondents: str = "units",
    **text: Any,
) -> Relay:
    """A task that was sent: the sender's relay."""
    notice = draft_task(actor, organization, specs, respondents, **text)
    return sending.send(actor, notice.pk, audience)


def questions(notice: Notice | int) -> dict[str, Question]:
    """What it asks, by kind."""
    pk = notice if isinstance(notice, int) else notice.pk
    return {row.kind: row for row in Question.objects.filter(task=pk).order_by("-position")}


def values(relay: Relay, number: str = "128", choice: str = "已开展") -> dict[int, str]:
    """What fills in what has to be filled in of ``SPECS``."""
    asked = questions(relay.notice_id)
    given = {"number": number, "choice": choice}
    return {asked[kind].pk: text for kind, text in given.items() if kind in asked}


def who(thing: Membership | Organization | Branch) -> str:
    """A respondent's text."""
    return str(Respondent.of(thing))


def submitted(
    user: User,
    relay: Relay,
    thing: Membership | Organization | Branch,
    number: str = "128",
) -> Answer:
    """An answer handed in for ``thing``."""
    return answering.submit(user, relay.pk, who(thing), values(relay, number), None)


def put_answer(relay: Relay, thing: Membership, state: str = "submitted") -> Answer:
    """An answer's row without the actions; for many."""
    moment = timezone.now()
    return Answer(
        task_id=relay.notice_id,
        relay=relay,
        respondent=who(thing),
        membership=thing,
        name=thing.name,
        state=state,
        version=1,
        changed_at=moment,
        submitted_at=None if state == "draft" else moment,
    )
