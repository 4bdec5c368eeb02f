"""Rows that several processes share: counters here, the job tables in ``jobs.models``."""

from django.db import models

from .jobs.models import JobLease, ScheduleSlot, WorkerBeat

__all__ = ["JobLease", "RateLimitCounter", "ScheduleSlot", "WorkerBeat"]


class RateLimitCounter(models.Model):
    """How often one thing was tried in its window; the window begins with the first try.

    Kept in the database, so that limits hold with several processes and after a restart.
    Personal data: none; ``key`` is a keyed hash of who and what.
    """

    key = models.CharField(max_length=80, primary_key=True)
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = "频率计数"
        indexes = [models.Index(fields=["expires_at"], name="rate_limit_age")]

    def __str__(self) -> str:
        return f"{self.key[:16]} {self.count}"
