"""传达情况 over the API: the numbers, the names behind the own ones, 提醒 and 撤回."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from lianxue.accounts.current import current_user
from lianxue.organizations.schemas import Id, page_of
from lianxue.shared.pagination import paginate_far

from .. import schemas as s
from ..actions import counting, nudging, recalling
from ..models import Relay
from ..queries import chain as reads
from ..queries import figures, keeping
from ..queries import people as names
from ..queries.chain import BelowPart, OwnPart, Standpoint

router = Router(tags=["notices"])

Show = Literal["", "waiting", "received", "passed", "closed", "recalled"]
PeopleState = Literal["unread", "read", "unconfirmed", "confirmed", "expected", "inactive"]


class ChainQuery(Schema):
    """Where to look, and which of the lists' pages."""

    at: Id | None = Field(None, description="an organisation below; null: the own one")
    branch_id: Id | None = Field(None, description="into one of the own branches")
    branches: int = Field(1, ge=1, le=100000, description="page of the own branches")
    show: Show = Field("", description="how the direct subordinates stand; empty: all")
    q: str = Field("", max_length=40, description="part of a subordinate's name")
    page: int = Field(1, ge=1, le=100000, description="page of the direct subordinates")


class BranchFigures(s.FiguresOut):
    """The people of a branch's whole subtree; without a branch: who stands in none of them."""

    branch: s.Named | None


class OwnOut(Schema):
    """The own people whom the caller administers, counted now."""

    inside: s.Named | None = Field(description="the branch that is looked into")
    total: s.FiguresOut
    counted_at: datetime
    branches: list[BranchFigures]
    page: int
    pages: int


class SummedOut(s.FiguresOut):
    """A sum over organisations, their people as they were counted last."""

    organizations: int = Field(description="to how many it came, the denominator of the next three")
    passed: int = Field(description="已传达")
    closed: int = Field(description="不再传达")
    received: int = Field(description="已查看, not dealt with")
    organizations_confirmed: int = Field(description="确认收到, of the organisations")
    uncounted: int = Field(description="organisations whose people are not counted yet")
    as_of: datetime | None = Field(description="截至: the oldest count in it")


class BelowLine(SummedOut):
    """A direct subordinate with the sums of its whole subtree, itself included."""

    id: int
    name: str
    state: Show = Field(description="empty: nobody there has looked at it")
    remark: str
    seen_at: datetime | None
    passed_at: datetime | None


class BelowOut(Schema):
    """What became of it below."""

    total: SummedOut
    counts: dict[str, int] = Field(description="direct subordinates by state, and `all`")
    items: list[BelowLine]
    page: int
    pages: int


class RelayOut(Schema):
    """What the organisation looked at has done with it."""

    state: Literal["received", "passed", "closed"]
    remark: str
    seen_at: datetime | None
    passed_at: datetime | None
    confirmed_at: datetime | None
    recalled_at: datetime | None
    recall_reason: str
    nudged_at: datetime | None
    nudged_below_at: datetime | None
    figures: s.FiguresOut | None = Field(description="its own people, as they were counted last")


class ChainOut(Schema):
    """The picture from where one stands. Organisations below are numbers, never names of people."""

    notice: s.NoticeHead
    audience: str = Field(description="of the own organisation, in words")
    way: list[s.Named] = Field(description="from the own organisation down to the one looked at")
    relay: RelayOut | None = Field(description="null: nobody there has looked at it")
    own: OwnOut | None = Field(description="the own people; null further down, or when none are")
    below: BelowOut | None = Field(description="null: it goes no further, or not for the caller")


class PeopleQuery(Schema):
    """Which of the own people."""

    state: PeopleState = "unread"
    branch_id: Id | None = Field(None, description="with all below it")
    direct: bool = Field(
        False, description="only who stands right there; without a branch: in none"
    )
    q: str = Field("", max_length=20, description="part of a name")
    page: int = Field(1, ge=1, le=100000)


class PersonOut(Schema):
    """One of the own people."""

    membership_id: int
    name: str
    branch: str = Field(description="empty: directly under the organisation")
    read_at: datetime | None
    confirmed_at: datetime | None


class PeoplePage(Schema):
    """One page of people, from A to Z, with how many each state holds."""

    counts: dict[str, int]
    items: list[PersonOut]
    page: int
    pages: int
    total: int


class NudgeIn(Schema):
    """Whom to remind: the own members, or the direct subordinates."""

    whom: Literal["own", "below"]
    sms: bool = Field(False, description="the members of an urgent one by text message, too")


class NudgedOut(Schema):
    """When the reminders went out last."""

    nudged_at: datetime | None
    nudged_below_at: datetime | None


class RecallIn(Schema):
    """Why."""

    reason: str = Field(max_length=800, description="at most 200 characters; readers see it")


class RecalledOut(Schema):
    """That it is recalled."""

    recalled_at: datetime
    reason: str


@router.get(
    "/{int:organization_id}/notices/{int:notice_id}/chain",
    response=ChainOut,
    operation_id="notice_chain",
)
def notice_chain(
    request: HttpRequest, organization_id: int, notice_id: int, cut: Query[ChainQuery]
) -> Any:
    """传达情况 of what the organisation sent or passed on, one level at a time."""
    stand = reads.stand(current_user(request), organization_id, notice_id, cut.at)
    counting.freshen_at(stand)
    own = None
    if stand.at_home and stand.own.own in {Relay.Own.WHOLE, Relay.Own.BRANCHES}:
        own = reads.own_part(stand, cut.branch_id, cut.branches, s.SIZE)
    below = reads.below_part(stand, cut.show, cut.q, cut.page, s.SIZE)
    return {
        "notice": s.head_of(stand.notice),
        "audience": keeping.words_of(stand.own) if stand.at_home else "",
        "way": [{"id": one.pk, "name": one.name} for one in stand.way],
        "relay": _relay(stand) if stand.relay else None,
        "own": _own(own) if own else None,
        "below": _below(below) if below else None,
    }


@router.get(
    "/{int:organization_id}/notices/{int:notice_id}/people",
    response=PeoplePage,
    operation_id="notice_people",
)
def notice_people(
    request: HttpRequest, organization_id: int, notice_id: int, cut: Query[PeopleQuery]
) -> Any:
    """The names behind the own numbers, of the caller's scope."""
    asked = names.Asked(cut.state, cut.branch_id, cut.direct, cut.q)
    found = names.people(current_user(request), organization_id, notice_id, asked)
    rows = paginate_far(found.rows, cut.page, s.SIZE)
    return page_of(rows, _person) | {"counts": found.counts}


@router.post(
    "/{int:organization_id}/notices/{int:notice_id}/nudge",
    response=NudgedOut,
    operation_id="nudge",
)
def nudge(request: HttpRequest, organization_id: int, notice_id: int, body: NudgeIn) -> Any:
    """提醒. 409 within an hour of the last, when it is recalled, or nobody is left to remind."""
    relay = nudging.nudge(
        current_user(request), organization_id, notice_id, body.whom, sms=body.sms
    )
    return {"nudged_at": relay.nudged_at, "nudged_below_at": relay.nudged_below_at}


@router.post(
    "/{int:organization_id}/notices/{int:notice_id}/recall",
    response=RecalledOut,
    operation_id="recall_notice",
)
def recall_notice(
    request: HttpRequest, organization_id: int, notice_id: int, body: RecallIn
) -> Any:
    """撤回, with everything below; it can't be undone."""
    relay = recalling.recall(current_user(request), organization_id, notice_id, body.reason)
    return {"recalled_at": relay.recalled_at, "reason": relay.recall_reason}


def _relay(stand: Standpoint) -> dict[str, Any]:
    relay = stand.relay
    names = (
        "state remark seen_at passed_at confirmed_at recalled_at recall_reason nudged_at"
        " nudged_below_at"
    )
    shown = {name: getattr(relay, name) for name in names.split()}
    counted = relay is not None and not stand.at_home and relay.counted_at is not None
    return shown | {"figures": s.figures_of(relay) if relay and counted else None}


def _own(part: OwnPart) -> dict[str, Any]:
    return {
        "inside": _named(part.inside),
        "total": s.figures_of(part.total),
        "counted_at": part.at,
        "branches": [
            s.figures_of(row.figures) | {"branch": _named(row.branch)} for row in part.rows.items
        ],
        "page": part.rows.number,
        "pages": part.rows.pages,
    }


def _named(thing: Any) -> dict[str, Any] | None:
    return {"id": thing.pk, "name": thing.name} if thing else None


def _below(part: BelowPart) -> dict[str, Any]:
    return {
        "total": _summed(part.total),
        "counts": part.counts,
        "items": [_line(row) for row in part.rows.items],
        "page": part.rows.number,
        "pages": part.rows.pages,
    }


def _line(row: reads.BelowRow) -> dict[str, Any]:
    relay = row.relay
    return _summed(row.summed) | {
        "id": row.organization.pk,
        "name": row.organization.name,
        "state": row.state,
        "remark": relay.remark if relay else "",
        "seen_at": relay.seen_at if relay else None,
        "passed_at": relay.passed_at if relay else None,
    }


def _summed(sums: figures.Summed) -> dict[str, Any]:
    return s.figures_of(sums.figures) | {
        "organizations": sums.organizations,
        "passed": sums.passed,
        "closed": sums.closed,
        "received": sums.received,
        "organizations_confirmed": sums.confirmed,
        "uncounted": sums.uncounted,
        "as_of": sums.as_of,
    }


def _person(row: Any) -> dict[str, Any]:
    return {
        "membership_id": row.pk,
        "name": row.name,
        "branch": row.branch.name if row.branch else "",
        "read_at": row.read_at,
        "confirmed_at": row.confirmed_at,
    }
