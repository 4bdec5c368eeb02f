"""The deadlines of what a person has to answer, for 任务日历."""

from datetime import datetime

from lianxue.accounts.models import User
from lianxue.notices.dates import MOST, Dated
from lianxue.notices.models import Notice
from lianxue.notices.policy import Seat

from ..policy import HANDED_IN
from .tasks import TaskRow, due_in


def dates(user: User, seats: list[Seat], since: datetime, until: datetime) -> list[Dated]:
    """What is due in that time, for oneself and for the units that one answers for; done is what
    was handed in. Six statements at most, whatever is found.
    """
    return [_dated(row) for row in due_in(user, seats, (since, until), MOST)]


def _dated(row: TaskRow) -> Dated:
    assert row.deadline is not None  # noqa: S101 - asked for in the query
    notice = row.relay.notice
    organization = row.relay.organization.name
    form = notice.kind == Notice.Kind.FORM
    return Dated(
        uid=f"task-{row.relay.pk}-{row.respondent}",
        at=row.deadline,
        title=row.title,
        word=notice.get_kind_display(),
        icon="file-spreadsheet" if form else "clipboard-list",
        href=row.href,
        second=f"{organization} · 代表“{row.name}”" if row.name else organization,
        done=row.state in HANDED_IN,
    )
