"""学习内容 of an organisation: what is published, what is being written, what was taken down."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.queries import running_places
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.organizations.web.home import chosen_place
from lianxue.shared.errors import DomainError
from lianxue.shared.pagination import paginate
from lianxue.shared.uploads import uploaded
from lianxue.shared.web import page, redirect_to

from ..actions import drafts, importing
from ..importing import ACCEPT
from ..models import ContentItem
from ..queries import comments as comments_read
from ..queries import desk as reads
from .common import FORM, address, frame

State, Kind = ContentItem.State, ContentItem.Kind
#: The tabs in their order, and their words.
TABS = {State.PUBLISHED: "已发布", State.DRAFT: "草稿", State.WITHDRAWN: "已下架"}
#: What each kind is begun with: what it is called, what it is for.
KINDS = {
    Kind.ARTICLE: ("文章", "文字为主，可以插入图片；手机上可以直接读"),
    Kind.PICTURES: ("图集", "一组图片，每张可以写说明"),
    Kind.VIDEO: ("视频", "MP4 或 WebM，从上次停下的地方接着看"),
    Kind.AUDIO: ("音频", "MP3 或 M4A，从上次停下的地方接着听"),
    Kind.DOCUMENT: ("文档", "一份 PDF，保持原来的版式"),
    Kind.LINK: ("链接", "别的网站上的网页"),
}


@login_required
@require_safe
def desk(request: HttpRequest, organization_id: int, console: bool = False) -> HttpResponse:
    """The three tabs; ``?tab=``, ``?q=`` searches the titles, ``?kind=`` and ``?column=`` cut."""
    context = frame(request, organization_id, console)
    user, chosen = current_user(request), _chosen(request)
    columns = list(reads.columns(user, organization_id))
    rows = reads.kept(user, organization_id, **chosen)
    counts = dict(
        reads.kept(user, organization_id)
        .order_by()
        .values_list("state")
        .annotate(number=Count("pk"))
    )
    context |= {
        "view": chosen["state"],
        "chosen": chosen,
        "cut": any(chosen[name] for name in ("kind", "column_id", "text")),
        "columns": [(one.pk, one.name) for one in columns],
        "kinds": Kind.choices,
        "ways": [
            (
                f"{context['desk']}?tab={tab.value}",
                f"{word} {counts[tab]}" if tab in counts else word,
                tab == chosen["state"],
            )
            for tab, word in TABS.items()
        ],
        "rows": paginate(rows, request.GET.get("page", 1)),
        "waiting_comments": comments_read.waiting_comments(user, organization_id),
        "places": running_places(user) if console else [],
    }
    return page(request, "learning/both/desk.html", context)


def _chosen(request: HttpRequest) -> dict[str, Any]:
    """What is asked for, as ``kept`` takes it; what is no choice of ours cuts nothing."""
    asked = request.GET
    column = asked.get("column", "")
    number = column.isascii() and column.isdigit() and len(column) < 19
    return {
        "state": asked.get("tab") if asked.get("tab") in State.values else State.PUBLISHED.value,
        "kind": asked.get("kind", "") if asked.get("kind") in Kind.values else "",
        "column_id": int(column) if number else None,
        "text": asked.get("q", "")[:40],
    }


@login_required
@require_safe
def door(request: HttpRequest) -> HttpResponse:
    """The console's side door: the desk of the organisation that was looked at last."""
    chosen = chosen_place(request, running_places(current_user(request)))
    if chosen is None:
        return redirect_to(reverse("organizations:console_home"), request)
    return redirect_to(address("desk", True, chosen.organization_id), request)


@login_required
@require_http_methods(FORM)
def new(request: HttpRequest, organization_id: int, console: bool = False) -> HttpResponse:
    """Which kind it is; then its draft opens."""
    context = frame(request, organization_id, console)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            kind = request.POST.get("kind", "")
            draft = drafts.create(current_user(request), organization_id, kind)
            return redirect_to(address("edit", console, organization_id, draft.pk), request)
        except FORM_ERRORS as caught:
            error = caught
    context["kinds"] = [(kind.value, *words) for kind, words in KINDS.items()]
    return form_page(request, "learning/both/new.html", context, error)


@login_required
@require_http_methods(FORM)
def import_document(
    request: HttpRequest, organization_id: int, console: bool = False
) -> HttpResponse:
    """A .docx or .md file becomes the draft of an article, with its pictures."""
    context = frame(request, organization_id, console)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            found = importing.take_in(current_user(request), organization_id, uploaded(request))
            messages.success(request, "已导入为草稿，请核对标题、正文和图片。")
            for words in found.left_out:
                messages.warning(request, words)
            return redirect_to(address("edit", console, organization_id, found.item.pk), request)
        except FORM_ERRORS as caught:
            error = caught
    context["accept"] = ACCEPT
    return form_page(request, "learning/both/import.html", context, error)
