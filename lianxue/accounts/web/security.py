"""账号与安全: password, second factors, passkeys, sessions, DingTalk."""

from typing import Any

import segno
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup

from lianxue.accounts import mfa, queries, social
from lianxue.accounts.actions import security as actions
from lianxue.accounts.current import current_user
from lianxue.accounts.devices import device_name
from lianxue.shared.errors import DomainError, InvalidInput, RateLimited
from lianxue.shared.web import page, redirect_to

from .fresh import fresh
from .second_factor import AddPasskeyForm

_SETUP = "totp_setup"


@login_required
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What protects the account, and the door to each."""
    user = current_user(request)
    context = {
        "protection": queries.protection_of(user),
        "sessions": len(queries.sessions_of(user)),
        "dingtalk": queries.dingtalk_of(user),
        "dingtalk_on": social.is_on(),
    }
    return page(request, "accounts/mobile/security.html", context)


def _back(request: HttpRequest, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect_to(reverse("accounts:security"), request)


@fresh
@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    """Set or change the password; every other device is signed out."""
    user = current_user(request)
    error: DomainError | None = None
    if request.method == "POST":
        new, again = request.POST.get("new", ""), request.POST.get("again", "")
        try:
            actions.set_password(user, new, again)
        except InvalidInput as caught:
            error = caught
        else:
            before = request.session.session_key or ""
            update_session_auth_hash(request, user)  # gives this session a new key
            actions.keep_only(user, before, request.session.session_key or "")
            return _back(request, "密码已设置，其他设备已退出登录。")
    context = {"errors": error.fields if error else {}, "has_password": user.has_usable_password()}
    status = error.status if error else 200
    return page(request, "accounts/mobile/security_password.html", context, status=status)


@fresh
def totp(request: HttpRequest) -> HttpResponse:
    """Turn the authenticator app on (scan, type its first code), or see that it is on."""
    user = current_user(request)
    if queries.protection_of(user).totp:
        return page(request, "accounts/mobile/security_totp_on.html")
    held = request.session.get(_SETUP)
    secret = mfa.unseal(held) if held else generate_totp_secret()
    if not held:
        request.session[_SETUP] = mfa.seal(secret)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            codes = actions.enable_totp(user, secret, request.POST.get("code", ""))
        except InvalidInput as caught:
            error = caught
        else:
            request.session.pop(_SETUP, None)
            return _after_factor(request, codes, "动态口令已开启。")
    address = actions.totp_address(user, secret)
    drawing = segno.make(address, error="m")
    context = {
        "address": address,
        # segno's own drawing, of an address that is all ours
        "qr": Markup(drawing.svg_inline(border=2, omitsize=True)),  # noqa: S704
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "errors": error.fields if error else {},
    }
    status = error.status if error else 200
    return page(request, "accounts/mobile/security_totp.html", context, status=status)


def _after_factor(request: HttpRequest, codes: list[str], text: str) -> HttpResponse:
    """The first second factor brings recovery codes: shown once, on this answer.

    Who has just made or used it need not prove it again on the next page.
    """
    record_authentication(request, current_user(request), "mfa", reauthenticated=True)
    if not codes:
        return _back(request, text)
    return page(request, "accounts/mobile/security_codes.html", {"codes": codes, "text": text})


@fresh
@require_POST
def totp_off(request: HttpRequest) -> HttpResponse:
    """Turn the authenticator app off."""
    actions.disable_totp(current_user(request))
    return _back(request, "动态口令已关闭。")


@fresh
@require_POST
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown once."""
    codes = actions.renew_recovery_codes(current_user(request))
    return _after_factor(request, codes, "旧的备用码已作废。")


@fresh
def passkeys(request: HttpRequest) -> HttpResponse:
    """The passkeys, and adding one (the browser makes it, this takes it)."""
    user = current_user(request)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            codes = actions.add_passkey(user, request.POST.get("name", ""), _credential(request))
        except (InvalidInput, RateLimited) as caught:
            error = caught
        else:
            return _after_factor(request, codes, "通行密钥已添加。")
    context: dict[str, Any] = {
        "passkeys": queries.passkeys_of(user),
        "options": webauthn.begin_registration(user, passwordless=True),
        "error": error,
        "errors": error.fields if error else {},
        "typed": request.POST.get("name", ""),
    }
    status = error.status if error else 200
    return page(request, "accounts/mobile/security_passkeys.html", context, status=status)


def _credential(request: HttpRequest) -> dict[str, Any]:
    """The browser's answer, checked by allauth against the challenge in the session."""
    data = {"credential": request.POST.get("credential", ""), "passwordless": "on"}
    form = AddPasskeyForm(user=request.user, data=data)
    if not form.is_valid():
        raise InvalidInput("没有添加成功，请再试一次。")
    credential: dict[str, Any] = form.cleaned_data["credential"]
    return credential


@fresh
@require_POST
def passkey_remove(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Take a passkey away."""
    actions.remove_passkey(current_user(request), passkey_id)
    messages.success(request, "通行密钥已移除。")
    return redirect_to(reverse("accounts:passkeys"), request)


@login_required
@never_cache
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """登录设备: where the account is signed in."""
    rows = queries.sessions_of(current_user(request))
    context = {
        "sessions": [(row, device_name(row.user_agent)) for row in rows],
        "current": request.session.session_key,
    }
    return page(request, "accounts/mobile/sessions.html", context)


@login_required
@require_POST
def session_end(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign one other device out."""
    actions.end_sessions(current_user(request), request.session.session_key or "", session_id)
    messages.success(request, "已退出那台设备上的登录。")
    return redirect_to(reverse("accounts:sessions"), request)


@login_required
@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """Sign all other devices out."""
    count = actions.end_sessions(current_user(request), request.session.session_key or "")
    messages.success(request, f"已退出其他 {count} 台设备。" if count else "没有其他设备在登录。")
    return redirect_to(reverse("accounts:sessions"), request)
