"""Whom a draft is for, the preview, and sending it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_http_methods, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.shared.errors import DomainError
from lianxue.shared.web import redirect_to

from .. import rules
from ..actions import sending
from ..actions.audiences import Audience, checked
from ..actions.drafts import need_draft
from ..extensions import extension_of
from ..models import Notice
from .choosing import ROLES, audience_in, first_choice, picker, with_audience
from .common import FORM, address, frame, kept_here
from .drafts import next_step
from .preview import preview_of

Context = dict[str, Any]


@login_required
@require_safe
def audience(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """Choosing; what was chosen before stands in the address, and leads on to the preview."""
    context = frame(request, organization_id, console)
    draft = kept_here(request, context["place"], notice_id)
    back = _unready(request, context, draft)
    if back:
        return redirect_to(back, request)
    return choose(request, _of_draft(context, draft))


@login_required
@require_http_methods(FORM)
def preview(
    request: HttpRequest, organization_id: int, notice_id: int, console: bool = False
) -> HttpResponse:
    """Who gets it and what it adds up to; POST sends it."""
    context = frame(request, organization_id, console)
    draft = kept_here(request, context["place"], notice_id)
    if request.method == "POST":
        return _send(request, context, draft)
    back = _unready(request, context, draft)
    if not back and "own" not in request.GET and "below" not in request.GET:
        back = address("audience", console, organization_id, notice_id)
    if back:
        return redirect_to(back, request)
    return look(request, _of_draft(context, draft), request.GET)


def _send(request: HttpRequest, context: Context, draft: Notice) -> HttpResponse:
    try:
        chosen = audience_in(request.POST)
        sms = request.POST.get("sms") == "on"
        sending.send(current_user(request), draft.pk, chosen, sms)
    except FORM_ERRORS as error:
        if draft.state != Notice.State.DRAFT:
            raise
        return look(request, _of_draft(context, draft), request.POST, error)
    messages.success(request, f"“{draft.title}”已发送。")
    chain = address("chain", context["console"], context["organization"].pk, draft.pk)
    return redirect_to(chain, request)


def _unready(request: HttpRequest, context: Context, draft: Notice) -> str:
    """The page that is still to be filled in before this one, saying what is missing; "" for none.

    Raises StateConflict for what is no draft any more.
    """
    need_draft(draft)
    organization_id, console = context["organization"].pk, context["console"]
    try:
        rules.need_complete(draft)
    except FORM_ERRORS as error:
        messages.warning(request, error.message)
        return address("edit", console, organization_id, draft.pk)
    try:
        extension_of(draft).check(draft)
    except FORM_ERRORS as error:
        messages.warning(request, error.message)
        return next_step(draft, organization_id, console)
    return ""


def _of_draft(context: Context, draft: Notice) -> Context:
    """What choosing and previewing need to know of a draft that is to be sent."""
    organization_id, console = context["organization"].pk, context["console"]
    steps = 4 if extension_of(draft).step else 3
    here = address("audience", console, organization_id, draft.pk)
    preview_at = address("preview", console, organization_id, draft.pk)
    before = address("edit", console, organization_id, draft.pk)
    if extension_of(draft).step:
        before = next_step(draft, organization_id, console)
    return context | {
        "notice": draft,
        "passing": False,
        "here": here,
        "preview": preview_at,
        "back": before,
        "steps": steps,
        "step": steps - 1,
    }


def choose(
    request: HttpRequest,
    context: Context,
    chosen: Audience | None = None,
    error: DomainError | None = None,
) -> HttpResponse:
    """The form, for sending and for passing on."""
    place, notice = context["place"], context["notice"]
    if chosen is None:
        chosen = first_choice(place, notice, context["passing"])
        if "own" in request.GET or "below" in request.GET:
            try:
                chosen = audience_in(request.GET)
            except FORM_ERRORS as caught:
                error = caught
    context |= {"picker": picker(request, place, notice, chosen), "roles": ROLES}
    return form_page(request, "notices/both/audience.html", context, error)


def look(
    request: HttpRequest, context: Context, sent: QueryDict, error: DomainError | None = None
) -> HttpResponse:
    """The preview; the form once more when the audience itself can't be."""
    place, notice = context["place"], context["notice"]
    chosen = None
    try:
        chosen = audience_in(sent)
        found = checked(place, chosen, notice)
    except FORM_ERRORS as caught:
        return choose(request, context, chosen, caught)
    context |= preview_of(request, place, notice, chosen, found)
    context |= {
        "step": context["steps"],
        "back": with_audience(context["here"], chosen),
        "action": context["preview"],
    }
    return form_page(request, "notices/both/preview.html", context, error)
