"""What the API says before anything is sent or passed on: the same as the pages' preview."""

from typing import Any

from ninja import Field, Schema

from .. import schemas as s
from ..actions import texting
from ..extensions import extension_of
from ..models import Notice, Relay
from ..policy import Place
from ..queries import load
from ..queries.load import Load
from ..queries.reach import Checked, reach_of

#: So many subordinates are told, those that received most.
_HEAVIEST = 50


class ReachOut(Schema):
    """Whom it would reach now."""

    expected: int = Field(description="members who have come")
    inactive: int = Field(description="members who have not")
    organizations: int = Field(description="direct subordinates")
    branches: int = Field(description="branches that answer as units")


class UnitLoad(s.LoadOut):
    """What one unit received this month."""

    id: int
    name: str


class SmsOffer(Schema):
    """Whether text messages can go out with it."""

    people: int
    left: int = Field(description="how many the organisation may still send this month")
    refused: str = Field(description="why not; empty: it can be done")


class PreviewOut(Schema):
    """Before it is sent: how many it reaches, and what it adds up to (减负)."""

    audience: str = Field(description="in words")
    reach: ReachOut
    lines: list[str] = Field(description="what is to be known of a task, a sentence each")
    members_load: s.LoadOut | None = Field(description="where it goes to all own members")
    branch_loads: list[UnitLoad] = Field(description="of the chosen branches")
    unit_loads: list[UnitLoad] = Field(description="of the subordinates, the heaviest 50 first")
    sms: SmsOffer | None = Field(description="of an urgent notice")


def preview_of(place: Place, notice: Notice, found: Checked) -> dict[str, Any]:
    """An audience of ``notice`` as ``PreviewOut``, in a fixed number of statements."""
    reach = reach_of(place, found)
    return {
        "audience": found.words,
        "reach": reach,
        "lines": extension_of(notice).lines(notice, place.organization),
        "members_load": s.load_of(load.load_of_members(place))
        if found.own == Relay.Own.WHOLE
        else None,
        "branch_loads": _branches(place, found),
        "unit_loads": _subordinates(place, found),
        "sms": texting.offer(place.organization, reach.expected) if notice.urgent else None,
    }


def _branches(place: Place, found: Checked) -> list[dict[str, Any]]:
    loads = load.load_of_branches(place, found.branches)
    return [
        {"id": one.pk, "name": one.name} | s.load_of(loads.get(one.pk, Load()))
        for one in found.branches
    ]


def _subordinates(place: Place, found: Checked) -> list[dict[str, Any]]:
    if found.below == Relay.Below.NOBODY:
        return []
    among = found.organizations if found.below == Relay.Below.CHOSEN else None
    units = load.load_of_subordinates(place, 1, _HEAVIEST, among)
    return [
        {"id": one.organization_id, "name": one.name} | s.load_of(one.load) for one in units.items
    ]
