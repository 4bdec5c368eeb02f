"""My learning tasks: the list, and one of them: what is done, what is not, where to go on."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.points.models import PointEntry
from lianxue.shared.pagination import Page, paginate
from lianxue.shared.web import came_from, looks_ahead, page

from ..actions import opening
from ..point_items import task_event
from ..queries import mine


@login_required
@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """我的学习任务; ``?tab=waiting|done|closed``."""
    shown = request.GET.get("tab", "")
    if shown not in mine.TABS:
        shown = "waiting"
    rows = paginate(mine.my_tasks(current_user(request), shown), request.GET.get("page", 1))
    context = {
        "shown": shown,
        "rows": Page(mine.lines_of(rows.items), rows.number, rows.size, rows.total),
        "views": [(f"?tab={key}", word, key == shown) for key, word in mine.TABS.items()],
    }
    return page(request, "learning/mobile/tasks.html", context)


@login_required
@require_safe
def task(request: HttpRequest, notice_id: int) -> HttpResponse:
    """One of them. Opening it is reading it, and completes it for who had done all of it before; a
    browser that fetches in advance does neither.
    """
    if looks_ahead(request):
        return HttpResponse(status=503)  # what is not fetched in advance is fetched when opened
    user = current_user(request)
    look = mine.get_task if request.method == "HEAD" else opening.open_task
    found = look(user, notice_id)
    entry = None
    if found.completion:
        key = f"{task_event(notice_id)}:{user.pk}"
        entry = PointEntry.objects.filter(key=key).first()
    context = {
        "found": found,
        "notice": found.notice,
        "files": found.files,
        "entry": entry,
        "back_to": came_from(request, reverse("learning:tasks"), reverse("learning:home")),
    }
    return page(request, "learning/mobile/task.html", context)
