"""手机联系人: who is shown, to whom, how often, and that nothing stays. Invented people."""

import tempfile
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.audit.models import AuditEvent
from lianxue.contacts.actions import phonebook as actions
from lianxue.contacts.models import Block, FriendRequest, Friendship
from lianxue.contacts.queries import phonebook as queries
from lianxue.contacts.vcard import MAX_BYTES, PhoneBook, read
from lianxue.shared import ratelimit
from lianxue.shared.errors import NotFound, RateLimited
from tests.cast import Cast, sign_in
from tests.factories import UserFactory

PAGE = "/contacts/phone-book/"


def card(name: str, *phones: str) -> str:
    lines = "".join(f"TEL;TYPE=CELL:{phone}\r\n" for phone in phones)
    return f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\n{lines}END:VCARD\r\n"


def upload(client: Client, text: str, name: str = "contacts.vcf"):  # type: ignore[no-untyped-def]
    return client.post(PAGE, {"file": SimpleUploadedFile(name, text.encode())})


def findable(*people: User) -> None:
    User.objects.filter(pk__in=[one.pk for one in people]).update(findable_by_phone=True)


def test_only_who_allows_it_is_shown(cast: Cast) -> None:
    findable(cast.other_member)
    text = (
        card("小吴", cast.other_member.phone)
        + card("小周", cast.unverified_admin.phone)
        + card("没来的", "13666660000")
        + card("座机", "0531-86061234")
    )
    page = upload(sign_in(cast.stranger), text)
    body = page.content.decode()
    assert page.status_code == 200
    assert cast.other_member.name in body
    assert "小吴" in body
    assert cast.unverified_admin.name not in body
    assert cast.other_member.phone not in body
    assert body.count("加为好友") == 1
    assert '<span class="num">2</span> 位联系人还没有注册，或没有允许' in body
    assert "1 张名片里没有手机号码" in body


def test_whether_registered_or_not_is_not_told(cast: Cast) -> None:
    """Somebody here who does not allow it looks like somebody who is not here."""
    here = upload(sign_in(cast.stranger), card("某", cast.member.phone)).content.decode()
    gone = upload(sign_in(cast.stranger), card("某", "13666660000")).content.decode()

    def bare(text: str) -> str:
        return text.split('<main class="main"')[1].split("</main>")[0]

    assert bare(here) == bare(gone)


def test_how_one_stands_to_whom_is_found(cast: Cast) -> None:
    people = [cast.member, cast.colleague, cast.other_member, cast.city_admin]
    findable(*people, cast.stranger)
    first, second = sorted((cast.stranger.pk, cast.member.pk))
    Friendship.objects.create(first_id=first, second_id=second, since=timezone.now())
    FriendRequest.objects.create(
        from_user=cast.stranger, to_user=cast.colleague, way="card", asked_at=timezone.now()
    )
    FriendRequest.objects.create(
        from_user=cast.other_member, to_user=cast.stranger, way="card", asked_at=timezone.now()
    )
    book = read([card("我", cast.stranger.phone).encode()])
    for one in people:
        book.people[one.phone], book.card_of[one.phone] = one.name, 2
    found = queries.compare(cast.stranger, book)
    assert {match.person: match.standing for match in found.matches} == {
        cast.member: "friend",
        cast.colleague: "asked",
        cast.other_member: "asks_me",
        cast.city_admin: "",
    }
    assert found.others == 0


@pytest.mark.parametrize("way", ["I blocked", "blocked me", "closed"])
def test_who_is_never_found(cast: Cast, way: str) -> None:
    findable(cast.member)
    if way == "closed":
        User.objects.filter(pk=cast.member.pk).update(is_active=False)
    else:
        pair = [cast.stranger, cast.member][:: 1 if way == "I blocked" else -1]
        Block.objects.create(user=pair[0], blocked=pair[1], since=timezone.now())
    found = queries.compare(cast.stranger, read([card("某", cast.member.phone).encode()]))
    assert (found.matches, found.others) == ([], 1)


def test_contacts_are_counted_not_numbers(cast: Cast) -> None:
    findable(cast.member)
    text = (
        card("两个号码，一个找到", cast.member.phone, "13666660001")
        + card("两个号码，没找到", "13666660002", "13666660003")
        + card("又一次同一个", "13666660002")
    )
    found = queries.compare(cast.stranger, read([text.encode()]))
    assert (found.found, found.others) == (1, 1)


def test_adding_one(cast: Cast) -> None:
    findable(cast.other_member)
    client = sign_in(cast.stranger)
    body = upload(client, card("小吴", cast.other_member.phone)).content.decode()
    proof = body.split('name="proof" value="')[1].split('"')[0]
    add = reverse("contacts:phone_book_add")
    answer = client.post(add, {"proof": proof}, headers={"HX-Request": "true"})
    assert "已申请" in answer.content.decode()
    request = FriendRequest.objects.get()
    assert (request.from_user, request.to_user) == (cast.stranger, cast.other_member)
    assert request.way == FriendRequest.Way.PHONE_BOOK
    again = client.post(add, {"proof": proof}, headers={"HX-Request": "true"})
    assert "已经申请过" in again.content.decode()
    plain = client.post(add, {"proof": proof})
    assert plain["Location"] == reverse("contacts:new_friends")
    assert FriendRequest.objects.count() == 1


@pytest.mark.parametrize("proof", ["", "x", "1:2:3", "\0", "a" * 5000])
def test_a_proof_that_is_none(cast: Cast, proof: str) -> None:
    answer = sign_in(cast.stranger).post(reverse("contacts:phone_book_add"), {"proof": proof})
    assert answer.status_code == 404


def test_a_proof_is_its_owners_and_ends(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    proof = queries.proof_of(cast.owner, cast.other_member.pk)
    assert queries.person_in(cast.owner, proof) == cast.other_member.pk
    with pytest.raises(NotFound):
        queries.person_in(cast.stranger, proof)
    monkeypatch.setattr(queries, "_PROOF_LIFE", -1)
    with pytest.raises(NotFound):
        queries.person_in(cast.owner, proof)


def test_who_changed_the_mind_meanwhile_is_not_asked(cast: Cast) -> None:
    findable(cast.other_member)
    proof = queries.proof_of(cast.stranger, cast.other_member.pk)
    User.objects.filter(pk=cast.other_member.pk).update(findable_by_phone=False)
    with pytest.raises(NotFound):
        actions.ask(cast.stranger, proof)
    assert not FriendRequest.objects.exists()


@pytest.mark.parametrize("numbers", [10, 1000])
def test_statements(cast: Cast, numbers: int) -> None:
    """One for each 500 numbers, and five more."""
    people = [UserFactory(findable_by_phone=True) for _ in range(10)]
    book = read(card(f"甲{n}", f"150{n:08d}").encode() for n in range(numbers))
    for one in people:
        book.people[one.phone], book.card_of[one.phone] = one.name, 1
    with CaptureQueriesContext(connection) as taken:
        found = queries.compare(cast.stranger, book)
    assert found.found == 10
    assert len(taken) <= 5 + -(-(numbers + 10) // 500)


def everything() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in apps.get_models()}


def test_nothing_of_the_file_stays(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row but the event's two numbers and the counters, no file even while it is read."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))  # writing there would fail
    client = sign_in(cast.stranger)
    before = everything()
    photo = "PHOTO;ENCODING=b:" + "A" * 4_000_000 + "\r\n"
    text = card("极少见的名字", "13666661234").replace("TEL", photo + "TEL", 1)
    assert upload(client, text).status_code == 200
    changed = {name for name, count in everything().items() if count != before[name]}
    assert changed <= {"AuditEvent", "AuditHead", "RateLimitCounter"}
    event = AuditEvent.objects.get(action="contacts.phone_book_compared")
    assert event.data == {"numbers": 1, "found": 0}
    assert event.stream == f"user:{cast.stranger.pk}"


def test_too_large_is_not_even_read(cast: Cast) -> None:
    client = sign_in(cast.stranger)
    answer = client.generic(
        "POST",
        PAGE,
        b"--x",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(MAX_BYTES * 2),
    )
    assert answer.status_code == 422
    assert "超过 20 MB" in answer.content.decode()


def test_a_form_of_somebody_else_is_refused(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.stranger, backend="lianxue.accounts.backends.PhoneBackend")
    assert upload(client, card("某", "13666660000")).status_code == 403
    assert sign_in(None).post(PAGE)["Location"].startswith("/login/")


def test_ten_times_a_day(cast: Cast) -> None:
    client = sign_in(cast.stranger)
    for _ in range(actions.UPLOADS):
        assert upload(client, card("某", "13666660000")).status_code == 200
    refused = upload(client, card("某", "13666660000"))
    assert refused.status_code == 429
    assert "每天最多比对 10 次" in refused.content.decode()
    assert int(refused["Retry-After"]) > 80_000
    assert upload(sign_in(cast.owner), card("某", "13666660000")).status_code == 200


def test_so_many_numbers_a_day(cast: Cast) -> None:
    def book(count: int) -> PhoneBook:
        phones = [f"150{n:08d}" for n in range(count)]
        return PhoneBook(dict.fromkeys(phones, ""), dict.fromkeys(phones, 1), 1)

    actions.compare(cast.stranger, book(15_000))
    with pytest.raises(RateLimited) as caught:
        actions.compare(cast.stranger, book(5_001))
    assert "20,000 个号码" in caught.value.fields["file"]
    actions.compare(cast.stranger, book(5_000))


def test_a_try_that_costs_more_than_there_is(db: None) -> None:
    limit = ratelimit.Limit(5, 60, "x", cost=6)
    with pytest.raises(RateLimited):
        ratelimit.hit_all({"k": limit})
    ratelimit.hit_all({"k": ratelimit.Limit(5, 60, "x", cost=5)})
    with pytest.raises(RateLimited):
        ratelimit.hit_all({"k": ratelimit.Limit(5, 60, "x")})


def test_the_page_says_what_happens_with_the_file(cast: Cast) -> None:
    body = sign_in(cast.stranger).get(PAGE).content.decode()
    for words in ("不保存任何姓名和号码", "苹果手机", "安卓和鸿蒙手机", "/me/privacy/"):
        assert words in body


def test_privacy_is_off_until_switched_on(cast: Cast) -> None:
    client, address = sign_in(cast.stranger), reverse("accounts:privacy")
    assert 'value="no" checked' in client.get(address).content.decode()
    for choice, kept in (("yes", True), ("yes", True), ("no", False)):
        assert client.post(address, {"findable": choice})["Location"] == address
        cast.stranger.refresh_from_db()
        assert cast.stranger.findable_by_phone is kept
    kinds = AuditEvent.objects.filter(stream=f"user:{cast.stranger.pk}")
    assert list(kinds.values_list("action", flat=True)) == [
        "account.findable_on",
        "account.findable_off",
    ]
    assert not User.objects.exclude(pk=cast.stranger.pk).filter(findable_by_phone=True).exists()
    assert "通过手机号找到我" in client.get(reverse("accounts:data")).content.decode()
