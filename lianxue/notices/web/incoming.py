"""What came from above, read as an administrator; passing it on, or not; 确认收到."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.shared.errors import DomainError, InvalidInput
from lianxue.shared.web import looks_ahead, redirect_to

from ..actions import passing
from ..actions.passing import Passing
from ..extensions import extension_of
from ..models import Relay
from ..queries import keeping
from ..queries.keeping import Incoming
from ..queries.reading import files_of
from ..rules import MAX_REMARK
from .audience import choose, look
from .choosing import audience_in
from .common import FORM, address, frame

Context = dict[str, Any]


@login_required
@require_safe
def incoming(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """The notice as it came; looking at it is what the sender sees as 已查看."""
    context = frame(request, organization_id, console)
    if looks_ahead(request):  # a browser that fetches in advance has shown it to nobody
        return HttpResponse(status=503)
    passing.open_incoming(current_user(request), organization_id, notice_id)
    return _page(request, context, notice_id)


def _page(
    request: HttpRequest, context: Context, notice_id: int, error: DomainError | None = None
) -> HttpResponse:
    found = keeping.get_incoming(current_user(request), context["organization"].pk, notice_id)
    notice, own = found.notice, found.own
    target = extension_of(notice).target
    context |= {
        "notice": notice,
        "above": found.relay,
        "own": own,
        "recalled": found.recalled,
        "files": [] if found.recalled else files_of(notice),
        "lines": extension_of(notice).lines(notice, found.place.organization),
        "may_pass": _may_pass(found),
        "may_close": notice.pass_on
        and _open(found)
        and (own is None or own.state == Relay.State.RECEIVED),
        "may_confirm": _open(found) and notice.needs_confirmation and _unconfirmed(own),
        "answer_at": reverse(target, args=[notice.pk]) if target and not notice.pass_on else "",
        "words": keeping.words_of(own) if own and own.state == Relay.State.PASSED else "",
    }
    return form_page(request, "notices/both/incoming.html", context, error)


def _open(found: Incoming) -> bool:
    """Whether anything can still be done with it."""
    return found.recalled is None and found.relay is not None


def _may_pass(found: Incoming) -> bool:
    handed_on = found.notice.pass_on or found.notice.is_task
    done = found.own is not None and found.own.state == Relay.State.PASSED
    return _open(found) and handed_on and not done


def _unconfirmed(own: Relay | None) -> bool:
    return own is None or own.confirmed_at is None


@login_required
@require_http_methods(FORM)
def pass_on(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """传达: choosing whom to, then (``?step=preview``) the remark and what it adds up to; POST does
    it."""
    context = frame(request, organization_id, console)
    found = keeping.get_incoming(current_user(request), organization_id, notice_id)
    context = _passed(context, found)
    if request.method == "POST":
        return _pass(request, context, found)
    if not _may_pass(found):
        return redirect_to(context["here_incoming"], request)
    if request.GET.get("step") == "preview":
        return look(request, context, request.GET)
    return choose(request, context)


def _passed(context: Context, found: Incoming) -> Context:
    """What choosing and previewing need to know of what is passed on."""
    organization_id, console = context["organization"].pk, context["console"]
    here = address("pass_on", console, organization_id, found.notice.pk)
    back = address("incoming", console, organization_id, found.notice.pk)
    return context | {
        "notice": found.notice,
        "passing": True,
        "above": found.relay,
        "most_remark": MAX_REMARK,
        "here": here,
        "preview": here,
        "back": back,
        "here_incoming": back,
        "steps": 2,
        "step": 1,
    }


def _pass(request: HttpRequest, context: Context, found: Incoming) -> HttpResponse:
    organization_id = context["organization"].pk
    try:
        wanted = Passing(
            audience_in(request.POST),
            request.POST.get("remark", ""),
            request.POST.get("sms") == "on",
        )
        passing.pass_on(current_user(request), organization_id, found.notice.pk, wanted)
    except FORM_ERRORS as error:
        if not _may_pass(found):
            raise
        return look(request, context, request.POST, error)
    messages.success(request, f"“{found.notice.title}”已传达。")
    chain = address("chain", context["console"], organization_id, found.notice.pk)
    return redirect_to(chain, request)


@login_required
@require_POST
def close(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """不再传达, with a reason that the superior sees."""
    context = frame(request, organization_id, console)
    user = current_user(request)
    try:
        passing.close(user, organization_id, notice_id, request.POST.get("remark", ""))
    except InvalidInput as error:
        return _page(request, context, notice_id, error)
    messages.success(request, "已记为不再传达，上级能看到您写的原因。")
    return redirect_to(context["desk"], request)


@login_required
@require_POST
def receive(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """确认收到, for the organisation."""
    frame(request, organization_id, console)
    passing.confirm_incoming(current_user(request), organization_id, notice_id)
    messages.success(request, "已确认收到。")
    return redirect_to(address("incoming", console, organization_id, notice_id), request)
