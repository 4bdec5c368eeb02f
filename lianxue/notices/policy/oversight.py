"""Who may look after what was sent: its numbers and names here, and what became of it below.

Every administrator sees the part of the own organisation that lies in the own scope; what became of
it in the organisations below is for those who administer the whole of this one.
"""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from lianxue.organizations.models import Membership, Organization
from lianxue.organizations.policy import Power, below, manageable_members
from lianxue.organizations.policy.sight import lineage
from lianxue.shared.errors import PermissionDenied

from ..models import Relay, RelayBranch, RelayOrganization
from .audience import standing
from .powers import NOBODY, Place, need_keeps


def overseen_relays(place: Place) -> QuerySet[Relay, Any]:
    """What the place's organisation has passed on (or sent), recalled or not, as far as the actor
    looks after some of those it is for: a scoped administrator where it meets the own branches."""
    rows = Relay.objects.filter(organization=place.organization, state=Relay.State.PASSED)
    if place.power.whole:
        return rows
    near = NOBODY
    for path in place.power.scopes:
        near |= below(path) | Q(branch__path__in=lineage(path))
    named = RelayBranch.objects.filter(near, relay=OuterRef("pk"))
    return rows.filter(Q(own=Relay.Own.WHOLE) | Q(Exists(named)))


def need_governs(power: Power, relay: Relay) -> None:
    """To recall and to remind: of the own notice as ``need_keeps``; of what was passed on, the
    whole organisation. ``relay`` carries its notice with ``scope``.

    Raises PermissionDenied.
    """
    if relay.organization_id == relay.notice.organization_id:
        need_keeps(power, relay.notice)
    else:
        power.need_whole()


def governs(power: Power, relay: Relay) -> bool:
    """Whether ``need_governs`` lets pass: what a page offers."""
    try:
        need_governs(power, relay)
    except PermissionDenied:
        return False
    return True


def need_looks_down(power: Power) -> None:
    """To see what became of it in the organisations below. Raises PermissionDenied."""
    if not power.whole:
        raise PermissionDenied("下级组织的传达情况，由负责整个组织的管理员查看。")


def standing_here(place: Place, relay: Relay) -> QuerySet[Membership, Any]:
    """Of those whom ``relay`` is for (in whatever state), the ones whom the actor administers."""
    mine = manageable_members(place.power, place.organization)
    rows = standing(relay.pk)
    return rows if place.power.whole else rows.filter(pk__in=mine.values("pk"))


def handed_to(relay: Relay) -> QuerySet[Organization, Any]:
    """The direct subordinates that ``relay`` is for: ``incoming`` the other way round."""
    chosen = RelayOrganization.objects.filter(relay=relay.pk, organization=OuterRef("pk"))
    rows = Organization.objects.filter(
        superior=relay.organization_id, dissolved_at=None, certified_at__lte=relay.open_until
    )
    if relay.state != Relay.State.PASSED or relay.below == Relay.Below.NOBODY:
        return rows.none()
    return rows if relay.below == Relay.Below.ALL else rows.filter(Exists(chosen))
