"""What the frame around every page shows of the person who looks: how much waits for them."""

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from lianxue.accounts.models import User
from lianxue.inbox.queries import count_waiting, open_todos
from lianxue.organizations.queries import places_of
from lianxue.shared.nav import Waiting

from .waiting import waiting_lines


def waiting(request: HttpRequest) -> dict[str, Any]:
    """What waits at all my places, counted when shown (two statements each, and the apps' own).

    ``waiting_count``: open todos, unread messages and what ``waiting_lines`` count, for the phone's
    消息; ``waiting_todos``: open todos and the lines that the console has a page for, for its 待办;
    ``runs_console``: whether the person administers a whole organisation or serves the site, for
    the way to the console on a wide screen. They stand here because the inbox does not know who
    administers what.
    """
    user = getattr(request, "user", None)

    @cache
    def places() -> list[str]:
        return places_of(user) if isinstance(user, User) else []

    @cache
    def lines() -> list[Waiting]:
        return waiting_lines(user) if isinstance(user, User) else []

    def everything() -> int:
        if not places():
            return 0
        return count_waiting(places()) + sum(line.count for line in lines())

    def todos() -> int:
        if not places():
            return 0
        own = sum(line.count for line in lines() if line.console_href)
        return open_todos(places()).count() + own

    return {
        "waiting_lines": SimpleLazyObject(lines),
        "runs_console": SimpleLazyObject(lambda: len(places()) > 1),
        "waiting_count": SimpleLazyObject(everything),
        "waiting_todos": SimpleLazyObject(todos),
    }
