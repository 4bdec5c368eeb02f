"""减负: how many notices, tasks and forms each unit has received this calendar month.

Received is what was passed on to it and not recalled. What is for administrators alone (a role)
is no load of members or branches.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Length, Substr
from django.utils import timezone

from lianxue.organizations.models import Branch, Organization
from lianxue.shared.clock import today
from lianxue.shared.pagination import Page, paginate

from ..models import Notice, Relay, RelayBranch, RelayOrganization
from ..policy import Place
from .reach import subordinates

_KINDS = {
    "notices": Notice.Kind.NOTICE,
    "tasks": Notice.Kind.TASK,
    "forms": Notice.Kind.FORM,
}


@dataclass(frozen=True)
class Load:
    """What somebody received in a month."""

    notices: int = 0
    tasks: int = 0
    forms: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.notices + self.tasks + self.forms


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
    month, who received most first: two statements. Empty for a scoped administrator, who does not
    write to them."""
    rows = subordinates(place.organization)
    if among is not None:
        rows = rows.filter(pk__in=[one.pk for one in among])
    if not place.power.whole:
        rows = rows.none()
    chosen = RelayOrganization.objects.filter(
        relay=OuterRef("pk"), organization=OuterRef(OuterRef("pk"))
    )
    received = _this_month(place).filter(
        Q(below=Relay.Below.ALL) | Q(below=Relay.Below.CHOSEN) & Q(Exists(chosen)),
        open_until__gte=OuterRef("certified_at"),
    )
    counted = _counted(rows, received)
    most = (F("notices_received") + F("tasks_received") + F("forms_received")).desc()
    found = paginate(counted.order_by(most, "name", "pk"), page, size)
    units = [UnitLoad(one.pk, one.name, _load_in(one)) for one in found.items]
    return Page(units, found.number, found.size, found.total)


def load_of_branches(place: Place, branches: Iterable[Branch]) -> dict[int, Load]:
    """What each of these branches received this month, by its id: what went to the whole
    organisation, to it or a branch above, or to itself as a unit; one statement."""
    named = RelayBranch.objects.filter(relay=OuterRef("pk"))
    above = named.filter(branch__path=Substr(OuterRef(OuterRef("path")), 1, Length("branch__path")))
    itself = named.filter(branch=OuterRef(OuterRef("pk")))
    received = _this_month(place).filter(
        Q(own=Relay.Own.WHOLE, role="")
        | Q(own=Relay.Own.BRANCHES, role="") & Q(Exists(above))
        | Q(own=Relay.Own.UNITS) & Q(Exists(itself))
    )
    rows = Branch.objects.filter(
        organization=place.organization, pk__in=[branch.pk for branch in branches]
    )
    return {one.pk: _load_in(one) for one in _counted(rows, received)}


def load_of_members(place: Place) -> Load:
    """What went to all members of the organisation this month; one statement."""
    received = _this_month(place).filter(own=Relay.Own.WHOLE, role="")
    return Load(
        **received.aggregate(
            **{key: Count("pk", filter=Q(notice__kind=kind)) for key, kind in _KINDS.items()}
        )
    )


def _this_month(place: Place) -> QuerySet[Relay, Any]:
    return Relay.objects.filter(
        organization=place.organization,
        state=Relay.State.PASSED,
        passed_at__gte=month_begin(),
        recalled_at=None,
    )


def _counted(rows: QuerySet[Any, Any], received: QuerySet[Relay, Any]) -> QuerySet[Any, Any]:
    """``rows`` with how many of ``received`` (which refers to the row) are of each kind."""

    def number(kind: str) -> Coalesce:
        of_kind = received.filter(notice__kind=kind).order_by().values("organization")
        counted = of_kind.annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

    counted: QuerySet[Any, Any] = rows.annotate(
        # an organisation has `notices` of its own
        **{f"{key}_received": number(kind) for key, kind in _KINDS.items()}
    )
    return counted


def _load_in(row: Any) -> Load:
    return Load(row.notices_received, row.tasks_received, row.forms_received)
