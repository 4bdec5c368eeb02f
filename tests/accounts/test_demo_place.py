"""Where the demo says its codes show."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from lianxue.accounts.models import User
from lianxue.accounts.web.login import demo_place
from tests.cast import sign_in

from .conftest import Setter
from .helpers import PHONE, Outbox


def test_the_place_follows_the_backend(env: Setter, monkeypatch: pytest.MonkeyPatch) -> None:
    env(sms_backend="console")
    assert "终端窗口" in demo_place()
    env(sms_backend="file")
    monkeypatch.setattr(settings, "DATA_DIR", settings.BASE_DIR / "var")
    assert demo_place() == "在文件 var/sms.jsonl 的最后一行"
    monkeypatch.setattr(settings, "DATA_DIR", Path("/srv/demo"))
    assert demo_place() == "在文件 /srv/demo/sms.jsonl 的最后一行"
    env(sms_backend="aliyun")
    assert demo_place() == ""


@pytest.mark.django_db
@pytest.mark.parametrize("demo", [True, False])
def test_only_the_demo_says_it(
    env: Setter, outbox: Outbox, monkeypatch: pytest.MonkeyPatch, demo: bool
) -> None:
    env(sms_backend="file")
    monkeypatch.setattr(settings, "DEMO", demo)
    page = Client().post("/login/", {"phone": PHONE}, follow=True).content.decode()
    assert "请输入验证码" in page
    assert ("sms.jsonl" in page) is demo


def test_a_fresh_confirmation_says_it_too(
    env: Setter, outbox: Outbox, monkeypatch: pytest.MonkeyPatch, user: User
) -> None:
    env(sms_backend="file")
    monkeypatch.setattr(settings, "DEMO", True)
    page = sign_in(user).post("/me/security/confirm/", {"way": "send"}).content.decode()
    assert "sms.jsonl" in page
