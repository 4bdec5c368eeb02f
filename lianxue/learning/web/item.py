"""An item of the library, as its readers see it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from lianxue.shared.errors import NotFound


@login_required
@require_safe
def item(request: HttpRequest, item_id: int) -> HttpResponse:
    """One item; opening it begins the record, a browser that fetches in advance does not."""
    raise NotFound


@login_required
@require_POST
def progress(request: HttpRequest, item_id: int) -> HttpResponse:
    """What the player or the page reports of how far somebody has come."""
    raise NotFound


@login_required
@require_POST
def finish(request: HttpRequest, item_id: int) -> HttpResponse:
    """读完了."""
    raise NotFound
