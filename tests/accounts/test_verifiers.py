"""The verifiers: the demo's for demos alone, Aliyun's against a stand-in that checks signatures."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.urls import reverse

from lianxue.accounts import realname_terms, verifiers
from lianxue.accounts.actions import realname as actions
from lianxue.accounts.models import RealNameVerification, User
from lianxue.audit.models import AuditEvent
from lianxue.shared.errors import NotFound, RateLimited
from lianxue.shared.gateways.aliyun import Request, sign
from tests.cast import sign_in
from tests.factories import UserFactory

from .conftest import Setter

pytestmark = pytest.mark.once

KEY, SECRET = "test-key-id", "test-key-secret"
NUMBER = "11010519491231002X"


class Aliyun:
    """What the stand-in answers, and what it was asked (the last request's parameters)."""

    def __init__(self) -> None:
        self.answer: Any = {"Code": "200", "ResultObject": {"BizCode": "1"}}
        self.status = 200
        self.raw: bytes | None = None
        self.asked: dict[str, str] = {}
        self.path = ""
        self.meanwhile: Callable[[], None] = lambda: None


def check_signature(handler: BaseHTTPRequestHandler, body: bytes) -> str:
    """Empty when the request is signed by SECRET as Aliyun's rules say, else what is wrong."""
    given = handler.headers.get("authorization", "")
    signed = given.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    for needed in ("host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-version"):
        if needed not in signed:
            return f"{needed} is not signed"
    if handler.headers["x-acs-content-sha256"] != hashlib.sha256(body).hexdigest():
        return "the body is another one"
    headers = {name: handler.headers[name] for name in signed}
    expected = sign(Request("POST", handler.path, {}, headers, body), key_id=KEY, secret=SECRET)
    return "" if given == expected else "SignatureDoesNotMatch"


@pytest.fixture
def aliyun(env: Setter) -> Iterator[Aliyun]:
    stand_in = Aliyun()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"]))
            wrong = check_signature(self, body)
            stand_in.path = self.path
            stand_in.asked = {k: v[0] for k, v in parse_qs(body.decode()).items()}
            stand_in.asked["action"] = self.headers["x-acs-action"]
            stand_in.asked["version"] = self.headers["x-acs-version"]
            stand_in.meanwhile()
            status = 403 if wrong else stand_in.status
            answer = {"Code": wrong} if wrong else stand_in.answer
            data = stand_in.raw if stand_in.raw is not None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    env(
        realname_verifier="aliyun",
        aliyun_id_endpoint=f"http://127.0.0.1:{server.server_port}",
        aliyun_access_key_id=KEY,
        aliyun_access_key_secret=SECRET,
    )
    yield stand_in
    server.shutdown()
    server.server_close()


def submit(user: User) -> RealNameVerification:
    return actions.submit(user, actions.Submission("周涛", NUMBER, realname_terms.VERSION))


def test_a_match_is_approved(aliyun: Aliyun, db: None) -> None:
    user = UserFactory()
    assert submit(user).state == "approved"
    user.refresh_from_db()
    assert user.is_verified
    assert aliyun.asked == {
        "action": "Id2MetaVerify",
        "version": "2019-03-07",
        "ParamType": "normal",
        "UserName": "周涛",
        "IdentifyNum": NUMBER,
    }
    assert "?" not in aliyun.path, "the number must not stand in an address"
    event = AuditEvent.objects.get(action="realname.approved")
    assert event.actor_name == "verifier:aliyun"


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ({"Code": "200", "ResultObject": {"BizCode": "2"}}, "不一致"),
        ({"Code": "200", "ResultObject": {"BizCode": "3"}}, "没有查到"),
        ({"Code": "401", "Message": "参数非法"}, "不一致"),
    ],
)
def test_a_mismatch_is_refused_with_its_reason(
    aliyun: Aliyun, db: None, answer: dict[str, Any], word: str
) -> None:
    aliyun.answer = answer
    user = UserFactory()
    request = submit(user)
    assert (request.state, request.id_number) == ("refused", "")
    assert word in request.reason
    user.refresh_from_db()
    assert not user.is_verified


@pytest.mark.slow
@pytest.mark.parametrize(
    "trouble",
    [
        {"answer": {"Code": "402"}},
        {"answer": {"Code": "500"}},
        {"answer": {"Code": "412", "Message": "欠费中"}, "status": 400},
        {"answer": {"Code": "200"}},
        {"answer": {"Code": "200", "ResultObject": {"BizCode": "9"}}},
        {"answer": {"Code": "200", "ResultObject": "1"}},
        {"answer": []},
        {"raw": b"<html>"},
        {"raw": b"\xff\xfe"},
        {"raw": b"", "status": 503},
    ],
)
def test_no_sensible_answer_leaves_it_open_and_it_can_be_tried_again(
    aliyun: Aliyun, db: None, caplog: pytest.LogCaptureFixture, trouble: dict[str, Any]
) -> None:
    for name, value in trouble.items():
        setattr(aliyun, name, value)
    user = UserFactory()
    assert submit(user).state == "pending"
    assert NUMBER not in caplog.text
    assert "周涛" not in caplog.text
    client = sign_in(user)
    assert "核验服务暂时没有回应" in client.get("/me/realname/").content.decode()
    retry = reverse("accounts:realname_retry")
    assert client.post(retry, {"next": "/orgs/new/"})["Location"].startswith("/me/realname/?next=")
    aliyun.answer, aliyun.raw, aliyun.status = Aliyun().answer, None, 200
    assert client.post(retry, {"next": "/orgs/new/"})["Location"] == "/orgs/new/"
    user.refresh_from_db()
    assert user.is_verified


def test_nobody_at_the_other_end(env: Setter, db: None) -> None:
    env(realname_verifier="aliyun", aliyun_id_endpoint="http://127.0.0.1:9")
    assert submit(UserFactory()).state == "pending"


def test_a_wrong_secret_is_noticed_by_the_stand_in(aliyun: Aliyun, env: Setter, db: None) -> None:
    env(aliyun_access_key_secret="another")
    assert submit(UserFactory()).state == "pending"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_request_is_committed_before_the_call_and_nothing_is_locked(aliyun: Aliyun) -> None:
    seen: list[bool] = []
    user = UserFactory()

    def look() -> None:
        seen.append(RealNameVerification.objects.filter(user=user).exists())
        connection.close()

    aliyun.meanwhile = look
    assert submit(user).state == "approved"
    assert seen == [True]


def test_a_request_withdrawn_while_the_call_is_on_its_way_stays_withdrawn(
    env: Setter, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    env(realname_verifier="aliyun")
    user = UserFactory()

    def check(self: object, name: str, id_number: str) -> verifiers.Verdict:
        actions.withdraw(user)
        return verifiers.Verdict(approved=True)

    monkeypatch.setattr("lianxue.accounts.verifiers.AliyunVerifier.check", check)
    form = {"name": "周涛", "id_number": NUMBER, "consent": realname_terms.VERSION}
    assert sign_in(user).post("/me/realname/", form).status_code == 409
    user.refresh_from_db()
    assert not user.is_verified


def test_retry_without_a_request(db: None) -> None:
    with pytest.raises(NotFound):
        actions.retry(UserFactory())


def test_retries_are_limited(aliyun: Aliyun, db: None) -> None:
    aliyun.answer = {"Code": "500"}
    user = UserFactory()
    submit(user)
    for _ in range(actions.RETRIES):
        assert actions.retry(user).state == "pending"
    with pytest.raises(RateLimited):
        actions.retry(user)


# ---- the demo's


def test_the_demo_verifier_refuses_to_work_in_a_real_installation(env: Setter) -> None:
    env(realname_verifier="demo")
    with pytest.raises(ImproperlyConfigured):
        verifiers.current()


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"LIANXUE_REALNAME_VERIFIER": "demo"}, "LIANXUE_REALNAME_VERIFIER=demo"),
        ({"LIANXUE_REALNAME_VERIFIER": "aliyun"}, "LIANXUE_ALIYUN_ACCESS_KEY_ID"),
        ({"LIANXUE_DINGTALK_CLIENT_ID": "x"}, "LIANXUE_DINGTALK_CLIENT_SECRET"),
        ({"LIANXUE_CIPHER": "rot13"}, "LIANXUE_CIPHER"),
    ],
)
def test_settings_that_make_no_sense_stop_the_start_with_one_line(
    variables: dict[str, str], word: str
) -> None:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("LIANXUE_")}
    result = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        env=clean | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode != 0
    assert word in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
