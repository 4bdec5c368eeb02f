"""What runs by itself for files."""

from lianxue.shared.jobs.registry import Daily, Schedule, job

from . import actions


@job(deadline=900)
def purge() -> None:
    """Clear away the files that nothing refers to."""
    actions.purge()


SCHEDULES = [Schedule("files.purge", purge, Daily(3, 40))]
