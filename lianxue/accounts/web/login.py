"""登录: by a code or by a password; 退出登录."""

from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.shared.errors import DomainError, InvalidInput, RateLimited
from lianxue.shared.web import client_address, page, redirect_to, safe_path

from .. import agreements, pending, queries
from ..actions import challenges, users
from ..current import current_user
from ..models import PhoneChallenge
from ..session import sign_in, sign_out

Purpose = PhoneChallenge.Purpose


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """The page; ``?by=password`` shows the password's form, else the code's; ``?next=`` is kept."""
    target = safe_path(
        request.POST.get("next") or request.GET.get("next", ""), request, default="/"
    )
    if request.user.is_authenticated:
        return redirect_to(target, request)
    by = request.POST.get("by") or request.GET.get("by")
    by = "password" if by == "password" else "code"
    if request.method != "POST":
        return _login_page(request, by, target)
    try:
        if by == "password":
            return _by_password(request, target)
        return _ask_for_code(request, target)
    except DomainError as error:
        return _login_page(request, by, target, error)


def _login_page(
    request: HttpRequest, by: str, target: str, error: DomainError | None = None
) -> HttpResponse:
    query = urlencode({"next": target}) if target != "/" else ""
    context: dict[str, Any] = {
        "by": by,
        "next": target,
        "query": query,
        "phone": request.POST.get("phone", "")[:40],
    }
    return form_page(request, "accounts/mobile/login.html", context, error)


def form_page(
    request: HttpRequest, template: str, context: dict[str, Any], error: DomainError | None
) -> HttpResponse:
    """A form's page, with what was wrong with it (if anything) in the context and the status."""
    response = page(
        request, template, {**context, **_shown(error)}, status=error.status if error else 200
    )
    if isinstance(error, RateLimited):
        response["Retry-After"] = str(error.retry_after)
    return response


def _shown(error: DomainError | None) -> dict[str, Any]:
    """``errors`` by field (any other is the empty string), ``message`` for what belongs to none."""
    fields = defaultdict(str, error.fields if error else {})
    return {"errors": fields, "message": error.message if error and not fields else ""}


def _by_password(request: HttpRequest, target: str) -> HttpResponse:
    user = users.check_password(
        request,
        request.POST.get("phone", ""),
        request.POST.get("password", ""),
        client_address(request),
    )
    return sign_in(request, user, "password", target)


def _ask_for_code(request: HttpRequest, target: str) -> HttpResponse:
    browser, address = pending.new_browser_secret(), client_address(request)
    challenge = challenges.start(request.POST.get("phone", ""), Purpose.LOGIN, browser, address)
    try:
        challenges.send(challenge.pk, browser, address)
    except DomainError as error:
        challenges.cancel(challenge.pk, browser)
        error.fields = {"phone": error.message}
        raise
    _drop(request)
    pending.begin(request, challenge, browser, target)
    return redirect_to(reverse("accounts:login_code"), request)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def login_code(request: HttpRequest) -> HttpResponse:
    """The six digits. Right ones sign in, or lead on to registration when the number is new."""
    held = pending.current(request, Purpose.LOGIN)
    if request.user.is_authenticated or held is None:
        return redirect_to(reverse("accounts:login"), request)
    if request.method != "POST":
        return code_page(request, held, "accounts/mobile/login_code.html")
    try:
        challenge = challenges.verify(
            held.challenge.pk, held.browser, request.POST.get("code", ""), client_address(request)
        )
    except DomainError as error:
        return code_page(request, held, "accounts/mobile/login_code.html", error)
    user = users.use_code(challenge)
    if user is not None:
        return sign_in(request, user, "code", held.next_path)
    challenge = challenges.turn_into_registration(challenge)
    pending.forget_all(request)
    pending.begin(request, challenge, held.browser, held.next_path)
    request.session.cycle_key()
    return redirect_to(reverse("onboarding:agreements"), request)


def code_page(
    request: HttpRequest, held: pending.Pending, template: str, error: DomainError | None = None
) -> HttpResponse:
    """A page that asks for the code of ``held``; what was typed is not shown again."""
    held.challenge.refresh_from_db()
    context = {
        "phone": held.challenge.phone,
        "sent": held.challenge.sent_at is not None,
        "resend_in": queries.resend_in(held.challenge),
        "demo_place": demo_place() if settings.DEMO else "",
    }
    return form_page(request, template, context, error)


def demo_place() -> str:
    """Where who tries the demo finds the code; the empty string when a real SMS goes out."""
    if settings.ENV.sms_backend == "console":
        return "显示在启动本站的终端窗口里"
    if settings.ENV.sms_backend != "file":
        return ""
    path = Path(settings.DATA_DIR) / "sms.jsonl"
    if path.is_relative_to(settings.BASE_DIR):
        path = path.relative_to(settings.BASE_DIR)
    return f"在文件 {path} 的最后一行"


@require_POST
def login_resend(request: HttpRequest) -> HttpResponse:
    """Another code for the login under way."""
    held = pending.current(request, Purpose.LOGIN)
    if request.user.is_authenticated or held is None:
        return redirect_to(reverse("accounts:login"), request)
    try:
        challenges.send(held.challenge.pk, held.browser, client_address(request))
    except DomainError as error:
        return code_page(request, held, "accounts/mobile/login_code.html", error)
    return redirect_to(reverse("accounts:login_code"), request)


@require_POST
def login_cancel(request: HttpRequest) -> HttpResponse:
    """取消验证: back to the login page, nothing is left of it."""
    _drop(request)
    pending.forget(request, Purpose.LOGIN)
    return redirect_to(reverse("accounts:login"), request)


def _drop(request: HttpRequest) -> None:
    """Delete the login under way, if there is one."""
    held = pending.current(request, Purpose.LOGIN)
    if held is not None:
        challenges.cancel(held.challenge.pk, held.browser)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """退出登录."""
    sign_out(request)
    return redirect_to(reverse("accounts:login"), request)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def agreements_renew(request: HttpRequest) -> HttpResponse:
    """After a sign-in, when an agreement has changed: 同意, or 不同意 and out again."""
    user = current_user(request)
    target = safe_path(
        request.POST.get("next") or request.GET.get("next", ""), request, default="/"
    )
    if request.POST.get("choice") == "refuse":
        sign_out(request)
        return redirect_to(reverse("accounts:login"), request)
    if request.POST.get("choice") == "agree":
        users.store_consents(user, agreements.consents_now())
    documents = agreements.outdated_consents(user.pk)
    if not documents:
        return redirect_to(target, request)
    error = InvalidInput("请选择“同意”或“不同意”。") if request.method == "POST" else None
    context = {"documents": documents, "next": target}
    return form_page(request, "accounts/mobile/agreements_renew.html", context, error)


@require_safe
def agreement(request: HttpRequest, key: str) -> HttpResponse:
    """One agreement on a page of its own, for everybody at any time."""
    return page(
        request,
        "accounts/mobile/agreement.html",
        {"document": agreements.document(key)},
    )
