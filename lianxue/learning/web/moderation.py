"""评论 of an organisation's members, for its administrators to let through or to hide."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.queries import watermark_of
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.shared.errors import DomainError, InvalidInput, NotFound
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from ..actions import commenting
from ..models import Comment
from ..queries.comments import comments_of, to_decide
from .common import FORM, address, frame

State = Comment.State
_MOST_REASON = 100


@login_required
@require_safe
def comments(request: HttpRequest, organization_id: int, console: bool = False) -> HttpResponse:
    """What waits, what is shown, what is hidden (``?tab=``)."""
    context = frame(request, organization_id, console)
    user = current_user(request)
    asked = request.GET.get("tab", "")
    tab = asked if asked in State.values else State.WAITING.value
    rows = paginate(to_decide(user, organization_id, tab), request.GET.get("page", 1))
    waiting = to_decide(user, organization_id).count()
    here = address("comments", console, organization_id)
    context |= {
        "rows": rows,
        "view": tab,
        "setting": comments_of(organization_id),
        "most": _MOST_REASON,
        "ways": [
            (
                f"{here}?tab={value}",
                f"{word} {waiting}" if value == State.WAITING and waiting else word,
                value == tab,
            )
            for value, word in State.choices
        ],
        "watermark": watermark_of(user, context["organization"]),
    }
    return page(request, "learning/both/comments.html", context)


@login_required
@require_http_methods(FORM)
def decide(
    request: HttpRequest, organization_id: int, comment_id: int, console: bool = False
) -> HttpResponse:
    """One comment with both ways to decide; hiding asks for a reason."""
    context = frame(request, organization_id, console)
    user = current_user(request)
    found = to_decide(user, organization_id, "").filter(pk=comment_id).first()
    if found is None:
        raise NotFound("没有找到这条评论，可能已被删除。")
    error: DomainError | None = None
    if request.method == "POST":
        act = request.POST.get("act", "")
        try:
            if act == "show":
                commenting.show(user, comment_id)
            elif act == "hide":
                commenting.hide(user, comment_id, request.POST.get("reason", ""))
            else:
                raise InvalidInput("请选择显示还是不显示这条评论。")
            messages.success(request, "评论已显示。" if act == "show" else "评论已隐藏。")
            return redirect_to(address("comments", console, organization_id), request)
        except FORM_ERRORS as caught:
            error = caught
    context |= {
        "one": found,
        "most": _MOST_REASON,
        "back": address("comments", console, organization_id),
        "watermark": watermark_of(user, context["organization"]),
    }
    return form_page(request, "learning/both/decide.html", context, error)
