"""What of learning waits for a person: the tasks that are not done. Counted on every page, in one
statement.
"""

from typing import Any

from lianxue.accounts.models import User
from lianxue.notices.policy import Seat
from lianxue.shared import deadlines
from lianxue.shared.clock import now
from lianxue.shared.jinja import when
from lianxue.shared.nav import Waiting, find_url

from .mine import SOON, my_tasks

#: Nobody's list is counted further than this.
MOST = 200


def lines(user: User, seats: list[Seat]) -> list[Waiting]:
    """The line of 待办; empty when nothing waits. ``seats``: all of the user's."""
    rows = my_tasks(user, "waiting", seats).values("pk", "title", "deadline", "nudged_at")
    found: list[dict[str, Any]] = list(rows[:MOST])
    return [_line(found)] if found else []


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
