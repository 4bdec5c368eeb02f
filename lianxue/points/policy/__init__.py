"""Who may see and change points.

Everybody sees the own. An organisation's administrators see those of the members whom they
administer, as far as they were earned under its rules, and may take an entry back with a reason;
never the own (facts.md: no one reviews the own).
"""

from lianxue.organizations.models import Membership, Organization
from lianxue.organizations.policy import Power, manageable_members
from lianxue.shared.errors import NotFound, PermissionDenied

from ..models import PointEntry


def need_corrects(
    power: Power, organization: Organization, entry: PointEntry, actor_id: int
) -> None:
    """To reverse an entry of ``organization``: for a member whom one administers; who has left is
    left to who administers the whole.

    Raises PermissionDenied, NotFound (an entry of another organisation, a person out of scope).
    """
    power.need_administers()
    if entry.organization_id != organization.pk:
        raise NotFound
    if entry.user_id == actor_id:
        raise PermissionDenied("自己的积分不能自己更正，请联系另一位管理员。")
    if not power.whole and not _administered(power, organization, entry.user_id):
        raise NotFound


def _administered(power: Power, organization: Organization, user_id: int) -> bool:
    rows = manageable_members(power, organization)
    return rows.filter(user=user_id, state=Membership.State.ACTIVE).exists()
