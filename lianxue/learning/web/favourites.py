"""我的收藏: what somebody keeps to find it again."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from ..actions import favourites as actions
from ..queries import library


@login_required
@require_safe
def favourites(request: HttpRequest) -> HttpResponse:
    """What I keep, the last kept first."""
    rows = library.favourites(current_user(request))
    context = {"items": paginate(rows, request.GET.get("page", 1))}
    return page(request, "learning/mobile/favourites.html", context)


@login_required
@require_POST
def favourite(request: HttpRequest, item_id: int) -> HttpResponse:
    """收藏, or with ``undo`` no more; htmx gets the button anew, others the item's page."""
    user = current_user(request)
    kept = request.POST.get("undo") != "on"
    (actions.keep if kept else actions.drop)(user, item_id)
    if request.headers.get("HX-Request") == "true":
        context = {"item": library.get_readable(user, item_id), "favoured": kept}
        return page(request, "learning/mobile/_favourite.html", context)
    messages.success(request, "已收藏，在“学习”的“我的收藏”里。" if kept else "已取消收藏。")
    return redirect_to(reverse("learning:item", args=[item_id]), request)
