"""The recording, the document and the pictures of an item, for who may read it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.files.web import serve

from ..queries import library


@login_required
@require_safe
def file(request: HttpRequest, item_id: int, file_id: int) -> HttpResponseBase:
    """One file of an item, whole or a range of it."""
    return serve(request, library.file_for(current_user(request), item_id, file_id))
