"""What a learning task asks people to learn: chosen from the library, in order (both faces)."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from lianxue.accounts.current import current_user
from lianxue.notices.models import Notice
from lianxue.notices.web.common import kept_here
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.shared.errors import DomainError, InvalidInput, NotFound, StateConflict
from lianxue.shared.pagination import paginate
from lianxue.shared.web import redirect_to

from ..actions import quizzes, tasks
from ..actions.tasks import MAX_CONTENTS
from ..models import ContentItem
from ..queries.library import with_records
from ..queries.quizzes import quiz_of
from ..queries.search import matching
from ..queries.tasks import choosable, contents_of
from .common import FORM, Context, address, frame

_SENT = "任务已经发出，学习内容不能再改。需要改的话，请“再发一次”，改好再发。"
_PAGE = 10


@dataclass
class Typed:
    """What the form holds: the items in their order, what is searched for, which page of it."""

    items: list[int] = field(default_factory=list)
    text: str = ""
    page: int = 1


@login_required
@require_http_methods(FORM)
def contents(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """The editor. ``act`` says which button: 保存, 设置测验, or one that turns what was chosen."""
    context = frame(request, organization_id, console)
    notice = kept_here(request, context["place"], notice_id)
    if not notice.is_learning:
        raise NotFound
    context |= {"notice": notice, "here": address("contents", console, organization_id, notice_id)}
    if notice.state != Notice.State.DRAFT:
        if request.method == "POST":
            raise StateConflict(_SENT, code="notice-sent")
        chain = address("chain", console, organization_id, notice_id, app="notices")
        return redirect_to(chain, request)
    if request.method != "POST":
        return _editor(request, context, Typed([row.item_id for row in contents_of(notice)]))
    typed, act = _read(request), request.POST.get("act", "save")
    if act not in {"save", "quiz"}:
        _turn(typed, act)
        return _editor(request, context, typed)
    return _save(request, context, typed, act)


def _save(request: HttpRequest, context: Context, typed: Typed, act: str) -> HttpResponse:
    notice, console = context["notice"], context["console"]
    arguments = (console, context["organization"].pk, notice.pk)
    try:
        if act == "save" and not typed.items and quiz_of(notice) is None:
            raise InvalidInput.at("items", "请至少选择一项学习内容，或设置测验。")
        tasks.set_contents(current_user(request), notice.pk, typed.items)
    except FORM_ERRORS as error:
        return _editor(request, context, typed, error)
    if act == "quiz":
        return redirect_to(address("quiz_edit", *arguments), request)
    messages.success(request, "学习内容已保存。")
    return redirect_to(address("audience", *arguments, app="notices"), request)


def _read(request: HttpRequest) -> Typed:
    """What the form brought; what is no id is left out, and never more than could be kept."""
    ids = [text for text in request.POST.getlist("items") if text.isascii() and text.isdigit()]
    items = list(dict.fromkeys(int(text[:18]) for text in ids))[: MAX_CONTENTS + 1]
    page = request.POST.get("page", "")
    number = int(page[:6]) if page.isascii() and page.isdigit() else 1
    return Typed(items, request.POST.get("q", "").replace("\0", "").strip()[:40], number)


def _turn(typed: Typed, act: str) -> None:
    """One button: ``add-5``, ``remove-5``, ``up-5``, ``down-5``, ``page-2``; any other searches."""
    what, _, text = act.partition("-")
    number = int(text[:18]) if text.isascii() and text.isdigit() else 0
    if what == "page":
        typed.page = number or 1
    elif what == "add" and number and number not in typed.items:
        typed.items.append(number)
    elif number in typed.items:
        at = typed.items.index(number)
        if what == "remove":
            del typed.items[at]
        elif what in {"up", "down"}:
            to = at - 1 if what == "up" else at + 1
            typed.items.insert(min(max(0, to), len(typed.items) - 1), typed.items.pop(at))
    elif what == "find":
        typed.page = 1


def _editor(
    request: HttpRequest, context: Context, typed: Typed, error: DomainError | None = None
) -> HttpResponse:
    organization, notice, user = context["organization"], context["notice"], current_user(request)
    mine = choosable(organization)
    found = matching(mine, typed.text) if typed.text else mine
    found = with_records(user, found.exclude(pk__in=typed.items))
    arguments = (context["console"], organization.pk, notice.pk)
    context |= {
        "typed": typed,
        "chosen": _chosen(mine, notice, typed.items),
        "found": paginate(found, typed.page, _PAGE),
        "full": len(typed.items) >= MAX_CONTENTS,
        "most": MAX_CONTENTS,
        "quiz": quizzes.lines_of(notice),
        "edit_address": address("edit", *arguments, app="notices"),
        "library": address("desk", context["console"], organization.pk),
    }
    return form_page(request, "learning/both/contents.html", context, error)


def _chosen(
    mine: QuerySet[ContentItem, Any], notice: Notice, ids: list[int]
) -> list[tuple[ContentItem, bool]]:
    """The chosen items in their order, and whether each can (still) be asked for; what was never
    to be seen here is left out."""
    kept = {row.item_id: (row.item, False) for row in contents_of(notice)}
    known = kept | {item.pk: (item, True) for item in mine.filter(pk__in=ids)}
    return [known[pk] for pk in ids if pk in known]
