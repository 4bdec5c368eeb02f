"""Rows beside django-tasks' queue: leases, workers alive, schedule slots. No personal data."""

from django.db import models
from django_tasks_db.models import DBTaskResult


class JobLease(models.Model):
    """Who works on a task, and until when it is theirs; how often it was tried.

    The lease is held while ``lease_until`` is set; ``attempts`` tells one holding from the next.
    """

    task = models.OneToOneField(
        DBTaskResult, on_delete=models.CASCADE, primary_key=True, related_name="lease"
    )
    worker = models.CharField(max_length=64)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "任务租约"
        indexes = [models.Index(fields=["lease_until"], name="job_lease_until")]

    def __str__(self) -> str:
        return f"{self.task_id} attempt {self.attempts}"


class WorkerBeat(models.Model):
    """A worker process that lives, or died without a word (``seen_at`` is old)."""

    worker = models.CharField(max_length=64, primary_key=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = "后台进程"

    def __str__(self) -> str:
        return self.worker


class ScheduleSlot(models.Model):
    """The last slot of a schedule that was enqueued; moved forward by compare-and-set."""

    name = models.CharField(max_length=60, primary_key=True)
    slot = models.DateTimeField()

    class Meta:
        verbose_name = "定时任务"

    def __str__(self) -> str:
        return f"{self.name} {self.slot:%Y-%m-%d %H:%M:%S}"
