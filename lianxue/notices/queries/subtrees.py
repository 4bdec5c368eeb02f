"""Numbers of a task along the two trees: the own organisation's branches, and the chain below."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from lianxue.organizations.models import Branch, Organization
from lianxue.organizations.policy.sight import lineage

from ..models import Relay
from ..policy import Place
from .chain import Standpoint


class Summable(Protocol):
    """What can be added up."""

    def __add__(self, other: Any, /) -> Any:
        """The sum of both."""


Counts = TypeVar("Counts", bound=Summable)


@dataclass(frozen=True)
class BranchCounts(Generic[Counts]):
    """A branch's numbers, its whole subtree's; None: those directly under the organisation.
    ``indent``: how far below the first of the list it stands."""

    branch: Branch | None
    counts: Counts
    indent: int = 0


def by_tree(place: Place, exact: Mapping[str, Counts]) -> list[BranchCounts[Counts]]:
    """``exact``, the numbers of who stands at a tree path itself ("" for none), as those of each
    branch's whole subtree, in the order of the tree; of branches that the actor covers. One
    statement.
    """
    sums: dict[str, Counts] = {}
    for path, counts in exact.items():
        for one in lineage(path):
            sums[one] = sums[one] + counts if one in sums else counts
    rows = Branch.objects.filter(organization=place.organization, path__in=list(sums))
    branches = [row for row in rows.order_by("path") if place.power.covers(row)]
    top = min((row.depth for row in branches), default=0)
    found = [BranchCounts(row, sums[row.path], row.depth - top) for row in branches]
    return [BranchCounts(None, exact[""]), *found] if "" in exact else found


@dataclass(frozen=True)
class SubordinateCounts(Generic[Counts]):
    """A subordinate organisation with the numbers of its whole subtree. ``opens``: whether there is
    anything to look at one level further down."""

    organization: Organization
    counts: Counts
    opens: bool


def by_chain(stand: Standpoint, sums: Mapping[str, Counts]) -> list[SubordinateCounts[Counts]]:
    """``sums``, the numbers of each subtree right below the organisation looked at, by its top's
    step of the chain path, with those organisations, by name. Two statements.
    """
    path = stand.at.chain_path
    if not path or not sums:
        return []
    places = Organization.objects.filter(chain_path__in=[path + step for step in sums])
    passed = Relay.objects.filter(
        notice=stand.notice, organization__in=places.values("pk"), state=Relay.State.PASSED
    )
    opening = set(passed.values_list("organization_id", flat=True))
    return [
        SubordinateCounts(one, sums[str(one.chain_path)[len(path) :]], one.pk in opening)
        for one in places.order_by("name", "pk")
    ]
