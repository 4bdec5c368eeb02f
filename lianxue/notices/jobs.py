"""What runs by itself for notices. (The counting of a subtree is a job of its action.)"""

from lianxue.shared.jobs.registry import Every, Schedule, job

from .actions import texting


@job(deadline=60)
def resume_texts() -> None:
    """Take up text messages whose sending was broken off."""
    texting.resume()


SCHEDULES = [Schedule("notices.resume_texts", resume_texts, Every(minutes=10))]
