"""Which rule is in force: an organisation's own, the site's, or the item's default."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q

from lianxue.shared.clock import today

from ..items import ITEMS, TOTAL
from ..models import PointRule


@dataclass(frozen=True)
class Terms:
    """What an item is worth on a day, in tenths of a point; caps None: none.

    ``rule`` None: the item's default (a site that went back to it has none either).
    """

    points: int
    day_cap: int | None
    year_cap: int | None
    rule: PointRule | None = field(default=None, compare=False)

    @property
    def origin(self) -> str:
        """Whose rule it is: own, site, or default."""
        if self.rule is None:
            return "default"
        return "site" if self.rule.organization_id is None else "own"


class Rulebook:
    """The versions of some items in some organisations, read in one statement.

    ``until``: the last day that is asked about, None: to come, too. ``known_at``: as they stood at
    that moment.
    """

    def __init__(
        self,
        organizations: Iterable[int],
        items: Iterable[str],
        until: date | None,
        known_at: datetime | None = None,
    ) -> None:
        wanted = {*items, TOTAL}
        rows = PointRule.objects.filter(
            Q(organization=None) | Q(organization__in=set(organizations)), item__in=wanted
        ).order_by("effective_from", "pk")
        if until is not None:
            rows = rows.filter(effective_from__lte=until)
        if known_at is not None:
            rows = rows.filter(created_at__lte=known_at)
        self._versions: dict[tuple[int | None, str], list[PointRule]] = {}
        for row in rows:
            self._versions.setdefault((row.organization_id, row.item), []).append(row)

    def terms(self, organization_id: int | None, item: str, day: date) -> Terms:
        """What counts for ``item`` in the organisation (None: on the site) on ``day``.

        KeyError: no such item.
        """
        own = self._latest(organization_id, item, day)
        rule = own if own and not own.inherits else self._latest(None, item, day)
        if rule is None or rule.inherits:
            default = ITEMS[item]
            return Terms(default.points, default.day_cap, default.year_cap)
        return terms_of(rule)

    def own_terms(self, organization_id: int | None, item: str, day: date) -> Terms | None:
        """The organisation's own (None: the site's own) on ``day``; None: it has none then."""
        rule = self._latest(organization_id, item, day)
        return None if rule is None or rule.inherits else terms_of(rule)

    def coming(self, organization_id: int | None, item: str, after: date) -> list[PointRule]:
        """The versions of the organisation and of the site that begin later, the next first."""
        both = {organization_id, None}
        rows = [row for place in both for row in self._versions.get((place, item), ())]
        later = [row for row in rows if row.effective_from > after]
        return sorted(later, key=lambda row: (row.effective_from, row.pk))

    def _latest(self, organization_id: int | None, item: str, day: date) -> PointRule | None:
        found = None
        for row in self._versions.get((organization_id, item), ()):
            if row.effective_from <= day:
                found = row
        return found


def terms_of(rule: PointRule) -> Terms:
    """What one version says."""
    return Terms(rule.points, rule.day_cap, rule.year_cap, rule)


@dataclass(frozen=True)
class Line:
    """An item with the rule in force now and those that are decided for later."""

    item: str
    label: str
    terms: Terms
    coming: list[PointRule]


def lines(organization_id: int) -> list[Line]:
    """Every item's rule in the organisation today, in the order of registration, what holds for all
    of them last; one statement."""
    day = today()
    book = Rulebook([organization_id], ITEMS, None)
    keys = [*(key for key in ITEMS if key != TOTAL), TOTAL]
    return [
        Line(
            key,
            ITEMS[key].label,
            book.terms(organization_id, key, day),
            book.coming(organization_id, key, day),
        )
        for key in keys
    ]


def versions(organization_id: int | None, item: str) -> list[PointRule]:
    """All versions of one item's rule, the organisation's and the site's, the latest first."""
    rows = PointRule.objects.filter(
        Q(organization=None) | Q(organization=organization_id), item=item
    )
    return list(rows.order_by("-effective_from", "-pk"))
