"""A person's card, and what may be done there."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.queries import watermark_of
from lianxue.shared.errors import DomainError
from lianxue.shared.nav import find_url
from lianxue.shared.web import came_from, page, redirect_to

from ..actions import cards, frequent
from ..actions import friends as actions
from ..models import FriendRequest
from ..queries import people
from .friends import FORM_ERRORS, after_asking, asking_page

_TEMPLATE = "contacts/mobile/person.html"


def _card(request: HttpRequest, user_id: int) -> dict[str, Any]:
    user = current_user(request)
    card = people.card_of(user, people.get_person(user, user_id))
    lists = ["home", "search", "new_friends", "blocked", "phone_book", "groups"]
    return {
        "card": card,
        "view": card.view,
        "person": card.view.person,
        "number": "",
        "watermark": bool(card.view.places) and watermark_of(user),
        "back_to": came_from(
            request,
            reverse("contacts:friends"),
            *filter(None, (find_url(f"contacts:{name}") for name in lists)),
            *(reverse("organizations:member", args=[place.pk]) for place in card.view.places),
        ),
    }


@login_required
@require_safe
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """The card; opening it counts as a use of the contact (常用联系人)."""
    user = current_user(request)
    if user_id == user.pk:
        return redirect_to(reverse("contacts:my_card"), request)
    context = _card(request, user_id)
    if request.method == "GET":
        frequent.note_use(user, user_id)
    return page(request, _TEMPLATE, context)


@login_required
@never_cache
@require_POST
def reveal_number(request: HttpRequest, user_id: int) -> HttpResponse:
    """显示号码: the whole number, once, on this answer alone, with a way to call it."""
    number = cards.reveal_number(current_user(request), user_id)
    return page(request, _TEMPLATE, _card(request, user_id) | {"number": number})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, user_id: int) -> HttpResponse:
    """加为好友, with some words about who asks."""
    user = current_user(request)
    found = people.get_person(user, user_id)
    card = people.card_of(user, found)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            actions.ask(user, user_id, request.POST.get("words", ""), _way(card))
        except FORM_ERRORS as caught:
            error = caught
        else:
            return after_asking(request, user_id)
    elif card.standing:
        return redirect_to(reverse("contacts:person", args=[user_id]), request)
    return asking_page(request, "contacts/mobile/ask.html", {"person": found, "card": card}, error)


def _way(card: people.Card) -> str:
    """How the two know of each other, by what the card shows."""
    return FriendRequest.Way.ORGANIZATION if card.view.places else FriendRequest.Way.GROUP


@login_required
@require_POST
def unfriend(request: HttpRequest, user_id: int) -> HttpResponse:
    """删除好友."""
    name = people.get_person(current_user(request), user_id).name
    actions.unfriend(current_user(request), user_id)
    messages.success(request, f"已删除好友{name}。")
    return redirect_to(reverse("contacts:friends"), request)


@login_required
@require_POST
def block(request: HttpRequest, user_id: int) -> HttpResponse:
    """加入黑名单."""
    actions.block(current_user(request), user_id)
    messages.success(request, "已加入黑名单，对方不会收到通知。")
    return redirect_to(reverse("contacts:blocked"), request)


@login_required
@require_POST
def show_number(request: HttpRequest, user_id: int) -> HttpResponse:
    """Let this friend see my number (``shown=yes``), or no longer."""
    shown = request.POST.get("shown") == "yes"
    actions.show_number(current_user(request), user_id, shown=shown)
    messages.success(
        request, "对方现在可以查看您的手机号码。" if shown else "对方不能再查看您的手机号码。"
    )
    return redirect_to(reverse("contacts:person", args=[user_id]), request)
