"""What one does about what was sent: 提醒 and 撤回."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from lianxue.accounts.current import current_user
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.shared.errors import DomainError, StateConflict
from lianxue.shared.web import redirect_to

from .. import policy
from ..actions import nudging, recalling
from ..queries import chain as reads
from . import chain
from .common import FORM, address, frame

_NUDGED = {
    nudging.OWN: "已提醒还没有看的成员，他们打开应用就会看到。",
    nudging.BELOW: "已提醒还没有传达的下级组织，它们的管理员打开应用就会看到。",
}


@login_required
@require_POST
def nudge(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """提醒, of the own members or of those below; the picture once more when refused."""
    context = frame(request, organization_id, console)
    whom, sms = request.POST.get("whom", ""), request.POST.get("sms") == "on"
    try:
        nudging.nudge(current_user(request), organization_id, notice_id, whom, sms=sms)
    except FORM_ERRORS as error:
        return chain.picture(request, context, notice_id, error)
    words = _NUDGED[whom] + ("短信正在发送。" if sms and whom == nudging.OWN else "")
    messages.success(request, words)
    return redirect_to(address("chain", console, organization_id, notice_id), request)


@login_required
@require_http_methods(FORM)
def recall(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """撤回: what will happen, the reason; then it is done."""
    context = frame(request, organization_id, console)
    user = current_user(request)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            relay = recalling.recall(
                user, organization_id, notice_id, request.POST.get("reason", "")
            )
        except FORM_ERRORS as caught:
            error = caught
        else:
            more = "" if relay.below == relay.Below.NOBODY else "，下级组织的传达也一起撤回了"
            messages.success(request, f"已撤回{more}。")
            return redirect_to(address("chain", console, organization_id, notice_id), request)
    return _recall_page(request, context, notice_id, error)


def _recall_page(
    request: HttpRequest, context: dict[str, Any], notice_id: int, error: DomainError | None
) -> HttpResponse:
    stand = reads.stand(current_user(request), context["organization"].pk, notice_id)
    policy.need_governs(stand.place.power, stand.own)
    if stand.own.recalled_at is not None and error is None:
        error = StateConflict("这条通知已经撤回，不需要再次撤回。")
    context |= {
        "notice": stand.notice,
        "relay": stand.own,
        "impact": reads.impact(stand),
        "most": recalling.MAX_REASON,
        "picture": address("chain", context["console"], stand.at.pk, notice_id),
    }
    return form_page(request, "notices/both/recall.html", context, error)
