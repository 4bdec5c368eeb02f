"""The 学习 tab: what waits, where one stopped, what is new; and the lists behind it."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.models import Membership
from lianxue.organizations.queries import my_places
from lianxue.organizations.web.common import Door, door
from lianxue.shared.nav import find_url
from lianxue.shared.pagination import paginate, paginate_far
from lianxue.shared.web import page

from ..models import Column, ContentItem
from ..queries import library
from ..queries.mine import lines_of, my_tasks

Context = dict[str, Any]
Rows = QuerySet[ContentItem, Any]
#: How many of each the tab's first page shows: it stays one screen or two, and light.
_TASKS, _GOING_ON, _NEWEST, _COLUMNS = 3, 2, 8, 7
#: The tabs of 我的学习记录.
RECORDS = {"": "全部", "begun": "未学完", "done": "已学完"}


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What waits first, then where to go on, then what is new."""
    user = current_user(request)
    places = my_places(user)
    context: Context = {"belongs": bool(places)}
    if places:
        waiting = list(my_tasks(user)[: _TASKS + 1])
        newest = library.newest(user, _NEWEST + 1)
        context |= {
            "tasks": lines_of(waiting[:_TASKS]),
            "more_tasks": len(waiting) > _TASKS,
            "unfinished": library.going_on(user, _GOING_ON),
            "doors": _doors(),
            "columns": _columns(list(library.columns_for(user)[:_COLUMNS])),
            "newest": newest[:_NEWEST],
            "more": len(newest) > _NEWEST,
            "desk": _desk(places),
        }
    return page(request, "learning/mobile/home.html", context)


def _doors() -> list[Door]:
    return [
        *door("learning:favourites", "star", "我的收藏"),
        *door("learning:records", "history", "学习记录"),
        *door("learning:wrong", "pencil", "错题练习"),
        *door("points:home", "award", "我的积分"),
    ]


def _columns(columns: list[Column]) -> list[tuple[str, str, bool]]:
    """The chips: the first columns, and the way to everything."""
    if not columns:
        return []
    chips = [
        (reverse("learning:column", args=[column.pk]), column.name, False) for column in columns
    ]
    return [*chips, (reverse("learning:all"), "全部", False)]


def _desk(places: list[Membership]) -> str:
    """Where to publish, for who administers the whole of one of these places; else ""."""
    for place in places:
        if any(grant.scope_id is None for grant in place.role_grants.all()):
            return find_url("learning:desk", place.organization_id)
    return ""


@login_required
@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """The whole library, the newest first; ``?kind=`` one kind of it."""
    user = current_user(request)
    rows = library.contents(user, kind=_kind(request))
    return _listed(request, "全部学习内容", rows, columns=library.columns_for(user))


@login_required
@require_safe
def column(request: HttpRequest, column_id: int) -> HttpResponse:
    """One column of the library. NotFound for one of which nothing is to be read here."""
    user = current_user(request)
    found = library.get_column(user, column_id)
    rows = library.contents(user, column=found.pk, kind=_kind(request))
    return _listed(request, found.name, rows, whose=found.organization.name)


@login_required
@require_safe
def tag(request: HttpRequest) -> HttpResponse:
    """What carries a tag, ``?name=``; an unknown one is an empty list."""
    name = _text(request, "name", 10)
    rows = library.contents(current_user(request), tag=name, kind=_kind(request))
    return _listed(request, f"标签：{name}" if name else "标签", rows if name else rows.none())


def _listed(
    request: HttpRequest, heading: str, rows: Rows, whose: str = "", columns: Iterable[Column] = ()
) -> HttpResponse:
    """A page of the library, with its kinds as chips; ``columns``: all there are, folded away."""
    chosen = _kind(request)
    name = _text(request, "name", 10)
    plain = f"?{urlencode({'name': name})}" if name else ""

    def address(kind: str) -> str:
        query = {"name": name, "kind": kind}
        return "?" + urlencode({key: value for key, value in query.items() if value})

    kinds = [("", "全部"), *ContentItem.Kind.choices]
    context = {
        "heading": heading,
        "whose": whose,
        "columns": list(columns),
        "items": paginate_far(rows, request.GET.get("page", 1)),
        "kinds": [(address(kind), str(word), kind == chosen) for kind, word in kinds],
        "chosen": chosen,
        "plain": plain,
    }
    return page(request, "learning/mobile/column.html", context)


def _kind(request: HttpRequest) -> str:
    kind = request.GET.get("kind", "")
    return kind if kind in ContentItem.Kind.values else ""


def _text(request: HttpRequest, name: str, longest: int) -> str:
    return request.GET.get(name, "").replace("\0", "").strip()[:longest]


@login_required
@require_safe
def records(request: HttpRequest) -> HttpResponse:
    """我的学习记录: what I opened, how far I came; ``?tab=begun|done``."""
    shown = request.GET.get("tab", "")
    if shown not in RECORDS:
        shown = ""
    rows = library.records(current_user(request))
    if shown:
        rows = rows.filter(finished_at__isnull=shown == "begun")
    context = {
        "records": paginate(rows, request.GET.get("page", 1)),
        "shown": shown,
        "ways": [
            (f"?tab={key}" if key else request.path, word, key == shown)
            for key, word in RECORDS.items()
        ],
    }
    return page(request, "learning/mobile/records.html", context)
