"""新用户注册, four steps (manual 1.3): number, agreements, code, basic information."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from lianxue.accounts import agreements as documents
from lianxue.accounts import pending
from lianxue.accounts.actions import challenges, users
from lianxue.accounts.models import PhoneChallenge
from lianxue.accounts.session import sign_in
from lianxue.accounts.web.login import code_page, form_page
from lianxue.shared.errors import DomainError, InvalidInput
from lianxue.shared.web import client_address, redirect_to, safe_path

from . import actions

REGISTER = PhoneChallenge.Purpose.REGISTER


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Step 1: 手机号码."""
    target = safe_path(
        request.POST.get("next") or request.GET.get("next", ""), request, default="/"
    )
    if request.user.is_authenticated:
        return redirect_to(target, request)
    error: DomainError | None = None
    if request.method == "POST":
        browser = pending.new_browser_secret()
        try:
            challenge = challenges.start(
                request.POST.get("phone", ""), REGISTER, browser, client_address(request)
            )
        except DomainError as caught:
            error = caught
        else:
            _drop(request)
            pending.begin(request, challenge, browser, target)
            return redirect_to(reverse("onboarding:agreements"), request)
    context = {"next": target, "phone": request.POST.get("phone", "")[:40]}
    return form_page(request, "onboarding/mobile/register.html", context, error)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def agreements(request: HttpRequest) -> HttpResponse:
    """Step 2: the two documents in full; 同意 or 不同意."""
    held = _held(request)
    if held is None:
        return _start_again(request)
    error: DomainError | None = None
    choice = request.POST.get("choice") if request.method == "POST" else None
    if choice == "refuse":
        _drop(request)
        pending.forget(request, REGISTER)
        return redirect_to(reverse("accounts:login"), request)
    if choice == "agree":
        try:
            challenge = challenges.agree(held.challenge.pk, held.browser)
        except DomainError as caught:
            error = caught
        else:
            step = "profile" if challenge.verified_at else "code"
            return redirect_to(reverse(f"onboarding:{step}"), request)
    elif request.method == "POST":
        error = InvalidInput("请选择“同意”或“不同意”。")
    context = {"documents": documents.current_documents()}
    return form_page(request, "onboarding/mobile/agreements.html", context, error)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Step 3: the code. A number that has a user simply signs in (nothing showed it before)."""
    held = _held(request)
    if held is None:
        return _start_again(request)
    if not held.challenge.consents:
        return redirect_to(reverse("onboarding:agreements"), request)
    if held.challenge.verified_at:
        return redirect_to(reverse("onboarding:profile"), request)
    if request.method != "POST":
        return code_page(request, held, "onboarding/mobile/code.html")
    try:
        challenge = challenges.verify(
            held.challenge.pk, held.browser, request.POST.get("code", ""), client_address(request)
        )
    except DomainError as error:
        return code_page(request, held, "onboarding/mobile/code.html", error)
    user = users.use_code(challenge)
    if user is not None:
        messages.info(request, actions.Registered(user, is_new=False).greeting)
        return sign_in(request, user, "code", held.next_path)
    request.session.cycle_key()
    return redirect_to(reverse("onboarding:profile"), request)


@require_POST
def resend(request: HttpRequest) -> HttpResponse:
    """获取验证码, the first time and again."""
    held = _held(request)
    if held is None:
        return _start_again(request)
    try:
        challenges.send(held.challenge.pk, held.browser, client_address(request))
    except DomainError as error:
        return code_page(request, held, "onboarding/mobile/code.html", error)
    return redirect_to(reverse("onboarding:code"), request)


@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    """取消验证: back to the first step, nothing is left of it."""
    _drop(request)
    pending.forget(request, REGISTER)
    return redirect_to(reverse("onboarding:register"), request)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Step 4: 填写基本信息, and the user is made."""
    held = _held(request)
    if held is None:
        return _start_again(request)
    if not held.challenge.consents:
        return redirect_to(reverse("onboarding:agreements"), request)
    if not held.challenge.verified_at:
        return redirect_to(reverse("onboarding:code"), request)
    name, unit_name = request.POST.get("name", ""), request.POST.get("unit_name", "")
    error: DomainError | None = None
    if request.method == "POST":
        try:
            done = actions.complete_registration(held.challenge, name, unit_name)
        except DomainError as caught:
            error = caught
        else:
            messages.success(request, done.greeting)
            return sign_in(request, done.user, "code", held.next_path)
    context = {"name": name[:200], "unit_name": unit_name[:200]}
    return form_page(request, "onboarding/mobile/profile.html", context, error)


def _held(request: HttpRequest) -> pending.Pending | None:
    """The registration under way in this browser; none for who is signed in."""
    if request.user.is_authenticated:
        return None
    held = pending.current(request, REGISTER)
    return held if held is not None and held.challenge.consumed_at is None else None


def _start_again(request: HttpRequest) -> HttpResponse:
    """No registration under way here (any more): the first step, or home when signed in."""
    if request.user.is_authenticated:
        return redirect_to("/", request)
    return redirect_to(reverse("onboarding:register"), request)


def _drop(request: HttpRequest) -> None:
    """Delete the registration under way, if there is one."""
    held = _held(request)
    if held is not None:
        challenges.cancel(held.challenge.pk, held.browser)
