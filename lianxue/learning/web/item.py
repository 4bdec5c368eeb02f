"""An item of the library as its readers see it, and what they and their players report of it."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.shared.errors import InvalidInput, StateConflict
from lianxue.shared.web import looks_ahead, page, redirect_to, referring_path

from .. import segments
from ..actions import records
from ..models import ContentItem, LearningRecord
from ..queries import library
from ..queries.records import entry_of, record_of, tasks_with
from .comments import below

#: What somebody has done who is through with it.
DONE_WORDS = {
    ContentItem.Kind.ARTICLE: "读完",
    ContentItem.Kind.AUDIO: "听完",
}
#: Going on there saves a recording's reader nothing any more (seconds from either end).
_NEAR_ENDS = 5


@login_required
@require_safe
def item(request: HttpRequest, item_id: int) -> HttpResponse:
    """One item; opening it begins the record, a browser that fetches in advance does not."""
    if looks_ahead(request):
        return HttpResponse(status=503)  # what is not fetched in advance is fetched when opened
    user = current_user(request)
    found = library.get_readable(user, item_id)
    if request.method == "HEAD":
        return _shown(request, found, record_of(user, found))
    return _shown(request, found, records.open_item(user, item_id))


def _shown(
    request: HttpRequest, found: ContentItem, record: LearningRecord | None, status: int = 200
) -> HttpResponse:
    user = current_user(request)
    position = record.position if record else 0
    tags, names = reverse("learning:tag"), library.tags_of(found)
    context = {
        **_state(user, found, record),
        "pictures": library.pictures_of(found) if found.kind == ContentItem.Kind.PICTURES else [],
        "tags": [(f"{tags}?{urlencode({'name': tag})}", tag, False) for tag in names],
        "tasks": tasks_with(user, found),
        "position": position,
        "start": _start(found, position),
        "back_to": _back(request, found),
        **below(user, found),
    }
    return page(request, "learning/mobile/item.html", context, status=status)


def _state(user: User, found: ContentItem, record: LearningRecord | None) -> dict[str, Any]:
    """What ``_state.html`` needs: how far, and what came of it."""
    finished = record is not None and record.finished_at is not None
    by_playing = bool(found.is_recording and found.length)
    return {
        "item": found,
        "record": record,
        "finished": finished,
        "done": DONE_WORDS.get(ContentItem.Kind(found.kind), "看完"),
        "entry": entry_of(user, found) if finished else None,
        "by_playing": by_playing,
        "played": 100 * (record.covered if record else 0) // found.length if by_playing else 0,
        "whole": segments.WHOLE,
    }


def _start(found: ContentItem, position: int) -> int:
    """Where a recording goes on, in seconds; 0: from the beginning."""
    near_end = found.length and position > found.length - _NEAR_ENDS
    return 0 if not found.is_recording or near_end or position < _NEAR_ENDS else position


def _back(request: HttpRequest, found: ContentItem) -> str:
    """The list or the task that led here, else the library; never a page of this very item."""
    home = reverse("learning:home")
    came = urlsplit(referring_path(request))
    own = reverse("learning:item", args=[found.pk])
    inside = came.path.startswith(home) and not came.path.startswith(own)
    if not inside:
        return home
    return came.path + (f"?{came.query}" if came.query else "")


@login_required
@require_POST
def progress(request: HttpRequest, item_id: int) -> HttpResponse:
    """What a player (``position``, ``seen``: ``0-15,40-52``) or a page (``position``) reports; how
    far that is, as a piece of the page."""
    user = current_user(request)
    found = library.get_readable(user, item_id)
    position = _number(request.POST.get("position", ""))
    if found.is_recording:
        parts = segments.parse(request.POST.get("seen", ""))
        record = records.played(user, item_id, position, parts)
    else:
        record = records.reached(user, item_id, position)
    return page(request, "learning/mobile/_state.html", _state(user, found, record))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise InvalidInput.at("position", "位置的格式不对，请刷新页面后继续。")
    return int(text)


@login_required
@require_POST
def finish(request: HttpRequest, item_id: int) -> HttpResponse:
    """读完了; then the page again."""
    user = current_user(request)
    found = library.get_readable(user, item_id)
    try:
        records.finish(user, item_id)
    except StateConflict as error:
        messages.error(request, error.message)
        return _shown(request, found, record_of(user, found), error.status)
    return redirect_to(reverse("learning:item", args=[item_id]) + "#item-state", request)
