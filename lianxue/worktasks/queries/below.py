"""The organisations below one, each with the numbers of its whole subtree."""

from lianxue.notices.queries.chain import Standpoint
from lianxue.notices.queries.subtrees import SubordinateCounts, by_chain

from .progress import Counts, by_subordinate


def rows_below(stand: Standpoint) -> list[SubordinateCounts[Counts]]:
    """The subordinates of the organisation looked at in whose subtree somebody is asked, by name;
    for who administers the whole organisation, else none. A fixed number of statements.

    For members ``notices.actions.counting.freshen_at`` first.
    """
    path = stand.at.chain_path
    if not path or not stand.place.power.whole:
        return []
    found = by_subordinate(stand.notice, path)
    return by_chain(stand, {step: counts for step, counts in found.items() if counts.asked})
