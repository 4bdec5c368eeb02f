"""Groups, frequent contacts, the phone book and privacy over the API: the pages' rules."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lianxue.accounts.models import User
from lianxue.contacts.actions import frequent
from lianxue.contacts.actions import groups as actions
from lianxue.contacts.models import FriendRequest, Group
from lianxue.contacts.vcard import MAX_BYTES
from tests.cast import Cast, sign_in
from tests.contacts.test_phonebook import card, findable


def send(browser: Client, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = getattr(browser, method)(f"/api/v1{path}", body, content_type="application/json")
    return answer.status_code, answer.json() if answer.content else None


def test_the_life_of_a_group(cast: Cast) -> None:
    mine, theirs = sign_in(cast.owner), sign_in(cast.member)
    body = {
        "name": "宣传骨干",
        "organization_id": cast.county.pk,
        "people": [cast.member.pk, cast.colleague.pk],
    }
    status, made = send(mine, "post", "/groups", body)
    assert status == 201
    assert (made["members"], made["owner"], made["manages"]) == (3, True, True)
    path = f"/groups/{made['id']}"
    assert send(theirs, "get", path)[1]["manages"] is False
    assert [one["id"] for one in send(theirs, "get", "/groups")[1]["items"]] == [made["id"]]
    _, listed = send(theirs, "get", f"{path}/members")
    assert listed["items"][0] == {"user_id": cast.owner.pk, "name": "李明", "owner": True}
    assert "phone" not in str(listed)
    _, found = send(mine, "get", f"{path}/candidates?q=zjg")
    person = {"user_id": cast.outsider_admin.pk, "name": "张建国", "branch": "第二党支部"}
    assert found["items"] == [person]
    more = {"people": [cast.outsider_admin.pk]}
    assert send(mine, "post", f"{path}/members", more) == (200, {"people": 1})
    assert send(theirs, "post", f"{path}/members", more)[0] == 403
    assert send(mine, "patch", path, {"name": "晨读"})[1]["name"] == "晨读"
    gone = f"{path}/members/{cast.outsider_admin.pk}"
    assert send(mine, "delete", gone) == (200, {"people": 1})
    assert send(mine, "post", f"{path}/leave")[1]["code"] == "hand-over-first"
    assert send(mine, "post", f"{path}/owner", {"user_id": cast.member.pk})[0] == 200
    assert send(mine, "post", f"{path}/leave") == (204, None)
    assert send(theirs, "delete", path) == (204, None)
    assert send(theirs, "get", path)[0] == 404


@pytest.mark.parametrize("who", ["stranger", "outsider_admin", "city_admin", "operator"])
def test_nothing_for_others(cast: Cast, who: str) -> None:
    group = actions.create_group(cast.owner, "宣传骨干", cast.county.pk, [cast.member.pk])
    browser, path = sign_in(getattr(cast, who)), f"/groups/{group.pk}"
    assert send(browser, "get", "/groups")[1]["total"] == 0
    for method, address, body in [
        ("get", path, None),
        ("patch", path, {"name": "x"}),
        ("delete", path, None),
        ("get", f"{path}/members", None),
        ("get", f"{path}/candidates", None),
        ("post", f"{path}/members", {"people": [cast.colleague.pk]}),
        ("delete", f"{path}/members/{cast.member.pk}", None),
        ("post", f"{path}/owner", {"user_id": cast.member.pk}),
        ("post", f"{path}/leave", None),
    ]:
        assert send(browser, method, address, body)[0] == 404, (method, address)
    assert sign_in(None).get(f"/api/v1{path}").status_code == 401
    group.refresh_from_db()
    assert group.dissolved_at is None


def test_candidates_are_for_who_may_add(cast: Cast) -> None:
    """A plain member sees nobody through it but whom the member sees anyway."""
    group = actions.create_group(cast.owner, "宣传骨干", cast.county.pk, [cast.member.pk])
    assert send(sign_in(cast.member), "get", f"/groups/{group.pk}/candidates")[0] == 403


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "长" * 31},
        {"name": "骨干", "people": [2**63]},
        {"name": "骨干", "people": [0]},
        {"name": "骨干", "people": [999_999]},
        {"name": "骨干", "people": list(range(1, 502))},
    ],
)
def test_bad_bodies(cast: Cast, body: dict[str, Any]) -> None:
    assert send(sign_in(cast.owner), "post", "/groups", body)[0] == 422
    assert not Group.objects.exists()


def test_frequent_contacts(cast: Cast) -> None:
    frequent.note_use(cast.owner, cast.member.pk)
    mine = sign_in(cast.owner)
    assert send(mine, "get", "/contacts/frequent")[1] == {
        "items": [{"user_id": cast.member.pk, "name": "刘洋"}]
    }
    assert send(mine, "delete", f"/contacts/frequent/{cast.member.pk}") == (204, None)
    assert send(mine, "get", "/contacts/frequent")[1] == {"items": []}
    assert send(mine, "delete", "/contacts/frequent/99999999999999999999")[0] == 204


def compare(browser: Client, text: str) -> Any:
    file = SimpleUploadedFile("contacts.vcf", text.encode())
    return browser.post("/api/v1/contacts/phone-book", {"file": file})


def test_the_phone_book(cast: Cast) -> None:
    findable(cast.other_member)
    mine = sign_in(cast.stranger)
    text = card("小吴", cast.other_member.phone) + card("小刘", cast.member.phone)
    answer = compare(mine, text)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["found"], found["others"], found["broken"]) == (1, 1, 0)
    (one,) = found["items"]
    assert (one["name"], one["listed"], one["standing"]) == ("吴磊", "小吴", "")
    assert cast.other_member.phone not in answer.content.decode()
    path = "/contacts/phone-book/requests"
    assert send(mine, "post", path, {"proof": one["proof"]}) == (200, {"state": "asked"})
    assert FriendRequest.objects.get().to_user == cast.other_member
    assert send(sign_in(cast.owner), "post", path, {"proof": one["proof"]})[0] == 404


def test_bad_phone_books(cast: Cast) -> None:
    mine = sign_in(cast.stranger)
    answer = compare(mine, "hello")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "file"
    assert mine.post("/api/v1/contacts/phone-book", {}).status_code == 422
    large = mine.generic(
        "POST",
        "/api/v1/contacts/phone-book",
        b"--x",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(MAX_BYTES * 2),
    )
    assert large.status_code == 422
    assert compare(sign_in(None), card("某", "13666660000")).status_code == 401
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.stranger, backend="lianxue.accounts.backends.PhoneBackend")
    assert compare(strict, card("某", "13666660000")).status_code == 403


def test_privacy(cast: Cast) -> None:
    mine = sign_in(cast.stranger)
    assert send(mine, "get", "/me/privacy") == (200, {"findable_by_phone": False})
    on = {"findable_by_phone": True}
    assert send(mine, "put", "/me/privacy", on) == (200, on)
    assert User.objects.get(pk=cast.stranger.pk).findable_by_phone
    assert send(sign_in(None), "put", "/me/privacy", on)[0] == 401
