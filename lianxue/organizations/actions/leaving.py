"""退出组织: a member ends the own membership (manual 2.4.2; issue 3)."""

from django.db import transaction
from django.urls import reverse

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_events
from lianxue.inbox.actions import Note, post_message
from lianxue.shared.errors import NotFound, StateConflict
from lianxue.shared.phones import mask_phone

from .. import policy
from ..models import Membership, Organization, RoleGrant
from . import organizations
from .members import tidy_reason
from .seats import end_rows

register_events({"member.left": "退出了组织"})

OWN_WISH = "本人退出"


@transaction.atomic
def leave(actor: User, organization_id: int, reason: str = "") -> Membership:
    """End the actor's own membership, with its offices; an administrator can add the person again.

    The main administrator is told. Raises NotFound for who does not belong to it, InvalidInput at
    ``reason``, StateConflict (hand-over-first) for the main administrator.
    """
    if not policy.visible_organizations(actor).filter(pk=organization_id).exists():
        raise NotFound
    organization = organizations.lock(organization_id)[organization_id]
    row = (
        Membership.objects.select_for_update()
        .filter(organization=organization, user=actor, state=Membership.State.ACTIVE)
        .first()
    )
    if row is None:
        raise NotFound
    reason = tidy_reason(reason)
    roles = set(row.role_grants.values_list("role", flat=True))
    if RoleGrant.Role.MAIN_ADMIN in roles:
        raise StateConflict(
            "您是主管理员，请先把主管理员移交给另一位成员，对方接受后再退出组织。",
            code="hand-over-first",
            link=reverse("organizations:pick_successor", args=[organization.pk]),
        )
    end_rows(actor, [row], reason or OWN_WISH)
    _tell_main_admin(organization, row, reason)
    record(
        actor,
        "member.left",
        target=row,
        organization_id=organization.pk,
        data={
            "name": row.name,
            "phone": mask_phone(row.phone),
            "branch": row.branch_id,
            "reason": reason,
            "roles": sorted(roles),
        },
    )
    return row


def _tell_main_admin(organization: Organization, row: Membership, reason: str) -> None:
    user_id = (
        RoleGrant.objects.filter(organization=organization, role=RoleGrant.Role.MAIN_ADMIN)
        .values_list("membership__user_id", flat=True)
        .first()
    )
    if user_id is not None:
        post_message(
            user_id,
            Note(
                topic="member.left",
                title=f"{row.name}退出了“{organization.name}”",
                body=f"原因：{reason}" if reason else "",
                link=reverse("organizations:members", args=[organization.pk]),
                organization_id=organization.pk,
            ),
        )
