"""What waits for a person in tasks: to answer, and to review. Counted on every page, so: one
statement for a member, three for an administrator.
"""

from datetime import timedelta
from typing import Any

from django.db.models import Count

from lianxue.accounts.models import User
from lianxue.notices.policy import Seat
from lianxue.shared import deadlines
from lianxue.shared.clock import now
from lianxue.shared.nav import Waiting, find_url

from .. import policy
from ..models import Answer
from ..policy import State
from .tasks import Offices, duties_by, duty_rows

#: Nobody's list is counted further than this.
MOST = 200
#: So many tasks stand with their titles; more are one line.
_TITLES = 3
_SOON = timedelta(days=2)


def lines(user: User, seats: list[Seat]) -> list[Waiting]:
    """The lines of 待办; empty when nothing waits. ``seats``: all of the user's."""
    duties = duties_by(user, seats)
    found = list(duty_rows(duties, "waiting")[:MOST])
    lines = [_to_answer(found)] if found else []
    if duties.offices.whole or duties.offices.scopes:
        lines += _to_review(user, duties.offices)
    return lines


def _to_answer(found: list[dict[str, Any]]) -> Waiting:
    returned = sum(row["answered"] == State.RETURNED for row in found)
    dues = [row["due"] for row in found if row["due"] is not None]
    overdue, ahead = [due for due in dues if due < now()], [due for due in dues if due >= now()]
    soon = bool(ahead) and min(ahead) - now() < _SOON
    said = [
        f"{returned} 件被退回，请修改" if returned else "",
        f"{len(overdue)} 件已逾期" if overdue else "",
        deadlines.due(min(ahead)) if ahead else "",
    ]
    return Waiting(
        key="tasks_to_answer",
        title="工作任务待答复",
        count=len(found),
        href=find_url("worktasks:home"),
        icon="clipboard-list",
        second="，".join(word for word in said if word),
        urgent=soon or bool(returned or overdue),
    )


def to_review(user: User, offices: Offices) -> Any:
    """The answers that wait for ``user``'s review."""
    rows = Answer.objects.filter(
        policy.reviewable(user, list(offices.whole), list(offices.scopes)),
        state=State.SUBMITTED,
        relay__recalled_at=None,
    )
    return policy.in_force(rows)


def _to_review(user: User, offices: Offices) -> list[Waiting]:
    """A line for each of a few tasks, one for all of many."""
    groups = list(
        to_review(user, offices)
        .order_by()
        .values("relay__organization", "relay__notice", "relay__notice__title")
        .annotate(n=Count("pk"))
        .order_by("-n", "-relay__notice")
    )
    if len(groups) <= _TITLES:
        return [_review_line(row, row["n"], row["relay__notice__title"]) for row in groups]
    first = groups[0]
    said = f"{len(groups)} 项任务，最多的是《{first['relay__notice__title']}》"
    return [_review_line(first, sum(row["n"] for row in groups), said)]


def _review_line(row: dict[str, Any], count: int, said: str) -> Waiting:
    where = (row["relay__organization"], row["relay__notice"])

    def address(name: str) -> str:
        found = find_url(name, *where)
        return f"{found}?state=submitted" if found else ""

    return Waiting(
        key=f"task_to_review_{where[1]}",
        title="任务答复待审核",
        count=count,
        href=address("worktasks:answers"),
        icon="clipboard-check",
        second=said,
        unit="份",
        console_href=address("worktasks:console_answers"),
    )
