"""What the tests of registration and login share."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.db import connection
from django.test import Client

from lianxue.shared.errors import DomainError
from lianxue.shared.gateways import sms

PHONE = "18012349100"


@dataclass
class Outbox:
    """The messages that would have gone out, newest last: (phone, code)."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    fail: Exception | None = None

    def send_code(self, phone: str, code: str) -> None:
        if self.fail:
            raise self.fail
        self.sent.append((phone, code))

    @property
    def code(self) -> str:
        return self.sent[-1][1]

    @property
    def wrong(self) -> str:
        """Six digits that are not the code."""
        return f"{(int(self.code) + 1) % 10**6:06d}"


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Outbox:
    box = Outbox()
    monkeypatch.setattr(sms, "send_code", box.send_code)
    return box


def begin(client: Client, phone: str = PHONE) -> None:
    """Steps 1 and 2: the number, 同意."""
    assert client.post("/register/", {"phone": phone}).status_code == 302
    assert client.post("/register/agreements/", {"choice": "agree"}).status_code == 302


def register(client: Client, outbox: Outbox, phone: str = PHONE, name: str = "林小雨") -> object:
    """All four steps; the last answer."""
    begin(client, phone)
    client.post("/register/code/send/")
    client.post("/register/code/", {"code": outbox.code})
    return client.post("/register/profile/", {"name": name, "unit_name": ""})


def text_of(html: bytes) -> str:
    """The page without what differs at each call anyway (tokens, nonces)."""
    page = html.decode()
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
    page = re.sub(r'"X-CSRFToken": "[^"]+"', "", page)
    return re.sub(r'nonce="[^"]+"', "", page)


def together(acts: list[Callable[[], object]]) -> list[object]:
    """The results, or the domain errors, of acts that start at the same moment in threads."""
    results: list[object] = []
    barrier = threading.Barrier(len(acts))

    def one(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            results.append(act())
        except DomainError as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
