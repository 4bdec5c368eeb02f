"""How an app declares its jobs and when they run.

In an app's ``jobs.py``::

    @job(deadline=60)
    def purge() -> None: ...

    SCHEDULES = [Schedule("accounts.purge", purge, Every(minutes=10))]

and ``config/schedules.py`` gathers the lists.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django_tasks import task
from django_tasks.base import Task


@dataclass(frozen=True)
class Limits:
    """What one job may take: seconds per attempt, and attempts."""

    deadline: float = 300
    attempts: int = 5


_limits: dict[str, Limits] = {}


def job(
    *, deadline: float = 300, attempts: int = 5, priority: int = 0
) -> Callable[[Callable[..., Any]], Task[..., Any]]:
    """Declare a background job: idempotent, arguments of JSON types (ids, not objects).

    ``deadline`` is in seconds per attempt; after ``attempts`` failed ones it stays failed.
    """

    def declare(function: Callable[..., Any]) -> Task[..., Any]:
        declared: Task[..., Any] = task(priority=priority)(function)
        _limits[declared.module_path] = Limits(deadline, attempts)
        return declared

    return declare


def limits_of(task_path: str) -> Limits:
    """The limits of a job; the usual ones for a plain ``@task``, or one that is gone."""
    return _limits.get(task_path, Limits())


class Every:
    """A slot each so many seconds or minutes, counted from the epoch."""

    def __init__(self, *, seconds: int = 0, minutes: int = 0) -> None:
        self.seconds = seconds + 60 * minutes
        if self.seconds < 1:
            raise ValueError("at least one second between slots")

    def slot(self, moment: datetime) -> datetime:
        """The slot that ``moment`` lies in, by its beginning."""
        past = int(moment.timestamp())
        return datetime.fromtimestamp(past - past % self.seconds, UTC)


class Daily:
    """One slot a day, at an hour and minute of the site's time zone (Asia/Shanghai)."""

    def __init__(self, hour: int, minute: int = 0) -> None:
        self.at = time(hour, minute)

    def slot(self, moment: datetime) -> datetime:
        """The slot that ``moment`` lies in, by its beginning."""
        zone = timezone.get_default_timezone()
        day = moment.astimezone(zone).date()
        begins = datetime.combine(day, self.at, zone)
        if begins > moment:
            begins = datetime.combine(day - timedelta(days=1), self.at, zone)
        return begins


@dataclass(frozen=True)
class Schedule:
    """A job without arguments and its slots. ``name`` stays the same for good."""

    name: str
    task: Task[..., Any]
    when: Every | Daily
