"""The three ways to send a code; Aliyun's against a stand-in that checks the signature."""

import hashlib
import hmac
import json
import logging
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from django.conf import settings

from lianxue.shared.errors import DomainError, RateLimited, Unavailable
from lianxue.shared.gateways import aliyun, sms

from .conftest import Setter

pytestmark = pytest.mark.once

KEY, SECRET = "LTAI-test-key", "a-secret-of-the-test"
PHONE, CODE = "18012349100", "471025"


class StandIn(BaseHTTPRequestHandler):
    """Recomputes the V3 signature from the request alone, with code of its own."""

    nonces: set[str] = set()
    answer: dict[str, str] = {"Code": "OK", "Message": "OK", "BizId": "1", "RequestId": "r"}
    raw: bytes | None = None
    calls: list[dict[str, str]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        trouble = self._trouble(body)
        if trouble:
            return self._reply(400, {"Code": trouble, "Message": trouble})
        StandIn.calls.append(dict(parse_qsl(body.decode())))
        return self._reply(200, StandIn.answer)

    def _trouble(self, body: bytes) -> str:
        scheme, _, rest = self.headers["Authorization"].partition(" ")
        parts = dict(piece.split("=", 1) for piece in rest.split(","))
        names = parts["SignedHeaders"].split(";")
        must = {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce",
                "x-acs-content-sha256"}  # fmt: skip
        if scheme != "ACS3-HMAC-SHA256" or not must <= set(names) or names != sorted(names):
            return "IncompleteSignature"
        if self.headers["x-acs-content-sha256"] != hashlib.sha256(body).hexdigest():
            return "BodyHashMismatch"
        path, _, query = self.path.partition("?")
        lines = "".join(f"{name}:{self.headers[name].strip()}\n" for name in names)
        canonical = "\n".join(
            ["POST", path, query, lines, parts["SignedHeaders"], hashlib.sha256(body).hexdigest()]
        )
        text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        right = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        if parts["Credential"] != KEY:
            return "InvalidAccessKeyId.NotFound"
        if not hmac.compare_digest(parts["Signature"], right):
            return "SignatureDoesNotMatch"
        if self.headers["x-acs-signature-nonce"] in StandIn.nonces:
            return "SignatureNonceUsed"
        StandIn.nonces.add(self.headers["x-acs-signature-nonce"])
        return ""

    def _reply(self, status: int, answer: dict[str, str]) -> None:
        payload = StandIn.raw if StandIn.raw is not None else json.dumps(answer).encode()
        self.send_response(status)
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def stand_in(env: Setter) -> Iterator[type[StandIn]]:
    server = HTTPServer(("127.0.0.1", 0), StandIn)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    StandIn.nonces, StandIn.calls, StandIn.raw = set(), [], None
    StandIn.answer = {"Code": "OK", "Message": "OK", "BizId": "1", "RequestId": "r"}
    env(
        sms_backend="aliyun",
        aliyun_sms_endpoint=f"http://127.0.0.1:{server.server_port}",
        aliyun_access_key_id=KEY,
        aliyun_access_key_secret=SECRET,
        aliyun_sms_sign="联学测试",
        aliyun_sms_template="SMS_0001",
    )
    yield StandIn
    server.shutdown()
    server.server_close()


def test_the_signature_of_the_documents_own_example() -> None:
    """Alibaba Cloud, "Request syntax and signature method V3": the example with fixed values."""
    nothing = hashlib.sha256(b"").hexdigest()
    request = aliyun.Request(
        "POST",
        "/",
        {
            "RegionId": "cn-shanghai",
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
        },
        {
            "host": "ecs.cn-shanghai.aliyuncs.com",
            "x-acs-action": "RunInstances",
            "x-acs-content-sha256": nothing,
            "x-acs-date": "2023-10-26T10:22:32Z",
            "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
            "x-acs-version": "2014-05-26",
        },
        b"",
    )
    signed = aliyun.sign(request, key_id="YourAccessKeyId", secret="YourAccessKeySecret")
    assert signed.endswith(
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_aliyun_gets_a_signed_message(stand_in: type[StandIn]) -> None:
    sms.send_code(PHONE, CODE)
    sms.send_code(PHONE, CODE)
    assert stand_in.calls[0] == {
        "PhoneNumbers": PHONE,
        "SignName": "联学测试",
        "TemplateCode": "SMS_0001",
        "TemplateParam": '{"code": "471025"}',
    }
    assert len(stand_in.calls) == len(stand_in.nonces) == 2


@pytest.mark.parametrize(
    "wrong", [{"aliyun_access_key_secret": "another"}, {"aliyun_access_key_id": "another"}]
)
def test_a_bad_signature_is_refused_and_told_plainly(
    stand_in: type[StandIn], env: Setter, wrong: dict[str, str]
) -> None:
    env(**wrong)
    with pytest.raises(Unavailable, match="没有发送成功"):
        sms.send_code(PHONE, CODE)
    assert not stand_in.calls


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", RateLimited),
        ("isv.AMOUNT_NOT_ENOUGH", Unavailable),
        ("isv.MOBILE_NUMBER_ILLEGAL", Unavailable),
        ("", Unavailable),
    ],
)
def test_refusals_of_the_provider(
    stand_in: type[StandIn],
    caplog: pytest.LogCaptureFixture,
    code: str,
    kind: type[DomainError],
) -> None:
    stand_in.answer = {"Code": code, "Message": f"about {PHONE}"}
    with caplog.at_level(logging.DEBUG), pytest.raises(kind):
        sms.send_code(PHONE, CODE)
    assert PHONE not in caplog.text
    assert CODE not in caplog.text


@pytest.mark.parametrize("raw", [b"<html>", b"[]", b"", b"\xff\xfe"])
def test_an_answer_without_sense(stand_in: type[StandIn], raw: bytes) -> None:
    stand_in.raw = raw
    with pytest.raises(Unavailable):
        sms.send_code(PHONE, CODE)


def test_nobody_there(env: Setter) -> None:
    env(sms_backend="aliyun", aliyun_sms_endpoint="http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        sms.send_code(PHONE, CODE)


def test_the_file_has_one_line_each_and_is_private(
    env: Setter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path / "new")
    env(sms_backend="file")
    sms.send_code(PHONE, CODE)
    sms.send_code("13900000001", "000001")
    path = tmp_path / "new" / "sms.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["phone"], line["code"]) for line in lines] == [
        (PHONE, CODE),
        ("13900000001", "000001"),
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_can_not_be_written(
    env: Setter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sms.jsonl").mkdir()
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    env(sms_backend="file")
    with pytest.raises(Unavailable):
        sms.send_code(PHONE, CODE)


def test_the_console_shows_it_to_who_started_the_server(
    env: Setter, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    env(sms_backend="console")
    with caplog.at_level(logging.DEBUG):
        sms.send_code(PHONE, CODE)
    assert f"{PHONE} 验证码：{CODE}" in capsys.readouterr().out
    assert CODE not in caplog.text
