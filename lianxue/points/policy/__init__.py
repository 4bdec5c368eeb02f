"""Who may see and change points.

Everybody sees the own. An organisation's administrators see those of the members whom they
administer, as far as they were earned under its rules, and may take an entry back with a reason;
never the own (facts.md: no one reviews the own). Who has left is left to who administers the whole.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Q, QuerySet

from lianxue.accounts.models import Actor, User
from lianxue.organizations.models import Branch, Membership, Organization
from lianxue.organizations.policy import (
    NOTHING,
    Power,
    below,
    manageable_members,
    power_in,
    visible_members,
    visible_organizations,
)
from lianxue.shared.errors import NotFound, PermissionDenied

from ..models import PointEntry

#: Who is counted: averages have these as their denominator.
COUNTED = Q(state=Membership.State.ACTIVE)


@dataclass(frozen=True)
class Place:
    """An organisation and what the actor may do there."""

    organization: Organization
    power: Power

    def branch(self, branch_id: int | None) -> Branch | None:
        """The branch that something here is cut to; None: to none. Raises NotFound for one that is
        not the organisation's or out of the actor's reach."""
        if branch_id is None:
            return None
        found = Branch.objects.filter(organization=self.organization, pk=branch_id).first()
        if found is None or not self.power.covers(found):
            raise NotFound
        return found


def place_of(actor: Actor, organization_id: int) -> Place:
    """The organisation, for any of its administrators.

    Raises NotFound for who does not belong to it, PermissionDenied for a plain member.
    """
    found = Organization.objects.filter(pk=organization_id, dissolved_at=None).first()
    power = power_in(actor, found) if found else NOTHING
    if found is None or not (power.member or power.whole):
        raise NotFound
    need_sees_members(power)
    return Place(found, power)


def need_sees_members(power: Power) -> None:
    """The points of those whom one administers: any administrator. Raises PermissionDenied."""
    power.need_administers()


def need_sets_rules(power: Power) -> None:
    """The organisation's own rules take power over the whole of it. Raises PermissionDenied."""
    power.need_whole()


def need_switches_ranking(power: Power) -> None:
    """The ranking takes the main administrator (design rule 13). Raises PermissionDenied."""
    power.need_main()


def counted_members(place: Place, branch: Branch | None = None) -> QuerySet[Membership, Any]:
    """Who is counted in averages, of those whom the actor administers; of the subtree alone."""
    rows = manageable_members(place.power, place.organization).filter(COUNTED)
    return rows if branch is None else rows.filter(below(branch.path))


def left_members(place: Place) -> QuerySet[Membership, Any]:
    """Who has left and does not belong here again, each once: for power over the whole."""
    here = Membership.objects.filter(organization=place.organization)
    ended = here.filter(state=Membership.State.ENDED, user__isnull=False)
    if not place.power.whole:
        return ended.none()
    again = here.filter(COUNTED).values("user")
    latest = ended.order_by().values("user").annotate(last=Max("pk")).values("last")
    return ended.filter(pk__in=latest).exclude(user__in=again)


def get_member(place: Place, membership_id: int) -> Membership:
    """A member whose points the actor may see here, its branch and user joined. Raises NotFound."""
    rows = Membership.objects.filter(organization=place.organization, pk=membership_id)
    found = rows.select_related("branch", "user").first()
    if found is None or found.user_id is None:
        raise NotFound
    if not place.power.whole and not counted_members(place).filter(pk=found.pk).exists():
        raise NotFound
    return found


def need_corrects(place: Place, entry: PointEntry, actor_id: int | None) -> None:
    """To reverse an entry of the place's organisation: for a member whom one administers; who has
    left is left to who administers the whole.

    Raises PermissionDenied, NotFound (an entry of another organisation, a person out of scope).
    """
    if entry.organization_id != place.organization.pk:
        raise NotFound
    if entry.user_id == actor_id:
        raise PermissionDenied("自己的积分不能自己更正，请联系另一位管理员。")
    if not place.power.whole and not counted_members(place).filter(user=entry.user_id).exists():
        raise NotFound


def own_place(user: User, organization_id: int) -> Organization:
    """An organisation that the person belongs to. Raises NotFound."""
    found: Organization | None = visible_organizations(user).filter(pk=organization_id).first()
    if found is None:
        raise NotFound
    return found


def ranked_members(user: User, organization: Organization) -> QuerySet[Membership, Any]:
    """Whose names a ranking may show to ``user``: those whom ``user`` sees there anyway."""
    return visible_members(user, organization).filter(COUNTED)
