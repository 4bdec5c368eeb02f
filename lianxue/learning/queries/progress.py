"""How far a learning task is: who has completed it, of whom it reaches.

The own organisation is counted now, in the database. Of those below there are the relays' stored
counts (``TaskCount``, renewed by ``actions.task_counting``), summed, with the moment of the oldest.
Who has left counts no more, neither as expected nor as having completed it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Substr

from lianxue.notices import policy as notices
from lianxue.notices.models import Notice, Relay
from lianxue.notices.policy import Place
from lianxue.notices.queries import figures
from lianxue.notices.queries.chain import Standpoint
from lianxue.notices.queries.subtrees import (
    BranchCounts,
    SubordinateCounts,
    by_chain,
    by_tree,
)
from lianxue.organizations.models import Branch, Membership
from lianxue.organizations.policy import below
from lianxue.shared.ids import STEP

from ..models import Completion, TaskCount


@dataclass(frozen=True)
class Counts:
    """People: ``expected`` (whom it reaches, the denominator), of them ``completed``, of these
    ``late``; ``inactive`` stand in the audience and have not come yet, no part of ``expected``.

    ``as_of``: the oldest count in a sum of stored ones, None when all was counted now;
    ``uncounted``: relays whose people are missing in it.
    """

    expected: int = 0
    completed: int = 0
    late: int = 0
    inactive: int = 0
    uncounted: int = 0
    as_of: datetime | None = None

    @property
    def left(self) -> int:
        """Who have not completed it."""
        return self.expected - self.completed

    def __add__(self, other: "Counts") -> "Counts":
        names = [one.name for one in fields(self) if one.name != "as_of"]
        moments = [one.as_of for one in (self, other) if one.as_of]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return Counts(**sums, as_of=min(moments, default=None))


def done_by_row(relay: Relay | None = None) -> tuple[Q, Q]:
    """On rows of ``notices.policy.standing``: has completed the task; has, after the deadline.

    Of one relay alone, name it: ``aggregate`` cannot see the rows' own ``relay``.
    """
    which = OuterRef("relay") if relay is None else relay.pk
    own = Completion.objects.filter(relay=which, membership=OuterRef("pk"))
    return Q(Exists(own)), Q(Exists(own.filter(late=True)))


def _tally(rows: QuerySet[Any, Any], by: str) -> dict[Any, Counts]:
    """The numbers of those who stand in an audience (``rows``), grouped by a column."""
    done, late = done_by_row()
    found = (
        rows.order_by()
        .values_list(by)
        .annotate(
            expected=Count("pk", filter=notices.REACHED),
            completed=Count("pk", filter=notices.REACHED & done),
            late=Count("pk", filter=notices.REACHED & late),
            inactive=Count("pk", filter=Q(state=Membership.State.INVITED)),
        )
    )
    return {key: Counts(*numbers) for key, *numbers in found}


def live(relay_ids: Iterable[int]) -> dict[int, Counts]:
    """The numbers of the own members of each relay, as they are now, in one statement."""
    ids = list(relay_ids)
    found = dict.fromkeys(ids, Counts())
    return found | _tally(notices.standing(*ids), "relay") if ids else found


def own(place: Place, relay: Relay, branch: Branch | None = None) -> Counts:
    """The numbers of those whom the actor administers; with ``branch``, of its subtree alone. One
    statement."""
    rows = notices.standing_here(place, relay)
    if branch is not None:
        rows = rows.filter(below(branch.path))
    return _tally(rows, "relay").get(relay.pk, Counts())


def stored(relay: Relay) -> Counts:
    """The stored numbers of another organisation's members, with their moment; one statement."""
    row = TaskCount.objects.filter(relay=relay.pk).first()
    if row is None:
        return Counts()
    return Counts(row.expected, row.completed, row.late, as_of=row.counted_at)


def looked_at(stand: Standpoint) -> Counts:
    """The numbers of the organisation looked at, its own members alone: counted now at home (as far
    as the actor administers them), else as stored."""
    if stand.at_home:
        return own(stand.place, stand.own)
    return stored(stand.relay) if stand.relay is not None else Counts()


def here(place: Place, relay: Relay) -> tuple[Counts, list[BranchCounts[Counts]]]:
    """``own``, and the same for each branch's whole subtree, in the order of the tree. The people
    are counted once: two statements."""
    exact = _tally(notices.standing_here(place, relay), "branch__path")
    known = {path or "": counts for path, counts in exact.items()}
    branches = by_tree(place, {path: one for path, one in known.items() if one.expected})
    return sum(exact.values(), Counts()), branches


def looked_at_with_branches(stand: Standpoint) -> tuple[Counts, list[BranchCounts[Counts]]]:
    """``looked_at``, and at home, with it, the branches' numbers (below: none)."""
    return here(stand.place, stand.own) if stand.at_home else (looked_at(stand), [])


def below_at(stand: Standpoint) -> list[SubordinateCounts[Counts]]:
    """The subordinates of the organisation looked at in whose subtree it reaches anybody, each with
    the numbers of that subtree; for who administers the whole organisation, else none.

    Three statements; ``actions.task_counting.TALLY`` is to be fresh.
    """
    path = stand.at.chain_path
    if not path or not stand.place.power.whole:
        return []
    found = sums_by_child(stand.notice, path)
    return by_chain(
        stand, {step: one for step, one in found.items() if one.expected or one.uncounted}
    )


def sums_by_child(notice: Notice, path: str) -> dict[str, Counts]:
    """The stored numbers of each subtree right below the chain path ``path``, by its top's step
    (``shared.ids.path_step`` of its id). One statement."""
    rows = figures.relays_below(notice, path).filter(figures.HAS_READERS).order_by()
    sums = rows.values(step=Substr("organization__chain_path", len(path) + 1, STEP)).annotate(
        expected=Sum("learning_count__expected"),
        completed=Sum("learning_count__completed"),
        late=Sum("learning_count__late"),
        uncounted=Count("pk", filter=Q(learning_count=None)),
        as_of=Min("learning_count__counted_at"),
    )
    return {
        row["step"]: Counts(
            expected=row["expected"] or 0,
            completed=row["completed"] or 0,
            late=row["late"] or 0,
            uncounted=row["uncounted"],
            as_of=row["as_of"],
        )
        for row in sums
    }
