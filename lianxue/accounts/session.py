"""Signing in and out: the one way through allauth's login flow for every kind of proof.

The flow asks for the second factor where one is on, rotates the session key and enters the session
into the person's list of sessions.
"""

from urllib.parse import urlencode

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.usersessions.models import UserSession
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from . import agreements, pending
from .actions import users
from .models import User


def sign_in(request: HttpRequest, user: User, method: str, next_path: str = "/") -> HttpResponse:
    """Sign ``user`` in, who has just proved who they are by ``method`` (code, password, dingtalk).

    Returns a redirect: to ``next_path``, by way of the agreements when their text has changed;
    to the second factor when one is on; to the login page when the account is closed.
    ``next_path`` must be safe (``shared.web.safe_path``).
    """
    pending.forget_all(request)
    if agreements.outdated_consents(user.pk):
        query = urlencode({"next": next_path})
        next_path = f"{reverse('accounts:agreements_renew')}?{query}"
    record_authentication(request, user, method=method)
    response: HttpResponse = perform_login(request, Login(user=user, redirect_url=next_path))
    return response


def sign_out(request: HttpRequest) -> None:
    """End this session, on the server too; signed out already is as good."""
    if isinstance(request.user, User):
        users.record_logout(request.user)
        UserSession.objects.filter(session_key=request.session.session_key).delete()
    logout(request)
