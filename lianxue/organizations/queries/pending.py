"""What waits for an administrator beside the todos: imports, handovers, people who have not come.

Each is asked for all of the administrator's organisations at once, cut to what it administers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from lianxue.accounts.models import User
from lianxue.shared.clock import now

from .. import policy
from ..models import HandoverOffer, MemberImport, Membership

#: So long a failed import stands among the pending work; then in the list of imports alone.
FAILED_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Awaited:
    """People of one organisation, in the administrator's care, who have not come; since when."""

    organization_id: int
    count: int
    since: datetime


def _power(place: Membership) -> policy.Power:
    """The power that a row of ``running_places`` carries."""
    return policy.power_of(
        [
            (grant.role, grant.scope.path if grant.scope else None)
            for grant in place.role_grants.all()
        ]
    )


def waiting_imports(user: User, places: Sequence[Membership]) -> QuerySet[MemberImport, Any]:
    """Imports to be confirmed, being written, or failed of late: the own ones, and all of the
    organisations that the user administers whole; failed first, then the oldest."""
    powers = {place.organization_id: _power(place) for place in places}
    whole = [pk for pk, power in powers.items() if power.whole]
    state = MemberImport.State
    late = Q(state=state.FAILED, finished_at__gte=now() - FAILED_FOR)
    return (
        MemberImport.objects.filter(
            Q(organization__in=whole) | Q(organization__in=list(powers), created_by=user)
        )
        .filter(late | Q(state__in=[state.READY, state.QUEUED]))
        .select_related("organization", "created_by")
        .order_by("state", "created_at", "pk")  # failed, queued, ready
    )


def waiting_handovers(places: Sequence[Membership]) -> QuerySet[HandoverOffer, Any]:
    """Handovers that the user, as main administrator, offered and nobody has answered."""
    mine = [place.pk for place in places if _power(place).main]
    return (
        HandoverOffer.objects.filter(from_membership__in=mine, state=HandoverOffer.State.OFFERED)
        .select_related("organization", "to_membership")
        .order_by("offered_at", "pk")
    )


def awaited(places: Sequence[Membership]) -> dict[int, Awaited]:
    """Who has not come, by organisation, in one statement; those with none are left out."""
    mine = Q(pk__in=[])
    for place in places:
        here = Q(organization_id=place.organization_id)
        power = _power(place)
        if power.whole:
            mine |= here
        for path in power.scopes:
            mine |= here & policy.below(path)
    rows = (
        Membership.objects.filter(mine, state=Membership.State.INVITED)
        .order_by()
        .values_list("organization_id")
        .annotate(count=Count("pk"), since=Min("created_at"))
    )
    return {pk: Awaited(pk, count, since) for pk, count, since in rows}
