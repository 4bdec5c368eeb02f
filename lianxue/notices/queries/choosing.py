"""What an administrator chooses an audience from: the own branches, the direct subordinates."""

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from lianxue.accounts.models import Actor
from lianxue.organizations.models import Branch, Organization
from lianxue.organizations.queries import tallies

from .. import policy
from . import reach


@dataclass
class BranchChoice:
    """One branch to tick, with those right below it. ``active`` and ``inactive`` people stand in
    its whole subtree; ``open``: something below it is ticked.
    """

    pk: int
    name: str
    path: str
    active: int = 0
    inactive: int = 0
    ticked: bool = False
    open: bool = False
    below: list["BranchChoice"] = field(default_factory=list)


def branch_tree(
    actor: Actor, place: policy.Place, ticked: Container[int] = frozenset()
) -> list[BranchChoice]:
    """The branches within the actor's power as a tree, in two statements however many they are."""
    organization, power = place.organization, place.power
    rows = Branch.objects.filter(organization=organization).order_by("path")
    branches = [branch for branch in rows if power.covers(branch)]
    people = tallies(actor, organization, branches)
    tops: list[BranchChoice] = []
    way: list[BranchChoice] = []  # from the top down to the last one
    for branch in branches:
        tally = people[branch.pk]
        one = BranchChoice(branch.pk, branch.name, branch.path, tally.active)
        one.inactive = tally.members - tally.active
        one.ticked = branch.pk in ticked
        while way and not branch.path.startswith(way[-1].path):
            way.pop()
        (way[-1].below if way else tops).append(one)
        if one.ticked:
            for above in way:
                above.open = True
        way.append(one)
    return tops


def own_scope(place: policy.Place) -> tuple[int, ...]:
    """The branch that the actor administers, when it is one alone; the whole is no branch."""
    if place.power.whole or len(place.power.scopes) != 1:
        return ()
    return tuple(Branch.objects.filter(path=place.power.scopes[0]).values_list("pk", flat=True))


def subordinates(place: policy.Place, text: str = "") -> QuerySet[Organization, Any]:
    """The direct subordinates, by name; those whose name has ``text`` in it.

    None for who does not administer the whole organisation.
    """
    if not place.power.whole:
        return Organization.objects.none()
    rows = reach.subordinates(place.organization)
    text = text.replace("\0", "").strip()  # PostgreSQL takes no NUL
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(code=text))
    return rows
