"""What runs by itself for contacts."""

from lianxue.shared.jobs.registry import Every, Schedule, job

from .actions import groups


@job(deadline=120)
def tidy_groups() -> None:
    """Take out of internal groups who has left the organisation; find ownerless groups an owner."""
    groups.tidy_groups()


SCHEDULES = [Schedule("contacts.tidy_groups", tidy_groups, Every(minutes=10))]
