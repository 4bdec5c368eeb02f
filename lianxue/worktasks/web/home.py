"""What a person has to answer: the list, and one task with whom it can be answered for."""

from contextlib import suppress
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.notices.actions import passing, receipts
from lianxue.notices.queries import reading
from lianxue.notices.queries.reading import Reading, files_of
from lianxue.shared.errors import DomainError, NotFound
from lianxue.shared.pagination import cut
from lianxue.shared.web import looks_ahead, page

from ..queries import tasks
from ..queries.tasks import TaskRow

TABS = {"waiting": "待答复", "submitted": "已提交", "done": "已完成", "closed": "已截止"}


def address_of(row: TaskRow) -> str:
    """Where a row leads: to what is asked while nothing was begun, then to the own answer."""
    if row.state:
        return answer_address(row)
    return reverse("worktasks:task", args=[row.relay.notice_id])


def answer_address(row: TaskRow) -> str:
    """The form of a row."""
    return reverse("worktasks:answer", args=[row.relay.pk, str(row.respondent)])


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """我的任务; ``?tab=waiting|submitted|done|closed``."""
    shown = request.GET.get("tab", "waiting")
    if shown not in TABS:
        shown = "waiting"
    rows = cut(tasks.my_tasks(current_user(request), shown), request.GET.get("page", 1))
    context = {
        "shown": shown,
        "rows": rows,
        "views": [(f"?tab={key}", word, key == shown) for key, word in TABS.items()],
        "address_of": address_of,
    }
    return page(request, "worktasks/mobile/home.html", context)


@login_required
@require_safe
def task(request: HttpRequest, notice_id: int) -> HttpResponse:
    """What is asked, its files, and whom I can answer for. Opening it is reading it, as a member
    and for the organisation that one answers for; a browser that fetches in advance reads nothing.
    """
    if looks_ahead(request):
        return HttpResponse(status=503)  # what is not fetched in advance is fetched when opened
    user = current_user(request)
    rows = tasks.mine(user, notice_id)
    read = _read(user, notice_id, keeps=request.method != "HEAD")
    notice = next((one.relay.notice for one in rows), read.notice if read else None)
    if notice is None or not notice.is_task:
        raise NotFound
    if request.method != "HEAD":
        _opened(user, rows)
    relays = {one.pk: one for one in [*(read.relays if read else []), *(row.relay for row in rows)]}
    live = [one for one in relays.values() if one.recalled_at is None]
    context: dict[str, Any] = {
        "notice": notice,
        "rows": [row for row in rows if row.relay.recalled_at is None],
        "read": read,
        "recalled": not live,
        "relays": live,
        "files": files_of(notice) if live else [],
        "answer_address": answer_address,
    }
    return page(request, "worktasks/mobile/task.html", context)


def _read(user: User, notice_id: int, *, keeps: bool) -> Reading | None:
    """The receipt of whom it came to as a member; None for who answers for a unit alone."""
    try:
        return receipts.read(user, notice_id) if keeps else reading.get_mine(user, notice_id)
    except NotFound:
        return None


def _opened(user: User, rows: list[TaskRow]) -> None:
    """The superior sees that the organisations asked have looked at it."""
    for row in rows:
        if row.respondent.kind == "o" and row.relay.recalled_at is None:
            with suppress(DomainError):  # what it may lack is said when it is answered
                passing.open_incoming(user, row.respondent.pk, row.relay.notice_id)
