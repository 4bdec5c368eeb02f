"""消息: what waits for the reader, then the system's messages."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lianxue.audit.actions import Subject
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page

from . import actions, queries

#: The places that a signed-in person holds; ``config.urls`` hands in the app that knows the roles.
PlacesOf = Callable[[Any], list[str]]


def _reader(request: HttpRequest) -> Subject:
    """The signed-in person; accounts stands above, so it is known here by what it can do."""
    return cast("Subject", request.user)  # login_required


@require_safe
@login_required
def home(request: HttpRequest, places_of: PlacesOf) -> HttpResponse:
    """The 消息 tab: open todos of all my places first, my messages below."""
    reader = _reader(request)
    todos = paginate(queries.open_todos(places_of(reader)), request.GET.get("todo", 1), size=10)
    messages = paginate(
        queries.messages_of(actions.user_place(reader.pk)), request.GET.get("page", 1)
    )
    return page(request, "inbox/mobile/home.html", {"todos": todos, "notes": messages})


@require_safe
@login_required
def message(request: HttpRequest, places_of: PlacesOf, item_id: int) -> HttpResponse:
    """One message in full; opening it is reading it."""
    item = actions.mark_read(_reader(request), item_id)
    return page(request, "inbox/mobile/message.html", {"item": item})
