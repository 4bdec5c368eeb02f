"""A learning task while it is written: what its contents and its quiz are set on."""

from django.db import transaction

from lianxue.accounts.models import Actor
from lianxue.notices.actions import drafts
from lianxue.shared.errors import StateConflict

from ..models import LearningTask


@transaction.atomic
def open_draft(actor: Actor, notice_id: int) -> LearningTask:
    """The task of a draft, its notice locked and counted as changed; made at the first time.

    Raises NotFound, PermissionDenied, StateConflict when it was sent or is no learning task.
    """
    notice = drafts.hold(actor, notice_id)
    if not notice.is_learning:
        raise StateConflict("这不是学习任务，不能设置学习内容和测验。")
    task, _ = LearningTask.objects.get_or_create(notice=notice)
    return task
