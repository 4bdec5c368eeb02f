"""Who is reached by a relay: one rule, read in both directions.

From the relay: ``recipients`` are the memberships that it reaches. From the reader: ``reaching``
are the relays that reach a seat. Both say the same of every pair (tests/notices/test_audience.py),
so a person sees exactly what it is counted in:

- the membership is active in the relay's organisation, and was activated before ``open_until``
  (who comes later still sees what is open);
- ``own`` is the whole organisation, or the person stands below one of its branches, now;
- with a ``role``, the person holds such an office, now.

A recalled relay reaches the same people; what they see of it is its trace.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Length, Substr

from lianxue.accounts.models import User
from lianxue.organizations.models import Membership, Organization, RoleGrant
from lianxue.organizations.policy.sight import NOBODY, lineage

from ..models import Relay, RelayBranch

#: A relay's id, or where a query around this one finds it.
RelayId = int | OuterRef
#: A relay of which something is to be seen: it was passed on (perhaps recalled since).
PASSED = Q(state=Relay.State.PASSED)
#: Whom of those in its audience (``standing``) a relay reaches now.
REACHED = Q(state=Membership.State.ACTIVE, activated_at__lte=F("_open_until"))


@dataclass(frozen=True)
class Seat:
    """One active membership of a person, as audiences ask about it.

    ``path``: the tree path of its branch, None without one. ``roles``: the offices held, and
    ``admin`` when there is any.
    """

    membership_id: int
    organization_id: int
    path: str | None
    activated_at: datetime
    roles: frozenset[str]


def seats_of(user: User, organization: Organization | None = None) -> list[Seat]:
    """The person's seats in living organisations (or that one), in one statement."""
    rows = Membership.objects.filter(
        user=user, state=Membership.State.ACTIVE, organization__dissolved_at=None
    )
    if organization is not None:
        rows = rows.filter(organization=organization)
    found: dict[int, tuple[int, str | None, datetime]] = {}
    roles: dict[int, set[str]] = {}
    for pk, place, path, at, role in rows.order_by("pk").values_list(
        "pk", "organization_id", "branch__path", "activated_at", "role_grants__role"
    ):
        if at is not None:
            found[pk] = (place, path, at)
        if role:
            roles.setdefault(pk, {Relay.Role.ADMIN.value}).add(role)
    return [
        Seat(pk, place, path, at, frozenset(roles.get(pk, ())))
        for pk, (place, path, at) in found.items()
    ]


def reached_by(seat: Seat) -> Q:
    """The relays that reach ``seat`` (a condition on Relay), recalled ones too."""
    named = RelayBranch.objects.filter(relay=OuterRef("pk"), branch__path__in=lineage(seat.path))
    branches = Q(own=Relay.Own.BRANCHES) & Q(Exists(named)) if seat.path else NOBODY
    return (
        PASSED
        & Q(organization_id=seat.organization_id, open_until__gte=seat.activated_at)
        & Q(role__in=["", *seat.roles])
        & (Q(own=Relay.Own.WHOLE) | branches)
    )


def reaching(seats: list[Seat]) -> QuerySet[Relay, Any]:
    """The relays that reach any of ``seats``, recalled ones too."""
    reached = NOBODY
    for seat in seats:
        reached |= reached_by(seat)
    return Relay.objects.filter(reached) if seats else Relay.objects.none()


def recipients(*relays: RelayId) -> QuerySet[Membership, Any]:
    """The active memberships that the relays (by id) reach now, a row for each relay that does:
    the denominator of their figures. Each row says which relay: ``relay`` (its id).
    """
    return standing(*relays).filter(REACHED)


def among(column: str, relays: Sequence[RelayId]) -> dict[str, Any]:
    """The filter that ``column`` is one of ``relays``; a list can't hold an OuterRef, so one alone
    is asked for by itself."""
    return {column: relays[0]} if len(relays) == 1 else {f"{column}__in": relays}


def standing(*relays: RelayId) -> QuerySet[Membership, Any]:
    """Who stands in the relays' audiences, in whatever state, each row with its ``relay`` (id).

    The relay is joined once and named in annotations; every later condition asks these, because a
    second ``organization__relays`` would join it a second time.
    """
    rows = Membership.objects.filter(
        organization__relays__state=Relay.State.PASSED, **among("organization__relays", relays)
    ).annotate(
        relay=F("organization__relays"),
        _own=F("organization__relays__own"),
        _role=F("organization__relays__role"),
        _open_until=F("organization__relays__open_until"),
    )
    named = RelayBranch.objects.filter(
        relay=OuterRef("relay"),
        branch__path=Substr(OuterRef("branch__path"), 1, Length("branch__path")),
    )
    office = RoleGrant.objects.filter(membership=OuterRef("pk"))
    return rows.filter(
        Q(_own=Relay.Own.WHOLE) | Q(_own=Relay.Own.BRANCHES) & Q(Exists(named)),
        Q(_role=Relay.Role.EVERYONE)
        | Q(_role=Relay.Role.ADMIN) & Q(Exists(office))
        | Q(Exists(office.filter(role=OuterRef("_role")))),
    )
