"""减负: how many notices, tasks and forms each unit has received this calendar month.

Received is what was passed on to it and not recalled. What is for administrators alone (a role)
is no load of members or branches. What one organisation sends in a month is a few hundred rows:
they are read once and counted here, where a count per unit in the database would read them for
every unit.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from lianxue.organizations.models import Branch, Organization
from lianxue.organizations.policy.sight import lineage
from lianxue.shared.clock import today
from lianxue.shared.pagination import Page, cut

from ..models import Notice, Relay, RelayBranch, RelayOrganization
from ..policy import Place
from .reach import subordinates


@dataclass(frozen=True)
class Load:
    """What somebody received in a month."""

    notices: int = 0
    tasks: int = 0
    forms: int = 0
    learning: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.notices + self.tasks + self.forms + self.learning


@dataclass(frozen=True)
class UnitLoad:
    """One subordinate organisation, and what it received from here."""

    organization_id: int
    name: str
    load: Load


def month_begin() -> datetime:
    """The first moment of this month in the site's time zone."""
    first = today().replace(day=1)
    return datetime(first.year, first.month, 1, tzinfo=timezone.get_default_timezone())


def load_of_subordinates(
    place: Place, page: object = 1, size: int = 20, among: Iterable[Organization] | None = None
) -> Page[UnitLoad]:
    """What each organisation directly below (``among``: these of them) received from this one this
    month, who received most first: three statements. Empty for a scoped administrator, who does not
    write to them."""
    if not place.power.whole:
        return cut([], page, size)
    rows = subordinates(place.organization)
    if among is not None:
        rows = rows.filter(pk__in=[one.pk for one in among])
    sent = _this_month(place)
    to_all: dict[str, list[datetime]] = defaultdict(list)
    to_one: dict[int, Counter[str]] = defaultdict(Counter)
    for kind, until in sent.filter(below=Relay.Below.ALL).values_list("notice__kind", "open_until"):
        to_all[kind] += [until] if until else []
    for ends in to_all.values():
        ends.sort()
    chosen = RelayOrganization.objects.filter(
        relay__in=sent.filter(below=Relay.Below.CHOSEN),
        relay__open_until__gte=F("organization__certified_at"),
    )
    for pk, kind, number in chosen.values_list("organization", "relay__notice__kind").annotate(
        n=Count("pk")
    ):
        to_one[pk][kind] += number
    units = []
    for pk, name, since in rows.values_list("pk", "name", "certified_at"):
        received = to_one[pk]
        for kind, ends in to_all.items():  # those still open when it joined the chain
            received[kind] += len(ends) - bisect_left(ends, since or ends[0])
        units.append(UnitLoad(pk, name, _load(received)))
    units.sort(key=lambda unit: -unit.load.total)  # of the same load by name, as they came
    return cut(units, page, size)


def load_of_branches(place: Place, branches: Iterable[Branch]) -> dict[int, Load]:
    """What each of these branches received this month, by its id: what went to the whole
    organisation, to it or a branch above, or to itself as a unit; two statements."""
    here = place.organization.pk
    wanted = [branch for branch in branches if branch.organization_id == here]
    if not wanted:
        return {}
    sent = _this_month(place)
    to_whole = _counted(sent.filter(own=Relay.Own.WHOLE, role=""))
    named: dict[tuple[str, bool], set[tuple[int, str]]] = defaultdict(set)
    for path, own, relay, kind in RelayBranch.objects.filter(
        Q(relay__own=Relay.Own.BRANCHES, relay__role="") | Q(relay__own=Relay.Own.UNITS),
        relay__in=sent,
        branch__isnull=False,
    ).values_list("branch__path", "relay__own", "relay", "relay__notice__kind"):
        named[path, own == Relay.Own.UNITS].add((relay, kind))
    found = {}
    for branch in wanted:
        ways = [named.get((path, False), set()) for path in lineage(branch.path)]
        to_it = set().union(*ways, named.get((branch.path, True), set()))
        found[branch.pk] = _load(to_whole + Counter(kind for _, kind in to_it))
    return found


def load_of_members(place: Place) -> Load:
    """What went to all members of the organisation this month; one statement."""
    return _load(_counted(_this_month(place).filter(own=Relay.Own.WHOLE, role="")))


def _this_month(place: Place) -> QuerySet[Relay, Any]:
    return Relay.objects.filter(
        organization=place.organization,
        state=Relay.State.PASSED,
        passed_at__gte=month_begin(),
        recalled_at=None,
    )


def _counted(rows: QuerySet[Relay, Any]) -> Counter[str]:
    """How many of these there are of each kind; one statement."""
    kinds = rows.order_by().values_list("notice__kind").annotate(n=Count("pk"))
    return Counter(dict(kinds))


def _load(kinds: Mapping[str, int]) -> Load:
    kind = Notice.Kind
    order = (kind.NOTICE, kind.TASK, kind.FORM, kind.LEARNING)
    return Load(*(kinds.get(one, 0) for one in order))
