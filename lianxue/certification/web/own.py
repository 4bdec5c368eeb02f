"""An organisation's own certification, its name, its end; and 解除认证."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations import policy as organization_policy
from lianxue.organizations.models import Organization
from lianxue.organizations.queries import get_visible
from lianxue.shared.errors import InvalidInput
from lianxue.shared.nav import find_url
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from .. import policy
from ..actions import chain as chain_actions
from ..actions import settings as settings_actions
from ..queries import applications, dissolving, renames
from ..queries import chain as chain_queries
from .common import whole_organization


@require_safe
@login_required
def status(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Our certification: the superior, the waiting application, how to apply, what was."""
    organization = get_visible(current_user(request), organization_id)
    organization_policy.require_administers(current_user(request), organization)
    power = organization_policy.power_in(current_user(request), organization)
    return page(
        request,
        "certification/mobile/status.html",
        {
            "organization": organization,
            "power": power,
            "pending": applications.pending_of(organization),
            "sent": paginate(applications.sent_by(organization), request.GET.get("page", 1), 5),
            "history": list(applications.history_of(organization)[:10]),
        },
    )


@require_safe
@login_required
def settings(request: HttpRequest, organization_id: int, face: str = "mobile") -> HttpResponse:
    """更多设置: the name, the certification, the end (manual 2.4.2 ⑤)."""
    return _settings_page(request, whole_organization(request, organization_id), face)


def _settings_page(
    request: HttpRequest,
    organization: Organization,
    face: str,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    power = organization_policy.power_in(current_user(request), organization)
    return page(
        request,
        f"certification/{face}/settings.html",
        {
            "organization": organization,
            "power": power,
            "renaming": renames.asked_by(organization).first(),
            "former": list(organization.former_names.order_by("-until", "-pk")[:20]),
            "values": request.POST,
            "errors": errors or {},
        },
        status=422 if errors else 200,
    )


@require_POST
@login_required
def rename(request: HttpRequest, organization_id: int, face: str = "mobile") -> HttpResponse:
    """A new name, before certification."""
    try:
        settings_actions.rename_organization(
            current_user(request), organization_id, request.POST.get("name", "")
        )
    except InvalidInput as error:
        organization = whole_organization(request, organization_id)
        return _settings_page(request, organization, face, error.fields)
    messages.success(request, "名称已修改。")
    return redirect_to(reverse(_SETTINGS[face], args=[organization_id]), request)


_SETTINGS = {"mobile": "certification:settings", "console": "certification:console_settings"}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def dissolve(request: HttpRequest, organization_id: int, face: str = "mobile") -> HttpResponse:
    """解散: what is in the way, what would end and what stays; then the name, typed to be sure."""
    actor = current_user(request)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            gone = settings_actions.dissolve_organization(
                actor, organization_id, request.POST.get("typed_name", "")
            )
        except InvalidInput as error:
            errors = error.fields
        else:
            messages.success(request, f"“{gone.name}”已解散。")
            after = "organizations:console_home" if face == "console" else "contacts:home"
            return redirect_to(find_url(after) or "/", request)
    organization = whole_organization(request, organization_id)
    context: dict[str, Any] = {
        "organization": organization,
        "power": organization_policy.power_in(actor, organization),
        "preview": dissolving.preview(organization),
        "values": request.POST,
        "errors": errors,
    }
    template = f"certification/{face}/dissolve.html"
    return page(request, template, context, status=422 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def decertify(request: HttpRequest, organization_id: int, face: str = "mobile") -> HttpResponse:
    """解除认证: what stands in the way with its links, or the form that asks for the reason."""
    actor = current_user(request)
    organization = chain_queries.get_in_reach(actor, organization_id)
    errors: dict[str, str] = {}
    if request.method == "POST":
        superior_id = organization.superior_id
        try:
            chain_actions.decertify(actor, organization_id, request.POST.get("reason", ""))
        except InvalidInput as error:
            errors = error.fields
        else:
            messages.success(request, f"已解除“{organization.name}”的认证。")
            return redirect_to(_after(actor, organization, superior_id, face), request)
    context: dict[str, Any] = {
        "target": organization,
        "may": policy.may_decertify(actor, organization),
        "preview": chain_queries.decertify_preview(organization, request.GET.get("page", 1)),
        "values": request.POST,
        "errors": errors,
    }
    template = f"certification/{face}/decertify.html"
    return page(request, template, context, status=422 if errors else 200)


def _after(actor: Any, organization: Organization, superior_id: int | None, face: str) -> str:
    """Where to go on: the level it stood in, or its own page."""
    if face == "console":
        return reverse("certification:console_chain")
    own = organization_policy.visible_organizations(actor).filter(pk=organization.pk)
    if superior_id is None or own.exists():
        return reverse("certification:status", args=[organization.pk])
    return reverse("certification:subordinates", args=[superior_id])
