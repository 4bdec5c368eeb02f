"""What the frame around every page shows of the person who looks: how much waits for them."""

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from lianxue.accounts.models import User
from lianxue.inbox.queries import count_waiting, open_todos
from lianxue.organizations.queries import places_of


def waiting(request: HttpRequest) -> dict[str, Any]:
    """What waits at all my places, counted when shown (two statements each).

    ``waiting_count``: open todos and unread messages, for the phone's 消息; ``waiting_todos``: open
    todos alone, for the console's 待办; ``runs_console``: whether the person administers a whole
    organisation or serves the site, for the way to the console on a wide screen. They stand here
    because the inbox does not know who administers what.
    """
    user = getattr(request, "user", None)

    @cache
    def places() -> list[str]:
        return places_of(user) if isinstance(user, User) else []

    def everything() -> int:
        return count_waiting(places()) if places() else 0

    def todos() -> int:
        return open_todos(places()).count() if places() else 0

    return {
        "runs_console": SimpleLazyObject(lambda: len(places()) > 1),
        "waiting_count": SimpleLazyObject(everything),
        "waiting_todos": SimpleLazyObject(todos),
    }
