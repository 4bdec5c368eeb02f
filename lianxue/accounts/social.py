"""DingTalk as a way in (issue B), for people who have an account here already.

A DingTalk account that nobody has linked never makes a user: what it proved is remembered in the
session, the person signs in (or registers) by phone, and is then asked whether to link the two.
"""

import time
from dataclasses import dataclass
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

PROVIDER = "dingtalk"
_KEY = "dingtalk_proof"
_GOOD_FOR = 15 * 60  # seconds


@dataclass(frozen=True)
class Proof:
    """A DingTalk account that this browser has just proved to hold."""

    uid: str
    nick: str


def is_on() -> bool:
    """Whether this installation has DingTalk's keys."""
    return PROVIDER in settings.SOCIALACCOUNT_PROVIDERS


def held_proof(request: HttpRequest) -> Proof | None:
    """What was proved within a quarter of an hour and not linked yet."""
    held = request.session.get(_KEY)
    if not isinstance(held, dict) or time.time() - held["at"] > _GOOD_FOR:
        return None
    return Proof(held["uid"], held["nick"])


def forget_proof(request: HttpRequest) -> None:
    """It is linked, or the person doesn't want to."""
    request.session.pop(_KEY, None)


class SocialAdapter(DefaultSocialAccountAdapter):
    """Linked accounts sign in; everything else goes through our own pages."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never: a user is a verified phone."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Keep the nickname alone; lead what is not linked to the page that asks."""
        account = sociallogin.account
        nick = str((account.extra_data or {}).get("nick", ""))[:40]
        account.extra_data = {"nick": nick}
        if account.pk:
            SocialAccount.objects.filter(pk=account.pk).update(extra_data=account.extra_data)
        connecting = sociallogin.state.get("process") == AuthProcess.CONNECT
        if sociallogin.is_existing and not connecting:
            return
        request.session[_KEY] = {"uid": account.uid, "nick": nick, "at": time.time()}
        if not request.user.is_authenticated:
            messages.info(
                request, "这个钉钉账号还没有绑定。请先用手机号码登录或注册，接着确认绑定。"
            )
        raise ImmediateHttpResponse(HttpResponseRedirect(reverse("accounts:dingtalk")))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Cancelled there, or no connection: back to where the person can go on."""
        messages.warning(request, "没有用钉钉登录成功，请再试一次，或用手机号码登录。")
        target = "accounts:security" if request.user.is_authenticated else "accounts:login"
        raise ImmediateHttpResponse(HttpResponseRedirect(reverse(target)))
