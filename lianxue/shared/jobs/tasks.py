"""The jobs that keep the job tables themselves small."""

from datetime import timedelta

from django_tasks_db.models import DBTaskResult

from lianxue.shared.clock import now

from .models import WorkerBeat
from .registry import Daily, Schedule, job

KEEP_RESULTS = timedelta(days=14)
KEEP_BEATS = timedelta(days=1)


@job(deadline=120)
def prune() -> None:
    """Drop finished tasks of more than two weeks ago, and workers that died long ago."""
    DBTaskResult.objects.finished().filter(finished_at__lt=now() - KEEP_RESULTS).delete()
    WorkerBeat.objects.filter(seen_at__lt=now() - KEEP_BEATS).delete()


SCHEDULES = [Schedule("shared.prune", prune, Daily(3, 40))]
