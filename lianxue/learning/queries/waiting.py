"""What of learning waits for a person: the tasks that are not done. Asked on every page, so one
statement about relays, with nothing of what the list shows besides.
"""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from lianxue.accounts.models import User
from lianxue.notices.policy import Seat
from lianxue.shared import deadlines
from lianxue.shared.clock import now
from lianxue.shared.jinja import when
from lianxue.shared.nav import Waiting, find_url

from ..models import Quiz, TaskContent
from .completing import LIVE, has_completed, tasks_of
from .mine import OVERDUE, SOON, lately

#: Nobody's list is counted further than this.
MOST = 200


def lines(user: User, seats: list[Seat]) -> list[Waiting]:
    """The line of 待办; empty when nothing waits. ``seats``: all of the user's.

    The same tasks as ``mine.my_tasks`` in its first tab.
    """
    if not seats:
        return []
    items = TaskContent.objects.filter(LIVE, task=OuterRef("notice_id"))
    something = Q(Exists(items)) | Q(Exists(Quiz.objects.filter(pk=OuterRef("notice_id"))))
    rows = (
        tasks_of(lately(seats))
        .filter(~has_completed(seats), something)
        .exclude(notice__deadline__lt=now() - OVERDUE)
        .values("nudged_at", pk=F("notice_id"), deadline=F("notice__deadline"))
    )
    found: dict[int, dict[str, Any]] = {}
    for row in rows[:MOST]:  # a task that two organisations passed on waits once
        asked = [one["nudged_at"] for one in (row, found.get(row["pk"], row)) if one["nudged_at"]]
        found[row["pk"]] = row | {"nudged_at": max(asked, default=None)}
    return [_line(list(found.values()))] if found else []


def _line(found: list[dict[str, Any]]) -> Waiting:
    dues = [row["deadline"] for row in found if row["deadline"]]
    overdue, ahead = [due for due in dues if due < now()], [due for due in dues if due >= now()]
    soon = bool(ahead) and min(ahead) - now() < SOON
    asked = max((row["nudged_at"] for row in found if row["nudged_at"]), default=None)
    said = [
        f"{len(overdue)} 个已逾期" if overdue else "",
        deadlines.due(min(ahead)) if ahead else "",
        f"管理员 {when(asked)} 提醒" if asked else "",
    ]
    one = found[0]["pk"] if len(found) == 1 else None
    return Waiting(
        key="learning_tasks",
        title="学习任务待完成",
        count=len(found),
        href=find_url("learning:task", one) if one else find_url("learning:tasks"),
        icon="graduation-cap",
        second="，".join(word for word in said if word),
        unit="个",
        urgent=soon or bool(overdue),
    )
