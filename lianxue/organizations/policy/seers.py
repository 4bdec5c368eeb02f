"""The other way round from ``sight``: who sees a given member.

A condition on memberships, so that it can be counted and listed whatever the organisation's size.
That both directions agree is proved over random casts in tests/organizations/test_access_rules.py.
"""

from dataclasses import dataclass

from django.db.models import Q

from ..models import BranchReach, Membership, Reach, RoleGrant, SecuritySettings
from .sight import EVERYBODY, NOBODY, below, lineage


@dataclass(frozen=True)
class Reaches:
    """An organisation's rules of whom its members see: the general one, and the branches' own."""

    general: str
    own: dict[str, str]

    def at(self, path: str | None) -> str:
        """What holds for who stands at ``path``: the nearest branch's rule, else the general."""
        for one in reversed(lineage(path)):
            if one in self.own:
                return self.own[one]
        return self.general

    def who_has(self, reach: str) -> Q:
        """The memberships for whose branch ``reach`` holds."""
        found = NOBODY
        for path, granted in self.own.items():
            if granted == reach:
                found |= below(path) & ~self._inside(path)
        if self.general == reach:
            found |= Q(branch=None) | ~self._inside("") if self.own else EVERYBODY
        return found

    def _inside(self, path: str) -> Q:
        """What lies in branches below ``path`` that have a rule of their own."""
        found = NOBODY
        for other in self.own:
            if other != path and other.startswith(path):
                found |= below(other)
        return found


def reaches_of(organization_id: int) -> Reaches:
    """The organisation's rules, in two statements."""
    general = (
        SecuritySettings.objects.filter(pk=organization_id).values_list("reach", flat=True).first()
    )
    own = BranchReach.objects.filter(organization=organization_id)
    return Reaches(general or Reach.WHOLE, dict(own.values_list("branch__path", "reach")))


def in_charge_of(member: Membership) -> Q:
    """The offices whose holders administer ``member`` (a condition on RoleGrant)."""
    path = member.branch.path if member.branch else None
    return Q(organization_id=member.organization_id) & (
        Q(scope=None) | Q(scope__path__in=lineage(path))
    )


def seers_of(member: Membership, reaches: Reaches) -> Q:
    """The memberships of its organisation whose people see ``member`` (a condition on them)."""
    path = member.branch.path if member.branch else None
    by_office = RoleGrant.objects.filter(in_charge_of(member)).values("membership_id")
    seers = Q(pk=member.pk) | Q(pk__in=by_office) | reaches.who_has(Reach.WHOLE)
    seers |= _near(path, reaches)
    for scope in _scopes_of(member):
        seers |= EVERYBODY if scope is None else below(scope)
    return Q(organization_id=member.organization_id) & seers


def _near(path: str | None, reaches: Reaches) -> Q:
    """Who stands near enough for a narrow reach."""
    if path is None:
        return Q(branch=None)  # one without a branch sees those without one, whatever the reach
    above = [one for one in lineage(path) if reaches.at(one) == Reach.SUBTREE]
    near = Q(branch__path__in=above) if above else NOBODY
    return near | Q(branch__path=path)  # every reach holds the own branch


def _scopes_of(member: Membership) -> list[str | None]:
    """The scopes of the member's own offices: whoever it administers sees it."""
    return list(RoleGrant.objects.filter(membership=member).values_list("scope__path", flat=True))
