"""What django-allauth asks of us: users are phones, and each sign-in is audited."""

import ipaddress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from lianxue.shared.errors import PermissionDenied
from lianxue.shared.web import client_address

from .actions import users
from .models import User

INACTIVE = "这个账号已停用，如有疑问请联系本站管理员。"


class AccountAdapter(DefaultAccountAdapter):
    """Allauth's login flow for people who have a phone number and no e-mail address.

    Registration is ours (``onboarding``); allauth never makes a user or sends a code by itself.
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never through allauth."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The caller's address, for the list of sessions."""
        try:
            return str(ipaddress.ip_address(client_address(request)))
        except ValueError:  # a socket file, or a proxy that writes no address
            return "0.0.0.0"  # noqa: S104 - no address to listen on

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Allauth's own messages are left out; our pages say what happened in their own words."""

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Back to the login page; only who has proved to be this person gets here."""
        messages.error(request, INACTIVE)
        return HttpResponseRedirect(reverse("accounts:login"))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """After the last factor: audit, then on to where the person was going."""
        records = get_authentication_records(request, user)
        users.record_login(user, [str(record["method"]) for record in records])
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """Every user's phone was verified by a code before the user existed."""
        return user.phone, True

    def get_user_by_phone(self, phone: str) -> User | None:
        """The user of a number."""
        return User.objects.filter(phone=phone).first()

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Not through allauth: a number is verified before its user exists."""
        raise PermissionDenied("手机号码不能从这里更改。")

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Nothing to mark."""

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        """Not through allauth: ``actions.challenges`` sends our codes, within their limits."""
        raise PermissionDenied("验证码不能从这里发送。")
