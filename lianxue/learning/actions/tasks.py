"""What a learning task asks for: its contents, and what that means for sending it
(``notices.extensions``)."""

from collections.abc import Sequence

from django.db import transaction

from lianxue.accounts.models import Actor
from lianxue.audit.actions import record, register_details, register_events
from lianxue.notices.extensions import Extension, register_extension
from lianxue.notices.models import Notice
from lianxue.notices.queries.keeping import get_kept
from lianxue.organizations.models import Organization
from lianxue.shared.errors import InvalidInput, StateConflict

from ..models import ContentItem, LearningTask, Quiz, QuizPart, TaskContent
from ..queries.quizzes import quiz_of
from ..queries.tasks import choosable, contents_of
from ..queries.unfinished import unfinished
from . import quizzes
from .task_drafts import open_draft

register_events({"learning_task.contents_set": "设置了学习任务的内容"})
register_details({"contents": "学习内容"})

#: More is no task any more, but a library.
MAX_CONTENTS = 50
_GONE = "选定的内容里有的已下架或本组织看不到，请重新选择。"


@transaction.atomic
def set_contents(actor: Actor, notice_id: int, item_ids: Sequence[int]) -> LearningTask:
    """What a draft asks people to learn, in this order, in place of what it asked before; none is
    allowed (a quiz alone).

    Raises NotFound, PermissionDenied, StateConflict when it was sent or is no learning task,
    InvalidInput at ``items``: too many, twice the same, or what the organisation does not see.
    """
    seen, _ = get_kept(actor, notice_id)  # who may not is told that, not what is wrong
    items = _found(seen.organization, item_ids)
    task = open_draft(actor, notice_id)
    if [row.item_id for row in contents_of(task.notice)] == [item.pk for item in items]:
        return task
    _replace(task, [item.pk for item in items])
    record(
        actor,
        "learning_task.contents_set",
        target=task.notice,
        organization_id=task.notice.organization_id,
        data={
            "name": task.notice.title or "（还没有标题）",
            "contents": _titles([item.title for item in items]) or "无",
        },
    )
    return task


def _found(organization: Organization, item_ids: Sequence[int]) -> list[ContentItem]:
    """The items in their order. Raises InvalidInput at ``items``."""
    if len(item_ids) > MAX_CONTENTS:
        raise InvalidInput.at("items", f"一个任务最多选 {MAX_CONTENTS} 项内容。")
    wanted = [pk for pk in item_ids if 0 < pk < 2**63]
    rows = {item.pk: item for item in choosable(organization).filter(pk__in=wanted)}
    if len(rows) != len(item_ids):
        raise InvalidInput.at("items", _GONE)
    return [rows[pk] for pk in wanted]


def _there(organization: Organization, item_ids: Sequence[int]) -> list[int]:
    """Those of the items, in their order, that ``organization`` may ask for now."""
    there = set(choosable(organization).filter(pk__in=item_ids).values_list("pk", flat=True))
    return [pk for pk in item_ids if pk in there]


def _replace(task: LearningTask, item_ids: Sequence[int]) -> None:
    TaskContent.objects.filter(task=task).delete()
    TaskContent.objects.bulk_create(
        [
            TaskContent(task=task, item_id=pk, position=position)
            for position, pk in enumerate(item_ids)
        ]
    )


def check(notice: Notice) -> None:
    """That a draft can be sent as a learning task: there is something to do, and it is there.

    Raises StateConflict (learning-empty, learning-gone), and as ``quizzes.need_sendable``.
    """
    contents = contents_of(notice)
    # what was withdrawn since, or is no longer for this organisation: a task would open it to all
    # whom it reaches
    there = set(_there(notice.organization, [row.item_id for row in contents]))
    gone = [row.item.title for row in contents if row.item_id not in there]
    if gone:
        raise StateConflict(
            f"{_titles(gone)}已下架，或不再对本组织开放，请从任务里移除，或换成别的内容。",
            code="learning-gone",
        )
    if quiz_of(notice) is not None:
        quizzes.need_sendable(notice)
    elif not contents:
        raise StateConflict("还没有选择学习内容，也没有测验，请先选择。", code="learning-empty")


def lines(notice: Notice, reader: Organization) -> list[str]:
    """What is said of it to the administrators of ``reader``, a sentence each."""
    contents = contents_of(notice)
    said = ["收到的成员每人完成；完成情况只有本人所在组织的管理员能看到名字，上级只看数字。"]
    if contents:
        titles = _titles([row.item.title for row in contents])
        said.append(f"要学习 {len(contents)} 项内容：{titles}。")
    return said + quizzes.lines_of(notice)


def copy(source: Notice, target: Notice) -> None:
    """Take what can still be learned, and the quiz, over to a draft made from ``source``."""
    task = LearningTask.objects.create(notice=target)
    _replace(task, _there(target.organization, [row.item_id for row in contents_of(source)]))
    quiz = quiz_of(source)
    if quiz is None:
        return
    parts = list(quiz.parts.order_by("position"))
    made = Quiz.objects.create(
        task=task, pass_percent=quiz.pass_percent, attempts=quiz.attempts, answers=quiz.answers
    )
    QuizPart.objects.bulk_create(
        [
            QuizPart(
                quiz=made,
                position=part.position,
                bank_id=part.bank_id,
                kind=part.kind,
                count=part.count,
                question_id=part.question_id,
                score=part.score,
            )
            for part in parts
        ]
    )


def _titles(titles: Sequence[str]) -> str:
    """《一》《二》等 5 项."""
    head = "".join(f"《{title}》" for title in titles[:3])
    return head if len(titles) <= 3 else f"{head}等 {len(titles)} 项"


# here, not with the addresses: jobs and the command line ask it too
register_extension(
    (Notice.Kind.LEARNING,),
    Extension(
        step="learning:contents",
        check=check,
        lines=lines,
        copy=copy,
        target="learning:task",
        progress="learning:task_progress",
        unanswered=unfinished,
    ),
)
