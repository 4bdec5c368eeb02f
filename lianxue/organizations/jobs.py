"""What runs by itself for organisations. (The writing of an import is a job of its action.)"""

from lianxue.shared.jobs.registry import Daily, Schedule, job

from .actions import imports


@job(deadline=300)
def purge_imports() -> None:
    """Clear away the rows of old imports."""
    imports.purge()


SCHEDULES = [Schedule("organizations.purge_imports", purge_imports, Daily(4, 10))]
