"""消息: what waits for the reader, then the system's messages."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page

from . import actions, queries

#: The places that a user holds; ``config.urls`` hands in the app above that knows the roles.
PlacesOf = Callable[[User], list[str]]


@require_safe
@login_required
def home(request: HttpRequest, places_of: PlacesOf) -> HttpResponse:
    """The 消息 tab: open todos of all my places first, my messages below."""
    user = current_user(request)
    todos = paginate(queries.open_todos(places_of(user)), request.GET.get("todo", 1), size=10)
    messages = paginate(
        queries.messages_of(actions.user_place(user.pk)), request.GET.get("page", 1)
    )
    return page(request, "inbox/mobile/home.html", {"todos": todos, "notes": messages})


@require_safe
@login_required
def message(request: HttpRequest, places_of: PlacesOf, item_id: int) -> HttpResponse:
    """One message in full; opening it is reading it."""
    user = current_user(request)
    item = actions.mark_read(user, item_id)
    return page(request, "inbox/mobile/message.html", {"item": item})
