"""What the whole site keeps about a person: each app above adds its own part (PIPL 44, 45).

Accounts stand below the apps that keep the rest, so these register their source, as they register
the words of their audit events.
"""

from collections.abc import Callable
from typing import Any

from .models import User

#: Gives headings with a value, or with a list of rows (words with values). ``whole``: for the file
#: that the person takes away, every row; else for a page, long lists as their number.
Source = Callable[[User, bool], dict[str, Any]]

_SOURCES: dict[str, Source] = {}


def register_kept(app: str, source: Source) -> None:
    """Make ``app``'s part known; the parts stand in the order of their registration."""
    _SOURCES[app] = source


def kept_by_apps(user: User, *, whole: bool) -> dict[str, Any]:
    """What the apps above accounts keep about ``user``."""
    found: dict[str, Any] = {}
    for source in _SOURCES.values():
        found |= source(user, whole)
    return found
