"""改名申请: asked on the console, decided there or on the phone (manual 2.4.2 ⑤)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from lianxue.accounts.current import current_user
from lianxue.organizations import policy as organization_policy
from lianxue.organizations.actions.organizations import check_name
from lianxue.shared.errors import InvalidInput
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from ..actions import renaming
from ..models import RenameRequest
from ..queries import renames
from .applications import list_address, refusal_again
from .common import whole_organization


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ask(request: HttpRequest, organization_id: int) -> HttpResponse:
    """The form for a new name, the request that waits, and those before it."""
    actor = current_user(request)
    organization = whole_organization(request, organization_id)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            renaming.ask_rename(
                actor,
                organization_id,
                request.POST.get("name", ""),
                request.POST.get("purpose", ""),
            )
        except InvalidInput as error:
            errors = error.fields
        else:
            messages.success(request, "改名申请已提交，请等待上级审核。")
            return redirect_to(_own(organization_id), request)
    pending = renames.pending_of(organization)
    rows = renames.asked_by(organization).exclude(state=RenameRequest.State.PENDING)
    context: dict[str, Any] = {
        "organization": organization,
        "power": organization_policy.power_in(actor, organization),
        "pending": pending,
        "warnings": check_name(pending.new_name) if pending else [],
        "decided": paginate(rows, request.GET.get("page", 1)),
        "values": request.POST,
        "errors": errors,
    }
    template = "certification/console/rename.html"
    return page(request, template, context, status=422 if errors else 200)


@require_POST
@login_required
def approve(request: HttpRequest, request_id: int, face: str = "mobile") -> HttpResponse:
    """通过, then the list again."""
    done = renaming.approve_rename(
        current_user(request), request_id, request.POST.get("reason", "")
    )
    messages.success(request, f"已同意改名：{done.new_name}。")
    return redirect_to(list_address(done, face), request)


@require_POST
@login_required
def refuse(request: HttpRequest, request_id: int, face: str = "mobile") -> HttpResponse:
    """不通过 with its reason, then the list again; without one the form comes back."""
    typed = request.POST.get("reason", "")
    try:
        done = renaming.refuse_rename(current_user(request), request_id, typed)
    except InvalidInput as error:
        found = renames.get_request(current_user(request), request_id)
        return refusal_again(request, found, face, error, typed)
    messages.success(request, f"已退回“{done.old_name}”的改名申请，对方会收到原因。")
    return redirect_to(list_address(done, face), request)


@require_POST
@login_required
def withdraw(request: HttpRequest, request_id: int) -> HttpResponse:
    """撤回, then the form again."""
    done = renaming.withdraw_rename(current_user(request), request_id)
    messages.success(request, "改名申请已撤回。")
    return redirect_to(_own(done.organization_id), request)


def _own(organization_id: int) -> str:
    return reverse("certification:console_rename", args=[organization_id])
