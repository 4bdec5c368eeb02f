"""更多设置: a new name, or the end, before certification alone (manual 2.4.2 ⑤; design rule 5).

After it the new name is asked for (``renaming``); the root's is the operator's.
"""

from collections.abc import Sequence

from django.db import transaction

from lianxue.accounts.models import Actor
from lianxue.audit.actions import Entry, record_many
from lianxue.organizations import policy as organization_policy
from lianxue.organizations.actions import organizations, tokens
from lianxue.organizations.actions.bulk import wind_up
from lianxue.organizations.models import Organization
from lianxue.shared.actors import Operator
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, StateConflict

from .. import policy
from ..models import ClaimLink
from ..queries import applications, links
from .applications import end_without_decision


@transaction.atomic
def rename_organization(actor: Actor, organization_id: int, name: str) -> Organization:
    """A new name before certification; the old one is kept and found (design rule 5).

    Raises NotFound, PermissionDenied, RealNameRequired, InvalidInput at ``name``,
    StateConflict (certified-name-kept) after certification. The same name changes nothing.
    """
    _require_visible(actor, organization_id)
    organization = organizations.lock(organization_id)[organization_id]
    policy.require_acts(actor, organization)
    if organization.is_certified:
        raise StateConflict(
            "已认证的组织不能自己改名：改名须在电脑端申请，经上级组织同意后才能生效。",
            code="certified-name-kept",
        )
    name = organizations.tidy_name(name)
    organizations.check_name(name)
    if name != organization.name:
        set_name(actor, organization, name)
    return organization


@transaction.atomic
def rename_root(actor: Operator, organization_id: int, name: str) -> Organization:
    """The root has no superior to ask: the operator gives it a new name; the old one is kept.

    Raises NotFound, PermissionDenied, InvalidInput at ``name``, StateConflict (not-the-root).
    """
    if not isinstance(actor, Operator):
        raise PermissionDenied("只有平台运维人员才能给最上级组织改名。")
    organization = organizations.lock(organization_id)[organization_id]
    if not organization.is_root:
        raise StateConflict(
            f"“{organization.name}”不是最上级组织：认证前由它自己改名，认证后由它申请、上级同意。",
            code="not-the-root",
        )
    name = organizations.tidy_name(name)
    organizations.check_name(name)
    if name != organization.name:
        set_name(actor, organization, name)
    return organization


def set_name(
    actor: Actor, organization: Organization, name: str, also: Sequence[Entry] = ()
) -> None:
    """Write a new name, checked by the caller, and keep the old one.

    ``also`` is recorded with it in one go, for the audit heads' order.
    """
    organization.former_names.create(name=organization.name, until=now())
    data = {"before": organization.name, "after": name}
    organization.name = name
    organization.save(update_fields=["name"])
    tokens.index_organization(organization)
    renamed = Entry("certification.renamed", organization, organization.pk, data)
    record_many(actor, [*also, renamed])


@transaction.atomic
def dissolve_organization(actor: Actor, organization_id: int, typed_name: str) -> Organization:
    """解散, by the main administrator, who types the organisation's name to be sure.

    Members leave, links stop working, a waiting application is withdrawn; nothing is deleted.
    Raises NotFound, PermissionDenied, RealNameRequired, StateConflict (certified-stays),
    InvalidInput at ``typed_name``.
    """
    _require_visible(actor, organization_id)
    organization = organizations.lock(organization_id)[organization_id]
    policy.require_main(actor, organization)
    if organization.is_certified:
        raise StateConflict(
            "已认证的组织不能解散。请先解除下级组织的认证，再解除与上级的认证，然后才能解散。",
            code="certified-stays",
        )
    if links.plain_name(typed_name) != links.plain_name(organization.name):
        raise InvalidInput.at(
            "typed_name", "与组织名称不一致。请照着上面的名称完整填写，确认要解散的就是它。"
        )
    waiting = applications.pending_of(organization)
    if waiting is not None:
        end_without_decision(actor, waiting, "组织已解散")
    ClaimLink.objects.filter(organization=organization, claimed_at=None, revoked_at=None).update(
        revoked_at=now()
    )
    wind_up(actor, organization)
    return organization


def _require_visible(actor: Actor, organization_id: int) -> None:
    """Raises NotFound for an organisation that the actor neither belongs to nor sees below."""
    visible = organization_policy.visible_organizations(actor).filter(pk=organization_id)
    if not visible.exists() and not policy.visible_chain(actor).filter(pk=organization_id).exists():
        raise NotFound
