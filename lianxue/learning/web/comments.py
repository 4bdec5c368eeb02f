"""What the members of my organisation say about an item, and what I say."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.organizations.queries import watermark_of
from lianxue.shared.errors import InvalidInput, RateLimited, StateConflict
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from ..actions import commenting
from ..models import Comment, ContentItem
from ..queries import comments as queries
from ..queries import library
from ..rules import MAX_COMMENT

Context = dict[str, Any]
#: How many stand below the item itself.
_FIRST = 3


def below(user: User, item: ContentItem) -> Context:
    """What an item's page needs for its favourite button and its comments (``_favourite.html``,
    ``_comments.html``): the newest few, whether there are more, and what may be said.

    Raises NotFound for an item that the reader may not open.
    """
    thread = queries.thread(user, item)
    rows = list(thread.rows[: _FIRST + 1])
    return {
        "favoured": library.is_favourite(user, item),
        **_thread(user, thread),
        "comments": rows[:_FIRST],
        "more_comments": len(rows) > _FIRST,
    }


def _thread(user: User, thread: queries.Thread) -> Context:
    return {
        "thread": thread,
        "longest_comment": MAX_COMMENT,
        "watermark": watermark_of(user, thread.seat.organization),
        "typed": "",
        "comment_error": "",
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def comment(request: HttpRequest, item_id: int) -> HttpResponse:
    """All comments below an item, page by page; POST ``text`` says something, then the item."""
    user = current_user(request)
    if request.method != "POST":
        return _all(request, user, item_id)
    text = request.POST.get("text", "")
    try:
        said = commenting.comment(user, item_id, text)
    except (InvalidInput, RateLimited) as error:
        return _all(request, user, item_id, typed=text, error=error)
    except StateConflict as error:
        messages.error(request, error.message)
        return _all(request, user, item_id, typed=text, status=error.status)
    waits = said.state == Comment.State.WAITING
    messages.success(request, "已提交，管理员审核后显示。" if waits else "评论已发表。")
    return redirect_to(reverse("learning:item", args=[item_id]) + "#comments", request)


def _all(
    request: HttpRequest,
    user: User,
    item_id: int,
    typed: str = "",
    error: InvalidInput | RateLimited | None = None,
    status: int = 200,
) -> HttpResponse:
    item = library.get_readable(user, item_id)
    thread = queries.thread(user, item)
    context = {
        "item": item,
        **_thread(user, thread),
        "typed": typed,
        "comment_error": error.message if error else "",
        "page": paginate(thread.rows, request.GET.get("page", 1)),
    }
    status = error.status if error else status
    return page(request, "learning/mobile/comments.html", context, status=status)


@login_required
@require_POST
def remove(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Take my own comment back; then the item that it was about."""
    user = current_user(request)
    item_id = Comment.objects.filter(pk=comment_id).values_list("item_id", flat=True).first()
    commenting.remove(user, comment_id)
    messages.success(request, "评论已删除。")
    return redirect_to(reverse("learning:item", args=[item_id]) + "#comments", request)
