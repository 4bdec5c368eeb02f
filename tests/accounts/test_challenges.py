"""Codes: one use, five minutes, five tries, one browser; limits per phone and per address."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from lianxue.accounts import pending
from lianxue.accounts.actions import challenges, users
from lianxue.accounts.models import PhoneChallenge
from lianxue.audit.models import AuditEvent
from lianxue.shared.errors import InvalidInput, RateLimited, StateConflict, Unavailable
from lianxue.shared.gateways import sms

from .helpers import PHONE, Outbox, together

HERE, BROWSER = "203.0.113.7", "the secret of a browser"


def asked(phone: str = PHONE, browser: str = BROWSER, purpose: str = "login") -> PhoneChallenge:
    challenge = challenges.start(phone, purpose, browser, HERE)
    return challenges.send(challenge.pk, browser, HERE)


@pytest.mark.django_db
def test_the_code_is_kept_as_a_keyed_hash(outbox: Outbox) -> None:
    asked()
    row = PhoneChallenge.objects.get()
    assert row.code_hash.startswith(("sha256:", "sm3:"))
    assert outbox.code not in str(vars(row))
    assert BROWSER not in str(vars(row))
    assert len(outbox.code) == 6
    assert outbox.code.isdigit()


@pytest.mark.django_db
def test_right_once_and_never_again(outbox: Outbox) -> None:
    challenge = asked()
    assert challenges.verify(challenge.pk, BROWSER, outbox.code, HERE).verified_at
    assert PhoneChallenge.objects.get().code_hash == ""
    with pytest.raises(InvalidInput, match="已经用过"):
        challenges.verify(challenge.pk, BROWSER, outbox.code, HERE)


@pytest.mark.django_db
@pytest.mark.parametrize("shape", ["{0} {1}", "{0}-{1}", " {0}{1}\n", "full-width"])
def test_the_code_as_people_type_it(outbox: Outbox, shape: str) -> None:
    challenge = asked()
    code = outbox.code
    typed = (
        code.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
        if shape == "full-width"
        else shape.format(code[:3], code[3:])
    )
    assert challenges.verify(challenge.pk, BROWSER, typed, HERE).verified_at


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12a456", "①②③④⑤x", "\x00" * 6])
def test_what_is_no_code_costs_no_try(outbox: Outbox, typed: str) -> None:
    challenge = asked()
    with pytest.raises(InvalidInput, match="六位数字") as caught:
        challenges.verify(challenge.pk, BROWSER, typed, HERE)
    assert "code" in caught.value.fields
    assert PhoneChallenge.objects.get().tries_left == challenges.TRIES


@pytest.mark.django_db
def test_five_tries_then_even_the_right_one_is_refused(outbox: Outbox) -> None:
    challenge = asked()
    for left in (4, 3, 2, 1):
        with pytest.raises(InvalidInput, match=f"还可以试 {left} 次"):
            challenges.verify(challenge.pk, BROWSER, outbox.wrong, HERE)
    with pytest.raises(InvalidInput, match="已失效"):
        challenges.verify(challenge.pk, BROWSER, outbox.wrong, HERE)
    with pytest.raises(InvalidInput, match="已失效"):
        challenges.verify(challenge.pk, BROWSER, outbox.code, HERE)
    assert PhoneChallenge.objects.get().tries_left == 0
    failed = AuditEvent.objects.filter(action="account.login_failed")
    assert failed.count() == 5
    assert {event.stream for event in failed} == {"site"}
    assert failed[0].data == {"phone": "180 **** 9100", "method": "code"}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_wrong_try_is_committed_though_the_request_fails(outbox: Outbox) -> None:
    challenge = asked()
    with pytest.raises(InvalidInput):
        challenges.verify(challenge.pk, BROWSER, outbox.wrong, HERE)
    connection.close()
    assert PhoneChallenge.objects.get().tries_left == challenges.TRIES - 1


@pytest.mark.django_db
def test_after_five_minutes_it_is_over(outbox: Outbox) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        challenge = asked()
        clock.shift(challenges.CODE_LIFE - timedelta(seconds=1))
        with pytest.raises(InvalidInput, match="不正确"):
            challenges.verify(challenge.pk, BROWSER, outbox.wrong, HERE)
        clock.shift(timedelta(seconds=1))
        with pytest.raises(InvalidInput, match="已过期"):
            challenges.verify(challenge.pk, BROWSER, outbox.code, HERE)


@pytest.mark.django_db
def test_another_browser_can_not_use_it(outbox: Outbox) -> None:
    challenge = asked()
    with pytest.raises(InvalidInput, match="请先获取验证码"):
        challenges.verify(challenge.pk, "another browser", outbox.code, HERE)
    with pytest.raises(StateConflict):
        challenges.send(challenge.pk, "another browser", HERE)
    challenges.cancel(challenge.pk, "another browser")
    assert PhoneChallenge.objects.get().tries_left == challenges.TRIES
    assert challenges.verify(challenge.pk, BROWSER, outbox.code, HERE)


@pytest.mark.django_db
def test_a_code_stolen_over_the_shoulder_is_no_use_in_another_browser(outbox: Outbox) -> None:
    mine, theirs = Client(), Client()
    mine.post("/login/", {"phone": PHONE})
    theirs.post("/register/", {"phone": PHONE})
    theirs.post("/register/agreements/", {"choice": "agree"})
    response = theirs.post("/register/code/", {"code": outbox.code})
    assert response.status_code == 422
    assert theirs.post("/login/code/", {"code": outbox.code})["Location"] == "/login/"


@pytest.mark.django_db
def test_a_new_code_voids_the_one_before(outbox: Outbox) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        challenge = asked()
        first = outbox.code
        clock.shift(timedelta(seconds=60))
        challenges.send(challenge.pk, BROWSER, HERE)
        if first != outbox.code:
            with pytest.raises(InvalidInput, match="不正确"):
                challenges.verify(challenge.pk, BROWSER, first, HERE)
        clock.shift(timedelta(seconds=60))
        other = asked(browser="another")
        with pytest.raises(InvalidInput, match="请先获取"):
            challenges.verify(challenge.pk, BROWSER, outbox.sent[1][1], HERE)
        assert challenges.verify(other.pk, "another", outbox.code, HERE)


@pytest.mark.django_db
def test_a_resend_gives_five_tries_again(outbox: Outbox) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        challenge = asked()
        with pytest.raises(InvalidInput):
            challenges.verify(challenge.pk, BROWSER, outbox.wrong, HERE)
        clock.shift(timedelta(seconds=60))
        assert challenges.send(challenge.pk, BROWSER, HERE).tries_left == challenges.TRIES


@pytest.mark.django_db
def test_once_a_minute_five_an_hour_ten_a_day(outbox: Outbox) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        asked()
        clock.shift(timedelta(seconds=59))
        with pytest.raises(RateLimited, match="稍等") as caught:
            asked(browser="another")
        assert caught.value.retry_after == 1
        for _ in range(4):
            clock.shift(timedelta(seconds=61))
            asked()
        clock.shift(timedelta(seconds=61))
        with pytest.raises(RateLimited, match="一小时"):
            asked()
        clock.shift(timedelta(hours=1))
        for _ in range(5):
            clock.shift(timedelta(seconds=61))
            asked()
        clock.shift(timedelta(hours=2))
        with pytest.raises(RateLimited, match="今天"):
            asked()
        asked("13900000001")
    assert len(outbox.sent) == 11


@pytest.mark.django_db
def test_a_hall_of_fifty_behind_one_address_registers_within_ten_minutes(outbox: Outbox) -> None:
    """Everybody mistypes once and asks for a second code; nobody meets a limit."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        people = []
        for n in range(50):
            browser = f"phone {n}"
            challenge = challenges.start(f"137{n:08d}", "login", browser, HERE)
            challenges.send(challenge.pk, browser, HERE)
            with pytest.raises(InvalidInput):
                challenges.verify(challenge.pk, browser, outbox.wrong, HERE)
            people.append((challenge, browser))
        clock.shift(timedelta(seconds=61))
        for challenge, browser in people:
            challenges.send(challenge.pk, browser, HERE)
            assert challenges.verify(challenge.pk, browser, outbox.code, HERE).verified_at


@pytest.mark.django_db
def test_one_address_can_not_send_without_end(outbox: Outbox) -> None:
    for n in range(200):
        asked(f"137{n:08d}")
    with pytest.raises(RateLimited, match="这个网络"):
        asked("13800000001")
    assert len(outbox.sent) == 200


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:203.0.113.7", "::ffff:cb00:7107"),
        ("no address", "no address"),
    ],
)
def test_what_counts_as_one_address(address: str, key: str) -> None:
    assert challenges.address_key(address) in {key, "::ffff:203.0.113.7"}
    assert challenges.address_key("2001:db8:1:2::1") == challenges.address_key("2001:db8:1:2::2")


@pytest.mark.django_db
def test_when_the_gateway_fails_the_person_may_try_again_at_once(outbox: Outbox) -> None:
    challenge = challenges.start(PHONE, "login", BROWSER, HERE)
    outbox.fail = Unavailable("短信没有发送成功")
    with pytest.raises(Unavailable):
        challenges.send(challenge.pk, BROWSER, HERE)
    row = PhoneChallenge.objects.get()
    assert (row.code_hash, row.sent_at) == ("", None)
    outbox.fail = None
    assert challenges.send(challenge.pk, BROWSER, HERE).sent_at


@pytest.mark.django_db(transaction=True)
def test_the_message_goes_out_after_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    monkeypatch.setattr(
        sms, "send_code", lambda phone, code: seen.append(connection.in_atomic_block)
    )
    asked()
    assert seen == [False]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed",
    ["+86 180 1234 9100", "86-18012349100", "１８０１２３４９１００", " 180-1234-9100 "],
)
def test_the_number_as_people_type_it(typed: str) -> None:
    assert challenges.start(typed, "login", BROWSER, HERE).phone == PHONE


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", "1801234910", "12012349100", "0531-8888888", "\x00", "电话"])
def test_what_is_no_number(typed: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        challenges.start(typed, "login", BROWSER, HERE)
    assert "phone" in caught.value.fields
    assert not PhoneChallenge.objects.exists()


@pytest.mark.django_db
def test_half_an_hour_without_a_code_is_over(outbox: Outbox) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        challenge = challenges.start(PHONE, "register", BROWSER, HERE)
        clock.shift(challenges.FORM_LIFE)
        with pytest.raises(StateConflict):
            challenges.agree(challenge.pk, BROWSER)


@pytest.mark.django_db
def test_purge_takes_what_is_a_day_old_and_can_run_twice(outbox: Outbox) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        asked()
        client = Client()
        client.post("/login/", {"phone": "13900000001"})
        clock.shift(timedelta(hours=23))
        assert users.purge_expired()["challenges"] == 0
        clock.shift(timedelta(hours=2))
        assert users.purge_expired()["challenges"] == 2
        clock.shift(timedelta(days=14))
        gone = users.purge_expired()
        assert gone["sessions"] == 1
        assert users.purge_expired() == {"challenges": 0, "counters": 0, "sessions": 0}


@pytest.mark.django_db
def test_a_verified_number_needs_no_other_code(outbox: Outbox) -> None:
    challenge = asked()
    challenges.verify(challenge.pk, BROWSER, outbox.code, HERE)
    with pytest.raises(StateConflict, match="已经验证"):
        challenges.send(challenge.pk, BROWSER, HERE)


def test_the_browsers_secret_is_long() -> None:
    assert len({pending.new_browser_secret() for _ in range(100)}) == 100
    assert len(pending.new_browser_secret()) >= 32


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_code_sent_twice_at_once_is_right_once(outbox: Outbox) -> None:
    challenge = asked()
    results = together([lambda: challenges.verify(challenge.pk, BROWSER, outbox.code, HERE).pk] * 6)
    assert sum(1 for result in results if result == challenge.pk) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_wrong_tries_at_once_are_all_counted(outbox: Outbox) -> None:
    challenge = asked()
    results = together([lambda: challenges.verify(challenge.pk, BROWSER, outbox.wrong, HERE)] * 8)
    assert all(isinstance(result, InvalidInput) for result in results)
    assert PhoneChallenge.objects.get().tries_left == 0
    assert AuditEvent.objects.filter(action="account.login_failed").count() == 5
