"""The deadlines of a person's learning tasks, for 任务日历."""

from datetime import datetime

from lianxue.accounts.models import User
from lianxue.notices.dates import MOST, Dated
from lianxue.notices.policy import Seat
from lianxue.shared.nav import find_url

from .mine import MyTask, lines_of, my_tasks


def dates(user: User, seats: list[Seat], since: datetime, until: datetime) -> list[Dated]:
    """What is due in that time and not recalled; done is what was completed. One statement."""
    if not seats:
        return []
    rows = my_tasks(user, "", seats).filter(live=True, deadline__gte=since, deadline__lt=until)
    return [_dated(line) for line in lines_of(list(rows.order_by("deadline", "pk")[:MOST]))]


def _dated(line: MyTask) -> Dated:
    notice = line.notice
    assert notice.deadline is not None  # noqa: S101 - asked for in the query
    return Dated(
        uid=f"learning-{notice.pk}",
        at=notice.deadline,
        title=notice.title,
        word=notice.get_kind_display(),
        icon="graduation-cap",
        href=find_url("learning:task", notice.pk),
        second=notice.organization.name,
        done=line.completed,
    )
