"""An urgent notice by each of the ways to send: the organisation's name, never the notice."""

import json
import logging
from pathlib import Path

import pytest
from django.conf import settings

from lianxue.shared.errors import RateLimited, Unavailable
from lianxue.shared.gateways import sms

from .conftest import Setter
from .test_sms import PHONE, StandIn, stand_in
from .test_sms_invitations import LINK, NAME

__all__ = ["stand_in"]


def test_aliyun_takes_the_name_and_no_link(env: Setter, stand_in: type[StandIn]) -> None:
    env(aliyun_sms_notice_template="SMS_0003")
    assert sms.notifies()
    sms.send_notice(PHONE, NAME, LINK)
    assert stand_in.calls[0]["TemplateCode"] == "SMS_0003"
    assert stand_in.calls[0]["PhoneNumbers"] == PHONE
    assert json.loads(stand_in.calls[0]["TemplateParam"]) == {"name": NAME[:35]}


def test_without_a_template_nothing_is_sent(stand_in: type[StandIn]) -> None:
    assert not sms.notifies()
    with pytest.raises(Unavailable, match="没有开通通知短信"):
        sms.send_notice(PHONE, NAME, LINK)
    assert stand_in.calls == []


def test_what_aliyun_refuses(
    env: Setter, stand_in: type[StandIn], caplog: pytest.LogCaptureFixture
) -> None:
    env(aliyun_sms_notice_template="SMS_0003")
    stand_in.answer = {"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": PHONE}
    with pytest.raises(RateLimited):
        sms.send_notice(PHONE, NAME, LINK)
    stand_in.answer = {"Code": "isv.AMOUNT_NOT_ENOUGH", "Message": PHONE}
    with caplog.at_level(logging.DEBUG), pytest.raises(Unavailable):
        sms.send_notice(PHONE, NAME, LINK)
    assert "AMOUNT_NOT_ENOUGH" in caplog.text
    assert PHONE not in caplog.text


def test_the_file_and_the_console(
    env: Setter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    env(sms_backend="file")
    assert sms.notifies()
    sms.send_notice(PHONE, NAME, LINK)
    line = json.loads((tmp_path / "sms.jsonl").read_text())
    assert (line["phone"], line["notice"], line["link"]) == (PHONE, NAME, LINK)
    env(sms_backend="console")
    sms.send_notice(PHONE, NAME, LINK)
    assert f"+86 {PHONE} “{NAME}”有通知请查看：{LINK}" in capsys.readouterr().out
