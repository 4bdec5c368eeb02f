"""Joining the chain and leaving it: the only writer of superior, chain_path and certified_at.

The chain grows and shrinks at its leaves alone (design rule 6): one step costs the same however
large the chain is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse

from lianxue.accounts.models import Actor
from lianxue.audit.actions import Entry, record_many
from lianxue.inbox.actions import close_todos
from lianxue.organizations.actions import organizations
from lianxue.organizations.models import Organization
from lianxue.shared.clock import now
from lianxue.shared.errors import StateConflict
from lianxue.shared.ids import path_step

from .. import policy
from ..models import Certification, CertificationApplication, CertificationInvitation, ClaimLink
from ..queries import chain as chain_queries
from .common import account, clean_reason, status_note, tell, tell_main_admin
from .requests import withdraw_rename_of

MAX_DEPTH = 30  # what Organization.chain_path can hold: 30 steps of 7 characters


@dataclass(frozen=True)
class Link:
    """One organisation to be certified by ``superior`` (None: it becomes the root)."""

    organization: Organization
    superior: Organization | None
    application: CertificationApplication | None = None


def certify(actor: Actor, links: Sequence[Link]) -> None:
    """Certify organisations, each after its superior, in a fixed number of statements.

    The caller holds the locks of all organisations named and has asked the policy; this checks
    the rules of the chain itself. Raises StateConflict: already-certified, superior-not-certified,
    would-make-circle, chain-too-deep.
    """
    moment = now()
    for link in links:
        _join(link)
        link.organization.certified_at = moment
    Organization.objects.bulk_update(
        [link.organization for link in links],
        ["superior", "chain_path", "certified_at"],
        batch_size=200,
    )
    Certification.objects.bulk_create(
        [
            Certification(
                organization=link.organization,
                superior=link.superior,
                application=link.application,
                since=moment,
            )
            for link in links
        ],
        batch_size=500,
    )
    record_many(actor, [entry for link in links for entry in _certified(link)])


def _join(link: Link) -> None:
    organization, superior = link.organization, link.superior
    if organization.is_certified:
        raise StateConflict(f"“{organization.name}”已经通过认证。", code="already-certified")
    if superior is None:
        organization.chain_path = path_step(organization.pk)
        return
    if policy.lies_below(superior, organization):
        raise StateConflict("上下级会成一个圈，不能这样认证。", code="would-make-circle")
    if superior.chain_path is None:
        raise StateConflict(
            f"“{superior.name}”自己还没有通过认证，不能认证下级组织。",
            code="superior-not-certified",
        )
    organization.superior = superior
    organization.chain_path = superior.chain_path + path_step(organization.pk)
    if len(policy.steps(organization)) > MAX_DEPTH:
        raise StateConflict(f"认证链最多 {MAX_DEPTH} 级，不能再往下认证。", code="chain-too-deep")


def _certified(link: Link) -> list[Entry]:
    organization, superior = link.organization, link.superior
    if superior is None:
        return [
            Entry(
                "certification.root_named",
                organization,
                organization.pk,
                {"name": organization.name},
            )
        ]
    data = {"organization": organization.name, "superior": superior.name}
    return [
        Entry("certification.certified", organization, organization.pk, data),
        Entry("certification.subordinate_certified", organization, superior.pk, data),
    ]


@transaction.atomic
def decertify(actor: Actor, organization_id: int, reason: str) -> Organization:
    """解除认证, leaves first (design rule 5); the reason is told to the other side.

    Ends the certification, revokes the invitations and claim links, withdraws the request for a
    new name, and refuses the applications that wait for this organisation. Raises NotFound,
    PermissionDenied, RealNameRequired, InvalidInput at ``reason``, StateConflict: not-certified,
    has-subordinates, superior-changed.
    """
    found = chain_queries.get_in_reach(actor, organization_id)
    organization = _lock_with_superior(found)
    policy.require_may_decertify(actor, organization)
    reason = clean_reason(reason, required=True)
    _require_leaf(organization)
    superior = organization.superior
    moment, by = now(), account(actor)
    organization.superior = organization.chain_path = organization.certified_at = None
    organization.save(update_fields=["superior", "chain_path", "certified_at"])
    Certification.objects.filter(organization=organization, until=None).update(
        until=moment, ended_by=by, end_reason=reason
    )
    CertificationInvitation.objects.filter(organization=organization, revoked_at=None).update(
        revoked_at=moment
    )
    ClaimLink.objects.filter(organization=organization, claimed_at=None, revoked_at=None).update(
        revoked_at=moment
    )
    refused = _refuse_waiting(actor, organization)
    renaming = withdraw_rename_of(actor, organization, "组织已解除认证")
    _record_decertified(actor, organization, superior, reason, renaming)
    for application in refused:
        _tell_refused(application, organization)
    tell_main_admin(
        organization,
        status_note(
            "certification.decertified",
            f"{organization.name}已解除认证",
            f"原因：{reason}。重新认证请联系上级发来邀请。",
            organization,
        ),
    )
    return organization


def _lock_with_superior(found: Organization) -> Organization:
    ids = [found.pk] + ([found.superior_id] if found.superior_id else [])
    locked = organizations.lock(*ids)
    organization = locked[found.pk]
    if organization.superior_id != found.superior_id:
        raise StateConflict("这个组织的上级刚刚变了，请刷新后再试。", code="superior-changed")
    if organization.superior_id:
        organization.superior = locked[organization.superior_id]
    return organization


def _require_leaf(organization: Organization) -> None:
    if not organization.is_certified:
        raise StateConflict("这个组织没有通过认证，不用解除。", code="not-certified")
    below = Organization.objects.filter(superior=organization).count()
    if below:
        raise StateConflict(
            f"“{organization.name}”还有 {below} 个已认证的下级组织，请先逐一解除它们的认证。",
            code="has-subordinates",
            link=reverse("certification:decertify", args=[organization.pk]),
        )


def _refuse_waiting(actor: Actor, organization: Organization) -> list[CertificationApplication]:
    """Its own lock keeps decisions off; a sender who ends or is certified otherwise holds another,
    so each is changed only while it still waits."""
    pending = CertificationApplication.objects.filter(
        superior=organization, state=CertificationApplication.State.PENDING
    )
    refused = []
    for application in pending.select_related("applicant"):
        application.state = policy.next_state(application, policy.Step.REFUSE)
        application.decided_at, application.decided_by = now(), account(actor)
        application.reason = "该组织已被解除认证，不能再认证下级组织"
        changed = pending.filter(pk=application.pk).update(
            state=application.state,
            decided_at=application.decided_at,
            decided_by=application.decided_by,
            reason=application.reason,
        )
        if not changed:
            continue
        close_todos(
            actor, topic="certification.application", subject=f"application:{application.pk}"
        )
        refused.append(application)
    return refused


def _record_decertified(
    actor: Actor,
    organization: Organization,
    superior: Organization | None,
    reason: str,
    renaming: list[Entry],
) -> None:
    data = {
        "organization": organization.name,
        "superior": superior.name if superior else None,
        "reason": reason,
    }
    entries = [Entry("certification.decertified", organization, organization.pk, data)]
    if superior:
        entries.append(
            Entry("certification.subordinate_decertified", organization, superior.pk, data)
        )
    record_many(actor, [*renaming, *entries])


def _tell_refused(application: CertificationApplication, superior: Organization) -> None:
    tell(
        application.submitted_by_id,
        status_note(
            "certification.refused",
            f"{application.applicant.name}的认证申请未通过",
            f"{superior.name}已被解除认证，不能再认证下级组织，请联系别的上级。",
            application.applicant,
        ),
    )
