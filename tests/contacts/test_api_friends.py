"""Friends, cards and people over the API: the pages' rules, and nothing more told."""

from typing import Any

import pytest
from django.test import Client

from lianxue.accounts.models import User
from lianxue.contacts.actions import cards, friends
from lianxue.contacts.models import Block, FriendRequest, Friendship
from lianxue.organizations.models import HiddenPhones
from tests.cast import Cast, sign_in
from tests.contacts.test_friends import befriend, todos
from tests.contacts.test_friends_pages import make_friends
from tests.factories import UserFactory


def send(browser: Client, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = getattr(browser, method)(f"/api/v1{path}", body, content_type="application/json")
    return answer.status_code, answer.json() if answer.content else None


def test_asked_and_accepted(cast: Cast) -> None:
    mine, theirs = sign_in(cast.member), sign_in(cast.owner)
    body = {"user_id": cast.owner.pk, "words": "我是刘洋"}
    assert send(mine, "post", "/friend-requests", body) == (202, None)
    _, received = send(theirs, "get", "/friend-requests/received")
    (row,) = received["items"]
    assert (row["name"], row["words"], row["way"]) == ("刘洋", "我是刘洋", "organization")
    _, sent = send(mine, "get", "/friend-requests/sent")
    assert [one["state"] for one in sent["items"]] == ["waiting"]
    path = f"/friend-requests/{row['id']}/answer"
    assert send(mine, "post", path, {"accept": True})[0] == 404
    assert send(theirs, "post", path, {"accept": True}) == (204, None)
    assert send(theirs, "post", path, {"accept": True})[1]["code"] == "not-open"
    _, listed = send(mine, "get", "/friends")
    assert listed["items"] == [
        {"user_id": cast.owner.pk, "name": "李明", "organizations": [cast.county.name]}
    ]
    assert send(mine, "delete", f"/friends/{cast.owner.pk}") == (204, None)
    assert send(mine, "delete", f"/friends/{cast.owner.pk}")[1]["code"] == "not-friends"


def test_exactly_one_way(cast: Cast) -> None:
    token = cards.own_card(cast.stranger).token
    mine = sign_in(cast.member)
    for body in ({}, {"user_id": cast.owner.pk, "phone": "13655550000"}, {"phone": "", "card": ""}):
        assert send(mine, "post", "/friend-requests", body)[0] == 422
    assert send(mine, "post", "/friend-requests", {"card": token})[0] == 202
    assert todos(cast.stranger) == ["刘洋申请加您为好友"]


def test_a_number_answers_nothing(cast: Cast) -> None:
    found = UserFactory(findable_by_phone=True)
    answers = [
        send(sign_in(cast.stranger), "post", "/friend-requests", {"phone": phone})
        for phone in (found.phone, found.phone, cast.owner.phone, "13655550000")
    ]
    assert answers == [(202, None)] * 4
    assert len(todos(found)) == 1
    status, problem = send(sign_in(cast.stranger), "post", "/friend-requests", {"phone": "123"})
    assert (status, problem["errors"][0]["field"]) == (422, "phone")
    assert send(sign_in(cast.stranger), "get", "/friend-requests/sent")[1]["total"] == 0


def test_taken_back(cast: Cast) -> None:
    request = friends.ask(cast.member, cast.owner.pk)
    assert send(sign_in(cast.owner), "delete", f"/friend-requests/{request.pk}")[0] == 404
    assert send(sign_in(cast.member), "delete", f"/friend-requests/{request.pk}") == (204, None)


def test_a_card(cast: Cast) -> None:
    mine = sign_in(cast.member)
    status, card = send(mine, "get", f"/people/{cast.colleague.pk}")
    assert status == 200
    assert (card["name"], card["standing"], card["number"]) == ("王秀英", "", "open")
    assert cast.colleague.phone not in str(card)
    (place,) = card["places"]
    assert (place["organization"], place["branch"]) == (cast.county.name, "第一党总支")
    assert place["offices"] == ["学习管理员"]
    path = f"/people/{cast.colleague.pk}/number"
    assert send(mine, "post", path) == (200, {"phone": cast.colleague.phone})
    HiddenPhones.objects.create(organization=cast.county)
    assert send(mine, "post", path)[0] == 403
    assert send(mine, "get", f"/people/{cast.colleague.pk}")[1]["masked_number"] == ""
    for viewer in (cast.stranger, cast.other_member, cast.city_admin):
        for method, address in (("get", path.removesuffix("/number")), ("post", path)):
            assert send(sign_in(viewer), method, address)[0] == 404


def test_my_number_for_a_friend(cast: Cast) -> None:
    befriend(cast.stranger, cast.other_member)
    mine, theirs = sign_in(cast.stranger), sign_in(cast.other_member)
    assert send(theirs, "post", f"/people/{cast.stranger.pk}/number")[0] == 403
    path = f"/friends/{cast.other_member.pk}/my-number"
    assert send(mine, "put", path, {"shown": True}) == (204, None)
    assert send(mine, "get", f"/people/{cast.other_member.pk}")[1]["i_show"] is True
    assert send(theirs, "get", f"/people/{cast.stranger.pk}")[1]["shows_me"] is True
    assert send(theirs, "post", f"/people/{cast.stranger.pk}/number")[0] == 200


def test_the_black_list(cast: Cast) -> None:
    befriend(cast.owner, cast.member)
    mine = sign_in(cast.owner)
    assert send(mine, "put", f"/blocked/{cast.member.pk}") == (204, None)
    assert send(mine, "put", f"/blocked/{cast.member.pk}") == (204, None)
    assert not Friendship.objects.exists()
    _, listed = send(mine, "get", "/blocked")
    assert [one["name"] for one in listed["items"]] == ["刘洋"]
    assert send(sign_in(cast.member), "get", "/blocked")[1]["total"] == 0
    assert send(mine, "delete", f"/blocked/{cast.member.pk}") == (204, None)
    assert send(mine, "delete", f"/blocked/{cast.member.pk}")[0] == 404
    assert send(mine, "put", f"/blocked/{cast.stranger.pk}")[0] == 404
    assert not Block.objects.exists()


def test_my_card_and_anothers(cast: Cast) -> None:
    _, card = send(sign_in(cast.owner), "get", "/card")
    assert card["link"].endswith(f"/c/{card['token']}/")
    status, opened = send(sign_in(cast.stranger), "get", f"/cards/{card['token']}")
    assert (status, opened["name"], opened["number"]) == (200, "李明", "none")
    assert opened["places"] == []
    _, new = send(sign_in(cast.owner), "post", "/card/renew")
    assert new["token"] != card["token"]
    assert send(sign_in(cast.stranger), "get", f"/cards/{card['token']}")[0] == 404


def test_search_and_pages(cast: Cast) -> None:
    make_friends(cast.stranger, [f"陈{n}" for n in range(60)] + ["赵敏"])
    mine = sign_in(cast.stranger)
    _, second = send(mine, "get", "/friends?page=2")
    assert (second["page"], second["pages"], len(second["items"])) == (2, 2, 11)
    _, found = send(mine, "get", "/friends?q=zm")
    assert [one["name"] for one in found["items"]] == ["赵敏"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/friends"),
        ("delete", "/friends/1"),
        ("put", "/friends/1/my-number"),
        ("get", "/friend-requests/received"),
        ("get", "/friend-requests/sent"),
        ("post", "/friend-requests"),
        ("post", "/friend-requests/1/answer"),
        ("delete", "/friend-requests/1"),
        ("get", "/people/1"),
        ("post", "/people/1/number"),
        ("get", "/blocked"),
        ("put", "/blocked/1"),
        ("delete", "/blocked/1"),
        ("get", "/card"),
        ("post", "/card/renew"),
        ("get", "/cards/x"),
    ],
)
def test_nobody_signed_in(cast: Cast, method: str, path: str) -> None:
    status, problem = send(sign_in(None), method, path, {})
    assert (status, problem["code"]) == (401, "not-signed-in")


def test_who_is_findable_is_not_shown(cast: Cast) -> None:
    User.objects.update(findable_by_phone=True)
    for person in (cast.owner, cast.other_member):
        assert send(sign_in(cast.stranger), "get", f"/people/{person.pk}")[0] == 404
        body = {"user_id": person.pk}
        assert send(sign_in(cast.stranger), "post", "/friend-requests", body)[0] == 404
    assert not FriendRequest.objects.exists()
