"""What the API of certification takes and gives, and how rows become that."""

from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.urls import reverse
from ninja import Field, Schema

from lianxue.organizations.actions.organizations import check_name
from lianxue.organizations.models import Organization
from lianxue.shared.pagination import Page

from .actions.invitations import MAX_USES
from .models import CertificationApplication, CertificationInvitation, ClaimLink, RenameRequest
from .queries import links

ApplicationState = Literal["pending", "approved", "refused", "withdrawn"]
LinkState = Literal["open", "expired", "used_up", "revoked"]


class OrganizationOut(Schema):
    """An organisation as others see it."""

    id: int
    name: str = Field(description="名称")
    certified: bool = Field(description="已认证")


class InvitationIn(Schema):
    """邀请下级组织认证."""

    bound_name: str = Field("", max_length=200, description="only an organisation of this name")
    max_uses: int | None = Field(1, description=f"1 to {MAX_USES}; null: any number")
    days: int = Field(7, description="1, 7 or 30")


class InvitationOut(Schema):
    """One invitation, with the address to hand out."""

    id: int
    state: LinkState
    bound_name: str
    max_uses: int | None
    uses: int
    created_at: datetime
    expires_at: datetime
    url: str


class InvitationPage(Schema):
    """A page of invitations."""

    items: list[InvitationOut]
    page: int
    pages: int
    total: int


class OpenInvitation(Schema):
    """What somebody who holds the token may know."""

    superior: OrganizationOut
    bound_name: str
    expires_at: datetime


class ApplicationIn(Schema):
    """Apply with an invitation."""

    token: str = Field(min_length=1, max_length=64, description="the last part of the link")
    organization_id: int = Field(ge=1, description="one of your organisations")


class ApplicationOut(Schema):
    """认证申请."""

    id: int
    state: ApplicationState
    applicant: OrganizationOut
    superior: OrganizationOut
    submitted_at: datetime
    decided_at: datetime | None
    reason: str


class ApplicationPage(Schema):
    """A page of applications."""

    items: list[ApplicationOut]
    page: int
    pages: int
    total: int


class RenameRequestIn(Schema):
    """改名申请."""

    name: str = Field(max_length=400, description="新名称")
    purpose: str = Field("", max_length=400, description="改名原因, at most 100 characters")


class RenameRequestOut(Schema):
    """改名申请."""

    id: int
    state: ApplicationState
    organization: OrganizationOut
    superior: OrganizationOut
    old_name: str
    new_name: str
    purpose: str
    asked_at: datetime
    decided_at: datetime | None
    reason: str = Field(description="of the decision")
    warnings: list[str] = Field(description="about the new name; they block nothing")


class RenameRequestPage(Schema):
    """A page of requests for a new name."""

    items: list[RenameRequestOut]
    page: int
    pages: int
    total: int


class ApprovalIn(Schema):
    """A remark that the other side may read."""

    note: str = Field("", max_length=400)


class CertificationReason(Schema):
    """Why; the other side reads it."""

    reason: str = Field(max_length=400, description="原因, at most 100 characters")


class ChainNode(OrganizationOut):
    """One organisation of the chain."""

    code: str | None
    level: str
    unclaimed: bool = Field(description="待认领: no main administrator yet")
    child_count: int = Field(description="direct subordinates")
    member_count: int


class ChainPage(Schema):
    """A page of one level of the chain."""

    items: list[ChainNode]
    page: int
    pages: int
    total: int


class DecertificationPreview(Schema):
    """What stands in the way of decertifying, and what would end with it."""

    free: bool = Field(description="nothing stands in the way")
    subordinates: ChainPage
    pending_applications: int
    open_invitations: int
    pending_rename: str = Field(description="the new name it has asked for, or empty")


class OrganizationName(Schema):
    """A new name."""

    name: str = Field(max_length=400)


class TypedName(Schema):
    """The organisation's name, typed to be sure."""

    typed_name: str = Field(max_length=400)


class DissolvingLine(Schema):
    """One line of a preview: what it is, how many of it, one sentence more."""

    word: str
    count: str
    help: str


class DissolvingPreview(Schema):
    """What dissolving would meet and do; nothing is done by reading it."""

    free: bool = Field(description="nothing is in the way")
    subordinates: int = Field(description="certified subordinates, to be decertified first")
    certified: bool = Field(description="certified itself, to be decertified first")
    withdrawn: list[DissolvingLine]
    ended: list[DissolvingLine]
    deleted: list[DissolvingLine]
    kept: list[DissolvingLine]


class ClaimLinkIn(Schema):
    """How long a claim link lives."""

    days: int = Field(7, description="1, 7 or 30")


class ClaimLinkOut(Schema):
    """One claim link, with the address to hand out."""

    id: int
    state: LinkState = Field(description="used_up: somebody has claimed with it")
    created_at: datetime
    expires_at: datetime
    url: str


class ClaimLinkPage(Schema):
    """A page of claim links."""

    items: list[ClaimLinkOut]
    page: int
    pages: int
    total: int


class ClaimIn(Schema):
    """The last part of a claim link."""

    token: str = Field(min_length=1, max_length=64)


def page_out(found: Page[Any], shown: Any) -> dict[str, Any]:
    """One page of a list."""
    return {
        "items": [shown(one) for one in found.items],
        "page": found.number,
        "pages": found.pages,
        "total": found.total,
    }


def organization_out(one: Organization) -> dict[str, Any]:
    """See OrganizationOut."""
    return {"id": one.pk, "name": one.name, "certified": one.is_certified}


def invitation_out(one: CertificationInvitation) -> dict[str, Any]:
    """See InvitationOut."""
    return {
        "id": one.pk,
        "state": links.invitation_state(one),
        "bound_name": one.bound_name,
        "max_uses": one.max_uses,
        "uses": one.uses,
        "created_at": one.created_at,
        "expires_at": one.expires_at,
        "url": settings.SITE_URL + reverse("certification:open_invitation", args=[one.token]),
    }


def application_out(one: CertificationApplication) -> dict[str, Any]:
    """See ApplicationOut."""
    return {
        "id": one.pk,
        "state": one.state,
        "applicant": organization_out(one.applicant),
        "superior": organization_out(one.superior),
        "submitted_at": one.submitted_at,
        "decided_at": one.decided_at,
        "reason": one.reason,
    }


def rename_out(one: RenameRequest) -> dict[str, Any]:
    """See RenameRequestOut."""
    return {
        "id": one.pk,
        "state": one.state,
        "organization": organization_out(one.organization),
        "superior": organization_out(one.superior),
        "old_name": one.old_name,
        "new_name": one.new_name,
        "purpose": one.purpose,
        "asked_at": one.asked_at,
        "decided_at": one.decided_at,
        "reason": one.reason,
        "warnings": check_name(one.new_name),
    }


def node_out(one: Any) -> dict[str, Any]:
    """See ChainNode; the row has its figures."""
    return organization_out(one) | {
        "code": one.code,
        "level": one.level,
        "unclaimed": one.unclaimed,
        "child_count": one.child_count,
        "member_count": one.member_count,
    }


def claim_link_out(one: ClaimLink) -> dict[str, Any]:
    """See ClaimLinkOut."""
    return {
        "id": one.pk,
        "state": links.claim_state(one),
        "created_at": one.created_at,
        "expires_at": one.expires_at,
        "url": settings.SITE_URL + reverse("certification:open_claim", args=[one.token]),
    }
