"""A fresh proof of the person before anything that changes how they prove themselves.

A session may have been left open on a table. Whoever has a second factor proves it again; others
their password or a code by SMS. A proof, the sign-in's too, is good for ten minutes.
"""

import functools
import time
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.webauthn.internal import auth as webauthn
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from lianxue.accounts import pending, queries
from lianxue.accounts.actions import challenges, security, users
from lianxue.accounts.current import current_user
from lianxue.accounts.models import PhoneChallenge, User
from lianxue.shared.errors import DomainError, InvalidInput
from lianxue.shared.web import Handler, client_address, page, redirect_to, safe_path

from .login import demo_place
from .second_factor import ConfirmPasskeyForm

GOOD_FOR = 600  # seconds
CONFIRM = PhoneChallenge.Purpose.CONFIRM


def is_fresh(request: HttpRequest, user: User) -> bool:
    """Whether the person gave a proof within ten minutes; of the second factor if one is on."""
    records = get_authentication_records(request, user)
    if queries.second_factors(user):
        records = [record for record in records if record["method"] == "mfa"]
    return any(time.time() - record["at"] < GOOD_FOR for record in records)


def fresh(view: Handler) -> Handler:
    """For a signed-in person with a fresh proof; anybody else is asked for it and comes back."""

    @login_required
    @never_cache
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if is_fresh(request, current_user(request)):
            return view(request, *args, **kwargs)
        back = request.path if request.method == "GET" else reverse("accounts:security")
        return redirect_to(f"{reverse('accounts:confirm')}?{urlencode({'next': back})}", request)

    return guarded


@login_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """安全确认: prove once more who you are, then go on."""
    user = current_user(request)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            if _prove(request, user):
                return redirect_to(_next(request), request)
        except DomainError as caught:
            error = caught
    return _ask(request, user, error)


def _next(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next", "")
    return safe_path(target, request, default=reverse("accounts:security"))


def _ask(request: HttpRequest, user: User, error: DomainError | None) -> HttpResponse:
    factors = queries.second_factors(user)
    held = pending.current(request, CONFIRM)
    context = {
        "next": _next(request),
        "factors": factors,
        "has_password": user.has_usable_password(),
        "sent": held is not None and held.challenge.sent_at is not None,
        "resend_in": queries.resend_in(held.challenge) if held else 0,
        "options": webauthn.begin_authentication(user) if "webauthn" in factors else None,
        "error": error,
        "errors": error.fields if error else {},
        "way": request.POST.get("way", ""),
        "demo_place": demo_place() if settings.DEMO else "",
    }
    status = error.status if error else 200
    return page(request, "accounts/mobile/confirm.html", context, status=status)


def _prove(request: HttpRequest, user: User) -> bool:
    """Try the way that the form names; False when a code has only been sent. Raises DomainError."""
    way = request.POST.get("way", "")
    strong = queries.second_factors(user)
    if strong and way == "code":
        authenticator = security.spend_code(user, request.POST.get("code", ""))
        _record(request, user, "mfa", type=authenticator.type)
    elif strong and way == "passkey":
        form = ConfirmPasskeyForm(user=user, data=request.POST)
        if not form.is_valid():
            raise InvalidInput("没有验证成功，请再试一次。")
        form.save()
    elif not strong and way == "password" and user.has_usable_password():
        _prove_password(request, user)
    elif not strong and way == "send":
        _send(request, user)
        return False
    elif not strong and way == "sms":
        _prove_sms(request, user)
    else:
        raise InvalidInput("请选择一种确认方式。")
    return True


def _prove_password(request: HttpRequest, user: User) -> None:
    password = request.POST.get("password", "")
    try:
        users.check_password(request, user.phone, password, client_address(request))
    except InvalidInput as error:
        raise InvalidInput.at("password", error.fields.get("password", "密码不正确。")) from None
    _record(request, user, "password")


def _send(request: HttpRequest, user: User) -> None:
    address = client_address(request)
    held = pending.current(request, CONFIRM)
    if held is None:
        browser = pending.new_browser_secret()
        challenge = challenges.start(user.phone, CONFIRM, browser, address)
        pending.begin(request, challenge, browser)
    else:
        browser, challenge = held.browser, held.challenge
    try:
        challenges.send(challenge.pk, browser, address)
    except DomainError:
        if challenge.sent_at is None:  # nothing is on its way: no field for a code
            challenges.cancel(challenge.pk, browser)
            pending.forget(request, CONFIRM)
        raise


def _prove_sms(request: HttpRequest, user: User) -> None:
    held = pending.current(request, CONFIRM)
    if held is None:
        raise InvalidInput("请先获取验证码。")
    challenge = challenges.verify(
        held.challenge.pk, held.browser, request.POST.get("code", ""), client_address(request)
    )
    challenges.consume(challenge)
    pending.forget(request, CONFIRM)
    if challenge.phone != user.phone:  # the number was changed in between
        raise InvalidInput("手机号码已更换，请重新获取验证码。")
    _record(request, user, "code")


def _record(request: HttpRequest, user: User, method: str, **extra: str) -> None:
    record_authentication(request, user, method, reauthenticated=True, **extra)
