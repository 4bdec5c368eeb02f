"""Who may see and do what in certification (manual 2.3, 2.4.2; design rules 3 to 7, 12).

Certification is the business of those who hold power over a whole organisation, verified by real
name. An administrator sees the own organisations and everything below them; the operator sees all.
"""

from dataclasses import replace
from enum import StrEnum

from django.db.models import Q, QuerySet

from lianxue.accounts.models import Actor
from lianxue.organizations import policy as organization_policy
from lianxue.organizations.models import Organization
from lianxue.organizations.policy import Standing
from lianxue.shared.actors import Operator
from lianxue.shared.errors import PermissionDenied, StateConflict
from lianxue.shared.ids import path_end, path_step

from .models import CertificationApplication, RenameRequest, RequestBase

State = RequestBase.State


class Step(StrEnum):
    """What can happen to a request: an application, or a request for a new name."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


#: The table of transitions; what is not in it is illegal.
TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.PENDING, Step.APPROVE): State.APPROVED,
    (State.PENDING, Step.REFUSE): State.REFUSED,
    (State.PENDING, Step.WITHDRAW): State.WITHDRAWN,
}

_DONE = {
    State.APPROVED: "这份申请已经通过了，不用再处理。",
    State.REFUSED: "这份申请已经被退回，不能再处理；对方可以重新申请。",
    State.WITHDRAWN: "对方已撤回这份申请，不用再处理。",
}


def next_state(request: RequestBase, step: Step) -> State:
    """Where ``step`` leads. Raises StateConflict (application-decided) when it is not allowed."""
    state = State(request.state)
    found = TRANSITIONS.get((state, step))
    if found is None:
        raise StateConflict(_DONE[state], code="application-decided")
    return found


def is_site_operator(actor: Actor) -> bool:
    """Whether the actor serves the whole site, at the command line or signed in."""
    return isinstance(actor, Operator) or actor.is_operator


def need_acts(standing: Standing) -> None:
    """What ``require_acts`` asks. Raises PermissionDenied or RealNameRequired."""
    standing.power.need_whole()
    standing.need_verified()


def need_main(standing: Standing) -> None:
    """What ``require_main`` asks. Raises PermissionDenied or RealNameRequired."""
    standing.power.need_main()
    standing.need_verified()


def need_may_decertify(standing: Standing, organization: Organization) -> None:
    """What ``require_may_decertify`` asks. Raises PermissionDenied or RealNameRequired."""
    if not _may_decertify(standing, organization):
        if organization.is_root:
            raise PermissionDenied("最上级组织由运维人员指定，不能在这里解除认证。")
        raise PermissionDenied("只有直接上级的管理员，或本组织的主管理员，才能解除认证。")
    standing.need_verified()


def require_acts(actor: Actor, organization: Organization) -> None:
    """Every act in certification: power over the whole organisation, and a verified name (rule 7).

    Raises PermissionDenied or RealNameRequired.
    """
    need_acts(organization_policy.standing_of(actor, organization))


def require_main(actor: Actor, organization: Organization) -> None:
    """As ``require_acts``, for the main administrator alone."""
    need_main(organization_policy.standing_of(actor, organization))


def may_decertify(actor: Actor, organization: Organization) -> bool:
    """The direct superior's administrators, or the organisation's own main administrator.

    The root was named by the operator and is released by nobody else.
    """
    return isinstance(actor, Operator) or _may_decertify(
        _between(actor, organization), organization
    )


def _may_decertify(standing: Standing, organization: Organization) -> bool:
    if organization.superior_id is None:
        return False
    return standing.above.whole or standing.power.main


def _between(actor: Actor, organization: Organization) -> Standing:
    """The actor's standing here and in the superior."""
    here = organization_policy.standing_of(actor, organization)
    if organization.superior is None:
        return here
    return replace(here, above=organization_policy.power_in(actor, organization.superior))


def require_may_decertify(actor: Actor, organization: Organization) -> None:
    """Raises PermissionDenied or RealNameRequired; see ``may_decertify``."""
    if not isinstance(actor, Operator):
        need_may_decertify(_between(actor, organization), organization)


def may_hand_over(actor: Actor, organization: Organization) -> bool:
    """Who gives out the claim link of a 待认领 one: its direct superior, or the operator."""
    return is_site_operator(actor) or _may_hand_over(_between(actor, organization))


def _may_hand_over(standing: Standing) -> bool:
    return standing.operator or standing.above.whole


def need_hand_over(standing: Standing) -> None:
    """What ``require_may_hand_over`` asks. Raises PermissionDenied or RealNameRequired."""
    if not _may_hand_over(standing):
        raise PermissionDenied(_NO_CLAIMS)
    standing.need_verified()


_NO_CLAIMS = "只有直接上级的管理员才能发出认领链接。"


def require_may_hand_over(actor: Actor, organization: Organization) -> None:
    """Raises PermissionDenied or RealNameRequired; see ``may_hand_over``."""
    require_may_see_claims(actor, organization)
    organization_policy.require_verified(actor)


def require_may_see_claims(actor: Actor, organization: Organization) -> None:
    """As ``require_may_hand_over``, without asking for verification: to look. PermissionDenied."""
    if not may_hand_over(actor, organization):
        raise PermissionDenied(_NO_CLAIMS)


def acting_organizations(actor: Actor) -> QuerySet[Organization]:
    """The organisations for which the actor may act in certification."""
    return organization_policy.administered_organizations(actor, whole=True)


def chain_tops(actor: Actor) -> list[Organization]:
    """The acting organisations that lie below no other of them: where the actor's part begins.

    One statement; not for the operator, whose part is everything.
    """
    mine = list(acting_organizations(actor).order_by("chain_path", "name", "pk"))
    certified = [one for one in mine if one.is_certified]
    tops: list[Organization] = []
    for one in certified:  # in the order of their paths: a superior comes before what is below it
        if not (tops and (one.chain_path or "").startswith(tops[-1].chain_path or "-")):
            tops.append(one)
    return tops + [one for one in mine if not one.is_certified]


def visible_chain(actor: Actor) -> QuerySet[Organization]:
    """The own organisations and everything below them, by index ranges (design rule 6)."""
    living = Organization.objects.filter(dissolved_at=None)
    if is_site_operator(actor):
        return living
    within = Q(pk__in=[])
    for top in chain_tops(actor):
        if top.chain_path is None:
            within |= Q(pk=top.pk)
        else:
            within |= subtree(top.chain_path)
    return living.filter(within)


def subtree(path: str) -> Q:
    """Everything at and below ``path``: one index range scan."""
    return Q(chain_path__gte=path, chain_path__lt=path_end(path))


def lies_below(organization: Organization, above: Organization) -> bool:
    """Whether ``organization`` is ``above`` itself or below it, from its path alone."""
    return organization.pk == above.pk or path_step(above.pk) in steps(organization)


def steps(organization: Organization) -> list[str]:
    """The path's steps, from the root to the organisation itself."""
    path, width = organization.chain_path or "", len(path_step(0))
    return [path[at : at + width] for at in range(0, len(path), width)]


def visible_applications(actor: Actor) -> QuerySet[CertificationApplication]:
    """Applications sent or received by an organisation that the actor belongs to."""
    mine = organization_policy.visible_organizations(actor).values("pk")
    return CertificationApplication.objects.filter(Q(superior__in=mine) | Q(applicant__in=mine))


def visible_renames(actor: Actor) -> QuerySet[RenameRequest]:
    """Requests for a new name, asked or received by an organisation that the actor acts for."""
    mine = acting_organizations(actor).values("pk")
    return RenameRequest.objects.filter(Q(superior__in=mine) | Q(organization__in=mine))
