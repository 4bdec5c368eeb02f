"""What runs by itself for accounts."""

from lianxue.shared.jobs.registry import Every, Schedule, job

from .actions import users


@job(deadline=120)
def purge() -> None:
    """Clear away old codes, counters and sessions."""
    users.purge_expired()


SCHEDULES = [Schedule("accounts.purge", purge, Every(minutes=10))]
