"""What of notices waits for a person: to be read, and, for who administers a whole organisation
below another, to be passed on. Counted when it is shown, on every page, so only what is open.
"""

from django.db.models import Count, Value

from lianxue.accounts.models import User
from lianxue.organizations.models import Organization
from lianxue.organizations.policy import administered_organizations
from lianxue.shared.clock import now
from lianxue.shared.jinja import when
from lianxue.shared.nav import Waiting, find_url

from .. import policy
from ..models import Relay
from ..policy import Seat
from . import reading

#: As many organisations of one administrator are asked in one statement.
_MOST_PLACES = 50


def lines(user: User, seats: list[Seat]) -> list[Waiting]:
    """未读通知, and 待传达的通知 for each organisation that the user administers whole.

    ``seats``: all of the user's. Three statements at most, one for a plain member.
    """
    found = [_unread(reading.unread_of(seats))]
    if any(Relay.Role.ADMIN.value in seat.roles for seat in seats):
        found += _to_pass_on(user)
    return [line for line in found if line.count]


def _unread(unread: reading.Unread) -> Waiting:
    asked = f"管理员 {when(unread.nudged_at)} 提醒查看" if unread.nudged_at else ""
    return Waiting(
        "notices",
        "未读通知",
        unread.count,
        f"{find_url('notices:home')}?tab=unread",
        "megaphone",
        second="有紧急通知" if unread.urgent else asked,
        unit="条",
        urgent=unread.urgent,
    )


def _to_pass_on(user: User) -> list[Waiting]:
    places = list(
        administered_organizations(user, whole=True)
        .filter(superior__isnull=False, certified_at__isnull=False)
        .order_by("name", "pk")[:_MOST_PLACES]
    )
    counts = to_deal_with(places)
    return [_incoming(place, counts[place.pk]) for place in places if counts.get(place.pk)]


def to_deal_with(organizations: list[Organization]) -> dict[int, int]:
    """How many open notices wait in each organisation to be passed on or looked at; one statement,
    and those without any are left out.
    """
    moment = now()
    each = [
        policy.waiting_here(place)
        .filter(open_until__gte=moment)
        .order_by()
        .values(place=Value(place.pk))
        .annotate(n=Count("pk"))
        for place in organizations
    ]
    if not each:
        return {}
    rows = each[0].union(*each[1:], all=True) if len(each) > 1 else each[0]
    return {row["place"]: row["n"] for row in rows}


def _incoming(place: Organization, count: int) -> Waiting:
    tab = "?tab=incoming"
    return Waiting(
        f"incoming-{place.pk}",
        "上级来文待处理",
        count,
        find_url("notices:desk", place.pk) + tab,
        "inbox",
        second=place.name,
        unit="条",
        console_href=find_url("notices:console_desk", place.pk) + tab,
    )
