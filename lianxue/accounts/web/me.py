"""我的: who I am here, and the doors to my own settings."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts import queries
from lianxue.accounts.actions import security, users
from lianxue.accounts.current import current_user
from lianxue.shared.clock import today
from lianxue.shared.web import page, redirect_to


@login_required
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """我的 (manual 1.4: the avatar at the top right leads here)."""
    return page(request, "accounts/mobile/me.html")


@login_required
@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    """个人资料 (manual 1.4: the avatar once more leads here), with 个人实名认证."""
    latest = queries.latest_realname_request(current_user(request))
    return page(request, "accounts/mobile/profile.html", {"latest": latest})


@login_required
@require_safe
def appearance(request: HttpRequest) -> HttpResponse:
    """外观: elder view and colours."""
    return page(request, "accounts/mobile/appearance.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def privacy(request: HttpRequest) -> HttpResponse:
    """隐私: whether others find me by my number; a choice that is not sent is none."""
    user = current_user(request)
    error = ""
    if request.method == "POST":
        findable = {"yes": True, "no": False}.get(request.POST.get("findable", ""))
        if findable is None:
            error = "请选择“允许”或“不允许”。"
        else:
            users.set_findable(user, findable)
            messages.success(request, "已保存。")
            return redirect_to(reverse("accounts:privacy"), request)
    context = {"findable": user.findable_by_phone, "error": error}
    return page(request, "accounts/mobile/privacy.html", context, status=422 if error else 200)


@login_required
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """我的个人信息: what is kept about me, and a file of it."""
    kept = queries.export_of(current_user(request), whole=False)
    return page(request, "accounts/mobile/data.html", {"kept": kept})


@login_required
@never_cache
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The same as a JSON file (Personal Information Protection Law 45); audited."""
    user = current_user(request)
    security.record_export(user)
    response = JsonResponse(
        queries.export_of(user), json_dumps_params={"ensure_ascii": False, "indent": 2}
    )
    response["Content-Disposition"] = f'attachment; filename="lianxue-{today():%Y%m%d}.json"'
    return response
