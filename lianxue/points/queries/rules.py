"""Which rule is in force: an organisation's own, the site's, or the item's default."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from ..items import ITEMS, TOTAL
from ..models import PointRule


@dataclass(frozen=True)
class Terms:
    """What an item is worth on a day, in tenths. ``rule`` None: the item's default."""

    points: int
    day_cap: int | None
    year_cap: int | None
    rule: PointRule | None = None


class Rulebook:
    """The versions of some items in some organisations, read in one statement."""

    def __init__(self, organizations: Iterable[int], items: Iterable[str], until: date) -> None:
        wanted = {*items, TOTAL}
        rows = PointRule.objects.filter(
            Q(organization=None) | Q(organization__in=set(organizations)),
            item__in=wanted,
            effective_from__lte=until,
        ).order_by("effective_from", "pk")
        self._versions: dict[tuple[int | None, str], list[PointRule]] = {}
        for row in rows:
            self._versions.setdefault((row.organization_id, row.item), []).append(row)

    def terms(self, organization_id: int, item: str, day: date) -> Terms:
        """What counts for ``item`` in the organisation on ``day``. KeyError: no such item."""
        own = self._latest(organization_id, item, day)
        rule = own if own and not own.inherits else self._latest(None, item, day)
        if rule is None:
            default = ITEMS[item]
            return Terms(default.points, default.day_cap, default.year_cap)
        return Terms(rule.points, rule.day_cap, rule.year_cap, rule)

    def _latest(self, organization_id: int | None, item: str, day: date) -> PointRule | None:
        found = None
        for row in self._versions.get((organization_id, item), ()):
            if row.effective_from <= day:
                found = row
        return found
