"""Who may write, send, pass on, watch over and recall notices.

Any administrator writes to the own scope; subordinate organisations are written to, and notices
passed on, by who administers the whole organisation. What a subordinate does with it is seen from
above as numbers, never as names.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from lianxue.accounts.models import Actor, User
from lianxue.organizations.models import Branch, Organization
from lianxue.organizations.policy import NOTHING, Power, below, power_in
from lianxue.shared.errors import NotFound, PermissionDenied, StateConflict

from ..models import Notice, Relay, RelayOrganization
from .audience import reaching, seats_of

NOBODY = Q(pk__in=[])


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
    power.need_administers()
    return Place(found, power)


def need_send_to(power: Power, branches: Iterable[Branch] | None) -> None:
    """Own members may be written to within the scope: ``branches``, None: the whole organisation.

    Raises PermissionDenied.
    """
    power.need_administers()
    if branches is None:
        if not power.whole:
            raise PermissionDenied("您负责的是部分支部，请选择自己管理范围内的支部。")
        return
    for branch in branches:
        power.need_covers(branch)


def need_send_below(power: Power, organization: Organization) -> None:
    """Subordinates are written to by who administers the whole of a certified organisation.

    Raises PermissionDenied, StateConflict.
    """
    power.need_whole()
    if not organization.is_certified:
        raise StateConflict("本组织还没有认证，认证以后才能发给下级组织。")


def need_passes_on(power: Power) -> None:
    """Passing on what came from above takes power over the whole organisation."""
    power.need_whole()


def need_keeps(power: Power, notice: Notice) -> None:
    """To change, send, recall and remind for a notice of the own organisation: over the whole, or
    over the branch within which it was written. ``notice`` carries its ``scope``.

    Raises PermissionDenied.
    """
    if power.whole:
        return
    power.need_administers()
    if not (notice.scoped and notice.scope and power.covers(notice.scope)):
        raise PermissionDenied("这条通知不在您的管理范围内，请联系负责整个组织的管理员。")


def kept_notices(place: Place) -> QuerySet[Notice, Any]:
    """The notices of the place's organisation that ``need_keeps`` lets pass, drafts too."""
    rows = Notice.objects.filter(organization=place.organization)
    if place.power.whole:
        return rows
    within = NOBODY
    for path in place.power.scopes:
        within |= below(path, "scope__path")
    return rows.filter(within, scoped=True)


def incoming(organization: Organization) -> QuerySet[Relay, Any]:
    """What the superior passed to ``organization``: the superior's relays that are for it, recalled
    ones too. One that joined the chain later gets what was still open then.
    """
    if organization.superior_id is None or organization.certified_at is None:
        return Relay.objects.none()
    chosen = RelayOrganization.objects.filter(relay=OuterRef("pk"), organization=organization)
    return Relay.objects.filter(
        Q(below=Relay.Below.ALL) | Q(below=Relay.Below.CHOSEN) & Q(Exists(chosen)),
        organization=organization.superior_id,
        state=Relay.State.PASSED,
        open_until__gte=organization.certified_at,
    )


def waiting_here(organization: Organization) -> QuerySet[Relay, Any]:
    """Those of ``incoming`` that are not recalled and that ``organization`` has still to deal with:
    to pass on (or to say that it won't) where that is asked, else to look at. What asks the
    organisation itself for an answer waits where it is answered (``worktasks``), not twice.
    """
    own = Relay.objects.filter(notice=OuterRef("notice"), organization=organization)
    dealt = own.exclude(state=Relay.State.RECEIVED)
    rows = incoming(organization).filter(recalled_at=None)
    return rows.filter(
        Q(notice__pass_on=True) & ~Q(Exists(dealt))
        | Q(notice__pass_on=False, notice__kind=Notice.Kind.NOTICE) & ~Q(Exists(own))
    )


def visible_relays(actor: Actor) -> QuerySet[Relay, Any]:
    """The relays that reach the actor as a member, recalled ones too (their trace)."""
    return reaching(seats_of(actor)) if isinstance(actor, User) else Relay.objects.none()
