"""Addresses by the names that django-allauth itself looks up, without a namespace.

Only what our pages use is mounted; where allauth would lead to a page of its own, its name leads to
ours.
"""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import path
from django.views.generic import RedirectView

from .web import dingtalk, second_factor


def _to(name: str) -> Callable[..., HttpResponseBase]:
    return RedirectView.as_view(pattern_name=name, query_string=True)


urlpatterns = [
    path("login/second-step/", second_factor.SecondStep.as_view(), name="mfa_authenticate"),
    path("login/passkey/", second_factor.passkey_login, name="mfa_login_webauthn"),
    path("login/dingtalk/", dingtalk.start, name="dingtalk_login"),
    path("login/dingtalk/callback/", dingtalk.callback, name="dingtalk_callback"),
    path("login/again/", _to("accounts:login"), name="account_login"),
    path("login/new/", _to("onboarding:register"), name="account_signup"),
    path("login/closed/", _to("accounts:login"), name="account_inactive"),
    path("login/confirm/", _to("accounts:confirm"), name="account_reauthenticate"),
    path("login/dingtalk/cancelled/", _to("accounts:login"), name="socialaccount_login_cancelled"),
    path("login/dingtalk/error/", _to("accounts:login"), name="socialaccount_login_error"),
    path("login/dingtalk/signup/", _to("onboarding:register"), name="socialaccount_signup"),
    path("login/dingtalk/linked/", _to("accounts:security"), name="socialaccount_connections"),
]
