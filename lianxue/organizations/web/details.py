"""名册信息 of a member, shown once per look and changed; 修改姓名."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.shared.errors import DomainError
from lianxue.shared.web import redirect_to

from .. import queries
from ..actions import details as actions
from ..queries.security import watermark_of
from ..roster.fields import BY_KEY, DETAIL_KEYS
from .common import FORM_ERRORS, Typed, form_page, require_covers


def _manageable(request: HttpRequest, membership_id: int, *, own: bool = False) -> dict[str, Any]:
    """A member in the reader's scope, or, where ``own`` may look, the reader."""
    user = current_user(request)
    row, power = queries.get_member(user, membership_id)
    if not (own and actions.is_own(user, row)):
        require_covers(power, row.branch)
    return {
        "member": row,
        "may_change": power.covers(row.branch),
        "organization": row.organization,
        "watermark": watermark_of(user, row.organization),
        "fields": [BY_KEY[key] for key in DETAIL_KEYS],
        "options": {key: [(word, word) for word in BY_KEY[key].choices] for key in DETAIL_KEYS},
        "shown": None,
        "version": "",
        "editing": False,
    }


@login_required
@require_safe
def member_detail(request: HttpRequest, membership_id: int) -> HttpResponse:
    """What this is, and the button that shows it."""
    context = _manageable(request, membership_id, own=True)
    return form_page(request, "organizations/mobile/member_detail.html", context)


@login_required
@never_cache
@require_POST
def member_detail_reveal(request: HttpRequest, membership_id: int) -> HttpResponse:
    """查看: the details, on this answer alone, with their form; audited."""
    found = actions.reveal(current_user(request), membership_id)
    values = Typed(found.values)
    context = _manageable(request, membership_id, own=True)
    context |= {"shown": values, "version": found.version, "values": values}
    context["editing"] = not values
    return form_page(request, "organizations/mobile/member_detail.html", context)


@login_required
@never_cache
@require_POST
def member_detail_change(request: HttpRequest, membership_id: int) -> HttpResponse:
    """保存: every field as the form has it; what is wrong is said beside its field."""
    context = _manageable(request, membership_id)
    typed = {key: request.POST.get(key, "") for key in DETAIL_KEYS if key in request.POST}
    version = request.POST.get("version", "")
    try:
        actions.change(current_user(request), membership_id, typed, version)
    except FORM_ERRORS as error:
        context |= {"shown": Typed(), "version": version, "editing": True}
        return form_page(request, "organizations/mobile/member_detail.html", context, error)
    messages.success(request, "名册信息已保存。")
    return redirect_to(reverse("organizations:member_detail", args=[membership_id]), request)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_name(request: HttpRequest, membership_id: int) -> HttpResponse:
    """修改姓名 on this organisation's roster."""
    context = _manageable(request, membership_id)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            row = actions.rename_member(
                current_user(request), membership_id, request.POST.get("name", "")
            )
        except FORM_ERRORS as caught:
            error = caught
        else:
            told = "，已发消息告诉本人" if row.user_id else ""
            messages.success(request, f"姓名已改为“{row.name}”{told}。")
            return redirect_to(reverse("organizations:member", args=[membership_id]), request)
    return form_page(request, "organizations/mobile/member_name.html", context, error)
