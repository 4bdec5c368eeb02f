"""Invitations and claim links: making, showing with their QR code, taking back, claiming."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.models import Organization
from lianxue.shared.errors import InvalidInput, NotFound
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from .. import policy
from ..actions import invitations as invitation_actions
from ..actions import links as claim_actions
from ..actions.invitations import Terms
from ..queries import chain as chain_queries
from ..queries import links
from .common import (
    LIFETIME_CHOICES,
    absolute,
    number,
    qr_svg,
    whole_organization,
)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def invitations(request: HttpRequest, organization_id: int) -> HttpResponse:
    """邀请下级组织认证: a form for a new one, and all so far with their state."""
    organization = whole_organization(request, organization_id)
    errors: dict[str, str] = {}
    if request.method == "POST":
        form = request.POST
        uses = form.get("max_uses", "1")
        terms = Terms(
            bound_name=form.get("bound_name", ""),
            max_uses=number(uses) if uses else None,
            days=number(form.get("days", "")),
        )
        try:
            made = invitation_actions.create_invitation(
                current_user(request), organization.pk, terms
            )
        except InvalidInput as error:
            errors = error.fields
        else:
            return redirect_to(
                reverse("certification:invitation", args=[organization.pk, made.pk]), request
            )
    return page(
        request,
        "certification/mobile/invitations.html",
        {
            "organization": organization,
            "rows": paginate(links.invitations_of(organization), request.GET.get("page", 1)),
            "state_of": links.invitation_state,
            "states": links.STATES,
            "lifetimes": LIFETIME_CHOICES,
            "values": request.POST,
            "errors": errors,
        },
        status=422 if errors else 200,
    )


@require_safe
@login_required
def invitation(request: HttpRequest, organization_id: int, invitation_id: int) -> HttpResponse:
    """One invitation to hand out: QR code, link, terms."""
    organization = whole_organization(request, organization_id)
    found = links.get_invitation(current_user(request), invitation_id)
    if found.organization_id != organization.pk:
        raise NotFound
    address = absolute(request, reverse("certification:open_invitation", args=[found.token]))
    return page(
        request,
        "certification/mobile/invitation.html",
        {
            "organization": organization,
            "invitation": found,
            "state": links.invitation_state(found),
            "states": links.STATES,
            "address": address,
            "qr": qr_svg(address),
        },
    )


@require_POST
@login_required
def revoke_invitation(
    request: HttpRequest, organization_id: int, invitation_id: int
) -> HttpResponse:
    """撤销, then the list."""
    invitation_actions.revoke_invitation(current_user(request), invitation_id)
    messages.success(request, "邀请已撤销，链接和二维码都不能再用了。")
    return redirect_to(reverse("certification:invitations", args=[organization_id]), request)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def claim_links(request: HttpRequest, organization_id: int, face: str = "mobile") -> HttpResponse:
    """认领链接 of a 待认领 organisation, for its superior: make, show, take back."""
    actor = current_user(request)
    organization = chain_queries.get_in_reach(actor, organization_id)
    policy.require_may_see_claims(actor, organization)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            claim_actions.create_claim_link(
                actor, organization.pk, number(request.POST.get("days", ""))
            )
        except InvalidInput as error:
            errors = error.fields
        else:
            return redirect_to(request.path, request)
    return page(
        request,
        f"certification/{face}/claim_links.html",
        _claim_context(request, organization) | {"errors": errors, "values": request.POST},
        status=422 if errors else 200,
    )


def _claim_context(request: HttpRequest, organization: Organization) -> dict[str, object]:
    rows = paginate(links.claim_links_of(organization), request.GET.get("page", 1))
    unclaimed = links.is_unclaimed(organization)
    live = [link for link in rows.items if links.claim_state(link) == "open"]
    address = ""
    if unclaimed and live:
        address = absolute(request, reverse("certification:open_claim", args=[live[0].token]))
    return {
        "target": organization,
        "unclaimed": unclaimed,
        "rows": rows,
        "live": live[0] if address else None,
        "address": address,
        "qr": qr_svg(address) if address else "",
        "state_of": links.claim_state,
        "states": links.STATES | {"used_up": "已认领"},
        "lifetimes": LIFETIME_CHOICES,
    }


@require_POST
@login_required
def revoke_claim_link(
    request: HttpRequest, organization_id: int, link_id: int, face: str = "mobile"
) -> HttpResponse:
    """撤销, then the list."""
    claim_actions.revoke_claim_link(current_user(request), link_id)
    messages.success(request, "认领链接已撤销。")
    name = "console_claim_links" if face == "console" else "claim_links"
    return redirect_to(reverse(f"certification:{name}", args=[organization_id]), request)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def open_claim(request: HttpRequest, token: str) -> HttpResponse:
    """What the link says, and 认领; real-name verification first."""
    if request.method == "POST":
        organization = claim_actions.claim_organization(current_user(request), token)
        messages.success(request, f"认领成功，您现在是“{organization.name}”的主管理员。")
        return redirect_to(reverse("organizations:home", args=[organization.pk]), request)
    link = links.read_claim_link(token)
    return page(request, "certification/mobile/open_claim.html", {"link": link})
