"""账号与安全: a fresh proof, password, authenticator app, recovery codes, sessions."""

import json
import re
import time

import pytest
import time_machine
from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
)
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse

from lianxue.accounts.actions import security
from lianxue.accounts.models import User
from lianxue.audit.models import AuditEvent
from lianxue.cli.accounts import operator as command
from lianxue.shared.actors import Operator
from lianxue.shared.errors import InvalidInput, NotFound, RateLimited, StateConflict
from tests.cast import Cast, sign_in
from tests.factories import UserFactory

from .proofs import PASSWORD, SECRET, at_once, fresh_client, log_in, totp_code

# ---- a fresh proof


GUARDED = ["password", "totp", "totp_off", "recovery_codes", "passkeys", "dingtalk"]


@pytest.mark.parametrize("door", [*GUARDED, "security", "sessions", "sessions_end", "confirm"])
def test_every_door_leads_the_signed_out_to_login(db: None, door: str) -> None:
    address = reverse(f"accounts:{door}")
    for answer in (Client().get(address), Client().post(address)):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/?next=/me/security/")


@pytest.mark.parametrize("door", GUARDED)
def test_guarded_doors_ask_for_a_fresh_proof_and_come_back(user: User, door: str) -> None:
    address = reverse(f"accounts:{door}")
    for client in (sign_in(user), fresh_client(user, age=601)):
        answer = client.get(address)
        assert answer["Location"] == f"/me/security/confirm/?next={address.replace('/', '%2F')}"
        posted = client.post(address, {"new": PASSWORD, "again": PASSWORD})
        assert posted["Location"].startswith("/me/security/confirm/")
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_somebody_elses_proof_in_the_session_counts_nothing(user: User) -> None:
    client = fresh_client(user)
    session = client.session
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(UserFactory().pk)
    session.save()
    assert client.get(reverse("accounts:password")).status_code == 302


def test_with_a_second_factor_only_that_is_proof_enough(user: User) -> None:
    security.enable_totp(user, SECRET, totp_code())
    assert fresh_client(user, "code").get(reverse("accounts:password")).status_code == 302
    assert fresh_client(user, "mfa").get(reverse("accounts:password")).status_code == 200
    client = sign_in(user)
    for way in ("password", "send", "sms"):
        assert client.post("/me/security/confirm/", {"way": way}).status_code == 422
    wrong = client.post("/me/security/confirm/", {"way": "code", "code": "000000"})
    assert wrong.status_code == 422
    assert "不正确" in wrong.content.decode()
    with time_machine.travel(time.time() + 60):
        right = client.post(
            "/me/security/confirm/", {"way": "code", "code": totp_code(), "next": "/me/"}
        )
        assert right["Location"] == "/me/"
        assert client.get(reverse("accounts:password")).status_code == 200


def test_confirming_by_password(user: User) -> None:
    security.set_password(user, PASSWORD, PASSWORD)
    client = sign_in(user)
    wrong = client.post("/me/security/confirm/", {"way": "password", "password": "no"})
    assert wrong.status_code == 422
    assert 'id="password-error"' in wrong.content.decode()
    form = {"way": "password", "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post("/me/security/confirm/", form)["Location"] == "/me/security/"
    assert client.get(reverse("accounts:password")).status_code == 200


def test_confirming_by_a_code_by_sms(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "lianxue.shared.gateways.sms.send_code", lambda phone, code: sent.append((phone, code))
    )
    client = sign_in(user)
    target = reverse("accounts:password")
    page = client.post("/me/security/confirm/", {"way": "send", "next": target})
    assert page.status_code == 200
    assert "验证码已发送" in page.content.decode()
    [(phone, code)] = sent
    assert phone == user.phone
    assert code not in page.content.decode()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    answer = client.post("/me/security/confirm/", {"way": "sms", "code": wrong})
    assert answer.status_code == 422
    other = sign_in(user)  # another browser can't use the code
    assert other.post("/me/security/confirm/", {"way": "sms", "code": code}).status_code == 422
    right = client.post("/me/security/confirm/", {"way": "sms", "code": code, "next": target})
    assert right["Location"] == target
    assert client.get(target).status_code == 200


# ---- password


def test_setting_a_password_ends_the_other_sessions(user: User) -> None:
    here, there = fresh_client(user), sign_in(user)
    assert there.get("/me/").status_code == 200
    answer = here.post(reverse("accounts:password"), {"new": PASSWORD, "again": PASSWORD})
    assert answer["Location"] == "/me/security/"
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert user.password.startswith("argon2")
    assert here.get("/me/").status_code == 200
    assert there.get("/me/").status_code == 302
    assert AuditEvent.objects.filter(action="account.password_set", actor_id=user.pk).exists()


def test_this_session_stays_in_the_list_when_the_password_changes(user: User) -> None:
    security.set_password(user, PASSWORD, PASSWORD)
    here, _there = log_in(user), log_in(user)
    form = {"new": PASSWORD + "!", "again": PASSWORD + "!"}
    assert here.post(reverse("accounts:password"), form)["Location"] == "/me/security/"
    [row] = UserSession.objects.filter(user=user)
    assert row.session_key == here.session.session_key
    page = here.get(reverse("accounts:sessions")).content.decode()
    assert "安卓手机，Chrome" in page
    assert "本机" in page


@pytest.mark.parametrize(
    ("new", "again", "field"),
    [
        ("", "", "new"),
        ("short", "short", "new"),
        ("12345678901", "12345678901", "new"),
        ("password1", "password1", "new"),
        ("x" * 129, "x" * 129, "new"),
        (PASSWORD, PASSWORD + "!", "again"),
    ],
)
def test_bad_passwords_are_refused_beside_the_field(
    user: User, new: str, again: str, field: str
) -> None:
    answer = fresh_client(user).post(reverse("accounts:password"), {"new": new, "again": again})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert f'id="{field}-error"' in text
    assert not new or f'value="{new}"' not in text
    assert re.search(r'id="\w+-error">.*?[\u4e00-\u9fff]', text, re.S)


def test_the_own_phone_is_no_password(user: User) -> None:
    with pytest.raises(InvalidInput):
        security.set_password(user, f"a{user.phone}b", f"a{user.phone}b")


# ---- authenticator app


def test_turning_the_authenticator_app_on_and_off(user: User) -> None:
    client = fresh_client(user)
    page = client.get(reverse("accounts:totp")).content.decode()
    assert "<svg" in page
    assert "style=" not in page
    found = re.search(r">([A-Z2-7 ]{32,})</textarea>", page)
    assert found
    secret = found[1].replace(" ", "")
    wrong = client.post(reverse("accounts:totp"), {"code": "abc"})
    assert wrong.status_code == 422
    assert "abc" not in wrong.content.decode()
    answer = client.post(reverse("accounts:totp"), {"code": " ".join(totp_code(secret))})
    codes = re.findall(r"<li[^>]*>(\d{4}) (\d{4})</li>", answer.content.decode())
    assert len(codes) == 10
    row = Authenticator.objects.get(user=user, type="totp")
    assert secret not in json.dumps(row.data)
    assert row.data["secret"].startswith("aes-256-gcm:")
    off = reverse("accounts:totp_off")
    assert fresh_client(user).post(off)["Location"].startswith("/me/security/confirm/")
    assert client.post(off)["Location"] == "/me/security/"
    assert not Authenticator.objects.filter(user=user).exists()
    with pytest.raises(NotFound):
        security.disable_totp(user)


def test_each_code_works_once(user: User) -> None:
    first = totp_code()
    recovery = security.enable_totp(user, SECRET, first)
    with pytest.raises(InvalidInput):
        security.spend_code(user, first)  # used to turn it on
    with time_machine.travel(time.time() + 90):
        code = totp_code()
        assert security.spend_code(user, code).type == "totp"
        with pytest.raises(InvalidInput):
            security.spend_code(user, code)
    assert security.spend_code(user, recovery[0]).type == "recovery_codes"
    with pytest.raises(InvalidInput):
        security.spend_code(user, recovery[0])
    row = Authenticator.objects.get(user=user, type="recovery_codes")
    assert row.data["used_mask"] == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_code_typed_twice_at_once_works_once() -> None:
    person = UserFactory()
    recovery = security.enable_totp(person, SECRET, totp_code(step=-1))
    for code in (recovery[0], totp_code()):
        outcomes = at_once([lambda c=code: security.spend_code(person, c) for _ in range(3)])
        assert sorted(outcomes) == ["InvalidInput", "InvalidInput", "ok"]


def test_guessing_codes_is_limited(user: User) -> None:
    security.enable_totp(user, SECRET, totp_code())
    for _ in range(5):
        with pytest.raises(InvalidInput):
            security.spend_code(user, "000000")
    with time_machine.travel(time.time() + 60), pytest.raises(RateLimited):
        security.spend_code(user, totp_code())
    with time_machine.travel(time.time() + 400):
        assert security.spend_code(user, totp_code())
    failures = AuditEvent.objects.filter(action="account.second_factor_failed")
    assert failures.count() == 5


def test_new_recovery_codes_void_the_old(user: User) -> None:
    with pytest.raises(StateConflict):
        security.renew_recovery_codes(user)
    old = security.enable_totp(user, SECRET, totp_code())
    answer = fresh_client(user, "mfa").post(reverse("accounts:recovery_codes"))
    assert len(re.findall(r"<li[^>]*>\d{4} \d{4}</li>", answer.content.decode())) == 10
    with pytest.raises(InvalidInput):
        security.spend_code(user, old[0])


def test_the_operator_lets_somebody_in_again_who_lost_everything(user: User) -> None:
    with pytest.raises(StateConflict):
        security.reset_second_factors(Operator(), user.phone)
    with pytest.raises(NotFound):
        security.reset_second_factors(Operator(), "13912340000")
    security.set_password(user, PASSWORD, PASSWORD)
    client = log_in(user)
    security.enable_totp(user, SECRET, totp_code())
    shown = CliRunner().invoke(command, ["reset-second-step", user.phone])
    assert shown.exit_code == 0, shown.output
    assert user.phone not in shown.output
    assert not Authenticator.objects.exists()
    assert client.get("/me/").status_code == 302
    log_in(user)


def test_signing_in_asks_for_the_second_factor(user: User) -> None:
    security.set_password(user, PASSWORD, PASSWORD)
    recovery = security.enable_totp(user, SECRET, totp_code())
    client = Client()
    form = {"by": "password", "phone": user.phone, "password": PASSWORD, "next": "/me/"}
    answer = client.post("/login/", form)
    assert answer["Location"] == "/login/second-step/"
    assert client.get("/me/").status_code == 302, "not signed in yet"
    page = client.get("/login/second-step/")
    assert "第二步验证" in page.content.decode()
    wrong = client.post("/login/second-step/", {"code": "000000"})
    assert "不正确" in wrong.content.decode()
    empty = client.post("/login/second-step/", {"code": ""})
    assert "请填写" in empty.content.decode()
    right = client.post("/login/second-step/", {"code": recovery[3]})
    assert right["Location"] == "/me/"
    assert client.get("/me/").status_code == 200
    event = AuditEvent.objects.get(action="account.logged_in")
    assert event.data["methods"] == ["password", "mfa"]


def test_the_second_step_without_a_first_leads_to_login(db: None) -> None:
    answer = Client().get("/login/second-step/", follow=True)
    assert answer.request["PATH_INFO"] == "/login/"


# ---- sessions


def test_ending_one_session_and_all_others(user: User) -> None:
    security.set_password(user, PASSWORD, PASSWORD)
    here, there, third = log_in(user), log_in(user), log_in(user)
    row = UserSession.objects.get(session_key=there.session.session_key)
    stranger = sign_in(UserFactory())
    assert stranger.post(reverse("accounts:session_end", args=[row.pk])).status_code == 404
    assert here.post(reverse("accounts:session_end", args=[row.pk])).status_code == 302
    assert there.get("/me/").status_code == 302
    assert third.get("/me/").status_code == 200
    assert here.post(reverse("accounts:session_end", args=[row.pk])).status_code == 404
    here.post(reverse("accounts:sessions_end"))
    assert third.get("/me/").status_code == 302
    assert here.get("/me/").status_code == 200
    mine = UserSession.objects.get(session_key=here.session.session_key)
    assert here.post(reverse("accounts:session_end", args=[mine.pk])).status_code == 404


def test_the_security_page_says_what_protects_the_account(cast: Cast) -> None:
    page = sign_in(cast.owner).get("/me/security/").content.decode()
    for word in ("手机验证码", "密码", "通行密钥", "动态口令", "登录设备"):
        assert word in page
