"""Claiming a task, keeping it, ending it; and taking it back from a worker that died.

Every change is a compare-and-set on the lease (worker and attempt), so that a worker which lost
its lease can't overwrite what its successor did. SQLite has no SKIP LOCKED: there its IMMEDIATE
transactions let one claimer in at a time.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django_tasks.base import TaskResultStatus
from django_tasks.utils import normalize_json
from django_tasks_db.models import DBTaskResult

from lianxue.shared.clock import now

from .models import JobLease
from .registry import limits_of

logger = logging.getLogger(__name__)

BACKOFF_SECONDS = 10.0
BACKOFF_LIMIT = 3600.0
BACKEND = "default"


class LeaseExpired(Exception):
    """The worker stopped answering in the middle of the task, on its last attempt."""


@dataclass(frozen=True)
class Claim:
    """A task in the hands of one worker."""

    task: DBTaskResult[..., Any]
    worker: str
    attempt: int


def claim(worker: str, lease_seconds: float) -> Claim | None:
    """Take the next task that is ready, if there is one."""
    ready = DBTaskResult.objects.ready().filter(backend_name=BACKEND)
    if not ready.exists():  # on SQLite looking needs no write lock
        return None
    with transaction.atomic():
        task = ready.select_for_update(skip_locked=True).first()
        if task is None:
            return None
        moment = now()
        taken = DBTaskResult.objects.filter(pk=task.pk, status=TaskResultStatus.READY).update(
            status=TaskResultStatus.RUNNING,
            started_at=moment,
            worker_ids=[*task.worker_ids, worker],
        )
        if not taken:
            return None
        JobLease.objects.get_or_create(task_id=task.pk, defaults={"worker": worker})
        JobLease.objects.filter(task_id=task.pk).update(
            worker=worker,
            attempts=F("attempts") + 1,
            lease_until=moment + timedelta(seconds=lease_seconds),
        )
        task.refresh_from_db()
        return Claim(task, worker, JobLease.objects.get(task_id=task.pk).attempts)


def renew(claimed: Claim, lease_seconds: float) -> bool:
    """Keep the task for so many seconds from now. False: it is somebody else's already."""
    until = now() + timedelta(seconds=lease_seconds)
    return bool(_held(claimed).update(lease_until=until))


def finish(claimed: Claim, value: Any) -> bool:
    """The task is done. False: the lease was lost on the way, so this result does not count.

    Raises TypeError when ``value`` is not of JSON types.
    """
    plain = normalize_json(value)
    with transaction.atomic():
        if not _release(claimed):
            return False
        claimed.task.set_successful(plain)
    return True


def fail(claimed: Claim, error: BaseException) -> bool:
    """The attempt failed: the task comes back after a while, or stays failed after its last."""
    with transaction.atomic():
        if not _release(claimed):
            return False
        claimed.task.set_failed(error)
        _back_off(claimed.task, claimed.attempt)
    return True


def hand_back(claimed: Claim) -> bool:
    """The worker has to stop: the task is ready again at once, and the attempt does not count."""
    with transaction.atomic():
        if not _held(claimed).update(lease_until=None, attempts=F("attempts") - 1):
            return False
        DBTaskResult.objects.filter(pk=claimed.task.pk).update(status=TaskResultStatus.READY)
    return True


def reap() -> int:
    """Take back every task whose lease ran out (its worker was killed). How many they were."""
    reaped = 0
    expired = JobLease.objects.filter(
        lease_until__lt=now(), task__status=TaskResultStatus.RUNNING
    ).select_related("task")
    for lease in expired:
        with transaction.atomic():
            mine = JobLease.objects.filter(pk=lease.pk, lease_until=lease.lease_until)
            if not mine.update(lease_until=None):
                continue  # renewed, or another worker's reaper was first
            task = lease.task
            task.set_failed(LeaseExpired(f"worker {lease.worker} stopped answering"))
            _back_off(task, lease.attempts)
        reaped += 1
        logger.warning("task %s taken back from worker %s", task.pk, lease.worker)
    return reaped


def retry_at(attempt: int) -> datetime:
    """When a task is tried again after its ``attempt``-th failure."""
    return now() + timedelta(seconds=min(BACKOFF_SECONDS * 2 ** (attempt - 1), BACKOFF_LIMIT))


def _back_off(task: DBTaskResult[..., Any], attempt: int) -> None:
    """Make a failed task ready again, later, unless this was its last attempt."""
    if attempt < limits_of(task.task_path).attempts:
        DBTaskResult.objects.filter(pk=task.pk).update(
            status=TaskResultStatus.READY, finished_at=None, run_after=retry_at(attempt)
        )


def _held(claimed: Claim) -> Any:
    return JobLease.objects.filter(
        task_id=claimed.task.pk,
        worker=claimed.worker,
        attempts=claimed.attempt,
        lease_until__isnull=False,
    )


def _release(claimed: Claim) -> bool:
    return bool(_held(claimed).update(lease_until=None))
