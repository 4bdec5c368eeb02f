"""What readers will see, who they are; publishing it, taking it down, throwing a draft away."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.shared.errors import DomainError, InvalidInput
from lianxue.shared.web import redirect_to

from .. import policy, rules
from ..actions import drafts
from ..actions import publishing as acts
from ..models import ContentItem
from ..queries import desk as reads
from ..queries.library import pictures_of, tags_of
from .common import FORM, Context, address, frame, kept_here

State = ContentItem.State


@login_required
@require_safe
def preview(
    request: HttpRequest, organization_id: int, item_id: int, console: bool = False
) -> HttpResponse:
    """A content as its readers see it, with who that is and what can be done about it."""
    context = frame(request, organization_id, console)
    return _page(request, context, kept_here(request, context, item_id))


def _page(
    request: HttpRequest, context: Context, item: ContentItem, error: DomainError | None = None
) -> HttpResponse:
    pictures = pictures_of(item)
    power = context["power"]
    context |= {
        "item": item,
        "pictures": pictures,
        "tags": tags_of(item),
        "reach": reads.reach_of(item),
        "missing": _missing(item, len(pictures)),
        "may_change": power.whole or item.state == State.DRAFT,
        "may_publish": power.whole,
        "may_discard": item.state == State.DRAFT
        and (power.whole or item.author_id == current_user(request).pk),
    }
    return form_page(request, "learning/both/preview.html", context, error)


def _missing(item: ContentItem, pictures: int) -> list[str]:
    """What it still takes before it can be published."""
    try:
        rules.need_complete(rules.Complete(item, pictures))
    except InvalidInput as error:
        return list(error.fields.values())
    return []


@login_required
@require_POST
def publish(
    request: HttpRequest, organization_id: int, item_id: int, console: bool = False
) -> HttpResponse:
    """发布; the preview once more when something is missing."""
    context = frame(request, organization_id, console)
    item = kept_here(request, context, item_id)
    try:
        acts.publish(current_user(request), item.pk)
    except FORM_ERRORS as error:
        return _page(request, context, item, error)
    messages.success(request, "已发布，读者现在就能看到。")
    return redirect_to(address("preview", console, organization_id, item_id), request)


@login_required
@require_http_methods(FORM)
def withdraw(
    request: HttpRequest, organization_id: int, item_id: int, console: bool = False
) -> HttpResponse:
    """下架: what it ends, the reason; then it is done."""
    context = frame(request, organization_id, console)
    item = kept_here(request, context, item_id)
    policy.need_publishes(context["power"])
    there = address("preview", console, organization_id, item_id)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            acts.withdraw(current_user(request), item.pk, request.POST.get("reason", ""))
            messages.success(request, "已下架，读者不再看到。")
            return redirect_to(there, request)
        except FORM_ERRORS as caught:
            error = caught
    elif item.state != State.PUBLISHED:
        return redirect_to(there, request)
    context |= {"item": item, "back": there, "most": rules.MAX_REASON}
    return form_page(request, "learning/both/withdraw.html", context, error)


@login_required
@require_POST
def discard(
    request: HttpRequest, organization_id: int, item_id: int, console: bool = False
) -> HttpResponse:
    """A draft is thrown away, with its pictures."""
    context = frame(request, organization_id, console)
    item = kept_here(request, context, item_id)
    drafts.discard(current_user(request), item.pk)
    messages.success(request, "草稿已删除。")
    return redirect_to(f"{context['desk']}?tab=draft", request)
