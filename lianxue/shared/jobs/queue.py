"""Asking for a job that is asked for often and need run once."""

from typing import Any

from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult


def enqueue_once(task: Task[..., Any], *args: Any) -> bool:
    """Enqueue ``task`` unless the same one, with the same arguments, waits or runs already.

    Two requests at the same moment may both enqueue it: the job is idempotent. Returns whether it
    was enqueued.
    """
    waiting = DBTaskResult.objects.filter(
        status__in=[TaskResultStatus.READY, TaskResultStatus.RUNNING],
        task_path=task.module_path,
        args_kwargs={"args": list(args), "kwargs": {}},
    )
    if waiting.exists():
        return False
    task.enqueue(*args)
    return True
