"""Branches by their whole path in words, as rosters write them: 第一党总支/第二党支部."""

from .. import policy
from ..models import Branch, Organization


def branch_paths(
    organization: Organization, power: policy.Power = policy.EVERYTHING
) -> dict[int, str]:
    """The paths by the branch's id, in the tree's order, cut to ``power``; one statement."""
    names: dict[str, str] = {}
    found: dict[int, str] = {}
    for branch in Branch.objects.filter(organization=organization).order_by("path"):
        above = names.get(branch.path[: -Branch.steplen], "")
        names[branch.path] = f"{above}/{branch.name}" if above else branch.name
        if power.covers(branch):
            found[branch.pk] = names[branch.path]
    return found
