"""登录 and 退出登录, and that nobody learns from outside which numbers are registered."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lianxue.accounts.models import PhoneChallenge, User
from lianxue.audit.models import AuditEvent
from lianxue.shared.errors import Unavailable
from tests.cast import Cast, sign_in
from tests.factories import UserFactory

from .helpers import PHONE, Outbox, text_of

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return UserFactory(phone=PHONE, name="林小雨", password=make_password(PASSWORD))


def by_password(
    client: Client, phone: str = PHONE, password: str = PASSWORD, **more: str
) -> object:
    return client.post("/login/", {"by": "password", "phone": phone, "password": password, **more})


def test_passwords_are_argon2(user: User) -> None:
    assert user.password.startswith("argon2$")


def test_by_password(client: Client, user: User) -> None:
    response = by_password(client, "+86 180 1234 9100", next="/contacts/")
    assert response["Location"] == "/contacts/"
    assert client.session["_auth_user_id"] == str(user.pk)
    event = AuditEvent.objects.get(action="account.logged_in")
    assert event.data == {"methods": ["password"]}
    assert UserSession.objects.get().user_id == user.pk
    user.refresh_from_db()
    assert user.last_login is not None


def test_by_code(client: Client, user: User, outbox: Outbox) -> None:
    page = client.get("/login/").content.decode()
    for words in ("登录", "密码", "获取验证码", "新用户注册"):
        assert words in page
    response = client.post("/login/", {"phone": PHONE, "next": "/contacts/"}, follow=True)
    page = response.content.decode()
    assert "验证码已发送至 +86 180 **** 9100" in page
    assert 'autocomplete="one-time-code"' in page
    assert "取消验证" in page
    before = client.session.session_key
    response = client.post("/login/code/", {"code": outbox.code})
    assert response["Location"] == "/contacts/"
    assert client.session["_auth_user_id"] == str(user.pk)
    assert client.session.session_key != before
    event = AuditEvent.objects.get(action="account.logged_in")
    assert event.data == {"methods": ["code"]}
    assert PhoneChallenge.objects.get().consumed_at


def test_a_new_number_goes_on_to_the_agreements_after_the_right_code(
    client: Client, outbox: Outbox
) -> None:
    client.post("/login/", {"phone": PHONE, "next": "/contacts/"})
    response = client.post("/login/code/", {"code": outbox.code})
    assert response["Location"] == "/register/agreements/"
    assert not User.objects.exists()
    response = client.post("/register/agreements/", {"choice": "agree"})
    assert response["Location"] == "/register/profile/"
    response = client.post("/register/profile/", {"name": "林小雨"})
    assert response["Location"] == "/contacts/"
    assert User.objects.get().phone == PHONE


def test_refusing_the_agreements_after_the_code_leaves_nothing(
    client: Client, outbox: Outbox
) -> None:
    client.post("/login/", {"phone": PHONE})
    client.post("/login/code/", {"code": outbox.code})
    client.post("/register/agreements/", {"choice": "refuse"})
    assert not PhoneChallenge.objects.exists()
    assert not Session.objects.exists()
    assert not User.objects.exists()


def test_from_outside_no_number_differs_from_another(outbox: Outbox, user: User) -> None:
    """Login by code, by password, and registration: same status, cookies and page."""
    unknown = "18012349999"
    steps = [
        [("/login/", {"phone": "{}"}), ("/login/code/", {"code": "wrong"})],
        [("/login/", {"phone": "{}", "by": "password", "password": "not the one"})],
        [
            ("/register/", {"phone": "{}"}),
            ("/register/agreements/", {"choice": "agree"}),
            ("/register/code/send/", {}),
            ("/register/code/", {"code": "wrong"}),
        ],
    ]
    for door in steps:
        seen = []
        for number in (PHONE, unknown):
            with time_machine.travel(timezone.now() + timedelta(days=steps.index(door))):
                seen.append(_walk(door, number, outbox))
        assert seen[0] == seen[1]


def _walk(door: list[tuple[str, dict[str, str]]], number: str, outbox: Outbox) -> list[object]:
    client, seen = Client(), []
    for path, typed in door:
        values = {key: value.format(number) for key, value in typed.items()}
        if values.get("code") == "wrong":
            values["code"] = outbox.wrong
        response = client.post(path, values)
        page = text_of(client.get(response["Location"]).content if "Location" in response else
                       response.content)  # fmt: skip
        page = page.replace(number, "NUMBER").replace(number[-4:], "LAST")
        seen.append((response.status_code, response.get("Location"), sorted(client.cookies), page))
    return seen


@pytest.mark.parametrize("phone", [PHONE, "18000000001", "18000000002"])
def test_a_wrong_password_costs_one_hash_for_every_number(
    user: User, monkeypatch: pytest.MonkeyPatch, phone: str
) -> None:
    """Known with a password, known without one, unknown: the same work, so the same time."""
    UserFactory(phone="18000000001")
    work: list[str] = []
    for name in ("encode", "verify"):
        real = getattr(Argon2PasswordHasher, name)

        def spy(self: object, *args: object, _real: object = real, _name: str = name) -> object:
            work.append(_name)
            return _real(self, *args)  # type: ignore[operator]

        monkeypatch.setattr(Argon2PasswordHasher, name, spy)
    by_password(Client(), phone, "not the one")
    assert len(work) == 1


@pytest.mark.parametrize("phone", [PHONE, "18012349999"])
def test_one_message_for_a_wrong_password(client: Client, user: User, phone: str) -> None:
    response = by_password(client, phone, "not the one")
    page = response.content.decode()
    assert response.status_code == 422
    assert "手机号码或密码不正确" in page
    assert phone in page  # what was typed is kept
    assert "not the one" not in page  # the password is not
    event = AuditEvent.objects.get(action="account.login_failed")
    assert event.stream == "site"
    assert event.data == {"phone": f"{phone[:3]} **** {phone[-4:]}", "method": "password"}


@pytest.mark.parametrize("phone", [PHONE, "18012349999"])
def test_five_wrong_passwords_lock_the_door_for_a_while(user: User, phone: str) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(5):
            assert by_password(Client(), phone, "not the one").status_code == 422
        response = by_password(Client(), phone)
        assert response.status_code == 429
        assert int(response["Retry-After"]) == 900
        assert "15 分钟后再试" in response.content.decode()
        clock.shift(timedelta(minutes=15))
        assert by_password(Client(), phone).status_code == (302 if phone == PHONE else 422)


def test_twenty_wrong_passwords_from_anywhere_lock_it_too(user: User) -> None:
    for n in range(20):
        by_password(Client(REMOTE_ADDR=f"198.51.100.{n}"), password="not the one")
    response = by_password(Client(REMOTE_ADDR="198.51.100.99"))
    assert response.status_code == 429
    assert "改用验证码登录" in response.content.decode()


def test_right_passwords_use_nothing_up(user: User) -> None:
    for _ in range(30):
        assert by_password(Client()).status_code == 302


def test_a_user_without_a_password_can_not_sign_in_by_one(client: Client) -> None:
    UserFactory(phone=PHONE)
    assert by_password(client, password="").status_code == 422
    assert by_password(client, password="!").status_code == 422


def test_a_second_factor_is_asked_for_before_anybody_is_signed_in(
    client: Client, user: User, outbox: Outbox
) -> None:
    TOTP.activate(user, generate_totp_secret())
    assert by_password(client)["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    other = Client()
    other.post("/login/", {"phone": PHONE})
    assert other.post("/login/code/", {"code": outbox.code})["Location"] == reverse(
        "mfa_authenticate"
    )
    assert "_auth_user_id" not in other.session
    assert not AuditEvent.objects.filter(action="account.logged_in").exists()


def test_a_closed_account_is_told_only_after_the_right_code(
    client: Client, user: User, outbox: Outbox
) -> None:
    User.objects.update(is_active=False)
    assert "手机号码或密码不正确" in by_password(client).content.decode()
    client.post("/login/", {"phone": PHONE})
    response = client.post("/login/code/", {"code": outbox.code}, follow=True)
    assert "已停用" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_an_account_closed_meanwhile_is_signed_out(client: Client, user: User) -> None:
    by_password(client)
    User.objects.update(is_active=False)
    assert client.get("/")["Location"].startswith("/login/")


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"]
)
def test_no_open_redirect(client: Client, user: User, target: str) -> None:
    assert by_password(client, next=target)["Location"] == "/"


def test_where_the_person_was_going_comes_along(client: Client) -> None:
    page = client.get("/login/?next=/i/token/").content.decode()
    assert 'name="next" value="/i/token/"' in page
    assert "/register/?next=%2Fi%2Ftoken%2F" in page


def test_resend_and_cancel(client: Client, outbox: Outbox) -> None:
    client.post("/login/", {"phone": PHONE})
    response = client.post("/login/code/resend/")
    assert response.status_code == 429
    assert "稍等" in response.content.decode()
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert client.post("/login/code/resend/")["Location"] == "/login/code/"
    assert len(outbox.sent) == 2
    assert client.post("/login/code/cancel/")["Location"] == "/login/"
    assert not PhoneChallenge.objects.exists()
    assert not Session.objects.exists()


def test_a_gateway_that_fails_is_told_and_can_be_tried_again(
    client: Client, outbox: Outbox
) -> None:
    outbox.fail = Unavailable("短信没有发送成功，请稍后重新获取验证码。")
    response = client.post("/login/", {"phone": PHONE})
    assert response.status_code == 503
    page = response.content.decode()
    assert "短信没有发送成功" in page
    assert PHONE in page
    assert not PhoneChallenge.objects.exists()
    outbox.fail = None
    assert client.post("/login/", {"phone": PHONE}).status_code == 302


def test_a_wrong_code_is_told_beside_the_field_and_not_kept(client: Client, outbox: Outbox) -> None:
    client.post("/login/", {"phone": PHONE})
    response = client.post("/login/code/", {"code": outbox.wrong})
    page = response.content.decode()
    assert response.status_code == 422
    assert "还可以试 4 次" in page
    assert 'id="code-error"' in page
    assert outbox.wrong not in page


@pytest.mark.parametrize("phone", ["", "123", "0531-88888888", "１２３", "x" * 5000, "\x00"])
def test_bad_numbers_get_a_message_beside_the_field(client: Client, phone: str) -> None:
    for path, more in (("/login/", {}), ("/login/", {"by": "password"}), ("/register/", {})):
        response = client.post(path, {"phone": phone, "password": "x", **more})
        assert response.status_code == 422
        assert 'id="phone-error"' in response.content.decode()
    assert not PhoneChallenge.objects.exists()


def test_logout_ends_the_session_on_the_server(cast: Cast) -> None:
    client = sign_in(cast.member)
    key = client.session.session_key
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert not Session.objects.filter(session_key=key).exists()
    assert client.get("/")["Location"].startswith("/login/")
    assert AuditEvent.objects.filter(action="account.logged_out", actor_id=cast.member.pk).exists()
    assert client.post("/logout/").status_code == 302


def test_who_is_signed_in_goes_on(cast: Cast) -> None:
    client = sign_in(cast.member)
    assert client.get("/login/?next=/contacts/")["Location"] == "/contacts/"
    assert client.get("/login/code/")["Location"] == "/login/"
    assert client.post("/login/code/resend/")["Location"] == "/login/"


@pytest.mark.parametrize("path", ["/login/code/resend/", "/login/code/cancel/"])
def test_doors_without_a_login_under_way(client: Client, path: str) -> None:
    assert client.get(path).status_code == 405
    assert client.post(path)["Location"] == "/login/"


def test_allauths_own_doors_are_no_way_in(client: Client, user: User) -> None:
    for path in ("/accounts/login/", "/accounts/signup/", "/accounts/login/code/",
                 "/accounts/password/reset/", "/login/signup/"):  # fmt: skip
        response = client.post(path, {"login": PHONE, "password": PASSWORD, "phone": PHONE})
        assert response.status_code in {302, 404, 405}
        assert "_auth_user_id" not in client.session
    assert User.objects.count() == 1


def test_phones_and_codes_are_in_no_log(
    client: Client, user: User, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        client.post("/login/", {"phone": PHONE})
        client.post("/login/code/", {"code": outbox.wrong})
        client.post("/login/code/", {"code": outbox.code})
        by_password(Client(), password="not the one")
    # the debug log of SQL holds everything; it is off outside of DEBUG
    text = "\n".join(r.getMessage() for r in caplog.records if r.name != "django.db.backends")
    assert PHONE not in text
    assert outbox.code not in text
    assert settings.LOGGING["root"]["level"] == "INFO"


def test_a_page_for_each_agreement(client: Client) -> None:
    assert "信息保护政策" in client.get("/agreements/privacy/").content.decode()
    assert client.get("/agreements/other/").status_code == 404
    assert client.post("/agreements/privacy/").status_code == 405
