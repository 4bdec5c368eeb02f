"""To whom something is sent: what was chosen, looked up and held against the power."""

from collections.abc import Iterable
from dataclasses import dataclass

from lianxue.organizations.models import Branch, Organization
from lianxue.shared.errors import InvalidInput

from .. import policy
from ..extensions import extension_of
from ..models import Notice, Relay, RelayBranch, RelayOrganization
from ..policy import Place
from ..queries.reach import Checked, reach_of, subordinates
from ..rules import MAX_BRANCHES, MAX_ORGANIZATIONS

_BIGGEST = 2**63
#: UNITS is never chosen: it is what a task makes of BRANCHES.
_CHOOSABLE = {Relay.Own.NOBODY, Relay.Own.WHOLE, Relay.Own.BRANCHES}


@dataclass(frozen=True)
class Audience:
    """What somebody chose. ``own``: nobody, whole or branches (``branch_ids``, with all below),
    narrowed to a ``role``; ``below``: nobody, all or chosen (``organization_ids``)."""

    own: str = Relay.Own.NOBODY
    branch_ids: tuple[int, ...] = ()
    role: str = Relay.Role.EVERYONE
    below: str = Relay.Below.NOBODY
    organization_ids: tuple[int, ...] = ()


def checked(place: Place, audience: Audience, notice: Notice | None = None) -> Checked:
    """The audience, found and within the actor's power. ``notice``: what is to be sent to it; a
    task may make units of the branches.

    Raises InvalidInput at ``own``, ``branch_ids``, ``role``, ``below`` or ``organization_ids``, and
    when it reaches nobody at all; PermissionDenied for what lies outside the power; StateConflict
    for subordinates of an organisation that is not certified.
    """
    _need_choices(audience)
    own, role = audience.own, audience.role
    branches = _branches(place, audience)
    organizations = _organizations(place, audience)
    if own != Relay.Own.NOBODY and notice is not None:
        own = extension_of(notice).own(notice, own)
    if own in {Relay.Own.NOBODY, Relay.Own.UNITS}:
        role = Relay.Role.EVERYONE
    if own == Relay.Own.UNITS and not branches:
        raise InvalidInput.at("branch_ids", "请选择由哪些支部答复。")
    found = Checked(own, branches, role, audience.below, organizations)
    if own == Relay.Own.NOBODY and audience.below == Relay.Below.NOBODY:
        raise InvalidInput.at("own", "请选择发给谁：本组织的成员，或者下级组织。")
    if not reach_of(place, found).anybody:
        field = "below" if own == Relay.Own.NOBODY else "own"
        raise InvalidInput.at(field, _nobody(found))
    return found


def _nobody(found: Checked) -> str:
    if found.own == Relay.Own.NOBODY:
        return "本组织现在没有下级组织，请选择本组织的成员。"
    return "选定的范围里现在没有人，请重新选择。"


def _need_choices(audience: Audience) -> None:
    fields = {}
    if audience.own not in _CHOOSABLE:
        fields["own"] = "请选择发给本组织的哪些成员。"
    if audience.role not in Relay.Role.values:
        fields["role"] = "请从列表中选择。"
    if audience.below not in Relay.Below.values:
        fields["below"] = "请选择发给哪些下级组织。"
    if fields:
        raise InvalidInput("请选择发给谁。", fields=fields)


def _branches(place: Place, audience: Audience) -> tuple[Branch, ...]:
    """The chosen branches in the tree's order, all within the power."""
    if audience.own == Relay.Own.WHOLE:
        policy.need_send_to(place.power, None)
    if audience.own != Relay.Own.BRANCHES:
        return ()
    wanted = set(audience.branch_ids)
    if not wanted:
        raise InvalidInput.at("branch_ids", "请至少选择一个支部。")
    if len(wanted) > MAX_BRANCHES:
        raise InvalidInput.at(
            "branch_ids", f"一次最多选 {MAX_BRANCHES} 个支部；更多时请选上级支部或“本组织全体”。"
        )
    rows = Branch.objects.filter(organization=place.organization, pk__in=_possible(wanted))
    found = tuple(rows.order_by("path"))
    if len(found) != len(wanted):
        raise InvalidInput.at("branch_ids", "选定的支部里有的已被合并或删除，请重新选择。")
    policy.need_send_to(place.power, found)
    return found


def _organizations(place: Place, audience: Audience) -> tuple[Organization, ...]:
    """The chosen subordinates by name."""
    if audience.below == Relay.Below.NOBODY:
        return ()
    policy.need_send_below(place.power, place.organization)
    if audience.below == Relay.Below.ALL:
        return ()
    wanted = set(audience.organization_ids)
    if not wanted:
        raise InvalidInput.at("organization_ids", "请至少选择一个下级组织。")
    if len(wanted) > MAX_ORGANIZATIONS:
        raise InvalidInput.at(
            "organization_ids",
            f"一次最多选 {MAX_ORGANIZATIONS} 个下级组织；更多时请选“全部下级组织”。",
        )
    found = tuple(subordinates(place.organization).filter(pk__in=_possible(wanted)))
    if len(found) != len(wanted):
        raise InvalidInput.at(
            "organization_ids", "选定的组织里有的已不是本组织的下级，请重新选择。"
        )
    return found


def _possible(ids: Iterable[int]) -> list[int]:
    """Those that could be ids at all: a database refuses to compare with greater numbers."""
    return [pk for pk in ids if 0 < pk < _BIGGEST]


def covering_scope(place: Place, branches: Iterable[Branch]) -> Branch | None:
    """The scope of a scoped administrator that covers all ``branches``; None for the whole.

    Raises InvalidInput at ``branch_ids`` when they lie in different scopes of the actor.
    """
    if place.power.whole:
        return None
    paths = [branch.path for branch in branches]
    for scope in place.power.scopes:
        if all(path.startswith(scope) for path in paths):
            return Branch.objects.get(path=scope)
    raise InvalidInput.at(
        "branch_ids", "选定的支部分属您负责的不同范围，请分开发送，每次选一个范围内的支部。"
    )


def keep_audience(relay: Relay, found: Checked) -> None:
    """Write the rows of branches and organisations that belong to a relay just passed on."""
    RelayBranch.objects.bulk_create(
        [RelayBranch(relay=relay, branch=one, name=one.name) for one in found.branches]
    )
    RelayOrganization.objects.bulk_create(
        [RelayOrganization(relay=relay, organization=one) for one in found.organizations]
    )
