"""Certification over the API: the same actions as the pages (manual 2.3)."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import P, Query, QueryEx, Router, Status

from lianxue.accounts.current import current_user
from lianxue.organizations import policy as organization_policy
from lianxue.organizations.models import Organization
from lianxue.organizations.queries import get_visible
from lianxue.shared.pagination import paginate

from . import policy
from .actions import applications as application_actions
from .actions import chain as chain_actions
from .actions import invitations as invitation_actions
from .actions import links as claim_actions
from .actions import renaming as rename_actions
from .actions import settings as settings_actions
from .actions.invitations import Terms
from .queries import applications, dissolving, links, renames
from .queries import chain as chain_queries
from .schemas import (
    ApplicationIn,
    ApplicationOut,
    ApplicationPage,
    ApplicationState,
    ApprovalIn,
    CertificationReason,
    ChainPage,
    ClaimIn,
    ClaimLinkIn,
    ClaimLinkOut,
    ClaimLinkPage,
    DecertificationPreview,
    DissolvingPreview,
    InvitationIn,
    InvitationOut,
    InvitationPage,
    OpenInvitation,
    OrganizationName,
    OrganizationOut,
    RenameRequestIn,
    RenameRequestOut,
    RenameRequestPage,
    TypedName,
    application_out,
    claim_link_out,
    invitation_out,
    node_out,
    organization_out,
    page_out,
    rename_out,
)

router = Router(tags=["certification"])

PageNumber = QueryEx[int, P(ge=1, le=100000, description="page number, from 1")]
Words = QueryEx[str, P(max_length=50, description="search your part by name or code")]


def _whole(request: HttpRequest, organization_id: int) -> Organization:
    organization = get_visible(current_user(request), organization_id)
    organization_policy.require_whole(current_user(request), organization)
    return organization


@router.get(
    "/organizations/{int:organization_id}/invitations",
    response=InvitationPage,
    operation_id="list_invitations",
)
def list_invitations(request: HttpRequest, organization_id: int, page: PageNumber = 1) -> Any:
    """An organisation's invitations, newest first."""
    rows = links.invitations_of(_whole(request, organization_id))
    return page_out(paginate(rows, page), invitation_out)


@router.post(
    "/organizations/{int:organization_id}/invitations",
    response={201: InvitationOut},
    operation_id="create_invitation",
)
def create_invitation(request: HttpRequest, organization_id: int, body: InvitationIn) -> Any:
    """Make a link with which subordinates may apply."""
    terms = Terms(bound_name=body.bound_name, max_uses=body.max_uses, days=body.days)
    made = invitation_actions.create_invitation(current_user(request), organization_id, terms)
    return Status(201, invitation_out(made))


@router.post(
    "/invitations/{int:invitation_id}/revoke",
    response=InvitationOut,
    operation_id="revoke_invitation",
)
def revoke_invitation(request: HttpRequest, invitation_id: int) -> Any:
    """Take an invitation back."""
    actor = current_user(request)
    return invitation_out(invitation_actions.revoke_invitation(actor, invitation_id))


@router.get("/invitations/{token}", response=OpenInvitation, operation_id="read_invitation")
def read_invitation(request: HttpRequest, token: str) -> Any:
    """Read an invitation by its token; every reason why it can't be used has its own code."""
    mine = policy.acting_organizations(current_user(request)).values_list("pk", flat=True)
    found = links.read_invitation(token, applicants=list(mine))
    return {
        "superior": organization_out(found.organization),
        "bound_name": found.bound_name,
        "expires_at": found.expires_at,
    }


@router.post("/applications", response={201: ApplicationOut}, operation_id="submit_application")
def submit_application(request: HttpRequest, body: ApplicationIn) -> Any:
    """Apply for one of your organisations."""
    made = application_actions.submit_application(
        current_user(request), body.token, body.organization_id
    )
    return Status(201, application_out(made))


@router.get("/applications", response=ApplicationPage, operation_id="list_applications")
def list_applications(
    request: HttpRequest,
    direction: Query[Literal["received", "sent"]] = "received",
    state: Query[ApplicationState | None] = None,
    page: PageNumber = 1,
) -> Any:
    """Applications that your organisations have received, or sent, newest first."""
    listed = applications.received if direction == "received" else applications.sent
    rows = listed(current_user(request))
    return page_out(paginate(rows.filter(state=state) if state else rows, page), application_out)


@router.post(
    "/applications/{int:application_id}/approve",
    response=ApplicationOut,
    operation_id="approve_application",
)
def approve_application(request: HttpRequest, application_id: int, body: ApprovalIn) -> Any:
    """通过: the applicant is certified from this moment on."""
    actor = current_user(request)
    done = application_actions.approve_application(actor, application_id, body.note)
    return application_out(done)


@router.post(
    "/applications/{int:application_id}/refuse",
    response=ApplicationOut,
    operation_id="refuse_application",
)
def refuse_application(request: HttpRequest, application_id: int, body: CertificationReason) -> Any:
    """不通过, with a reason."""
    actor = current_user(request)
    done = application_actions.refuse_application(actor, application_id, body.reason)
    return application_out(done)


@router.post(
    "/applications/{int:application_id}/withdraw",
    response=ApplicationOut,
    operation_id="withdraw_application",
)
def withdraw_application(request: HttpRequest, application_id: int) -> Any:
    """撤回, by the applicant."""
    actor = current_user(request)
    return application_out(application_actions.withdraw_application(actor, application_id))


@router.get("/chain", response=ChainPage, operation_id="list_chain_tops")
def list_chain_tops(
    request: HttpRequest,
    q: Words = "",
    page: PageNumber = 1,
) -> Any:
    """Where your part of the chain begins, or what a search finds in it."""
    actor = current_user(request)
    if q.strip():
        return page_out(chain_queries.search(actor, q, page), node_out)
    return page_out(chain_queries.tops(actor, page), node_out)


@router.get(
    "/chain/{int:organization_id}/children", response=ChainPage, operation_id="list_chain_children"
)
def list_chain_children(request: HttpRequest, organization_id: int, page: PageNumber = 1) -> Any:
    """The direct subordinates of an organisation in your part of the chain."""
    found = chain_queries.get_in_reach(current_user(request), organization_id)
    return page_out(chain_queries.children(found, page), node_out)


@router.get(
    "/chain/{int:organization_id}/decertification",
    response=DecertificationPreview,
    operation_id="preview_decertification",
)
def preview_decertification(
    request: HttpRequest, organization_id: int, page: PageNumber = 1
) -> Any:
    """What stands in the way of decertifying (leaves first)."""
    found = chain_queries.get_in_reach(current_user(request), organization_id)
    preview = chain_queries.decertify_preview(found, page)
    return {
        "free": preview.free,
        "subordinates": page_out(preview.subordinates, node_out),
        "pending_applications": preview.pending_applications,
        "open_invitations": preview.open_invitations,
        "pending_rename": preview.renaming.new_name if preview.renaming else "",
    }


@router.post(
    "/chain/{int:organization_id}/decertification",
    response=OrganizationOut,
    operation_id="decertify",
)
def decertify(request: HttpRequest, organization_id: int, body: CertificationReason) -> Any:
    """解除认证."""
    actor = current_user(request)
    return organization_out(chain_actions.decertify(actor, organization_id, body.reason))


@router.put(
    "/organizations/{int:organization_id}/name",
    response=OrganizationOut,
    operation_id="rename_organization",
)
def rename_organization(request: HttpRequest, organization_id: int, body: OrganizationName) -> Any:
    """A new name, before certification alone."""
    actor = current_user(request)
    return organization_out(settings_actions.rename_organization(actor, organization_id, body.name))


@router.get(
    "/organizations/{int:organization_id}/rename-requests",
    response=RenameRequestPage,
    operation_id="list_own_rename_requests",
)
def list_own_rename_requests(
    request: HttpRequest, organization_id: int, page: PageNumber = 1
) -> Any:
    """The new names that an organisation has asked for, newest first."""
    rows = renames.asked_by(_whole(request, organization_id))
    return page_out(paginate(rows, page), rename_out)


@router.post(
    "/organizations/{int:organization_id}/rename-requests",
    response={201: RenameRequestOut},
    operation_id="ask_rename",
)
def ask_rename(request: HttpRequest, organization_id: int, body: RenameRequestIn) -> Any:
    """Ask the superior for a new name, after certification; the main administrator alone."""
    actor = current_user(request)
    made = rename_actions.ask_rename(actor, organization_id, body.name, body.purpose)
    return Status(201, rename_out(made))


@router.get("/rename-requests", response=RenameRequestPage, operation_id="list_rename_requests")
def list_rename_requests(
    request: HttpRequest,
    direction: Query[Literal["received", "asked"]] = "received",
    state: Query[ApplicationState | None] = None,
    page: PageNumber = 1,
) -> Any:
    """Requests for a new name that your organisations have received, or asked, newest first."""
    listed = renames.received if direction == "received" else renames.asked
    rows = listed(current_user(request))
    return page_out(paginate(rows.filter(state=state) if state else rows, page), rename_out)


@router.post(
    "/rename-requests/{int:request_id}/approve",
    response=RenameRequestOut,
    operation_id="approve_rename",
)
def approve_rename(request: HttpRequest, request_id: int, body: ApprovalIn) -> Any:
    """通过: the new name holds from this moment on."""
    return rename_out(rename_actions.approve_rename(current_user(request), request_id, body.note))


@router.post(
    "/rename-requests/{int:request_id}/refuse",
    response=RenameRequestOut,
    operation_id="refuse_rename",
)
def refuse_rename(request: HttpRequest, request_id: int, body: CertificationReason) -> Any:
    """不通过, with a reason."""
    return rename_out(rename_actions.refuse_rename(current_user(request), request_id, body.reason))


@router.post(
    "/rename-requests/{int:request_id}/withdraw",
    response=RenameRequestOut,
    operation_id="withdraw_rename",
)
def withdraw_rename(request: HttpRequest, request_id: int) -> Any:
    """撤回, by the main administrator of the organisation that asked."""
    return rename_out(rename_actions.withdraw_rename(current_user(request), request_id))


@router.get(
    "/organizations/{int:organization_id}/dissolve",
    response=DissolvingPreview,
    operation_id="preview_dissolving",
)
def preview_dissolving(request: HttpRequest, organization_id: int) -> Any:
    """What dissolving would end, delete and keep; for who administers the whole organisation."""
    actor = current_user(request)
    organization = get_visible(actor, organization_id)
    organization_policy.require_whole(actor, organization)
    found = dissolving.preview(organization)
    return {
        "free": found.free,
        "subordinates": found.hurdles.subordinates,
        "certified": found.hurdles.certified,
        **{key: getattr(found, key) for key in ("withdrawn", "ended", "deleted", "kept")},
    }


@router.post(
    "/organizations/{int:organization_id}/dissolve",
    response={204: None},
    operation_id="dissolve_organization",
)
def dissolve_organization(request: HttpRequest, organization_id: int, body: TypedName) -> Any:
    """解散, before certification alone; type the name to be sure."""
    actor = current_user(request)
    settings_actions.dissolve_organization(actor, organization_id, body.typed_name)
    return Status(204, None)


@router.get(
    "/organizations/{int:organization_id}/claim-links",
    response=ClaimLinkPage,
    operation_id="list_claim_links",
)
def list_claim_links(request: HttpRequest, organization_id: int, page: PageNumber = 1) -> Any:
    """The claim links of a 待认领 organisation, newest first; for its superior."""
    actor = current_user(request)
    found = chain_queries.get_in_reach(actor, organization_id)
    policy.require_may_see_claims(actor, found)
    return page_out(paginate(links.claim_links_of(found), page), claim_link_out)


@router.post(
    "/organizations/{int:organization_id}/claim-links",
    response={201: ClaimLinkOut},
    operation_id="create_claim_link",
)
def create_claim_link(request: HttpRequest, organization_id: int, body: ClaimLinkIn) -> Any:
    """Make a link that hands a 待认领 organisation to its first main administrator."""
    made = claim_actions.create_claim_link(current_user(request), organization_id, body.days)
    return Status(201, claim_link_out(made))


@router.post(
    "/claim-links/{int:link_id}/revoke", response=ClaimLinkOut, operation_id="revoke_claim_link"
)
def revoke_claim_link(request: HttpRequest, link_id: int) -> Any:
    """Take a claim link back."""
    return claim_link_out(claim_actions.revoke_claim_link(current_user(request), link_id))


@router.post("/claims", response={201: OrganizationOut}, operation_id="claim_organization")
def claim_organization(request: HttpRequest, body: ClaimIn) -> Any:
    """Become main administrator with a claim link."""
    actor = current_user(request)
    return Status(201, organization_out(claim_actions.claim_organization(actor, body.token)))
