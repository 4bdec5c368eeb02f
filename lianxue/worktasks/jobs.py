"""What runs by itself for work tasks."""

from lianxue.shared.jobs.registry import Every, Schedule, job

from .actions import reminding


@job(deadline=900)
def remind_before_deadlines() -> None:
    """Text messages to who has not answered, a day before the deadline."""
    reminding.remind()


SCHEDULES = [Schedule("worktasks.remind", remind_before_deadlines, Every(minutes=30))]
