"""Whom an audience would reach, counted before anything is sent; and an audience in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Length, Substr

from lianxue.organizations.models import Branch, Membership, Organization, RoleGrant

from ..models import Relay
from ..policy import Place

#: So many names stand in an audience's words; the others are counted.
_NAMES_TOLD = 3


@dataclass(frozen=True)
class Checked:
    """An audience whose branches and organisations were found, within the power of who chose it.

    ``own`` is what is stored: UNITS where the chosen branches answer as units.
    """

    own: str
    branches: tuple[Branch, ...]
    role: str
    below: str
    organizations: tuple[Organization, ...]

    @property
    def words(self) -> str:
        """本组织全体；主管理员和学习管理员；全部下级组织."""
        return audience_words(
            self, [one.name for one in self.branches], [one.name for one in self.organizations]
        )


@dataclass(frozen=True)
class Reach:
    """How many an audience reaches now: ``expected`` members who have come, ``inactive`` who have
    not, ``organizations`` directly below, ``branches`` that answer as units."""

    expected: int
    inactive: int
    organizations: int
    branches: int

    @property
    def anybody(self) -> bool:
        """Whether it reaches anything at all."""
        return bool(self.expected or self.inactive or self.organizations or self.branches)


def subordinates(organization: Organization) -> QuerySet[Organization, Any]:
    """The organisations that it certified, by name."""
    return Organization.objects.filter(superior=organization, dissolved_at=None).order_by(
        "name", "pk"
    )


def members_reached(organization: Organization, checked: Checked) -> QuerySet[Membership, Any]:
    """Who would stand in the audience, come or not: ``policy.standing`` of a relay not yet made."""
    rows = Membership.objects.filter(organization=organization).exclude(
        state=Membership.State.ENDED
    )
    if checked.own == Relay.Own.BRANCHES:
        named = Branch.objects.filter(
            pk__in=[branch.pk for branch in checked.branches],
            path=Substr(OuterRef("branch__path"), 1, Length("path")),
        )
        rows = rows.filter(Exists(named))
    elif checked.own != Relay.Own.WHOLE:
        return rows.none()
    office = RoleGrant.objects.filter(membership=OuterRef("pk"))
    if checked.role == Relay.Role.ADMIN:
        return rows.filter(Exists(office))
    if checked.role:
        return rows.filter(Exists(office.filter(role=checked.role)))
    return rows


def reach_of(place: Place, checked: Checked) -> Reach:
    """Whom the audience reaches at this moment, in two statements at most."""
    members = {"expected": 0, "inactive": 0}
    if checked.own in {Relay.Own.WHOLE, Relay.Own.BRANCHES}:
        members = members_reached(place.organization, checked).aggregate(
            expected=Count("pk", filter=Q(state=Membership.State.ACTIVE)),
            inactive=Count("pk", filter=Q(state=Membership.State.INVITED)),
        )
    below = len(checked.organizations)
    if checked.below == Relay.Below.ALL:
        below = subordinates(place.organization).count()
    units = len(checked.branches) if checked.own == Relay.Own.UNITS else 0
    return Reach(**members, organizations=below, branches=units)


def audience_words(
    audience: Checked | Relay, branches: Sequence[str], organizations: Sequence[str]
) -> str:
    """An audience as a log or a page tells it: 第一党支部、第二党支部；学习管理员；全部下级组织.

    ``branches`` and ``organizations`` are the names of those chosen.
    """
    parts = []
    if audience.own == Relay.Own.WHOLE:
        parts.append("本组织全体")
    elif audience.own in {Relay.Own.BRANCHES, Relay.Own.UNITS}:
        parts.append(_listed(branches, "个支部"))
    if audience.role:
        parts.append(f"其中{Relay.Role(audience.role).label}")
    if audience.own == Relay.Own.UNITS:
        parts.append("由支部答复")
    told = ["，".join(parts)] if parts else []
    if audience.below == Relay.Below.ALL:
        told.append("全部下级组织")
    elif audience.below == Relay.Below.CHOSEN:
        told.append(_listed(organizations, "个下级组织"))
    return "；".join(told)


def _listed(names: Iterable[str], unit: str) -> str:
    """甲、乙、丙等 5 个支部."""
    all_names = list(names)
    head = "、".join(all_names[:_NAMES_TOLD])
    return head if len(all_names) <= _NAMES_TOLD else f"{head}等 {len(all_names)} {unit}"
