"""What came from above, over the API: looking at it, passing it on, or not, 确认收到."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema

from lianxue.accounts.current import current_user
from lianxue.organizations.schemas import page_of
from lianxue.shared.pagination import paginate

from .. import schemas as s
from ..actions import passing
from ..actions.audiences import checked
from ..actions.passing import Passing
from ..extensions import extension_of
from ..models import Relay
from ..queries import keeping
from ..queries.keeping import Incoming
from ..queries.reading import files_of
from .preview import PreviewOut, preview_of

router = Router(tags=["notices"])

OwnState = Literal["", "received", "passed", "closed"]


class IncomingLine(s.NoticeHead):
    """A notice that came from above, and what the organisation has done with it."""

    came_at: datetime
    from_organization: str = Field(description="who passed it down last")
    own_state: OwnState = Field(description="已查看, 已传达, 不再传达; empty: not looked at")
    passed_at: datetime | None
    confirmed_at: datetime | None
    recalled_at: datetime | None
    nudged_at: datetime | None = Field(description="the superior's last 提醒")


class IncomingPage(Schema):
    """One page of what came from above, newest first."""

    items: list[IncomingLine]
    page: int
    pages: int
    total: int


class AboveOut(Schema):
    """How the superior passed it down."""

    organization_id: int
    organization: str
    passed_at: datetime
    remark: str


class OwnRelayOut(Schema):
    """What the organisation has done with it."""

    state: Literal["received", "passed", "closed"]
    seen_at: datetime | None
    confirmed_at: datetime | None
    passed_at: datetime | None
    passed_by: str
    remark: str
    audience: str = Field(description="to whom it was passed on, in words")


class IncomingOut(s.NoticeHead):
    """A notice that came from above; of a recalled one neither text nor files."""

    body: str
    files: list[s.FileOut]
    lines: list[str] = Field(description="what is to be known of a task, a sentence each")
    above: AboveOut | None = Field(description="null: it comes from there no more")
    own: OwnRelayOut | None = Field(description="null: nobody here has looked at it")
    recalled_at: datetime | None
    recall_reason: str


class PassIn(Schema):
    """To whom, with which remark; ``sms``: an urgent one by text message, too."""

    audience: s.AudienceIn
    remark: str = Field("", max_length=2000, description="传达意见, at most 500 characters")
    sms: bool = False


class CloseIn(Schema):
    """Why it is not passed on."""

    remark: str = Field(max_length=2000, description="at most 500 characters; the superior sees it")


@router.get(
    "/{int:organization_id}/incoming", response=IncomingPage, operation_id="incoming_notices"
)
def incoming_notices(
    request: HttpRequest,
    organization_id: int,
    which: Literal["waiting", "done", ""] = "waiting",
    q: s.Words = "",
    page: s.PageNumber = 1,
) -> Any:
    """What came from above, for who administers the whole organisation; empty ``which``: all."""
    rows = keeping.incoming_list(current_user(request), organization_id, which, q)
    return page_of(paginate(rows, page, s.SIZE), _line)


@router.get(
    "/{int:organization_id}/incoming/{int:notice_id}",
    response=IncomingOut,
    operation_id="incoming_notice",
)
def incoming_notice(request: HttpRequest, organization_id: int, notice_id: int) -> Any:
    """One of them; it is not marked as looked at."""
    return _shown(keeping.get_incoming(current_user(request), organization_id, notice_id))


@router.post(
    "/{int:organization_id}/incoming/{int:notice_id}/open",
    response=IncomingOut,
    operation_id="open_incoming",
)
def open_incoming(request: HttpRequest, organization_id: int, notice_id: int) -> Any:
    """已查看: what the superior sees from now on; the first time stays."""
    passing.open_incoming(current_user(request), organization_id, notice_id)
    return incoming_notice(request, organization_id, notice_id)


@router.post(
    "/{int:organization_id}/incoming/{int:notice_id}/confirm",
    response=IncomingOut,
    operation_id="confirm_incoming",
)
def confirm_incoming(request: HttpRequest, organization_id: int, notice_id: int) -> Any:
    """确认收到 for the organisation; the first time stays. 409 when none is asked for."""
    passing.confirm_incoming(current_user(request), organization_id, notice_id)
    return incoming_notice(request, organization_id, notice_id)


@router.post(
    "/{int:organization_id}/incoming/{int:notice_id}/preview",
    response=PreviewOut,
    operation_id="preview_passing",
)
def preview_passing(
    request: HttpRequest, organization_id: int, notice_id: int, body: s.AudienceIn
) -> Any:
    """Whom it would reach, and what these received this month. Nothing is written."""
    found = keeping.get_incoming(current_user(request), organization_id, notice_id)
    place = found.place
    return preview_of(place, found.notice, checked(place, body.audience(), found.notice))


@router.post(
    "/{int:organization_id}/incoming/{int:notice_id}/pass",
    response=IncomingOut,
    operation_id="pass_on",
)
def pass_on(request: HttpRequest, organization_id: int, notice_id: int, body: PassIn) -> Any:
    """传达. 409 when it was passed on meanwhile, was recalled, or comes from above no more."""
    wanted = Passing(body.audience.audience(), body.remark, body.sms)
    passing.pass_on(current_user(request), organization_id, notice_id, wanted)
    return incoming_notice(request, organization_id, notice_id)


@router.post(
    "/{int:organization_id}/incoming/{int:notice_id}/close",
    response=IncomingOut,
    operation_id="close_incoming",
)
def close_incoming(
    request: HttpRequest, organization_id: int, notice_id: int, body: CloseIn
) -> Any:
    """不再传达, with a reason; it may be passed on later after all."""
    passing.close(current_user(request), organization_id, notice_id, body.remark)
    return incoming_notice(request, organization_id, notice_id)


def _line(row: Any) -> dict[str, Any]:
    return s.head_of(row) | {
        "came_at": row.came_at,
        "from_organization": row.from_name or "",
        "own_state": row.own_state or "",
        "passed_at": row.own_passed_at,
        "confirmed_at": row.own_confirmed_at,
        "recalled_at": row.recalled_at,
        "nudged_at": row.nudged_at,
    }


def _shown(found: Incoming) -> dict[str, Any]:
    notice, recalled, own = found.notice, found.recalled, found.own
    return s.head_of(notice) | {
        "body": "" if recalled else notice.body,
        "files": [] if recalled else [s.file_of(one) for one in files_of(notice)],
        "lines": [] if recalled else extension_of(notice).lines(notice, found.place.organization),
        "above": _above(found.relay) if found.relay else None,
        "own": _own(own) if own else None,
        "recalled_at": recalled.recalled_at if recalled else None,
        "recall_reason": recalled.recall_reason if recalled else "",
    }


def _above(relay: Relay) -> dict[str, Any]:
    return {
        "organization_id": relay.organization_id,
        "organization": relay.organization.name,
        "passed_at": relay.passed_at,
        "remark": relay.remark,
    }


def _own(relay: Relay) -> dict[str, Any]:
    return {
        "state": relay.state,
        "seen_at": relay.seen_at,
        "confirmed_at": relay.confirmed_at,
        "passed_at": relay.passed_at,
        "passed_by": relay.passed_by_name,
        "remark": relay.remark,
        "audience": keeping.words_of(relay) if relay.state == Relay.State.PASSED else "",
    }
