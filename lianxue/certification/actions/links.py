"""认领: the superior hands an organisation set up in bulk to its first main administrator."""

from django.db import transaction

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import Entry, record, record_many
from lianxue.organizations import policy as organization_policy
from lianxue.organizations.actions import organizations, roles
from lianxue.organizations.models import Organization
from lianxue.shared.clock import now
from lianxue.shared.errors import NotFound, StateConflict
from lianxue.shared.ids import hash_token, new_token

from .. import policy
from ..models import ClaimLink
from ..queries import chain as chain_queries
from ..queries import links
from .common import account, lifetime


@transaction.atomic
def create_claim_link(actor: Actor, organization_id: int, days: int = 7) -> ClaimLink:
    """A link, good for one person, that makes its user main administrator (``token`` on the row).

    Raises NotFound, PermissionDenied, RealNameRequired, StateConflict (already-claimed),
    InvalidInput at ``days``.
    """
    found = chain_queries.get_in_reach(actor, organization_id)
    organization = organizations.lock(found.pk)[found.pk]
    policy.require_may_hand_over(actor, organization)
    if not links.is_unclaimed(organization):
        raise StateConflict("这个组织已经有主管理员了，不需要认领链接。", code="already-claimed")
    token, moment = new_token(), now()
    link = ClaimLink.objects.create(
        organization=organization,
        created_by=account(actor),
        token=token,
        token_hash=hash_token(token),
        created_at=moment,
        expires_at=moment + lifetime(days),
    )
    _record_both(actor, organization, link, "certification.claim_link_created")
    return link


@transaction.atomic
def revoke_claim_link(actor: Actor, link_id: int) -> ClaimLink:
    """撤销; revoking twice changes nothing.

    Raises NotFound, PermissionDenied, RealNameRequired, StateConflict (claim-used).
    """
    link = ClaimLink.objects.filter(
        pk=link_id, organization__in=policy.visible_chain(actor).values("pk")
    ).first()
    if link is None:
        raise NotFound
    organization = organizations.lock(link.organization_id)[link.organization_id]
    policy.require_may_hand_over(actor, organization)
    link.refresh_from_db()
    if link.claimed_at:
        raise StateConflict("这份链接已经被使用，不能撤销。", code="claim-used")
    if link.revoked_at is None:
        link.revoked_at = now()
        link.save(update_fields=["revoked_at"])
        _record_both(actor, organization, link, "certification.claim_link_revoked")
    return link


@transaction.atomic
def claim_organization(actor: User, token: str) -> Organization:
    """Become main administrator of a 待认领 organisation; the other open links of it end.

    Raises RealNameRequired and every error of ``links.read_claim_link``.
    """
    found = links.read_claim_link(token)
    organization_policy.require_verified(actor)
    organization = organizations.lock(found.organization_id)[found.organization_id]
    link = links.read_claim_link(token)  # again, under the lock: two claims at once end in one
    moment = now()
    roles.claim(actor, organization)
    ClaimLink.objects.filter(pk=link.pk).update(claimed_at=moment, claimed_by=actor)
    ClaimLink.objects.filter(organization=organization, claimed_at=None, revoked_at=None).update(
        revoked_at=moment
    )
    _record_both(actor, organization, link, "certification.claimed")
    return organization


def _record_both(actor: Actor, organization: Organization, link: ClaimLink, event: str) -> None:
    """In the organisation's stream and in its superior's."""
    data = {"organization": organization.name}
    if organization.superior_id is None:
        record(actor, event, target=link, organization_id=organization.pk, data=data)
        return
    record_many(
        actor,
        [
            Entry(event, link, organization.pk, data),
            Entry(event, link, organization.superior_id, data),
        ],
    )
