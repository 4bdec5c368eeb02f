"""减负: what was answered before to the same question, and what was asked before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from lianxue.notices.models import Notice
from lianxue.notices.policy import incoming
from lianxue.organizations.models import Organization

from .. import fields
from ..fields import QuestionSpec
from ..models import AnswerValue, Question, WorkTask
from ..policy import HANDED_IN


@dataclass(frozen=True)
class Earlier:
    """What the same respondent answered to the same question in another task: when, and where."""

    text: str
    task_title: str
    at: datetime


@dataclass(frozen=True)
class Asked:
    """That a question was asked already this period: by whom, in which task, when."""

    label: str
    task_title: str
    organization_name: str
    at: datetime
    notice_id: int


def earlier_answers(task: WorkTask, respondent: object) -> dict[int, Earlier]:
    """What can be offered to ``respondent`` (or its text), by the id of the task's question.

    Of answers handed in since the task's period began, the latest to each question; an answer that
    the respondent returns to is not offered (returned, taken back).
    """
    questions = {row.key: row for row in task.questions.all() if row.key}
    if not questions:
        return {}
    rows = (
        AnswerValue.objects.filter(
            question__key__in=list(questions),
            answer__respondent=str(respondent),
            answer__state__in=HANDED_IN,
            answer__submitted_at__gte=fields.period_start(task.period),
        )
        .exclude(answer__task=task)
        .exclude(text="")
        .order_by("answer__submitted_at", "pk")
        .select_related("answer__task__notice", "question")
    )
    found: dict[int, Earlier] = {}
    for row in rows:  # the latest comes last
        notice, at = row.answer.task.notice, row.answer.submitted_at
        if row.text and at is not None:
            found[questions[row.question.key].pk] = Earlier(row.text, notice.title, at)
    return found


def asked_before(
    organization: Organization,
    specs: Sequence[QuestionSpec],
    period: str,
    but: int | None = None,
) -> dict[int, Asked]:
    """Which of ``specs`` (by index) were asked since the period began: by the organisation itself,
    or from above in a task that came to it; not recalled, the latest. ``but``: the notice that asks
    now. What those above ask others is none of its business.
    """
    keys: dict[str, int] = {}
    for index, spec in enumerate(specs):
        keys.setdefault(fields.question_key(spec), index)
    keys.pop("", None)
    if not keys:
        return {}
    came = incoming(organization).filter(recalled_at=None)
    rows = (
        Question.objects.filter(
            Q(task__notice__organization=organization) | Q(task__notice__in=came.values("notice")),
            key__in=list(keys),
            task__notice__state=Notice.State.SENT,
            task__notice__sent_at__gte=fields.period_start(period),
        )
        .exclude(task=but)
        .order_by("task__notice__sent_at", "pk")
        .select_related("task__notice__organization")
    )
    found: dict[int, Asked] = {}
    for row in rows:
        notice = row.task.notice
        found[keys[row.key]] = Asked(
            row.label,
            notice.title,
            notice.organization.name,
            notice.sent_at or notice.created_at,
            notice.pk,
        )
    return found
