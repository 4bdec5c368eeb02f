"""好友 on the phone: 新的好友, 我的好友, 我的名片, 黑名单."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.queries import watermark_of
from lianxue.organizations.web.common import form_page
from lianxue.shared.errors import DomainError, InvalidInput, RateLimited, StateConflict
from lianxue.shared.links import absolute, qr_svg
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from ..actions import cards
from ..actions import friends as actions
from ..queries import friends as queries
from ..queries import people

_FORM = ["GET", "HEAD", "POST"]
#: What a form, or the list with the button, shows again instead of a page of its own.
FORM_ERRORS = (InvalidInput, StateConflict, RateLimited)


def asking_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    error: DomainError | None = None,
) -> HttpResponse:
    """A form for asking somebody, with the words one begins with, or with what was wrong."""
    first = {"first_words": f"我是{current_user(request).name}", "max_words": actions.MAX_WORDS}
    response = form_page(request, template, first | context, error)
    if isinstance(error, RateLimited):
        response["Retry-After"] = str(error.retry_after)
    return response


@login_required
@require_safe
def friends(request: HttpRequest) -> HttpResponse:
    """我的好友 A to Z; ``?q=`` searches among them."""
    user = current_user(request)
    text = request.GET.get("q", "")[:40]
    rows, letters = queries.friend_page(user, text, request.GET.get("page", 1))
    context = {
        "people": rows,
        "letters": letters,
        "sections": queries.sections(rows.items),
        "places": people.places_by_person(user, rows.items),
        "text": text,
        "waiting": queries.waiting_count(user),
        "watermark": watermark_of(user),
    }
    return page(request, "contacts/mobile/friends.html", context)


@login_required
@require_safe
def new_friends(request: HttpRequest) -> HttpResponse:
    """新的好友: who asks me first, then the way to add somebody, then what I asked."""
    return _new_friends(request)


def _new_friends(request: HttpRequest, error: DomainError | None = None) -> HttpResponse:
    user = current_user(request)
    context = {
        "received": paginate(queries.received(user), request.GET.get("page", 1)),
        "sent": paginate(queries.sent(user), request.GET.get("sent", 1), 10),
        "state_of": queries.sent_state,
        "states": queries.SENT_STATES,
    }
    return asking_page(request, "contacts/mobile/new_friends.html", context, error)


@login_required
@require_http_methods(_FORM)
def add_friend(request: HttpRequest) -> HttpResponse:
    """用手机号添加; the same words whatever the number."""
    error: DomainError | None = None
    if request.method == "POST":
        form = request.POST
        try:
            actions.ask_by_phone(
                current_user(request), form.get("phone", ""), form.get("words", "")
            )
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(
                request, "已发送。如果对方已注册并允许通过手机号找到，会收到您的申请。"
            )
            return redirect_to(reverse("contacts:new_friends"), request)
    return asking_page(request, "contacts/mobile/add_friend.html", {}, error)


@login_required
@require_POST
def answer(request: HttpRequest, friend_request_id: int) -> HttpResponse:
    """同意 or 谢绝; then the page it was on."""
    accept = {"yes": True, "no": False}.get(request.POST.get("answer", ""))
    try:
        queries.get_received(current_user(request), friend_request_id)
        if accept is None:
            raise InvalidInput("请选择“同意”或“谢绝”。")
        row = actions.answer(current_user(request), friend_request_id, accept=accept)
    except FORM_ERRORS as error:
        return _new_friends(request, error)
    if accept:
        messages.success(request, f"您和{row.from_user.name}已经是好友了。")
    else:
        messages.success(request, "已谢绝，对方不会收到通知。")
    if accept and request.POST.get("from") == "card":
        return redirect_to(reverse("contacts:person", args=[row.from_user_id]), request)
    return redirect_to(reverse("contacts:new_friends"), request)


@login_required
@require_POST
def withdraw(request: HttpRequest, friend_request_id: int) -> HttpResponse:
    """撤回 what I asked."""
    try:
        actions.withdraw(current_user(request), friend_request_id)
    except FORM_ERRORS as error:
        return _new_friends(request, error)
    messages.success(request, "已撤回。")
    return redirect_to(reverse("contacts:new_friends"), request)


@login_required
@never_cache
@require_safe
def my_card(request: HttpRequest) -> HttpResponse:
    """我的名片: the own QR code, and the link in it."""
    card = cards.own_card(current_user(request))
    address = absolute(request, reverse("contacts:open_card", args=[card.token]))
    context = {"address": address, "qr": qr_svg(address)}
    return page(request, "contacts/mobile/my_card.html", context)


@login_required
@require_POST
def renew_card(request: HttpRequest) -> HttpResponse:
    """换一个二维码."""
    cards.renew_card(current_user(request))
    messages.success(request, "已换新，原来的二维码和链接不能再用了。")
    return redirect_to(reverse("contacts:my_card"), request)


@login_required
@require_http_methods(_FORM)
def open_card(request: HttpRequest, token: str) -> HttpResponse:
    """Somebody's card, by its code: 加为好友, or on to the card of who is a friend already."""
    user = current_user(request)
    owner = people.read_card(token)
    if owner.pk == user.pk:
        return redirect_to(reverse("contacts:my_card"), request)
    card = people.card_of(user, owner)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            cards.ask_by_card(user, token, request.POST.get("words", ""))
        except FORM_ERRORS as caught:
            error = caught
        else:
            return after_asking(request, owner.pk)
    elif card.standing in {"friend", "asks_me"}:
        return redirect_to(reverse("contacts:person", args=[owner.pk]), request)
    context = {"card": card, "person": owner, "watermark": _marked(request, card)}
    return asking_page(request, "contacts/mobile/open_card.html", context, error)


def after_asking(request: HttpRequest, person_id: int) -> HttpResponse:
    """To the list of requests, or to the card of somebody who had asked, too."""
    if queries.standing(current_user(request), [person_id]).get(person_id) == "friend":
        messages.success(request, "对方也申请加您，你们已经是好友了。")
        return redirect_to(reverse("contacts:person", args=[person_id]), request)
    messages.success(request, "好友申请已发送，请等对方同意。")
    return redirect_to(reverse("contacts:new_friends"), request)


def _marked(request: HttpRequest, card: people.Card) -> bool:
    return bool(card.view.places) and watermark_of(current_user(request))


@login_required
@require_safe
def blocked(request: HttpRequest) -> HttpResponse:
    """黑名单."""
    rows = paginate(queries.blocked_of(current_user(request)), request.GET.get("page", 1))
    return page(request, "contacts/mobile/blocked.html", {"rows": rows})


@login_required
@require_POST
def unblock(request: HttpRequest, user_id: int) -> HttpResponse:
    """移出黑名单."""
    actions.unblock(current_user(request), user_id)
    messages.success(request, "已移出黑名单。")
    return redirect_to(reverse("contacts:blocked"), request)
