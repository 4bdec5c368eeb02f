"""Branches that a roster names and the tree lacks."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lianxue.audit.actions import Entry
from lianxue.shared.clock import now
from lianxue.shared.dbtools import lock_name

from ...models import Branch, Organization
from .branches import SEPARATOR, BranchFinder, kind_of, plain_path


@dataclass
class Made:
    """Branches by their names, and of these the new ones with their paths, in order."""

    there: dict[tuple[str, ...], Branch] = field(default_factory=dict)
    new: list[tuple[str, Branch]] = field(default_factory=list)
    #: What the log says of these; the caller records it, last of all (logs are locked last).
    entries: list[Entry] = field(default_factory=list)

    def at(self, path: str) -> Branch:
        """The branch of a path that was asked for."""
        return self.there[plain_path(path.split(SEPARATOR))]


def make_branches(organization: Organization, finder: BranchFinder, paths: Sequence[str]) -> Made:
    """See to it that the branch of each path is there, and all above it.

    The caller holds the organisation's lock and has found the paths within the actor's power.
    """
    done = Made()
    wanted = dict.fromkeys(paths)
    if wanted:
        lock_name("branch-roots")
    for path in wanted:
        names = path.split(SEPARATOR)
        parent: Branch | None = None
        for length in range(1, len(names) + 1):
            key = plain_path(names[:length])
            branch = done.there.get(key) or finder.at(key)
            if branch is None:
                branch = _make(organization, parent, names[length - 1])
                done.new.append((SEPARATOR.join(names[:length]), branch))
                above = parent.pk if parent else None
                data = {"name": branch.name, "kind": branch.kind, "parent": above}
                done.entries.append(Entry("branch.added", branch, organization.pk, data))
            done.there[key] = parent = branch
    return done


def _make(organization: Organization, parent: Branch | None, name: str) -> Branch:
    branch = Branch(organization=organization, name=name, kind=kind_of(name), created_at=now())
    if parent is None:
        Branch.objects.add_root(instance=branch)
    else:
        # fetched again: treebeard computes from the path and numchild that a node carries
        Branch.objects.add_child(Branch.objects.get(pk=parent.pk), instance=branch)
    return branch
