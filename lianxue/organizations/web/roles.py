"""管理员: who runs the organisation; appoint, dismiss, hand over."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.shared.errors import DomainError, InvalidInput
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from .. import policy, queries
from ..actions import roles
from .common import FORM_ERRORS, branch_choices, form_page, number_in

_FORM = ["GET", "HEAD", "POST"]


@login_required
@require_safe
def admins(request: HttpRequest, organization_id: int) -> HttpResponse:
    """The main administrator, the learning administrators with their scopes, an open handover."""
    user = current_user(request)
    organization, power = queries.get_administered(user, organization_id)
    context = {
        "organization": organization,
        "power": power,
        "grants": list(queries.admin_rows(user, organization)),
        "offer": queries.open_handover(user, organization),
        "watermark": queries.watermark_of(user, organization),
    }
    return page(request, "organizations/mobile/admins.html", context)


@login_required
@require_safe
def pick(request: HttpRequest, organization_id: int, purpose: str) -> HttpResponse:
    """Choose an active member, for 任命学习管理员 or 移交主管理员; search by name or phone."""
    user = current_user(request)
    organization, _ = queries.get_administered(user, organization_id)
    policy.require_main(user, organization)
    cut = queries.MemberFilter(state="active", text=request.GET.get("q", "")[:40])
    rows = queries.members(user, organization, cut).exclude(user=user)
    context = {
        "organization": organization,
        "purpose": purpose,
        "watermark": queries.watermark_of(user, organization),
        "cut": cut,
        "people": paginate(rows, request.GET.get("page", 1)),
    }
    return page(request, "organizations/mobile/pick.html", context)


@login_required
@require_http_methods(_FORM)
def appoint(request: HttpRequest, membership_id: int) -> HttpResponse:
    """任命学习管理员: choose the scope."""
    context = _for_main(request, membership_id)
    organization, power = context["organization"], context["power"]
    error: DomainError | None = None
    if request.method == "POST":
        try:
            chosen = request.POST.get("scope_id", "")
            if chosen == "":
                raise InvalidInput.at("scope_id", "请选择管理范围。")
            scope_id = None if chosen == "whole" else number_in(chosen, "scope_id")
            roles.appoint(current_user(request), membership_id, scope_id)
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, f"已任命{context['member'].name}为学习管理员。")
            return redirect_to(reverse("organizations:admins", args=[organization.pk]), request)
    context["choices"] = [
        ("whole", f"{organization.name}（整个组织）"),
        *branch_choices(organization, power),
    ]
    return form_page(request, "organizations/mobile/appoint.html", context, error)


@login_required
@require_POST
def dismiss(request: HttpRequest, grant_id: int) -> HttpResponse:
    """免去 a learning administrator."""
    row = roles.dismiss(current_user(request), grant_id)
    messages.success(request, f"已免去{row.name}的学习管理员。")
    return redirect_to(reverse("organizations:admins", args=[row.organization_id]), request)


@login_required
@require_http_methods(_FORM)
def offer_handover(request: HttpRequest, membership_id: int) -> HttpResponse:
    """移交主管理员 to this member: what it means, then the offer."""
    context = _for_main(request, membership_id)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            roles.offer_handover(
                current_user(request),
                membership_id,
                stay_as_learning_admin=request.POST.get("stay") == "on",
            )
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, f"已发给{context['member'].name}，等待对方接受。")
            organization_id = context["organization"].pk
            return redirect_to(reverse("organizations:admins", args=[organization_id]), request)
    return form_page(request, "organizations/mobile/handover_offer.html", context, error)


@login_required
@require_http_methods(_FORM)
def handover(request: HttpRequest, offer_id: int) -> HttpResponse:
    """The one asked sees the offer, and accepts or refuses it."""
    user = current_user(request)
    offer = queries.get_offer(user, offer_id)
    error: DomainError | None = None
    if request.method == "POST":
        answer = request.POST.get("answer", "")
        try:
            if answer not in {"accept", "refuse"}:
                raise InvalidInput("请选择接受或谢绝。")
            roles.answer_handover(user, offer_id, answer == "accept")
        except FORM_ERRORS as caught:
            error = caught
            offer = queries.get_offer(user, offer_id)
        else:
            if answer == "accept":
                messages.success(request, "您现在是主管理员。")
                target = reverse("organizations:home", args=[offer.organization_id])
            else:
                messages.success(request, "已谢绝。")
                target = reverse("organizations:work")
            return redirect_to(target, request)
    context = {"offer": offer, "organization": offer.organization}
    return form_page(request, "organizations/mobile/handover.html", context, error)


@login_required
@require_POST
def withdraw_handover(request: HttpRequest, offer_id: int) -> HttpResponse:
    """撤回 an open offer."""
    offer = roles.withdraw_handover(current_user(request), offer_id)
    messages.success(request, "已撤回移交。")
    return redirect_to(reverse("organizations:admins", args=[offer.organization_id]), request)


def _for_main(request: HttpRequest, membership_id: int) -> dict[str, Any]:
    """A member as the main administrator sees it. Raises NotFound, PermissionDenied."""
    user = current_user(request)
    row, _ = queries.get_member(user, membership_id)
    power = policy.require_main(user, row.organization)
    return {
        "member": row,
        "organization": row.organization,
        "power": power,
        "watermark": queries.watermark_of(user, row.organization),
    }
