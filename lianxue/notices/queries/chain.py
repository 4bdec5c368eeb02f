"""The live picture of the chain: what one organisation sees of its own people and of those below.

Own people are counted now, and cut to the actor's scope. Organisations below are sums of stored
counts (``figures``), each with its time; of them there are numbers only, and the state of each.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from lianxue.accounts.models import Actor
from lianxue.organizations.models import Branch, Membership, Organization
from lianxue.shared.clock import now
from lianxue.shared.errors import NotFound
from lianxue.shared.ids import STEP
from lianxue.shared.pagination import Page, cut, paginate

from .. import policy
from ..models import Notice, Receipt, Relay
from ..policy import Place
from ..rules import tidy_line
from . import figures, keeping
from .figures import Figures, Summed

#: How the list of subordinates is narrowed; "" is all of them. Where nobody is asked to pass it on,
#: to have looked at it is all that is asked.
SHOWS = {"waiting": "未传达", "passed": "已传达", "closed": "不再传达", "recalled": "已撤回"}
SHOWS_HERE = {
    "waiting": "未查看",
    "received": "已查看",
    "passed": "已传达",
    "closed": "不再传达",
    "recalled": "已撤回",
}


@dataclass(frozen=True)
class Standpoint:
    """From where one looks at the chain. ``place`` and ``own``: the actor's organisation and what
    it passed on. ``at``: the organisation looked at, the own one or one below, with its ``relay``
    (None: it has not opened it). ``way``: from the own one down to ``at``."""

    place: Place
    own: Relay
    at: Organization
    relay: Relay | None
    way: tuple[Organization, ...]

    @property
    def notice(self) -> Notice:
        """What it is all about."""
        return self.own.notice

    @property
    def at_home(self) -> bool:
        """Whether the own organisation is looked at: the one whose names may open."""
        return self.at.pk == self.place.organization.pk


def stand(
    actor: Actor, organization_id: int, notice_id: int, at_id: int | None = None
) -> Standpoint:
    """Where the actor looks from; ``at_id``: an organisation below that the notice came to.

    Raises NotFound (also for an organisation that is not below, or that it did not come to),
    PermissionDenied for members, and below for who does not administer the whole of the own one.
    """
    own, place = keeping.overseen(actor, organization_id, notice_id)
    home = place.organization
    if at_id is None or at_id == home.pk:
        return Standpoint(place, own, home, own, (home,))
    policy.need_looks_down(place.power)
    path = home.chain_path
    rows = figures.came_to(own.notice, path) if path else Organization.objects.none()
    at = rows.filter(pk=at_id).first()
    if at is None or path is None:
        raise NotFound
    down = str(at.chain_path)
    paths = [down[:end] for end in range(len(path), len(down) + 1, STEP)]
    way = Organization.objects.filter(chain_path__in=paths).order_by("chain_path")
    relay = Relay.objects.filter(notice=own.notice_id, organization=at).first()
    return Standpoint(place, own, at, relay, tuple(way))


# ---------- the own people, branch by branch ----------


@dataclass(frozen=True)
class BranchRow:
    """A branch with the figures of its whole subtree; ``branch`` None: who stands in none (or, on
    the way down, in ``inside`` itself). ``opens``: whether there are branches below it."""

    branch: Branch | None
    figures: Figures
    opens: bool = False


@dataclass(frozen=True)
class OwnPart:
    """The own people whom the actor administers, of ``inside`` and below it (None: of all): the
    ``total``, and the ``rows`` of the level right below; counted at ``at``."""

    total: Figures
    rows: Page[BranchRow]
    inside: Branch | None
    way: tuple[Branch, ...]
    at: datetime


def own_part(
    stand_at: Standpoint, branch_id: int | None = None, page: object = 1, size: int = 20
) -> OwnPart:
    """The own people in numbers, counted now in one statement, whatever the number of branches.

    Raises NotFound for a branch that is not the organisation's or not in the scope.
    """
    place, moment = stand_at.place, now()
    inside = place.branch(branch_id)
    by_path = _by_path(place, stand_at.own)
    level: dict[str, Figures] = {}
    direct = Figures()
    for path, numbers in by_path.items():
        key = _key(path, place, inside)
        if key is not None:
            level[key] = level.get(key, Figures()) + numbers
        elif inside is None or path == inside.path:
            direct += numbers
    branches = Branch.objects.filter(organization=place.organization, path__in=list(level))
    rows = [
        BranchRow(one, level[one.path], bool(one.numchild)) for one in branches.order_by("path")
    ]
    if level and (direct.expected or direct.inactive):
        rows.append(BranchRow(None, direct))
    way = _way_to(place, inside) if inside else ()
    total = sum(level.values(), direct)
    return OwnPart(total, cut(rows, page, size), inside, way, moment)


def _by_path(place: Place, relay: Relay) -> dict[str, Figures]:
    """The figures by the tree path of the branch people stand in ("" for none)."""
    receipt = Receipt.objects.filter(relay=relay.pk, membership=OuterRef("pk"))
    rows = (
        policy.standing_here(place, relay)
        .order_by()
        .values_list("branch__path")
        .annotate(
            expected=Count("pk", filter=policy.REACHED),
            inactive=Count("pk", filter=Q(state=Membership.State.INVITED)),
            seen=Count("pk", filter=policy.REACHED & Q(Exists(receipt))),
            sure=Count("pk", filter=policy.REACHED & Q(Exists(receipt.exclude(confirmed_at=None)))),
        )
    )
    found = {path or "": Figures(*numbers) for path, *numbers in rows}
    return {path: one for path, one in found.items() if one.expected or one.inactive}


def _key(path: str, place: Place, inside: Branch | None) -> str | None:
    """The path of the row that counts who stands at ``path``: one step below ``inside``; at the top
    a top branch, or, for a scoped administrator, the scope. None: no row's."""
    if inside is not None:
        below = path.startswith(inside.path) and path != inside.path
        return path[: len(inside.path) + Branch.steplen] if below else None
    if place.power.whole:
        return path[: Branch.steplen] or None
    scopes: Iterable[str] = sorted(place.power.scopes, key=len)
    return next((scope for scope in scopes if path.startswith(scope)), None)


def _way_to(place: Place, inside: Branch) -> tuple[Branch, ...]:
    """The branches from the highest one in scope down to ``inside``."""
    step = Branch.steplen
    paths = [inside.path[:end] for end in range(step, len(inside.path) + 1, step)]
    rows = Branch.objects.filter(path__in=paths).order_by("path")
    return tuple(one for one in rows if place.power.covers(one))


# ---------- the organisations below ----------


@dataclass(frozen=True)
class BelowRow:
    """A direct subordinate of the organisation looked at: its ``relay`` (None: not opened) and the
    sums of its whole subtree, itself included."""

    organization: Organization
    relay: Relay | None
    summed: Summed

    @property
    def state(self) -> str:
        """``recalled``, or the relay's state; "" when nobody there has opened it."""
        if self.relay is None:
            return ""
        return "recalled" if self.recalled else self.relay.state

    @property
    def recalled(self) -> bool:
        """Whether it was recalled here or between, the sender's own notice standing."""
        sent = self.relay is not None and self.relay.notice.state == Notice.State.SENT
        return bool(sent and self.relay and self.relay.recalled_at)


@dataclass(frozen=True)
class BelowPart:
    """What became of it below: ``total`` over everything, ``counts`` of the direct subordinates by
    ``shows`` (and ``all``), the ``rows`` of the page."""

    total: Summed
    counts: dict[str, int]
    rows: Page[BelowRow]


def below_part(
    stand_at: Standpoint, show: str = "", text: str = "", page: object = 1, size: int = 20
) -> BelowPart | None:
    """The organisations below ``stand_at.at`` that it was passed on to; None: to none of them, or
    not for this actor. Seven statements, however many there are.
    """
    relay, path = stand_at.relay, stand_at.at.chain_path
    if relay is None or path is None or not stand_at.place.power.whole:
        return None
    if relay.state != Relay.State.PASSED or relay.below == Relay.Below.NOBODY:
        return None
    handed = policy.handed_to(relay)
    conditions = _conditions(stand_at.notice)
    asked: dict[str, Any] = {key: Count("pk", filter=one) for key, one in conditions.items()}
    counts = handed.aggregate(all=Count("pk"), **asked)
    rows = handed.filter(conditions[show]) if show in conditions else handed
    words = tidy_line(text)[:40]
    if words:
        rows = rows.filter(name__icontains=words)
    found = paginate(rows.order_by("name", "pk"), page, size)
    sums = figures.sums_by_child(stand_at.notice, path)
    relays = {
        one.organization_id: one
        for one in Relay.objects.filter(
            notice=stand_at.notice, organization__in=found.items
        ).select_related("notice")
    }
    shown = [
        BelowRow(one, relays.get(one.pk), sums.get(str(one.chain_path)[len(path) :], Summed()))
        for one in found.items
    ]
    total = sum(sums.values(), Summed())
    return BelowPart(total, counts, Page(shown, found.number, found.size, found.total))


def shows(notice: Notice) -> dict[str, str]:
    """The ways to narrow the list of subordinates, with their words."""
    return SHOWS if notice.pass_on else SHOWS_HERE


def _conditions(notice: Notice) -> dict[str, Q]:
    """On a subordinate, by ``shows``: how it stands with the notice."""
    relays = Relay.objects.filter(notice=notice.pk, organization=OuterRef("pk"))
    recalled = Q(Exists(relays.exclude(recalled_at=None)))
    passed = Q(Exists(relays.filter(state=Relay.State.PASSED)))
    closed = Q(Exists(relays.filter(state=Relay.State.CLOSED)))
    if notice.state == Notice.State.RECALLED:  # recalled from above: how it stood at that moment
        recalled = Q(pk__in=[])
    received = Q(Exists(relays.filter(state=Relay.State.RECEIVED)))
    waiting = ~(passed | closed | recalled)
    here = {} if notice.pass_on else {"received": received & ~recalled}
    return here | {
        "waiting": waiting if notice.pass_on else waiting & ~received,
        "passed": passed & ~recalled,
        "closed": closed & ~recalled,
        "recalled": recalled,
    }


# ---------- what a recall would end ----------


@dataclass(frozen=True)
class Impact:
    """How many have read it by now, and how many organisations below have passed it on."""

    read: int
    passed: int


def impact(stand_at: Standpoint) -> Impact:
    """What a recall by the own organisation ends; three statements."""
    own = stand_at.own
    read, passed = figures.live([own.pk])[own.pk].read, 0
    path = stand_at.place.organization.chain_path
    if path is not None and own.below != Relay.Below.NOBODY:
        summed = figures.sum_below(stand_at.notice, path)
        read, passed = read + summed.figures.read, summed.passed
    return Impact(read, passed)
