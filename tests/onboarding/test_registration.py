"""新用户注册, step by step, and what it must never leave behind or give away."""

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client
from django.utils import timezone

from lianxue.accounts import agreements
from lianxue.accounts.actions import challenges
from lianxue.accounts.models import Consent, PhoneChallenge, User
from lianxue.audit.models import AuditEvent
from lianxue.inbox.models import InboxItem
from lianxue.onboarding import actions
from lianxue.organizations.models import Membership
from lianxue.shared.errors import InvalidInput, StateConflict
from tests.accounts.helpers import PHONE, Outbox, begin, register, together
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_the_six_steps_in_the_words_of_the_manual(client: Client, outbox: Outbox) -> None:
    page = client.get("/login/").content.decode()
    assert "新用户注册" in page
    assert "密码" in page
    page = client.get("/register/").content.decode()
    for words in ("新用户注册", "手机号码", "+86", "下一步"):
        assert words in page
    response = client.post("/register/", {"phone": "+86 180 1234 9100"}, follow=True)
    page = response.content.decode()
    for words in ("《服务协议》", "《信息保护政策》", "不同意", "同意", "个人信息保护法"):
        assert words in page
    assert not outbox.sent
    response = client.post("/register/agreements/", {"choice": "agree"}, follow=True)
    page = response.content.decode()
    assert "获取验证码" in page
    assert "取消验证" in page
    response = client.post("/register/code/send/", follow=True)
    page = response.content.decode()
    assert "请输入验证码" in page
    assert "验证码已发送至 +86 180 **** 9100" in page
    assert outbox.sent == [(PHONE, outbox.code)]
    assert not User.objects.exists()
    response = client.post("/register/code/", {"code": outbox.code}, follow=True)
    page = response.content.decode()
    for words in ("填写基本信息", "企业/组织名称", "姓名", "进入联学"):
        assert words in page
    assert not User.objects.exists()
    response = client.post("/register/profile/", {"name": " 林小雨 ", "unit_name": "历山县水务局"})
    assert response.status_code == 302
    assert response["Location"] == "/"
    user = User.objects.get()
    assert (user.phone, user.name, user.unit_name) == (PHONE, "林小雨", "历山县水务局")
    assert not user.has_usable_password()
    assert client.session["_auth_user_id"] == str(user.pk)
    assert {c.document for c in Consent.objects.filter(user=user)} == {"service", "privacy"}
    assert all(len(c.digest) == 64 and c.version for c in Consent.objects.all())
    kinds = list(AuditEvent.objects.order_by("id").values_list("action", flat=True))
    assert kinds == ["account.registered", "account.consented", "account.logged_in"]
    assert PHONE not in str(list(AuditEvent.objects.values()))


def test_refusing_leaves_nothing_behind(client: Client) -> None:
    client.post("/register/", {"phone": PHONE})
    assert PhoneChallenge.objects.count() == 1
    response = client.post("/register/agreements/", {"choice": "refuse"})
    assert response["Location"] == "/login/"
    assert not PhoneChallenge.objects.exists()
    assert not Session.objects.exists()


def test_cancelling_leaves_nothing_behind(client: Client, outbox: Outbox) -> None:
    begin(client)
    client.post("/register/code/send/")
    response = client.post("/register/code/cancel/")
    assert response["Location"] == "/register/"
    assert not PhoneChallenge.objects.exists()
    assert not Session.objects.exists()
    assert client.post("/register/code/", {"code": outbox.code})["Location"] == "/register/"


def test_the_code_needs_the_agreements_first(client: Client, outbox: Outbox) -> None:
    client.post("/register/", {"phone": PHONE})
    assert client.get("/register/code/")["Location"] == "/register/agreements/"
    response = client.post("/register/code/send/")
    assert response.status_code == 409
    assert "请先阅读并同意" in response.content.decode()
    assert not outbox.sent


def test_no_step_can_be_jumped_over(client: Client, outbox: Outbox) -> None:
    for step in ("agreements", "code", "profile"):
        assert client.get(f"/register/{step}/")["Location"] == "/register/"
    begin(client)
    assert client.get("/register/profile/")["Location"] == "/register/code/"
    assert client.post("/register/profile/", {"name": "林小雨"})["Location"] == "/register/code/"
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "请填写姓名"),
        ("   ", "请填写姓名"),
        ("​", "请填写姓名"),
        ("名" * 21, "20 字以内"),
        ("12345", "请填写真实的姓名"),
    ],
)
def test_a_bad_name_is_told_beside_its_field_and_the_rest_is_kept(
    client: Client, outbox: Outbox, name: str, words: str
) -> None:
    begin(client)
    client.post("/register/code/send/")
    client.post("/register/code/", {"code": outbox.code})
    response = client.post("/register/profile/", {"name": name, "unit_name": "历山县水务局"})
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert 'id="name-error"' in page
    assert "历山县水务局" in page
    assert not User.objects.exists()
    assert client.post("/register/profile/", {"name": "名" * 20}).status_code == 302


def test_a_name_loses_what_can_not_be_seen(client: Client, outbox: Outbox) -> None:
    register(client, outbox, name="林\x00小\u200b雨\n")
    assert User.objects.get().name == "林小雨"


def test_a_registered_number_simply_signs_in_and_its_consents_are_kept(
    client: Client, outbox: Outbox
) -> None:
    user = UserFactory(phone=PHONE, name="林小雨")
    begin(client)
    client.post("/register/code/send/")
    response = client.post("/register/code/", {"code": outbox.code})
    assert response["Location"] == "/"
    assert client.session["_auth_user_id"] == str(user.pk)
    assert Consent.objects.filter(user=user).count() == 2
    assert User.objects.count() == 1


def test_the_waiting_membership_becomes_active_with_a_greeting(
    cast: Cast, client: Client, outbox: Outbox
) -> None:
    assert cast.invited is not None
    response = register(client, outbox, phone=cast.invited.phone, name="孙未来")
    seat = Membership.objects.get(pk=cast.invited.pk)
    user = User.objects.get(phone=cast.invited.phone)
    assert seat.state == Membership.State.ACTIVE
    assert seat.user == user
    assert (
        InboxItem.objects.filter(place=f"user:{user.pk}", body__contains=cast.county.name).exists()
        or InboxItem.objects.filter(
            place=f"user:{user.pk}", title__contains=cast.county.name
        ).exists()
    )
    assert response["Location"] == "/"
    assert cast.county.name in client.get("/").content.decode()


def test_user_and_memberships_are_one_transaction(
    cast: Cast, client: Client, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cast.invited is not None
    begin(client, cast.invited.phone)
    client.post("/register/code/send/")
    client.post("/register/code/", {"code": outbox.code})

    def broken(user: User) -> None:
        raise StateConflict("暂时不能激活。")

    monkeypatch.setattr("lianxue.organizations.actions.members.activate_for", broken)
    assert client.post("/register/profile/", {"name": "孙未来"}).status_code == 409
    assert not User.objects.filter(phone=cast.invited.phone).exists()
    monkeypatch.undo()
    assert client.post("/register/profile/", {"name": "孙未来"}).status_code == 302


def test_the_way_in_is_kept(client: Client, outbox: Outbox) -> None:
    client.post("/register/", {"phone": PHONE, "next": "/i/token/"})
    client.post("/register/agreements/", {"choice": "agree"})
    client.post("/register/code/send/")
    client.post("/register/code/", {"code": outbox.code})
    response = client.post("/register/profile/", {"name": "林小雨"})
    assert response["Location"] == "/i/token/"


def test_no_open_redirect(client: Client, outbox: Outbox) -> None:
    client.post("/register/", {"phone": PHONE, "next": "https://evil.example/"})
    client.post("/register/agreements/", {"choice": "agree"})
    client.post("/register/code/send/")
    client.post("/register/code/", {"code": outbox.code})
    response = client.post("/register/profile/", {"name": "林小雨"})
    assert response["Location"] == "/"


def test_who_is_signed_in_is_not_asked_to_register(cast: Cast) -> None:
    client = sign_in(cast.member)
    for path in ("/register/", "/register/agreements/", "/register/code/", "/register/profile/"):
        assert client.get(path)["Location"] == "/"
    assert client.post("/register/", {"phone": PHONE})["Location"] == "/"
    assert not PhoneChallenge.objects.exists()


@pytest.mark.parametrize("path", ["/register/code/send/", "/register/code/cancel/"])
def test_writing_doors_take_post_alone(client: Client, path: str) -> None:
    assert client.get(path).status_code == 405


@pytest.mark.parametrize(
    "path", ["/register/", "/register/agreements/", "/register/code/", "/register/profile/"]
)
def test_steps_take_no_other_method(client: Client, path: str) -> None:
    assert client.put(path).status_code == 405
    assert client.delete(path).status_code == 405


def test_every_form_needs_the_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    for path in ("/register/", "/register/code/send/", "/login/", "/logout/"):
        assert client.post(path, {"phone": PHONE}).status_code == 403
    assert not PhoneChallenge.objects.exists()


def test_half_an_hour_after_the_right_code_it_is_over(client: Client, outbox: Outbox) -> None:
    begin(client)
    client.post("/register/code/send/")
    client.post("/register/code/", {"code": outbox.code})
    with time_machine.travel(timezone.now() + challenges.FORM_LIFE):
        response = client.post("/register/profile/", {"name": "林小雨"})
    assert response.status_code == 409
    assert "重新验证" in response.content.decode()
    assert not User.objects.exists()


def test_a_verified_challenge_makes_one_user_only(client: Client, outbox: Outbox) -> None:
    register(client, outbox)
    challenge = PhoneChallenge.objects.get()
    with pytest.raises(StateConflict):
        actions.complete_registration(challenge, "另一个", "")
    assert User.objects.count() == 1


def test_the_same_number_finished_elsewhere_meanwhile_signs_in(
    client: Client, outbox: Outbox
) -> None:
    begin(client)
    client.post("/register/code/send/")
    client.post("/register/code/", {"code": outbox.code})
    user = UserFactory(phone=PHONE)
    assert client.post("/register/profile/", {"name": "林小雨"}).status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)
    assert User.objects.count() == 1
    assert Consent.objects.filter(user=user).count() == 2


def test_complete_registration_wants_consents_and_a_verified_number(db: None) -> None:
    browser, moment = "secret", timezone.now()
    challenge = challenges.start(PHONE, "register", browser, "10.0.0.1")
    with pytest.raises(StateConflict):
        actions.complete_registration(challenge, "林小雨", "")
    PhoneChallenge.objects.update(verified_at=moment)
    challenge.refresh_from_db()
    with pytest.raises(StateConflict, match="同意"), transaction.atomic():
        actions.complete_registration(challenge, "林小雨", "")
    PhoneChallenge.objects.update(
        consents=[{"document": "x", "version": "1", "digest": "d", "at": moment.isoformat()}]
    )
    challenge.refresh_from_db()
    with pytest.raises(InvalidInput):
        actions.complete_registration(challenge, "", "")
    assert not User.objects.exists()
    assert PhoneChallenge.objects.get().consumed_at is None


def test_the_session_key_changes_with_the_right_code_and_with_signing_in(
    client: Client, outbox: Outbox
) -> None:
    begin(client)
    client.post("/register/code/send/")
    first = client.session.session_key
    client.post("/register/code/", {"code": outbox.code})
    second = client.session.session_key
    client.post("/register/profile/", {"name": "林小雨"})
    third = client.session.session_key
    assert len({first, second, third}) == 3
    assert not Session.objects.filter(session_key__in=[first, second]).exists()
    assert "phone_challenges" not in client.session


def test_membership_of_a_dissolved_organisation_stays_asleep(
    cast: Cast, client: Client, outbox: Outbox
) -> None:
    cast.other.dissolved_at = timezone.now()
    cast.other.save()
    seat = MembershipFactory(organization=cast.other, user=None, phone=PHONE, name="林小雨")
    register(client, outbox)
    seat.refresh_from_db()
    assert seat.state == Membership.State.INVITED


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_browsers_finish_the_same_number_at_once(outbox: Outbox) -> None:
    """One user, one activation; the other browser signs the same user in."""
    seat = MembershipFactory(user=None, phone=PHONE, name="林小雨")
    held = []
    for browser in ("one", "two"):
        challenge = challenges.start(PHONE, "register", browser, "10.0.0.1")
        PhoneChallenge.objects.filter(pk=challenge.pk).update(
            verified_at=timezone.now(),
            consents=agreements.consents_now(),
        )
        challenge.refresh_from_db()
        held += [challenge, challenge]
    results = together([lambda c=c: actions.complete_registration(c, "林小雨", "") for c in held])
    done = [one for one in results if isinstance(one, actions.Registered)]
    assert sorted(one.is_new for one in done) == [False, True]
    assert sum(isinstance(one, StateConflict) for one in results) == 2
    user = User.objects.get()
    assert {one.user for one in done} == {user}
    seat.refresh_from_db()
    assert seat.user == user
    assert Consent.objects.count() == 2
