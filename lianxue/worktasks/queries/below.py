"""The organisations below one, each with the numbers of its whole subtree."""

from dataclasses import dataclass

from lianxue.notices.models import Relay
from lianxue.notices.queries.chain import Standpoint
from lianxue.organizations.models import Organization

from .progress import Counts, by_subordinate


@dataclass(frozen=True)
class BelowRow:
    """A subordinate organisation with the numbers of its whole subtree. ``opens``: whether there is
    anything to look at one level further down."""

    organization: Organization
    counts: Counts
    opens: bool


def rows_below(stand: Standpoint) -> list[BelowRow]:
    """The subordinates of the organisation looked at in whose subtree somebody is asked, by name;
    for who administers the whole organisation, else none. A fixed number of statements.

    For members ``notices.actions.counting.freshen_at`` first.
    """
    path = stand.at.chain_path
    if not path or not stand.place.power.whole:
        return []
    found = by_subordinate(stand.notice, path)
    places = Organization.objects.filter(chain_path__in=[path + step for step in found])
    passed = Relay.objects.filter(
        notice=stand.notice, organization__in=places.values("pk"), state=Relay.State.PASSED
    )
    opening = set(passed.values_list("organization_id", flat=True))
    return [
        BelowRow(one, found[str(one.chain_path)[len(path) :]], one.pk in opening)
        for one in places.order_by("name", "pk")
        if found[str(one.chain_path)[len(path) :]].asked
    ]
