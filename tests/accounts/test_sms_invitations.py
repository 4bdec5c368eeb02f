"""An invitation by each of the ways to send; numbers never in a log."""

import json
import logging
import stat
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


def test_aliyun_takes_the_name_and_no_link(env: Setter, stand_in: type[StandIn]) -> None:
    env(aliyun_sms_invitation_template="SMS_0002")
    assert sms.invites()
    sms.send_invitation(PHONE, NAME, LINK)
    assert stand_in.calls[0]["TemplateCode"] == "SMS_0002"
    assert stand_in.calls[0]["PhoneNumbers"] == PHONE
    assert json.loads(stand_in.calls[0]["TemplateParam"]) == {"name": NAME[:35]}
    assert len(NAME) > 35


def test_without_a_template_nothing_is_sent(stand_in: type[StandIn]) -> None:
    assert not sms.invites()
    with pytest.raises(Unavailable, match="复制邀请文字"):
        sms.send_invitation(PHONE, NAME, LINK)
    assert stand_in.calls == []


def test_what_aliyun_refuses(
    env: Setter, stand_in: type[StandIn], caplog: pytest.LogCaptureFixture
) -> None:
    env(aliyun_sms_invitation_template="SMS_0002")
    stand_in.answer = {"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": PHONE}
    with pytest.raises(RateLimited):
        sms.send_invitation(PHONE, NAME, LINK)
    stand_in.answer = {"Code": "isv.AMOUNT_NOT_ENOUGH", "Message": PHONE}
    with caplog.at_level(logging.DEBUG), pytest.raises(Unavailable):
        sms.send_invitation(PHONE, NAME, LINK)
    assert "AMOUNT_NOT_ENOUGH" in caplog.text
    assert PHONE not in caplog.text


def test_the_file_and_the_console(
    env: Setter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path / "new")
    env(sms_backend="file")
    assert sms.invites()
    sms.send_invitation(PHONE, NAME, LINK)
    path = tmp_path / "new" / "sms.jsonl"
    line = json.loads(path.read_text())
    assert (line["phone"], line["invitation"], line["link"]) == (PHONE, NAME, LINK)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    env(sms_backend="console")
    sms.send_invitation(PHONE, NAME, LINK)
    assert f"+86 {PHONE} 邀请加入“{NAME}”：{LINK}" in capsys.readouterr().out
