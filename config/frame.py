"""What the frame around every page shows of the person who looks: how much waits for them."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from lianxue.accounts.models import User
from lianxue.inbox.queries import count_waiting
from lianxue.organizations.queries import places_of


def waiting(request: HttpRequest) -> dict[str, Any]:
    """``waiting_count``: open todos and unread messages of all my places, counted when shown.

    It stands here because the inbox does not know who administers what (two statements).
    """

    def count() -> int:
        user = getattr(request, "user", None)
        return count_waiting(places_of(user)) if isinstance(user, User) else 0

    return {"waiting_count": SimpleLazyObject(count)}
