"""Reads of organisations, always cut to what the actor may see."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from lianxue.accounts.models import Actor, User
from lianxue.inbox.actions import OPERATORS_PLACE, user_place
from lianxue.shared.errors import NotFound


from . import policy
from .models import Membership, Organization, RoleGrant


def admin_place(organization_id: int) -> str:
    """The inbox place of those who administer the whole organisation."""
    return f"org:{organization_id}:admin"


def places_of(user: User) -> list[str]:
    """All inbox places of ``user``: the own, one per organisation administered, the site's."""
    ids = policy.administered_organizations(user, whole=True).values_list("pk", flat=True)
    site = [OPERATORS_PLACE] if user.is_operator else []
    return [user_place(user.pk), *(admin_place(pk) for pk in ids), *site]


def get_visible(actor: Actor, organization_id: int) -> Organization:
    """An organisation that the actor belongs to. Raises NotFound."""
    found = policy.visible_organizations(actor).filter(pk=organization_id).first()
    if found is None:
        raise NotFound
    return found


def get_administered(actor: Actor, organization_id: int) -> tuple[Organization, policy.Power]:
    """An organisation that the actor administers, and the power there.

    Raises NotFound for one that the actor does not belong to, PermissionDenied for a plain member.
    """
    organization = get_visible(actor, organization_id)
    return organization, policy.require_administers(actor, organization)


def my_organizations(user: User) -> QuerySet[Organization, Any]:
    """The user's organisations with ``administered`` (bool) and ``member_count``, by name.

    One statement; for 通讯录 and the organisation switch.
    """
    grants = RoleGrant.objects.filter(organization=OuterRef("pk"), membership__user=user)
    return (
        policy.visible_organizations(user)
        .annotate(
            administered=Exists(grants),
            member_count=Count("memberships", filter=~Q(memberships__state="ended")),
        )
        .select_related("superior")
        .order_by("name", "pk")
    )


def head_count(organization: Organization) -> dict[str, int]:
    """``{"members", "active", "invited"}`` of one organisation, in one statement."""
    return Membership.objects.filter(organization=organization).aggregate(
        members=Count("pk", filter=~Q(state="ended")),
        active=Count("pk", filter=Q(state="active")),
        invited=Count("pk", filter=Q(state="invited")),
    )
