"""Ways round the doors that somebody would try; each must end at a closed one."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.test import Client, RequestFactory

from lianxue.accounts.models import User
from lianxue.shared.sessions import SessionStore
from lianxue.shared.web import client_address, redirect_to, safe_path
from tests.accounts.helpers import PHONE, Outbox, begin, outbox
from tests.cast import Cast, sign_in
from tests.factories import UserFactory

__all__ = ["outbox"]
COOKIE = settings.SESSION_COOKIE_NAME


@pytest.mark.parametrize(
    "target",
    [
        "",
        "//evil.example/",
        "///evil.example/",
        "\\\\evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example/",
        "http://testserver@evil.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        " //evil.example",
        "\x00//evil.example",
        "http://[",
        "/" + "a" * 3000,
    ],
)
def test_what_leads_elsewhere_is_not_followed(rf: RequestFactory, target: str) -> None:
    assert safe_path(target, rf.get("/"), default="/home") == "/home"


@pytest.mark.parametrize("target", ["/orgs/1/", "/i/token/?a=b", "http://testserver/orgs/1/"])
def test_what_stays_here_is(rf: RequestFactory, target: str) -> None:
    assert safe_path(target, rf.get("/"), default="/home") == target


@pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true"}])
def test_a_target_can_not_add_a_header(rf: RequestFactory, htmx: dict[str, str]) -> None:
    answer = redirect_to("/a\r\nX-Evil: 1/下级", rf.get("/", headers=htmx))
    where = answer["HX-Redirect"] if htmx else answer["Location"]
    assert where == "/a%0D%0AX-Evil:%201/%E4%B8%8B%E7%BA%A7"
    assert "X-Evil" not in answer


def test_a_forged_address_counts_only_behind_a_proxy(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else everybody could try codes without end, under another address each time."""
    request = rf.get("/", headers={"X-Forwarded-For": "6.6.6.6, 5.5.5.5"})
    monkeypatch.setattr(settings.ENV, "proxies", 0)
    assert client_address(request) == "127.0.0.1"
    monkeypatch.setattr(settings.ENV, "proxies", 1)
    assert client_address(request) == "5.5.5.5"
    monkeypatch.setattr(settings.ENV, "proxies", 3)  # fewer entries than proxies: not through them
    assert client_address(request) == "127.0.0.1"


@pytest.fixture
def guarded(db: None) -> User:
    """A user with a second factor on."""
    user = UserFactory(phone=PHONE)
    TOTP.activate(user, generate_totp_secret())
    return user


def test_registering_again_is_no_way_round_the_second_factor(
    client: Client, guarded: User, outbox: Outbox
) -> None:
    begin(client)
    client.post("/register/code/send/")
    answer = client.post("/register/code/", {"code": outbox.code})
    assert answer["Location"] == "/login/second-step/"
    assert client.get("/me/")["Location"].startswith("/login/")
    assert client.get("/register/profile/")["Location"] == "/register/"


def test_nor_is_finishing_a_registration_that_somebody_else_finished(
    client: Client, db: None, outbox: Outbox
) -> None:
    """The number was verified before it had a user, and a factor was turned on meanwhile."""
    begin(client)
    client.post("/register/code/send/")
    client.post("/register/code/", {"code": outbox.code})
    TOTP.activate(UserFactory(phone=PHONE), generate_totp_secret())
    answer = client.post("/register/profile/", {"name": "林小雨"})
    assert answer["Location"] == "/login/second-step/"
    assert client.get("/me/")["Location"].startswith("/login/")


def test_the_api_is_none_either(client: Client, guarded: User, outbox: Outbox) -> None:
    kind = "application/json"
    client.post("/api/v1/sessions/codes", {"phone": PHONE}, content_type=kind)
    answer = client.post("/api/v1/sessions", {"code": outbox.code}, content_type=kind)
    assert answer.json() == {"state": "second-factor", "me": None}
    assert client.get("/api/v1/me").status_code == 401
    assert client.get("/api/v1/organizations").status_code == 401


def test_a_session_key_given_from_outside_is_not_taken_over(
    client: Client, db: None, outbox: Outbox
) -> None:
    UserFactory(phone=PHONE)
    begin(client)
    before = client.cookies[COOKIE].value
    client.post("/register/code/send/")
    client.post("/register/code/", {"code": outbox.code})
    assert client.cookies[COOKIE].value != before
    thief = Client()
    thief.cookies[COOKIE] = before
    assert thief.get("/me/")["Location"].startswith("/login/")


def test_a_code_is_void_once_another_was_asked_for(
    client: Client, db: None, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else several browsers could guess at several codes of one number at once."""
    monkeypatch.setattr("lianxue.accounts.actions.challenges.RESEND_AFTER", 0)
    UserFactory(phone=PHONE)
    monkeypatch.setattr("lianxue.shared.ratelimit.hit_all", lambda *args, **kwargs: None)
    client.post("/login/", {"phone": PHONE})
    first = outbox.code
    other = Client()
    other.post("/login/", {"phone": PHONE})
    assert client.post("/login/code/", {"code": first}).status_code == 422
    assert client.post("/login/code/", {"code": outbox.code}).status_code == 422
    assert other.post("/login/code/", {"code": outbox.code}).status_code == 302


@pytest.mark.parametrize("key", ['"\\000aaaaaaaaaa"', "a" * 5000, "%00", "aaaaaaaa'--", ""])
def test_a_cookie_that_is_no_key_is_no_session(client: Client, db: None, key: str) -> None:
    for address, status in (("/me/", 302), ("/login/", 200), ("/api/v1/me", 401)):
        answer = client.get(address, headers={"Cookie": f"{COOKIE}={key}"})
        assert answer.status_code == status, address
    assert SessionStore(key or None).session_key is None


def test_leaving_needs_more_than_a_picture(cast: Cast) -> None:
    client = sign_in(cast.member)
    assert client.get("/logout/").status_code == 405
    assert client.get("/me/").status_code == 200


@pytest.mark.parametrize("flag", ["httponly", "samesite"])
def test_the_session_cookie(client: Client, db: None, outbox: Outbox, flag: str) -> None:
    begin(client)
    assert client.cookies[COOKIE][flag]


def test_posts_of_other_sites_are_refused_everywhere(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.owner, backend="lianxue.accounts.backends.PhoneBackend")
    for address in (f"/orgs/{cast.county.pk}/members/new/", "/logout/", "/me/data/export/"):
        assert client.post(address).status_code == 403, address
    body, kind = {"name": "第九党支部"}, "application/json"
    address = f"/api/v1/organizations/{cast.county.pk}/branches"
    assert client.post(address, body, content_type=kind).status_code == 403
