"""What a preview says before anything is sent: who gets it, how many, and what it adds up to."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from lianxue.accounts.current import current_user
from lianxue.organizations.models import Membership
from lianxue.shared.pagination import Page, cut

from ..actions import texting
from ..actions.audiences import Audience
from ..extensions import extension_of
from ..models import Notice, Relay
from ..policy import Place
from ..queries import load
from ..queries.load import Load
from ..queries.reach import Checked, members_reached, reach_of
from ..queries.reading import files_of
from .choosing import fields_of


@dataclass(frozen=True)
class Unit:
    """One unit and what it received this month."""

    name: str
    load: Load


def preview_of(
    request: HttpRequest, place: Place, notice: Notice, chosen: Audience, found: Checked
) -> dict[str, Any]:
    """The context of a preview. A fixed number of statements however many people it reaches."""
    reach = reach_of(place, found)
    return {
        "notice": notice,
        "files": files_of(notice),
        "fields": fields_of(chosen),
        "words": found.words,
        "reach": reach,
        "told": _told(found),
        "members_load": load.load_of_members(place) if found.own == Relay.Own.WHOLE else None,
        "branch_loads": _branches(request, place, found),
        "unit_loads": _subordinates(request, place, found),
        "lines": extension_of(notice).lines(notice, place.organization),
        "sms": _texts(request, place, found, reach.expected) if notice.urgent else None,
    }


def _texts(request: HttpRequest, place: Place, found: Checked, people: int) -> texting.Offer:
    """What text messages would cost: who sends it is sent none."""
    mine = members_reached(place.organization, found).filter(
        user=current_user(request), state=Membership.State.ACTIVE
    )
    return texting.offer(place.organization, people - mine.count())


def _told(found: Checked) -> list[str]:
    """The names of what was chosen, each in a line."""
    return [*(one.name for one in found.branches), *(one.name for one in found.organizations)]


def _branches(request: HttpRequest, place: Place, found: Checked) -> Page[Unit]:
    """The chosen branches, the heaviest first."""
    loads = load.load_of_branches(place, found.branches) if found.branches else {}
    units = [Unit(one.name, loads.get(one.pk, Load())) for one in found.branches]
    units.sort(key=lambda unit: -unit.load.total)
    return cut(units, request.GET.get("branches", 1), 10)


def _subordinates(request: HttpRequest, place: Place, found: Checked) -> Page[Any] | None:
    """The subordinates that get it, the heaviest first; None when none do."""
    if found.below == Relay.Below.NOBODY:
        return None
    among = found.organizations if found.below == Relay.Below.CHOSEN else None
    return load.load_of_subordinates(place, request.GET.get("units", 1), 10, among)
