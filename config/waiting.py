"""What waits for a person beyond the inbox: counted when shown, from each app's own rows.

A notice to a hundred thousand people writes no row for each of them, so what waits for one is asked
of the apps (``queries/waiting.py``), which are gathered here.
"""

from collections.abc import Callable

from lianxue.accounts.models import User
from lianxue.learning.queries import waiting as learning
from lianxue.notices.policy import Seat, seats_of
from lianxue.notices.queries import waiting as notices
from lianxue.shared.nav import Waiting
from lianxue.worktasks.queries import waiting as worktasks

Source = Callable[[User, list[Seat]], list[Waiting]]

SOURCES: list[Source] = [notices.lines, worktasks.lines, learning.lines]


def waiting_lines(user: User) -> list[Waiting]:
    """The lines with a count, in the order of the sources; nothing waits where nobody sits."""
    seats = seats_of(user)
    if not seats:
        return []
    return [line for source in SOURCES for line in source(user, seats) if line.count]
