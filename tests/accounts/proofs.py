"""People who have proved who they are, for the tests of what needs a proof."""

import threading
import time
from typing import Any

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import connections
from django.test import Client

from lianxue.accounts.models import User
from tests.cast import sign_in

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "wo-ai-xuexi-2026"


def totp_code(secret: str = SECRET, step: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step)))


def fresh_client(user: User, method: str = "code", age: int = 0) -> Client:
    """A browser in which ``user`` proved themself ``age`` seconds ago."""
    client = sign_in(user)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": method, "at": time.time() - age}]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()
    return client


def log_in(user: User) -> Client:
    """A browser that came in through the login page, by password."""
    client = Client(HTTP_USER_AGENT="Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile")
    form = {"by": "password", "phone": user.phone, "password": PASSWORD}
    assert client.post("/login/", form)["Location"] == "/"
    return client


def at_once(calls: list[Any]) -> list[str]:
    """Run all in threads that start together; each outcome by its error's name."""
    gate = threading.Barrier(len(calls))
    outcomes: list[str] = []

    def run(call: Any) -> None:
        gate.wait()
        try:
            call()
            outcomes.append("ok")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
