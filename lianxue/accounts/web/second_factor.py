"""The second step of signing in, and signing in with a passkey alone."""

import struct
from typing import Any

from allauth.account.models import Login
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from cryptography.exceptions import InvalidSignature
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lianxue.accounts import pending
from lianxue.accounts.actions import challenges, security
from lianxue.shared import ratelimit
from lianxue.shared.errors import InvalidInput, RateLimited
from lianxue.shared.web import client_address, redirect_to, safe_path

_BUSY = "这个网络下的操作太频繁，请过几分钟再试。"


class SecondStep(AuthenticateView):
    """Allauth's page of the second step; a wrong code answers as our other forms do."""

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """The page again, as 422."""
        response: HttpResponse = super().form_invalid(form)
        response.status_code = InvalidInput.status
        return response


class CodeForm(AuthenticateForm):
    """Allauth's form, with our counting of tries and our single use of codes."""

    code = forms.CharField(error_messages={"required": "请填写动态码或备用码。"})

    def clean_code(self) -> str:
        """Spend the code. Raises ValidationError with our words."""
        code = str(self.cleaned_data["code"])
        try:
            self.authenticator = security.spend_code(self.user, code)
        except (InvalidInput, RateLimited) as error:
            raise forms.ValidationError(error.message) from None
        return code


#: What allauth and fido2 raise, besides their own errors, for an answer that no browser makes.
_NONSENSE = (
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    InvalidSignature,
    struct.error,
)


class AnswerField(forms.JSONField):
    """A browser's answer; JSON too deep or with numbers too long to read is nonsense, too."""

    def to_python(self, value: Any) -> Any:
        """The answer as an object. Raises ValidationError."""
        try:
            return super().to_python(value)
        except (ValueError, RecursionError):
            raise forms.ValidationError("nonsense") from None


class _NoNonsense:
    """Makes nonsense in place of a browser's answer an error of the form, not of the server."""

    def clean_credential(self) -> Any:
        """What the form makes of the answer. Raises ValidationError."""
        check = getattr(super(), "clean_credential", None)
        try:
            return check() if check else self.cleaned_data["credential"]  # type: ignore[attr-defined]
        except _NONSENSE:
            raise forms.ValidationError("nonsense") from None

    def clean(self) -> Any:
        """What the form makes of the whole. Raises ValidationError."""
        try:
            return super().clean()  # type: ignore[misc]
        except _NONSENSE:
            raise forms.ValidationError("nonsense") from None


class AddPasskeyForm(_NoNonsense, AddWebAuthnForm):
    """A new passkey."""

    credential = AnswerField(widget=forms.HiddenInput)


class SecondStepPasskeyForm(_NoNonsense, AuthenticateWebAuthnForm):
    """A passkey as the second step of signing in."""

    credential = AnswerField(widget=forms.HiddenInput)


class LoginPasskeyForm(_NoNonsense, LoginWebAuthnForm):
    """A passkey instead of phone and code."""

    credential = AnswerField(widget=forms.HiddenInput)


class ConfirmPasskeyForm(_NoNonsense, ReauthenticateWebAuthnForm):
    """A passkey as a fresh proof."""

    credential = AnswerField(widget=forms.HiddenInput)


@never_cache
@require_http_methods(["GET", "POST"])
def passkey_login(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey: GET gives the script its challenge, POST takes the answer."""
    target = safe_path(
        request.POST.get("next") or request.GET.get("next", ""), request, default="/"
    )
    if request.user.is_authenticated:
        return redirect_to(target, request)
    here = challenges.address_key(client_address(request))
    ratelimit.hit(f"passkey:{here}", 300, 600, _BUSY)
    if request.method == "GET":
        return JsonResponse(_options())
    form = LoginPasskeyForm(data=request.POST)
    if not form.is_valid():
        messages.error(request, "没有用通行密钥登录成功，请再试一次，或用验证码登录。")
        return redirect_to(reverse("accounts:login"), request)
    authenticator = form.cleaned_data["credential"]
    pending.forget_all(request)
    login = Login(user=authenticator.user, redirect_url=target)
    response: HttpResponse = perform_passwordless_login(request, authenticator, login)
    return response


def _options() -> dict[str, Any]:
    return dict(webauthn.begin_authentication(user=None))
