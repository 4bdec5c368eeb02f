"""My notices on the phone: the list, one of them (opening it is reading it), its files."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.files.web import serve
from lianxue.shared.clock import now
from lianxue.shared.errors import StateConflict
from lianxue.shared.nav import find_url
from lianxue.shared.pagination import paginate_far
from lianxue.shared.web import came_from, looks_ahead, page, redirect_to

from ..actions import receipts
from ..extensions import extension_of
from ..models import Notice
from ..queries import reading as queries
from ..queries.reading import Reading


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """我的通知, the newest first: 全部, 未读, 已归档; ``?q=`` searches within the tab."""
    user = current_user(request)
    tab = request.GET.get("tab", "")
    tab = tab if tab in queries.TABS else "all"
    text = request.GET.get("q", "")[: queries.LONGEST].replace("\0", "").strip()
    address = reverse("notices:home")
    context = {
        "notices": paginate_far(queries.my_notices(user, tab, text), request.GET.get("page", 1)),
        "shown": tab,
        "ways": [
            (address if key == "all" else f"{address}?tab={key}", word, key == tab)
            for key, word in queries.TABS.items()
        ],
        "text": text,
        "href_of": href_of,
        "moment": now(),
    }
    return page(request, "notices/mobile/home.html", context)


def href_of(notice: Notice) -> str:
    """Where its reader goes: a task's own page, else the notice's."""
    target = extension_of(notice).target
    return (find_url(target, notice.pk) if target else "") or reverse(
        "notices:notice", args=[notice.pk]
    )


@login_required
@require_safe
def notice(request: HttpRequest, notice_id: int) -> HttpResponse:
    """One notice; opening it writes the receipt, a browser that fetches in advance does not."""
    user = current_user(request)
    if looks_ahead(request):
        return HttpResponse(status=503)  # what is not fetched in advance is fetched when opened
    if request.method == "HEAD":
        return _shown(request, queries.get_mine(user, notice_id))
    found = queries.get_mine(user, notice_id)
    target = href_of(found.notice)
    if target != request.path and not found.recall:
        return redirect_to(target, request)
    return _shown(request, receipts.read(user, notice_id))


def _shown(request: HttpRequest, found: Reading, status: int = 200) -> HttpResponse:
    home = reverse("notices:home")
    context = {
        "found": found,
        "notice": found.notice,
        "files": [] if found.recall else queries.files_of(found.notice),
        "back_to": came_from(request, home, reverse("inbox:home")),
        "moment": now(),
    }
    return page(request, "notices/mobile/notice.html", context, status=status)


@login_required
@require_POST
def confirm(request: HttpRequest, notice_id: int) -> HttpResponse:
    """确认收到; then the page it was on."""
    user = current_user(request)
    try:
        found = receipts.confirm(user, notice_id)
    except StateConflict as error:
        return _refused(request, notice_id, error)
    messages.success(request, "已确认收到。")
    return redirect_to(href_of(found.notice), request)


def _refused(request: HttpRequest, notice_id: int, error: StateConflict) -> HttpResponse:
    """The notice as it is now, and why that can't be done with it."""
    messages.error(request, error.message)
    return _shown(request, queries.get_mine(current_user(request), notice_id), error.status)


@login_required
@require_POST
def archive(request: HttpRequest, notice_id: int) -> HttpResponse:
    """归档, or with ``undo`` back to the list."""
    user = current_user(request)
    undo = request.POST.get("undo") == "on"
    try:
        receipts.archive(user, notice_id, archived=not undo)
    except StateConflict as error:
        return _refused(request, notice_id, error)
    if undo:
        messages.success(request, "已放回通知列表。")
        return redirect_to(reverse("notices:notice", args=[notice_id]), request)
    messages.success(request, "已归档，可以在“已归档”里找到。")
    return redirect_to(reverse("notices:home"), request)


@login_required
@require_safe
def file(request: HttpRequest, notice_id: int, file_id: int) -> HttpResponseBase:
    """An attachment, for who may read the notice."""
    return serve(request, queries.file_for(current_user(request), notice_id, file_id))
