"""The recording, the document and the pictures of an item, for who may read it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from lianxue.shared.errors import NotFound


@login_required
@require_safe
def file(request: HttpRequest, item_id: int, file_id: int) -> HttpResponseBase:
    """One file of an item, whole or a range of it."""
    raise NotFound
