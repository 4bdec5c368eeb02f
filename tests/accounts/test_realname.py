"""Real-name verification (manual 1.4): the person's way, the operators' queue, what is kept."""

import json
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from lianxue.accounts import realname_terms
from lianxue.accounts.actions import realname as actions
from lianxue.accounts.models import Consent, RealNameVerification, User
from lianxue.audit.models import AuditEvent
from lianxue.inbox.models import InboxItem
from lianxue.shared.errors import (
    InvalidInput,
    NotFound,
    PermissionDenied,
    RateLimited,
    StateConflict,
)
from tests.cast import Cast, shown, sign_in
from tests.factories import UserFactory

from .conftest import Setter
from .proofs import at_once

NUMBER = "11010519491231002X"
OTHER = "440524198001010013"
FORM = {"name": "周涛", "id_number": NUMBER, "consent": realname_terms.VERSION}
PAGE = "/me/realname/"


def submit(user: User, number: str = NUMBER, name: str = "周涛") -> RealNameVerification:
    return actions.submit(user, actions.Submission(name, number, realname_terms.VERSION))


@pytest.fixture
def demo(env: Setter, settings: Any) -> None:
    settings.DEMO = True
    env(realname_verifier="demo")


# ---- the person's way


def test_nobody_can_try_numbers_without_end(cast: Cast) -> None:
    """Whether a number is known here may be asked by a submission: not for ever."""
    submit(cast.unverified_admin)
    for _ in range(actions.TRIES):
        with pytest.raises(InvalidInput, match="已用于另一个账号"):
            submit(cast.member)
    with pytest.raises(RateLimited):
        submit(cast.member, OTHER)


def test_manual_request_waits_and_asks_the_operators(cast: Cast) -> None:
    client = sign_in(cast.unverified_admin)
    answer = client.post(PAGE, FORM | {"next": "/orgs/new/"})
    assert answer.status_code == 302
    assert answer["Location"] == f"{PAGE}?next=%2Forgs%2Fnew%2F"
    text = client.get(answer["Location"]).content.decode()
    assert "正在审核" in text
    assert 'href="/orgs/new/"' in text
    assert NUMBER not in text
    cast.unverified_admin.refresh_from_db()
    assert not cast.unverified_admin.is_verified
    todo = InboxItem.objects.get(place="site:operators", kind="todo")
    assert todo.done_at is None
    assert NUMBER not in todo.title + todo.body
    consent = Consent.objects.get(user=cast.unverified_admin, document="realname")
    assert consent.digest == realname_terms.digest()


@pytest.mark.usefixtures("demo")
def test_demo_verifies_at_once_says_so_and_leads_back(cast: Cast) -> None:
    client = sign_in(cast.unverified_admin)
    assert "不核对真实身份" in client.get(PAGE).content.decode()
    answer = client.post(PAGE, FORM | {"next": "/orgs/new/"})
    assert (answer.status_code, answer["Location"]) == (302, "/orgs/new/")
    cast.unverified_admin.refresh_from_db()
    assert cast.unverified_admin.is_verified


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_next_never_leads_off_the_site(cast: Cast, target: str) -> None:
    answer = sign_in(cast.unverified_admin).post(PAGE, FORM | {"next": target})
    assert answer["Location"] == PAGE


@pytest.mark.parametrize(
    ("change", "field", "word"),
    [
        ({"name": ""}, "name", "请填写身份证上的姓名"),
        ({"name": "A"}, "name", "2 至 20 个汉字"),
        ({"name": "周涛1"}, "name", "2 至 20 个汉字"),
        ({"name": "周" * 21}, "name", "2 至 20 个汉字"),
        ({"id_number": ""}, "id_number", "请填写身份证号"),
        ({"id_number": "123"}, "id_number", "现在是 3 位"),
        ({"id_number": "110105194912310021"}, "id_number", "校验码"),
        ({"consent": ""}, "consent", "勾选同意"),
        ({"consent": "an older text"}, "consent", "勾选同意"),
    ],
)
def test_bad_input_is_named_beside_its_field_and_kept(
    cast: Cast, change: dict[str, str], field: str, word: str
) -> None:
    form = FORM | change
    answer = sign_in(cast.unverified_admin).post(PAGE, form)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert f'id="{field}-error"' in text
    assert word in text
    for kept in ("name", "id_number"):
        if form[kept]:
            assert f'value="{form[kept]}"' in text
    assert not RealNameVerification.objects.exists()
    assert not Consent.objects.exists()


def test_all_faults_are_named_at_once(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as caught:
        actions.submit(cast.unverified_admin, actions.Submission("", "1", ""))
    assert set(caught.value.fields) == {"name", "id_number", "consent"}


@pytest.mark.parametrize("name", ["买买提・艾力", "买买提•艾力", " 周 涛 ", "买买提.艾力"])
def test_names_are_tidied(cast: Cast, name: str) -> None:
    assert submit(cast.unverified_admin, name=name).name in {"买买提·艾力", "周涛"}


def test_one_number_serves_one_user_and_tells_nothing_about_the_other(cast: Cast) -> None:
    submit(cast.unverified_admin)
    answer = sign_in(cast.member).post(PAGE, FORM | {"name": "刘洋", "id_number": NUMBER.lower()})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "已用于另一个账号" in text
    assert "运维人员" in text
    assert cast.unverified_admin.name not in text
    assert cast.unverified_admin.phone[-4:] not in shown(text)


def test_second_request_and_verified_person_are_refused(cast: Cast) -> None:
    submit(cast.unverified_admin)
    with pytest.raises(StateConflict, match="正在审核"):
        submit(cast.unverified_admin, OTHER)
    with pytest.raises(StateConflict, match="已经完成"):
        submit(cast.owner, OTHER)


def test_withdrawing_clears_the_number_and_frees_it(cast: Cast) -> None:
    request = submit(cast.unverified_admin)
    client = sign_in(cast.unverified_admin)
    assert client.post(reverse("accounts:realname_withdraw")).status_code == 302
    request.refresh_from_db()
    assert (request.state, request.id_number, request.id_number_hash) == ("refused", "", "")
    assert not InboxItem.objects.filter(kind="todo", done_at=None).exists()
    assert submit(cast.member).state == "pending"
    assert client.post(reverse("accounts:realname_withdraw")).status_code == 404


def test_not_more_than_five_requests_a_day(cast: Cast) -> None:
    for _ in range(actions.DAILY_LIMIT):
        submit(cast.unverified_admin)
        actions.withdraw(cast.unverified_admin)
    with pytest.raises(RateLimited):
        submit(cast.unverified_admin)
    assert sign_in(cast.unverified_admin).post(PAGE, FORM).status_code == 429


def test_the_page_says_that_members_need_not(cast: Cast) -> None:
    assert "普通成员不需要" in sign_in(cast.member).get(PAGE).content.decode()


# ---- what is kept


def test_the_number_is_nowhere_in_plain_text(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    request = submit(cast.unverified_admin)
    actions.approve(cast.operator, request.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_realnameverification")
        row = " ".join(str(value) for value in cursor.fetchone())
    assert NUMBER not in row
    assert "周涛" not in row
    assert "aes-256-gcm:k" in row
    assert request.id_number_masked == "1****************X"
    events = json.dumps(list(AuditEvent.objects.values("action", "data", "actor_name")))
    assert NUMBER not in events
    assert NUMBER not in caplog.text
    items = " ".join(InboxItem.objects.values_list("title", flat=True))
    assert NUMBER not in items


def test_the_database_itself_keeps_one_number_to_one_user(cast: Cast) -> None:
    request = submit(cast.unverified_admin)
    request.pk = None
    request.user = cast.member
    with pytest.raises(IntegrityError), transaction.atomic():
        request.save(force_insert=True)


def test_full_reads_are_for_operators_and_the_person_and_audited(cast: Cast) -> None:
    request = submit(cast.unverified_admin)
    assert actions.read_full(cast.operator, request.pk) == NUMBER
    assert actions.read_full(cast.unverified_admin, request.pk) == NUMBER
    for nosy in (cast.member, cast.owner, cast.province_admin):
        with pytest.raises(NotFound):
            actions.read_full(nosy, request.pk)
    readers = AuditEvent.objects.filter(action="realname.read_full").values_list("actor_id")
    assert set(readers) == {(cast.operator.pk,), (cast.unverified_admin.pk,)}


def test_the_terms_change_only_with_their_version() -> None:
    # a new text needs a new VERSION: then mend both here
    assert (realname_terms.VERSION, realname_terms.digest()[:16]) == ("2026-11-1", TERMS_DIGEST)


TERMS_DIGEST = "160f185b4fb4c389"


# ---- the operators' queue


def test_operator_approves(cast: Cast) -> None:
    request = submit(cast.unverified_admin)
    client = sign_in(cast.operator)
    text = client.get("/console/realname/").content.decode()
    assert "1****************X" in text
    assert NUMBER not in text
    answer = client.post(reverse("accounts:console_realname_approve", args=[request.pk]))
    assert answer.status_code == 302
    cast.unverified_admin.refresh_from_db()
    assert cast.unverified_admin.is_verified
    message = InboxItem.objects.get(place=f"user:{cast.unverified_admin.pk}", kind="message")
    assert "通过" in message.title
    assert InboxItem.objects.get(place="site:operators").done_by_id == cast.operator.pk


def test_operator_refuses_with_a_reason_that_the_person_reads(cast: Cast) -> None:
    request = submit(cast.unverified_admin)
    client = sign_in(cast.operator)
    refuse = reverse("accounts:console_realname_refuse", args=[request.pk])
    answer = client.post(refuse, {"reason": " "})
    assert answer.status_code == 422
    assert "请写明原因" in answer.content.decode()
    answer = client.post(refuse, {"reason": "长" * 101})
    assert answer.status_code == 422
    assert "长" * 101 in answer.content.decode()
    assert client.post(refuse, {"reason": "照片与本人不符"}).status_code == 302
    request.refresh_from_db()
    cast.unverified_admin.refresh_from_db()
    assert (request.state, request.id_number, request.id_number_hash) == ("refused", "", "")
    assert not cast.unverified_admin.is_verified
    assert "照片与本人不符" in sign_in(cast.unverified_admin).get(PAGE).content.decode()
    assert submit(cast.unverified_admin).state == "pending"


def test_revealing_shows_the_number_once_and_is_audited(cast: Cast) -> None:
    request = submit(cast.unverified_admin)
    client = sign_in(cast.operator)
    reveal = reverse("accounts:console_realname_reveal", args=[request.pk])
    assert client.get(reveal).status_code == 405
    answer = client.post(reveal)
    assert NUMBER in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert AuditEvent.objects.filter(
        action="realname.read_full", actor_id=cast.operator.pk
    ).exists()
    assert NUMBER not in client.get("/console/realname/").content.decode()


def test_a_decided_request_stays_decided(cast: Cast) -> None:
    request = submit(cast.unverified_admin)
    actions.approve(cast.operator, request.pk)
    with pytest.raises(StateConflict):
        actions.refuse(cast.operator, request.pk, "太晚")
    with pytest.raises(StateConflict):
        actions.approve(cast.operator, request.pk)


def test_nobody_decides_about_themselves(cast: Cast) -> None:
    request = submit(cast.operator, OTHER, "运维")
    with pytest.raises(PermissionDenied):
        actions.approve(cast.operator, request.pk)
    assert "另一位运维人员" in sign_in(cast.operator).get("/console/realname/").content.decode()


def test_the_queue_takes_the_same_number_of_statements_however_long(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for n in range(6):
        number = f"11010519800101{n:03d}"
        weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        total = sum(int(d) * w for d, w in zip(number, weights, strict=True)) % 11
        submit(UserFactory(), number + "10X98765432"[total])
    client = sign_in(cast.operator)
    client.get("/console/realname/")
    with django_assert_max_num_queries(10):
        assert client.get("/console/realname/").status_code == 200


# ---- every door, every role

ROLES = ["owner", "colleague", "member", "stranger", "province_admin"]


@pytest.mark.parametrize(
    "door", ["realname", "realname_retry", "realname_withdraw", "realname_reveal"]
)
def test_own_doors_lead_the_signed_out_to_login(cast: Cast, door: str) -> None:
    address = reverse(f"accounts:{door}")
    answer = Client().post(address)
    assert answer.status_code == 302
    assert answer["Location"] == f"/login/?next={address}"


@pytest.mark.parametrize("verb", ["approve", "refuse", "reveal"])
def test_console_doors_are_for_operators(cast: Cast, verb: str) -> None:
    request = submit(cast.unverified_admin)
    address = reverse(f"accounts:console_realname_{verb}", args=[request.pk])
    assert Client().post(address).status_code == 302
    for role in ROLES:
        answer = sign_in(getattr(cast, role)).post(address, {"reason": "x"})
        assert answer.status_code in {403, 404}, role
    request.refresh_from_db()
    assert request.state == "pending"
    unknown = reverse(f"accounts:console_realname_{verb}", args=[999999])
    assert sign_in(cast.operator).post(unknown, {"reason": "x"}).status_code == 404


def test_the_queue_is_for_operators(cast: Cast) -> None:
    assert Client().get("/console/realname/")["Location"] == "/login/?next=/console/realname/"
    for role in ROLES:
        assert sign_in(getattr(cast, role)).get("/console/realname/").status_code == 403


def test_the_person_reveals_their_own_number(cast: Cast) -> None:
    submit(cast.unverified_admin)
    answer = sign_in(cast.unverified_admin).post(reverse("accounts:realname_reveal"))
    assert NUMBER in answer.content.decode()
    assert sign_in(cast.member).post(reverse("accounts:realname_reveal")).status_code == 404


# ---- two at once


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_end_in_one() -> None:
    operators = [UserFactory(is_operator=True) for _ in range(2)]
    request = submit(UserFactory())
    outcomes = at_once([lambda o=o: actions.approve(o, request.pk) for o in operators])
    assert sorted(outcomes) == ["StateConflict", "ok"]
    assert AuditEvent.objects.filter(action="realname.approved").count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_number_sent_by_two_people_at_once_ends_in_one_request() -> None:
    people = [UserFactory() for _ in range(2)]
    outcomes = at_once([lambda p=p: submit(p) for p in people])
    assert sorted(outcomes) == ["InvalidInput", "ok"]
    assert RealNameVerification.objects.count() == 1
