"""An invitation and an urgent notice by each of the ways to send: the organisation's name and where
to look, never what was written; numbers never in a log."""

import json
import logging
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

from lianxue.shared.errors import RateLimited, Unavailable
from lianxue.shared.gateways import sms

from .conftest import Setter
from .test_sms import PHONE, StandIn, stand_in

__all__ = ["stand_in"]

NAME = "中共某某市某某区委宣传部机关委员会第一党总支部离退休干部第二党支部委员会"
LINK = "https://lianxue.example/"


@dataclass(frozen=True)
class Kind:
    """One kind of message: how it is sent, and what is said of it."""

    key: str
    ready: Callable[[], bool]
    send: Callable[[str, str, str], None]
    refusal: str
    text: str


KINDS = [
    Kind("invitation", sms.invites, sms.send_invitation, "复制邀请文字", f"邀请加入“{NAME}”"),
    Kind("notice", sms.notifies, sms.send_notice, "没有开通通知短信", f"“{NAME}”有通知请查看"),
]
pytestmark = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)


def with_template(env: Setter, kind: Kind) -> None:
    env(**{f"aliyun_sms_{kind.key}_template": "SMS_0002"})


def test_aliyun_takes_the_name_and_no_link(
    env: Setter, stand_in: type[StandIn], kind: Kind
) -> None:
    with_template(env, kind)
    assert kind.ready()
    kind.send(PHONE, NAME, LINK)
    assert stand_in.calls[0]["TemplateCode"] == "SMS_0002"
    assert stand_in.calls[0]["PhoneNumbers"] == PHONE
    assert json.loads(stand_in.calls[0]["TemplateParam"]) == {"name": NAME[:35]}
    assert len(NAME) > 35


def test_without_a_template_nothing_is_sent(
    env: Setter, stand_in: type[StandIn], kind: Kind
) -> None:
    for other in KINDS:
        if other != kind:
            with_template(env, other)
    assert not kind.ready()
    with pytest.raises(Unavailable, match=kind.refusal):
        kind.send(PHONE, NAME, LINK)
    assert stand_in.calls == []


def test_what_aliyun_refuses(
    env: Setter, stand_in: type[StandIn], caplog: pytest.LogCaptureFixture, kind: Kind
) -> None:
    with_template(env, kind)
    stand_in.answer = {"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": PHONE}
    with pytest.raises(RateLimited):
        kind.send(PHONE, NAME, LINK)
    stand_in.answer = {"Code": "isv.AMOUNT_NOT_ENOUGH", "Message": PHONE}
    with caplog.at_level(logging.DEBUG), pytest.raises(Unavailable):
        kind.send(PHONE, NAME, LINK)
    assert "AMOUNT_NOT_ENOUGH" in caplog.text
    assert PHONE not in caplog.text


def test_the_file_and_the_console(
    env: Setter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: Kind,
) -> None:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path / "new")
    env(sms_backend="file")
    assert kind.ready()
    kind.send(PHONE, NAME, LINK)
    path = tmp_path / "new" / "sms.jsonl"
    line = json.loads(path.read_text())
    assert (line["phone"], line[kind.key], line["link"]) == (PHONE, NAME, LINK)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    env(sms_backend="console")
    kind.send(PHONE, NAME, LINK)
    assert f"+86 {PHONE} {kind.text}：{LINK}" in capsys.readouterr().out
