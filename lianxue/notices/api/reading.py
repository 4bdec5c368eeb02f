"""My notices over the API. Looking at one is no reading: that is ``POST …/read``."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Field, Router, Schema

from lianxue.accounts.current import current_user
from lianxue.files.web import serve
from lianxue.organizations.schemas import page_of
from lianxue.shared.pagination import paginate_far

from .. import schemas as s
from ..actions import receipts
from ..models import Notice, Relay
from ..queries import reading as queries
from ..queries.reading import Reading

router = Router(tags=["notices"])

Tab = Literal["all", "unread", "archived"]


class MyNotice(s.NoticeHead):
    """A line of my list. A recalled notice shows its title alone."""

    came_at: datetime = Field(description="when it was passed on to me last")
    recalled: bool
    unread: bool
    unconfirmed: bool = Field(description="确认收到 is asked for and not done")
    archived: bool
    read_at: datetime | None = Field(description="the first time")
    nudged_at: datetime | None = Field(
        description="提醒: when an administrator asked me to read it"
    )


class MyNoticePage(Schema):
    """One page of my notices, newest first."""

    items: list[MyNotice]
    page: int
    pages: int
    total: int


class PassedOn(Schema):
    """One organisation of mine that passed it on to me."""

    organization_id: int
    organization: str
    passed_at: datetime
    remark: str = Field(description="传达意见, may be empty")


class RecallOut(Schema):
    """The trace of a recalled notice."""

    organization: str
    person: str = Field(description="empty for members of other organisations")
    at: datetime
    reason: str


class ReadingOut(s.NoticeHead):
    """A notice as I have it; of a recalled one neither text nor files."""

    body: str
    files: list[s.FileOut]
    passed_on: list[PassedOn]
    read_at: datetime | None
    confirmed_at: datetime | None
    to_confirm: bool
    archived_at: datetime | None
    may_archive: bool = Field(description="nothing is left to do with it")
    nudged_at: datetime | None
    recall: RecallOut | None


class ArchiveIn(Schema):
    """归档, or back to the list."""

    archived: bool


@router.get("", response=MyNoticePage, operation_id="my_notices")
def my_notices(
    request: HttpRequest, tab: Tab = "all", q: s.Words = "", page: s.PageNumber = 1
) -> Any:
    """What is passed on to me: notices, tasks and forms; ``all`` is without the archived ones."""
    rows = queries.my_notices(current_user(request), tab, q)
    return page_of(paginate_far(rows, page, s.SIZE), _line)


@router.get("/{int:notice_id}", response=ReadingOut, operation_id="my_notice")
def my_notice(request: HttpRequest, notice_id: int) -> Any:
    """One notice that reaches me. It leaves no receipt."""
    return _reading(queries.get_mine(current_user(request), notice_id))


@router.post("/{int:notice_id}/read", response=ReadingOut, operation_id="read_notice")
def read_notice(request: HttpRequest, notice_id: int) -> Any:
    """That I have read it: the receipt; the first time stays."""
    return _reading(receipts.read(current_user(request), notice_id))


@router.post("/{int:notice_id}/confirm", response=ReadingOut, operation_id="confirm_notice")
def confirm_notice(request: HttpRequest, notice_id: int) -> Any:
    """确认收到; the first time stays. 409 when none is asked for."""
    return _reading(receipts.confirm(current_user(request), notice_id))


@router.put("/{int:notice_id}/archive", response=ReadingOut, operation_id="archive_notice")
def archive_notice(request: HttpRequest, notice_id: int, body: ArchiveIn) -> Any:
    """归档, or back to the list. 409 for what has still to be read or confirmed."""
    return _reading(receipts.archive(current_user(request), notice_id, body.archived))


@router.get(
    "/{int:notice_id}/files/{int:file_id}", operation_id="notice_file", openapi_extra=s.binary()
)
def notice_file(request: HttpRequest, notice_id: int, file_id: int) -> HttpResponseBase:
    """An attachment, for whom the notice reaches and for those who handle it."""
    return serve(request, queries.file_for(current_user(request), notice_id, file_id))


def _line(row: Any) -> dict[str, Any]:
    recalled = {} if row.live else {"state": Notice.State.RECALLED}
    return (
        s.head_of(row)
        | recalled
        | {
            "came_at": row.came_at,
            "recalled": not row.live,
            "unread": row.unread,
            "unconfirmed": row.needs_confirmation and row.unconfirmed,
            "archived": row.archived,
            "read_at": row.read_at,
            "nudged_at": row.nudged_at,
        }
    )


def _reading(found: Reading) -> dict[str, Any]:
    notice, recall = found.notice, found.recall
    shown = s.head_of(notice)
    if recall:
        shown["state"] = Notice.State.RECALLED
    return shown | {
        "body": "" if recall else notice.body,
        "files": [] if recall else [s.file_of(one) for one in queries.files_of(notice)],
        "passed_on": [_passed(relay) for relay in found.relays],
        "read_at": found.read_at,
        "confirmed_at": found.confirmed_at,
        "to_confirm": found.to_confirm,
        "archived_at": found.archived_at,
        "may_archive": found.may_archive,
        "nudged_at": found.nudged_at,
        "recall": {
            "organization": recall.organization,
            "person": recall.person,
            "at": recall.at,
            "reason": recall.reason,
        }
        if recall
        else None,
    }


def _passed(relay: Relay) -> dict[str, Any]:
    return {
        "organization_id": relay.organization_id,
        "organization": relay.organization.name,
        "passed_at": relay.passed_at,
        "remark": relay.remark,
    }
