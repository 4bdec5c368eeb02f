"""Search of the library, while one types where scripts run."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page

from ..queries.excerpts import excerpts
from ..queries.search import search as find

_LONGEST = 40


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What the words in ``?q=`` stand in, the newest first; htmx gets the list alone."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:_LONGEST]
    user = current_user(request)
    items = paginate(find(user, text), request.GET.get("page", 1)) if text else None
    context = {
        "text": text,
        "items": items,
        "excerpts": excerpts([item.pk for item in items.items], text) if items else {},
    }
    part = (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-History-Restore-Request") != "true"
    )
    response = page(request, f"learning/mobile/{'_found' if part else 'search'}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response
