"""What a person has to answer: the list, and one task with whom it can be answered for."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.notices.queries.reading import files_of
from lianxue.shared.pagination import cut
from lianxue.shared.web import looks_ahead, page

from ..actions import opening
from ..queries import asked, tasks

TABS = {"waiting": "待答复", "submitted": "已提交", "done": "已完成", "closed": "已截止"}


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
    look = asked.get_task if request.method == "HEAD" else opening.open_task
    found = look(user, notice_id)
    context: dict[str, Any] = {
        "notice": found.notice,
        "rows": found.open_rows,
        "read": found.read,
        "recalled": found.recalled,
        "relays": found.relays,
        "files": [] if found.recalled else files_of(found.notice),
    }
    return page(request, "worktasks/mobile/task.html", context)
