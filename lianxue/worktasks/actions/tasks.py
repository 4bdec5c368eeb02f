"""What a task asks: its questions, and what that means for sending it (``notices.extensions``)."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from lianxue.accounts.models import Actor
from lianxue.audit.actions import record, register_details, register_events
from lianxue.notices.actions import drafts
from lianxue.notices.extensions import Extension, register_extension
from lianxue.notices.models import Notice, Relay
from lianxue.notices.queries.keeping import get_kept
from lianxue.organizations.models import Membership, Organization
from lianxue.shared.errors import InvalidInput, StateConflict

from .. import fields
from ..fields import QuestionSpec, TaskSettings
from ..models import Question, WorkTask
from ..policy import MEMBERS
from ..queries.earlier import asked_before
from ..queries.unanswered import unanswered

register_events({"task.questions_set": "设置了任务要填写的内容"})
register_details({"questions": "问题数", "respondents": "由谁答复"})


@transaction.atomic
def set_questions(
    actor: Actor, notice_id: int, settings: TaskSettings, specs: Sequence[QuestionSpec]
) -> WorkTask:
    """What a draft asks, by whom it is answered; in place of what it asked before.

    Makes it a task or a form (``fields.kind_of``), and one that subordinates hand on to their
    members when members answer. Raises NotFound, PermissionDenied, StateConflict when it was sent
    or is a plain notice, InvalidInput as ``fields.clean_specs`` and ``fields.clean_settings``.
    """
    get_kept(actor, notice_id)  # who may not is told that, not what is wrong with the questions
    fields.clean_settings(settings)
    clean = fields.clean_specs(specs)
    notice = drafts.set_kind(
        actor, notice_id, fields.kind_of(clean), pass_on=settings.respondents == MEMBERS
    )
    task, _ = WorkTask.objects.update_or_create(
        notice=notice,
        defaults={
            "respondents": settings.respondents,
            "period": settings.period,
            "sms_before_deadline": settings.sms_before_deadline,
        },
    )
    _replace(task, clean)
    record(
        actor,
        "task.questions_set",
        target=notice,
        organization_id=notice.organization_id,
        data={
            "name": notice.title or "（还没有标题）",
            "questions": len(clean),
            "respondents": WorkTask.Respondents(settings.respondents).label,
        },
    )
    return task


def _replace(task: WorkTask, specs: Sequence[QuestionSpec]) -> None:
    Question.objects.filter(task=task).delete()
    Question.objects.bulk_create(
        [
            Question(
                task=task,
                position=position,
                kind=spec.kind,
                label=spec.label,
                hint=spec.hint,
                required=spec.required,
                unit=spec.unit,
                options=list(spec.options),
                key=fields.question_key(spec),
            )
            for position, spec in enumerate(specs)
        ]
    )


def task_of(notice: Notice) -> WorkTask | None:
    """What the notice asks, None before anything was set."""
    return WorkTask.objects.filter(notice=notice).prefetch_related("questions").first()


def check(notice: Notice) -> None:
    """That a draft can be sent as a task: it asks something. Raises StateConflict (task-empty)."""
    task = task_of(notice)
    if task is None or not task.questions.all():
        raise StateConflict("还没有设置要填写的内容，请先添加问题。", code="task-empty")


def own(notice: Notice, chosen: str) -> str:
    """For units the chosen branches answer as units; members are asked as they are chosen.

    Raises InvalidInput at ``own`` for everybody of the organisation, who is no unit.
    """
    task = task_of(notice)
    if task is not None and task.respondents == MEMBERS:
        return chosen
    if chosen == Relay.Own.WHOLE:
        raise InvalidInput.at("own", "这项任务由单位答复，请选择由哪些支部答复。")
    return Relay.Own.UNITS if chosen == Relay.Own.BRANCHES else chosen


def lines(notice: Notice, reader: Organization) -> list[str]:
    """What is said of it to ``reader``, a sentence each: of what was asked before, that alone which
    ``reader`` asked, or was asked, itself."""
    task = task_of(notice)
    if task is None:
        return ["还没有设置要填写的内容。"]
    questions = sorted(task.questions.all(), key=lambda row: row.position)
    labels = "、".join(f"“{row.label}”" for row in questions[:5])
    more = "等" if len(questions) > 5 else ""
    who = (
        "由收到的成员每人答复一份，答复只有本人所在组织的管理员能看到。"
        if task.respondents == MEMBERS
        else "由收到的每个单位答复一份。"
    )
    specs = [fields.spec_of(row) for row in questions]
    before = asked_before(reader, specs, task.period, but=notice.pk)
    word = WorkTask.Period(task.period).label
    return [
        who,
        f"要填写 {len(questions)} 项：{labels}{more}。",
        *(
            f"“{asked.label}”{word}已在《{asked.task_title}》（{asked.organization_name}）中问过，"
            "已经填过的会直接带出来。"
            for _, asked in sorted(before.items())
        ),
    ]


def copy(source: Notice, target: Notice) -> None:
    """Take settings and questions over to a draft made from ``source``."""
    task = task_of(source)
    if task is None:
        return
    made = WorkTask.objects.create(
        notice=target,
        respondents=task.respondents,
        period=task.period,
        sms_before_deadline=task.sms_before_deadline,
    )
    rows = sorted(task.questions.all(), key=lambda row: row.position)
    _replace(made, [fields.spec_of(row) for row in rows])


def reminded(relay: Relay) -> QuerySet[Membership, Any]:
    """Whom a text message before the deadline goes to, when the author asked for it."""
    task = task_of(relay.notice)
    rows = unanswered(relay)
    return rows if task is not None and task.sms_before_deadline else rows.none()


# here, not with the addresses: jobs and the command line ask it too
register_extension(
    (Notice.Kind.TASK, Notice.Kind.FORM),
    Extension(
        step="worktasks:questions",
        check=check,
        own=own,
        lines=lines,
        copy=copy,
        target="worktasks:task",
        progress="worktasks:progress",
        unanswered=reminded,
    ),
)
