"""Applications: sending one with an invitation, deciding, withdrawing."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.models import Organization
from lianxue.shared.errors import InvalidInput
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from .. import policy
from ..actions import applications as actions
from ..models import (
    CertificationApplication,
    CertificationInvitation,
    RenameRequest,
    RequestBase,
)
from ..queries import applications, links, renames
from .common import number, whole_organization

PENDING = RequestBase.State.PENDING

#: What a superior receives and decides.
Received = CertificationApplication | RenameRequest


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """An invitation opened: choose one of my organisations, 提交 (manual 2.3.1 ②)."""
    actor = current_user(request)
    mine = list(policy.acting_organizations(actor).order_by("name", "pk"))
    invitation = links.read_invitation(token, applicants=[one.pk for one in mine])
    chosen = number(request.POST.get("organization", ""))
    error = ""
    if request.method == "POST":
        if chosen in {one.pk for one in mine}:
            sent = actions.submit_application(actor, token, chosen)
            messages.success(request, "认证申请已提交，请等待上级审核。")
            return redirect_to(reverse("certification:status", args=[sent.applicant_id]), request)
        error = "请选择要申请认证的组织。"
    return page(
        request,
        "certification/mobile/open_invitation.html",
        {
            "invitation": invitation,
            "superior": invitation.organization,
            **_choices(invitation, mine),
            "chosen": chosen,
            "error": error,
        },
        status=422 if error else 200,
    )


def _choices(invitation: CertificationInvitation, mine: list[Organization]) -> dict[str, Any]:
    """My organisations that can apply, and those that can't with the reason; one statement."""
    pending = set(
        CertificationApplication.objects.filter(applicant__in=mine, state=PENDING).values_list(
            "applicant_id", flat=True
        )
    )
    free, barred = [], []
    for one in mine:
        reason = links.obstacle(invitation, one, pending=one.pk in pending)
        if reason is None:
            free.append(one)
        else:
            barred.append((one, reason))
    return {"free": free, "barred": barred}


@require_safe
@login_required
def received(request: HttpRequest, organization_id: int) -> HttpResponse:
    """收到的认证申请 of one organisation: what waits first, then what was decided."""
    organization = whole_organization(request, organization_id)
    return received_page(request, organization)


def received_page(
    request: HttpRequest,
    organization: Organization,
    *,
    wrong: RequestBase | None = None,
    error: str = "",
    typed: str = "",
) -> HttpResponse:
    """The page; ``wrong`` is the request whose refusal came back with ``error``."""
    rows = applications.received_by(organization)
    asked = renames.received_by(organization)
    return page(
        request,
        "certification/mobile/received.html",
        {
            "organization": organization,
            "waiting": paginate(rows.filter(state=PENDING), request.GET.get("page", 1)),
            "decided": paginate(rows.exclude(state=PENDING), request.GET.get("done", 1)),
            **_renames(request, asked),
            "wrong": wrong.subject if wrong else "",
            "error": error,
            "typed": typed,
        },
        status=422 if error else 200,
    )


def _renames(request: HttpRequest, rows: QuerySet[RenameRequest]) -> dict[str, Any]:
    """The requests for a new name that a page shows beside the applications."""
    return {
        "renames": paginate(rows.filter(state=PENDING), request.GET.get("renames", 1)),
        "renamed": paginate(rows.exclude(state=PENDING), request.GET.get("renamed", 1)),
    }


@require_POST
@login_required
def approve(request: HttpRequest, application_id: int, face: str = "mobile") -> HttpResponse:
    """通过, then the list again."""
    done = actions.approve_application(
        current_user(request), application_id, request.POST.get("reason", "")
    )
    messages.success(request, f"已通过“{done.applicant.name}”的认证申请。")
    return redirect_to(list_address(done, face), request)


@require_POST
@login_required
def refuse(request: HttpRequest, application_id: int, face: str = "mobile") -> HttpResponse:
    """不通过 with its reason, then the list again; without one the form comes back."""
    typed = request.POST.get("reason", "")
    try:
        done = actions.refuse_application(current_user(request), application_id, typed)
    except InvalidInput as error:
        found = applications.get_application(current_user(request), application_id)
        return refusal_again(request, found, face, error, typed)
    messages.success(request, f"已退回“{done.applicant.name}”的认证申请，对方会收到原因。")
    return redirect_to(list_address(done, face), request)


def refusal_again(
    request: HttpRequest, found: Received, face: str, error: InvalidInput, typed: str
) -> HttpResponse:
    """The list with the refusal's form open: what is wrong beside it, what was typed in it."""
    if face == "console":
        return console_received_page(request, wrong=found, error=error.message, typed=typed)
    return received_page(request, found.superior, wrong=found, error=error.message, typed=typed)


def list_address(done: Received, face: str) -> str:
    """Where one goes on after a decision: the list of what was received, on the same face."""
    if face == "console":
        return reverse("certification:console_received")
    return reverse("certification:received", args=[done.superior_id])


def console_received_page(
    request: HttpRequest, *, wrong: RequestBase | None = None, error: str = "", typed: str = ""
) -> HttpResponse:
    """组织认证 on the console: what waits for any of my organisations, then what was decided."""
    rows = applications.received(current_user(request))
    return page(
        request,
        "certification/console/received.html",
        {
            "waiting": paginate(rows.filter(state=PENDING), request.GET.get("page", 1)),
            "decided": paginate(rows.exclude(state=PENDING), request.GET.get("done", 1)),
            **_renames(request, renames.received(current_user(request))),
            "mine": list(policy.acting_organizations(current_user(request)).order_by("name")[:20]),
            "wrong": wrong.subject if wrong else "",
            "error": error,
            "typed": typed,
        },
        status=422 if error else 200,
    )


@require_POST
@login_required
def withdraw(request: HttpRequest, application_id: int, face: str = "mobile") -> HttpResponse:
    """撤回, then our certification page."""
    done = actions.withdraw_application(current_user(request), application_id)
    messages.success(request, "认证申请已撤回。")
    if face == "console":
        return redirect_to(reverse("certification:console_sent"), request)
    return redirect_to(reverse("certification:status", args=[done.applicant_id]), request)
