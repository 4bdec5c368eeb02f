"""邀请下级组织认证: making the link, and taking it back (manual 2.3.2)."""

from dataclasses import dataclass

from django.db import transaction

from lianxue.accounts.models import Actor
from lianxue.audit.actions import record
from lianxue.organizations.actions import organizations
from lianxue.organizations.models import Organization
from lianxue.organizations.queries import get_visible
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, StateConflict
from lianxue.shared.ids import hash_token, new_token

from .. import policy
from ..models import CertificationInvitation
from ..queries import links
from .common import account, lifetime

MAX_USES = 1000


@dataclass(frozen=True)
class Terms:
    """Who may use an invitation, how often (None: any number) and for how many days."""

    bound_name: str = ""
    max_uses: int | None = 1
    days: int = 7


@transaction.atomic
def create_invitation(actor: Actor, organization_id: int, terms: Terms) -> CertificationInvitation:
    """A link for subordinates; its ``token`` is readable on the row returned.

    Raises NotFound, PermissionDenied, RealNameRequired, StateConflict (not-certified: rule 4),
    InvalidInput at ``bound_name``, ``max_uses`` or ``days``.
    """
    get_visible(actor, organization_id)
    organization = organizations.lock(organization_id)[organization_id]
    policy.require_acts(actor, organization)
    if not organization.is_certified:
        raise StateConflict(
            "本组织还没有通过认证，不能邀请下级组织。请先完成与上级的认证。", code="not-certified"
        )
    _check(terms, organization)
    token, moment = new_token(), now()
    invitation = CertificationInvitation.objects.create(
        organization=organization,
        created_by=account(actor),
        bound_name=" ".join(terms.bound_name.split()),
        max_uses=terms.max_uses,
        token=token,
        token_hash=hash_token(token),
        created_at=moment,
        expires_at=moment + lifetime(terms.days),
    )
    record(
        actor,
        "certification.invitation_created",
        target=invitation,
        organization_id=organization.pk,
        data={
            "bound_name": invitation.bound_name,
            "max_uses": terms.max_uses,
            "days": terms.days,
        },
    )
    return invitation


def _check(terms: Terms, organization: Organization) -> None:
    fields = {}
    name = links.plain_name(terms.bound_name)
    if len(terms.bound_name) > 100:
        fields["bound_name"] = "名称最多 100 个字，请检查。"
    elif name and name == links.plain_name(organization.name):
        fields["bound_name"] = "这里填下级组织的名称，不能是本组织自己。"
    elif "\0" in terms.bound_name:
        fields["bound_name"] = "名称里有不能使用的字符，请重新填写。"
    if terms.max_uses is not None and not 1 <= terms.max_uses <= MAX_USES:
        fields["max_uses"] = f"可用次数为 1 至 {MAX_USES}，或不限次数。"
    try:
        lifetime(terms.days)
    except InvalidInput as error:
        fields |= error.fields
    if fields:
        raise InvalidInput("邀请没有生成，请按提示修改。", fields=fields)


@transaction.atomic
def revoke_invitation(actor: Actor, invitation_id: int) -> CertificationInvitation:
    """撤销: the link stops working at once; revoking twice changes nothing.

    Raises NotFound, PermissionDenied, RealNameRequired.
    """
    found = links.get_invitation(actor, invitation_id)
    organization = organizations.lock(found.organization_id)[found.organization_id]
    policy.require_acts(actor, organization)
    changed = CertificationInvitation.objects.filter(pk=found.pk, revoked_at=None).update(
        revoked_at=now()
    )
    if changed:
        record(
            actor,
            "certification.invitation_revoked",
            target=found,
            organization_id=organization.pk,
        )
    found.refresh_from_db()
    return found
