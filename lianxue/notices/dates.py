"""What stands in a person's calendar (任务日历): each app gives its own dates.

Notices stand below what has dates of its own (tasks, learning, activities), so the apps above
register theirs, as they register what they add to a notice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lianxue.accounts.models import User

from .policy import Seat


@dataclass(frozen=True)
class Dated:
    """One thing on one day. ``uid`` is the same at every reading ("task-12-m:5"). ``word``: what it
    is (工作任务); ``second``: who asks. ``ends`` None: it is a deadline. ``href``: its page.
    """

    uid: str
    at: datetime
    title: str
    word: str
    icon: str
    href: str
    second: str = ""
    done: bool = False
    ends: datetime | None = None


#: The user's dates from the first moment on, before the second, at most ``MOST`` of them.
Source = Callable[[User, list[Seat], datetime, datetime], list[Dated]]
#: As many of one source are shown in one month, or go into one feed.
MOST = 300

_SOURCES: list[Source] = []


def register_dates(source: Source) -> None:
    """Make a source known; in the calendar they stand by time, whatever the order."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def dates_of(user: User, seats: list[Seat], since: datetime, until: datetime) -> list[Dated]:
    """All that stands in the user's calendar in that time, by time. ``seats``: all of the user's.

    As many statements as the sources take, whatever they find.
    """
    found = [one for source in _SOURCES for one in source(user, seats, since, until)]
    return sorted(found, key=lambda one: (one.at, one.uid))
