"""Invitations and claim links: lists with their state, and the one reader of each token.

The readers return the link or raise an error of its own for each thing that can be wrong, so that
every page and the API say the same words.
"""

from collections.abc import Collection

from django.db.models import QuerySet
from django.urls import reverse

from lianxue.accounts.models import Actor
from lianxue.organizations.models import Organization, RoleGrant
from lianxue.shared.clock import now
from lianxue.shared.errors import DomainError, NotFound, StateConflict
from lianxue.shared.ids import hash_token

from .. import policy
from ..models import CertificationApplication, CertificationInvitation, ClaimLink

#: What an invitation's or claim link's state is called on screen.
STATES = {
    "open": "有效",
    "expired": "已过期",
    "used_up": "已用完",
    "revoked": "已撤销",
}


def invitation_state(invitation: CertificationInvitation) -> str:
    """``open``, ``revoked``, ``used_up`` or ``expired``."""
    if invitation.revoked_at:
        return "revoked"
    if invitation.max_uses is not None and invitation.uses >= invitation.max_uses:
        return "used_up"
    return "expired" if invitation.expires_at <= now() else "open"


def claim_state(link: ClaimLink) -> str:
    """``open``, ``revoked``, ``used_up`` or ``expired``."""
    if link.claimed_at:
        return "used_up"
    if link.revoked_at:
        return "revoked"
    return "expired" if link.expires_at <= now() else "open"


def invitations_of(organization: Organization) -> QuerySet[CertificationInvitation]:
    """The organisation's invitations, newest first; the caller has checked who asks."""
    return CertificationInvitation.objects.filter(organization=organization).order_by(
        "-created_at", "-pk"
    )


def get_invitation(actor: Actor, invitation_id: int) -> CertificationInvitation:
    """An invitation of an organisation that the actor acts for. Raises NotFound."""
    found = (
        CertificationInvitation.objects.filter(
            pk=invitation_id, organization__in=policy.acting_organizations(actor).values("pk")
        )
        .select_related("organization")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def claim_links_of(organization: Organization) -> QuerySet[ClaimLink]:
    """The organisation's claim links, newest first; the caller has checked who asks."""
    return ClaimLink.objects.filter(organization=organization).order_by("-created_at", "-pk")


def is_unclaimed(organization: Organization) -> bool:
    """待认领: set up in bulk, without a main administrator so far."""
    return not RoleGrant.objects.filter(
        organization=organization, role=RoleGrant.Role.MAIN_ADMIN
    ).exists()


def read_invitation(token: str, *, applicants: Collection[int] = ()) -> CertificationInvitation:
    """The invitation behind ``token`` while it can be used, in at most two statements.

    ``applicants``: an organisation that has applied with it before may use it again (after a
    refusal, say) without counting twice.
    Raises NotFound (invitation-not-found) or StateConflict: invitation-revoked, superior-dissolved,
    superior-not-certified, invitation-expired, invitation-used-up.
    """
    found = (
        CertificationInvitation.objects.filter(token_hash=hash_token(token))
        .select_related("organization")
        .first()
    )
    if found is None:
        raise NotFound(
            "没有这份认证邀请，请核对链接是否完整，或请上级重新发送。", code="invitation-not-found"
        )
    if found.organization.dissolved_at:
        raise StateConflict("发出邀请的组织已解散，这份邀请不能再用。", code="superior-dissolved")
    if not found.organization.is_certified:
        raise StateConflict(
            f"“{found.organization.name}”目前没有通过认证，暂时不能认证下级组织，请联系该组织的管理员。",
            code="superior-not-certified",
        )
    state = invitation_state(found)
    if state == "used_up" and applicants and has_used(found, applicants):
        state = "expired" if found.expires_at <= now() else "open"
    if state != "open":
        raise StateConflict(_INVITATION[state], code=f"invitation-{state.replace('_', '-')}")
    return found


_INVITATION = {
    "revoked": "上级已撤销这份邀请，请联系上级重新发送。",
    "expired": "这份邀请已过期，请联系上级重新发送。",
    "used_up": "这份邀请已经被使用过了，请联系上级重新发送。",
}


def has_used(invitation: CertificationInvitation, applicants: Collection[int]) -> bool:
    """Whether one of these organisations has applied with this invitation before."""
    return CertificationApplication.objects.filter(
        invitation=invitation, applicant__in=applicants
    ).exists()


def obstacle(
    invitation: CertificationInvitation, applicant: Organization, *, pending: bool
) -> DomainError | None:
    """Why ``applicant`` can't apply with ``invitation``, or None. No statements.

    would-make-circle (design rule 4), already-certified (rule 3), bound-name-differs,
    application-pending.
    """
    superior = invitation.organization
    if policy.lies_below(superior, applicant):
        return StateConflict(
            f"“{applicant.name}”是“{superior.name}”自己或它的上级，不能反过来申请，否则上下级会成一个圈。",
            code="would-make-circle",
        )
    if applicant.is_certified:
        return StateConflict(
            f"“{applicant.name}”已经通过认证。一个组织只能有一个上级，要换上级请先解除认证。",
            code="already-certified",
            link=reverse("certification:status", args=[applicant.pk]),
        )
    if invitation.bound_name and plain_name(invitation.bound_name) != plain_name(applicant.name):
        return StateConflict(
            f"这份邀请只给“{invitation.bound_name}”使用，与“{applicant.name}”的名称不一致。",
            code="bound-name-differs",
        )
    if pending:
        return StateConflict(
            f"“{applicant.name}”已有一份认证申请在等待审核，请等结果，或先撤回那份申请。",
            code="application-pending",
            link=reverse("certification:status", args=[applicant.pk]),
        )
    return None


def plain_name(name: str) -> str:
    """A name without spaces and with one kind of brackets, for comparing."""
    return "".join(name.split()).replace("（", "(").replace("）", ")")


def read_claim_link(token: str) -> ClaimLink:
    """The claim link behind ``token`` while it can be used, in at most two statements.

    Raises NotFound (claim-not-found) or StateConflict: claim-used, claim-revoked, claim-expired,
    organization-dissolved, already-claimed.
    """
    found = (
        ClaimLink.objects.filter(token_hash=hash_token(token))
        .select_related("organization__superior")
        .first()
    )
    if found is None:
        raise NotFound(
            "没有这份认领链接，请核对链接是否完整，或请上级重新发送。", code="claim-not-found"
        )
    if found.organization.dissolved_at:
        raise StateConflict("这个组织已解散，不能再认领。", code="organization-dissolved")
    state = claim_state(found)
    if state != "open":
        raise StateConflict(_CLAIM[state], code=f"claim-{_CLAIM_CODE[state]}")
    if not is_unclaimed(found.organization):
        raise StateConflict(
            "这个组织已经有主管理员了，不能再认领。如有疑问请联系上级。", code="already-claimed"
        )
    return found


_CLAIM = {
    "revoked": "上级已撤销这份认领链接，请联系上级重新发送。",
    "expired": "这份认领链接已过期，请联系上级重新发送。",
    "used_up": "这份认领链接已经被使用过了，一份链接只能用一次。",
}
_CLAIM_CODE = {"revoked": "revoked", "expired": "expired", "used_up": "used"}
