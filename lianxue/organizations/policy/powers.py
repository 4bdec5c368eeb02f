"""Who may do what in an organisation (manual 2.2; design words and rule 12).

``power_in`` reads an actor's power once; the ``can_*`` functions and querysets decide
from it. The operator at the command line may do everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from lianxue.accounts.models import Actor
from lianxue.shared.actors import Operator
from lianxue.shared.errors import PermissionDenied, RealNameRequired

from ..models import Branch, Membership, Organization, RoleGrant


@dataclass(frozen=True)
class Power:
    """What an actor may do in one organisation.

    ``main``: main administrator. ``whole``: administers the whole organisation (main administrator,
    or learning administrator without a scope). ``scopes``: tree paths of the branches below which
    the actor administers. ``member``: belongs to it.
    """

    main: bool = False
    whole: bool = False
    scopes: tuple[str, ...] = ()
    member: bool = False

    @property
    def administers(self) -> bool:
        """Whether the actor is any kind of administrator here."""
        return self.whole or bool(self.scopes)

    def covers(self, branch: Branch | None) -> bool:
        """Whether ``branch`` (None: directly under the organisation) lies within the power."""
        if self.whole:
            return True
        return branch is not None and any(branch.path.startswith(path) for path in self.scopes)

    def below_scope(self, branch: Branch) -> bool:
        """Whether ``branch`` itself may be changed: it lies truly below a scope, or all is ours."""
        return self.whole or any(
            branch.path.startswith(path) and branch.path != path for path in self.scopes
        )

    # What each ``require_*`` below asks; PermissionDenied in words when the answer is no.

    def need_administers(self) -> None:
        """Any administrator's power."""
        if not self.administers:
            raise PermissionDenied("只有本组织的管理员才能进行这项操作。")

    def need_whole(self) -> None:
        """Power over the whole organisation."""
        if not self.whole:
            raise PermissionDenied("只有负责整个组织的管理员才能进行这项操作。")

    def need_log(self) -> None:
        """Power to read 操作日志."""
        if not self.whole:
            raise PermissionDenied(LOG_REFUSED)

    def need_main(self) -> None:
        """The main administrator's power."""
        if not self.main:
            raise PermissionDenied("只有主管理员才能进行这项操作。")

    def need_covers(self, branch: Branch | None) -> None:
        """Power over ``branch`` (None: directly under the organisation)."""
        self.need_administers()
        if not self.covers(branch):
            raise PermissionDenied("这里不在您的管理范围内，请联系主管理员。")

    def need_below_scope(self, branch: Branch) -> None:
        """Power to change ``branch`` itself."""
        self.need_covers(branch)
        if not self.below_scope(branch):
            raise PermissionDenied("这是您负责的支部，改名、移动、合并和删除请联系主管理员。")


#: What somebody is told who belongs to an organisation and may not read its log.
LOG_REFUSED = "只有负责整个组织的管理员才能查看操作日志。"

EVERYTHING = Power(main=True, whole=True)
NOTHING = Power()


@dataclass(frozen=True)
class Standing:
    """All that a rule about doing asks of somebody: the power here, in the organisation above,
    whether verified by real name, and whether serving the whole site."""

    power: Power = NOTHING
    verified: bool = False
    above: Power = NOTHING
    operator: bool = False

    def need_verified(self) -> None:
        """Real-name verification (rule 7). Raises RealNameRequired."""
        if not self.verified:
            raise RealNameRequired


def standing_of(actor: Actor, organization: Organization) -> Standing:
    """The actor's power here and whether verified; ``above`` is left out."""
    verified = isinstance(actor, Operator) or actor.is_verified
    return Standing(power_in(actor, organization), verified)


def power_in(actor: Actor, organization: Organization) -> Power:
    """The actor's power in ``organization``, in one statement (none for the operator)."""
    if isinstance(actor, Operator):
        return EVERYTHING
    # By the person alone, who has a few places: given the organisation, too, SQLite goes through
    # all of its members (100 ms of 100,000, for every page).
    rows = Membership.objects.filter(user=actor, state=Membership.State.ACTIVE).values_list(
        "organization_id", "role_grants__role", "role_grants__scope__path"
    )
    here = [(role, path) for place, role, path in rows if place == organization.pk]
    if not here:
        return NOTHING
    return power_of([(role, path) for role, path in here if role])


def power_of(offices: Sequence[tuple[str, str | None]]) -> Power:
    """A member's power by the offices held: (role, the scope's path or None), perhaps none."""
    main = any(role == RoleGrant.Role.MAIN_ADMIN for role, _ in offices)
    whole = main or any(scope is None for _, scope in offices)
    scopes = tuple(sorted(scope for _, scope in offices if scope is not None))
    return Power(main=main, whole=whole, scopes=scopes, member=True)


def require_verified(actor: Actor) -> None:
    """Creating organisations, every act in certification (rule 7). Raises RealNameRequired."""
    if not isinstance(actor, Operator):
        Standing(verified=actor.is_verified).need_verified()


def require_administers(actor: Actor, organization: Organization) -> Power:
    """The actor's power, when it is any administrator's. Raises PermissionDenied."""
    power = power_in(actor, organization)
    power.need_administers()
    return power


def require_whole(actor: Actor, organization: Organization) -> Power:
    """Power over the whole organisation. Raises PermissionDenied."""
    power = power_in(actor, organization)
    power.need_whole()
    return power


def require_reads_log(actor: Actor, organization: Organization) -> Power:
    """操作日志: it tells of the whole organisation, so it takes power over the whole of it.

    Raises PermissionDenied.
    """
    power = power_in(actor, organization)
    power.need_log()
    return power


def require_main(actor: Actor, organization: Organization) -> Power:
    """Main administrator alone: appointing, dismissing, handing over. Raises PermissionDenied."""
    power = power_in(actor, organization)
    power.need_main()
    return power


def require_covers(actor: Actor, organization: Organization, branch: Branch | None) -> Power:
    """Power over ``branch`` (None: directly under the organisation). Raises PermissionDenied."""
    power = power_in(actor, organization)
    power.need_covers(branch)
    return power


def visible_organizations(actor: Actor) -> QuerySet[Organization, Any]:
    """The living organisations that the actor belongs to (all of them for the operator)."""
    living = Organization.objects.filter(dissolved_at=None)
    if isinstance(actor, Operator):
        return living
    return living.filter(
        pk__in=Membership.objects.filter(user=actor, state=Membership.State.ACTIVE).values(
            "organization_id"
        )
    )


def administered_organizations(actor: Actor, *, whole: bool = False) -> QuerySet[Organization, Any]:
    """The living organisations that the actor administers; ``whole``: without a narrower scope."""
    if isinstance(actor, Operator):
        return Organization.objects.filter(dissolved_at=None)
    grants = RoleGrant.objects.filter(
        membership__user=actor, membership__state=Membership.State.ACTIVE
    )
    if whole:
        grants = grants.filter(scope=None)
    return Organization.objects.filter(dissolved_at=None, pk__in=grants.values("organization_id"))


def manageable_members(power: Power, organization: Organization) -> QuerySet[Membership, Any]:
    """The living memberships that somebody with ``power`` may change: the scopes' subtrees."""
    rows = Membership.objects.filter(organization=organization).exclude(
        state=Membership.State.ENDED
    )
    if power.whole:
        return rows
    if not power.scopes:
        return rows.none()
    within = Q()
    for path in power.scopes:
        within |= Q(branch__path__startswith=path)
    return rows.filter(within)


def require_below_scope(actor: Actor, organization: Organization, branch: Branch) -> Power:
    """Power to rename, move, merge or delete ``branch``: below a scope, not the scope itself.

    A learning administrator works inside the given branch; the branch itself belongs to whoever
    gave it. Raises PermissionDenied.
    """
    power = power_in(actor, organization)
    power.need_below_scope(branch)
    return power
