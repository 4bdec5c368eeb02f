"""操作日志 over the API: the same lines as the page."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, P, Query, QueryEx, Router, Schema

from lianxue.accounts.current import current_user
from lianxue.audit.queries import organization_log
from lianxue.shared.pagination import paginate

from .. import logbook, policy, queries

router = Router(tags=["organizations"])

_SIZE = 50
PageNumber = QueryEx[int, P(ge=1, le=100000, description="page number, from 1")]


class LogCut(Schema):
    """What to show; everything without it."""

    kind: str = Field("", max_length=60, description="a kind of event, e.g. member.added")
    who: str = Field("", max_length=40, description="part of the name of the one who acted")
    since: date | None = Field(None, description="first day, in the site's time zone")
    until: date | None = Field(None, description="last day, included")


class LogDetail(Schema):
    """One note of an event, in words."""

    label: str
    value: str


class LogEntry(Schema):
    """One event of an organisation's log, in words."""

    seq: int = Field(description="its number in the organisation's chain, from 1")
    at: datetime
    who: str
    kind: str
    what: str = Field(description="what was done, in Chinese")
    thing: str = Field(description="the kind of what it touched (成员, 支部 …), may be empty")
    target: str = Field(description="what that was called then, may be empty")
    details: list[LogDetail]


class LogPage(Schema):
    """One page of the log, newest first."""

    items: list[LogEntry]
    page: int
    pages: int
    total: int


@router.get("/{int:organization_id}/log", response=LogPage, operation_id="read_log")
def read_log(
    request: HttpRequest, organization_id: int, cut: Query[LogCut], page: PageNumber = 1
) -> Any:
    """操作日志, newest first, for those who administer the whole organisation."""
    user = current_user(request)
    organization = queries.get_visible(user, organization_id)
    policy.require_reads_log(user, organization)
    asked = logbook.make_filter(cut.kind, cut.who, cut.since, cut.until)
    rows = paginate(organization_log(organization.pk, asked), page, _SIZE)
    return {
        "items": logbook.lines_of(organization.pk, rows.items),
        "page": rows.number,
        "pages": rows.pages,
        "total": rows.total,
    }
