"""Whom and what the search of 通讯录 finds, for whom, and what it never tells."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lianxue.accounts.models import User
from lianxue.certification.actions import settings as chain_settings
from lianxue.contacts.actions import groups
from lianxue.contacts.models import Friendship
from lianxue.contacts.queries import search
from lianxue.organizations.actions import finding
from lianxue.organizations.models import (
    Branch,
    BranchReach,
    HiddenPhones,
    Membership,
    SecuritySettings,
)
from lianxue.organizations.policy import findable_organizations
from lianxue.shared import ratelimit
from lianxue.shared.clock import now
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory, make_many

SEARCH = reverse("contacts:search")


def names(user: User, text: str) -> list[str]:
    return [one.name for one in search.find_people(user, text).page.items]


def befriend(one: User, other: User, **shows: bool) -> None:
    first, second = sorted((one, other), key=lambda user: user.pk)
    Friendship.objects.create(first=first, second=second, since=now(), **shows)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("王", ["王秀英"]),
        ("秀英", ["王秀英"]),
        ("英", ["王秀英"]),
        ("wangxiuying", ["王秀英"]),
        ("xiuy", ["王秀英"]),
        ("wxy", ["王秀英"]),
        ("WXY", ["王秀英"]),
        ("ｗ　ｘｙ", ["王秀英"]),
        ("wang xiu", ["王秀英"]),
        ("2222", ["孙未来"]),
        ("13711112222", ["孙未来"]),
        ("137-1111-2222", ["孙未来"]),
        ("+86 137 1111 2222", ["孙未来"]),
        ("１３７１１１１２２２２", ["孙未来"]),
        ("222", []),
        ("1371111", []),
        ("", []),
        ("·", []),
        ("市主管", []),  # of another organisation
        ("王_秀", ["王秀英"]),  # what is no letter says nothing
        ("%", []),
        ("\0王", ["王秀英"]),
    ],
)
def test_the_ways_to_find_somebody(cast: Cast, text: str, expected: list[str]) -> None:
    assert names(cast.member, text) == expected


def test_a_name_that_begins_so_comes_first_then_a_to_z(cast: Cast) -> None:
    make_many(cast.county, ["陈王", "王五", "王爱国", "欧王英", "汪明"])
    assert names(cast.owner, "王") == ["王爱国", "王五", "王秀英", "陈王", "欧王英"]
    assert names(cast.owner, "wang")[:4] == ["汪明", "王爱国", "王五", "王秀英"]


def test_one_person_in_several_organisations_is_shown_once(cast: Cast) -> None:
    for place in (cast.county, cast.newcomer):
        MembershipFactory(organization=place, user=None, phone="13600001111", name="钱多")
    MembershipFactory(organization=cast.newcomer, user=cast.member)
    MembershipFactory(organization=cast.newcomer, user=cast.owner)
    (found,) = search.find_people(cast.owner, "刘洋").page.items
    assert [place.organization for place in found.places] == [cast.county, cast.newcomer]
    assert (found.card, found.waits) == (cast.member.pk, False)
    (awaited,) = search.find_people(cast.owner, "qianduo").page.items
    assert len(awaited.places) == 2
    assert (awaited.card, awaited.waits) == (None, True)
    (alone,) = search.find_people(cast.colleague, "qianduo").page.items
    assert [place.organization for place in alone.places] == [cast.county]


def test_only_whom_the_rules_show(cast: Cast) -> None:
    SecuritySettings.objects.create(organization=cast.county, reach="branch")
    assert names(cast.member, "孙") == ["孙未来"]  # of the own branch
    assert names(cast.member, "王") == ["王秀英"]  # an administrator in charge
    assert names(cast.member, "张建国") == []
    assert names(cast.owner, "张建国") == ["张建国"]
    BranchReach.objects.create(
        organization=cast.county, branch=Branch.objects.get(pk=cast.first_branch.pk), reach="whole"
    )
    assert names(cast.member, "张建国") == ["张建国"]


def test_nobody_is_found_by_a_hidden_number(cast: Cast) -> None:
    HiddenPhones.objects.create(organization=cast.county)
    for text in ("2222", "13711112222"):
        assert names(cast.member, text) == []
        assert names(cast.owner, text) == ["孙未来"]
    assert names(cast.member, "孙未来") == ["孙未来"]
    assert names(cast.member, cast.member.phone) == ["刘洋"]  # the own one
    page = sign_in(cast.member).get(SEARCH, {"q": "孙未来"}).content.decode()
    assert "2222" not in page.split('id="found"')[1].split("</main>")[0]


def test_friends_are_found_too_by_number_only_if_they_show_it(cast: Cast) -> None:
    befriend(cast.member, cast.stranger)
    assert names(cast.member, "yf") == ["杨帆"]
    assert names(cast.stranger, "刘") == ["刘洋"]
    number = cast.stranger.phone
    assert names(cast.member, number) == []
    shows = "first_shows" if cast.stranger.pk < cast.member.pk else "second_shows"
    Friendship.objects.update(**{shows: True})
    (found,) = search.find_people(cast.member, number[-4:]).page.items
    assert (found.name, found.is_friend, found.places) == ("杨帆", True, [])
    assert found.phone.endswith(number[-4:])
    assert number not in found.phone
    assert names(cast.stranger, cast.member.phone) == []
    User.objects.filter(pk=cast.stranger.pk).update(is_active=False)
    assert names(cast.member, "yf") == []


def test_a_friend_who_is_a_colleague_is_one_person(cast: Cast) -> None:
    befriend(cast.member, cast.owner)
    (found,) = search.find_people(cast.member, "李明").page.items
    assert found.is_friend
    assert len(found.places) == 1


def test_oneself_has_no_card_but_a_place(cast: Cast) -> None:
    (found,) = search.find_people(cast.member, "刘洋").page.items
    assert (found.is_me, found.card) == (True, None)
    page = sign_in(cast.member).get(SEARCH, {"q": "刘洋"}).content.decode()
    assert reverse("organizations:member", args=[cast.memberships[cast.member.pk].pk]) in page


def test_who_left_is_not_found(cast: Cast) -> None:
    Membership.objects.filter(pk=cast.memberships[cast.member.pk].pk).update(state="ended")
    assert names(cast.owner, "刘洋") == []  # even before the terms are mended


#: Whom each may find of 省, 市, 县, 新, 外.
PLACES = {
    "province_admin": ["省", "市", "县"],
    "city_admin": ["省", "市", "县"],
    "owner": ["省", "市", "县"],
    "member": ["省", "市", "县"],
    "newcomer_admin": ["新"],
    "other_member": ["外"],
    "stranger": [],
    "operator": ["省", "市", "县", "新", "外"],
}


@pytest.mark.parametrize("who", PLACES)
def test_which_organisations_one_finds(cast: Cast, who: str) -> None:
    places = {
        "省": cast.province,
        "市": cast.city,
        "县": cast.county,
        "新": cast.newcomer,
        "外": cast.other,
    }
    user = getattr(cast, who)
    found = search.find_organizations(user, "中共").items
    assert {one.organization for one in found} == {places[key] for key in PLACES[who]}
    for key, place in places.items():
        expected = 200 if key in PLACES[who] else 404
        address = reverse("contacts:organization", args=[place.pk])
        assert sign_in(user).get(address).status_code == expected


def test_only_who_administers_all_finds_what_lies_below(cast: Cast) -> None:
    MembershipFactory(organization=cast.city, user=cast.stranger)
    found = findable_organizations(cast.stranger)
    assert set(found) == {cast.province, cast.city}


def test_organisations_are_found_by_former_names_too(cast: Cast) -> None:
    chain_settings.rename_organization(cast.newcomer_admin, cast.newcomer.pk, "中共新泉县委员会")
    for text, former in (
        ("新泉", ""),
        ("青石", "中共青石县委宣传部"),
        ("qsx", "中共青石县委宣传部"),
    ):
        (found,) = search.find_organizations(cast.newcomer_admin, text).items
        assert (found.organization, found.former) == (cast.newcomer, former)
    page = sign_in(cast.newcomer_admin).get(SEARCH, {"q": "青石"}).content.decode()
    assert "曾用名：中共青石县委宣传部" in page


def test_an_organisations_page(cast: Cast) -> None:
    page = sign_in(cast.member).get(reverse("contacts:organization", args=[cast.city.pk]))
    text = page.content.decode()
    assert "中共临江市委宣传部" in text
    assert "上级组织" in text
    assert "中共东海省委宣传部" in text
    assert "进入组织" not in text
    own = sign_in(cast.member).get(reverse("contacts:organization", args=[cast.county.pk]))
    assert "进入组织" in own.content.decode()


def test_what_the_page_says(cast: Cast) -> None:
    browser = sign_in(cast.member)
    assert "想找谁？" in browser.get(SEARCH).content.decode()
    found = browser.get(SEARCH, {"q": "wxy"}).content.decode()
    assert "王秀英" in found
    assert "第一党总支\u00a0· 中共历山县委宣传部" in found
    assert reverse("contacts:person", args=[cast.colleague.pk]) in found
    assert "没有找到“赵钱”" in browser.get(SEARCH, {"q": "赵钱"}).content.decode()
    assert "只填后四位" in browser.get(SEARCH, {"q": "12345"}).content.decode()
    assert "&lt;b&gt;" in browser.get(SEARCH, {"q": "<b>李"}).content.decode()
    long = browser.get(SEARCH, {"q": "王" * 5000, "kind": "x", "page": "-3"})
    assert long.status_code == 200
    assert len(long.content) < 30_000


def test_what_htmx_puts_under_the_field(cast: Cast) -> None:
    browser = sign_in(cast.member)
    part = browser.get(SEARCH, {"q": "王秀英"}, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "王秀英" in part.content.decode()
    assert "HX-Request" in part["Vary"]
    back = browser.get(
        SEARCH,
        {"q": "王秀英"},
        headers={"HX-Request": "true", "HX-History-Restore-Request": "true"},
    )
    assert "<html" in back.content.decode()


def test_each_group_alone_page_by_page(cast: Cast) -> None:
    make_many(cast.county, [f"王{char}" for char in "一二三四五六七八九十" * 3])
    browser = sign_in(cast.owner)
    both = browser.get(SEARCH, {"q": "王"}).content.decode()
    assert "人 · 31 位" in both
    assert both.count('class="cell"') == 9  # eight of them, and the way to more
    more = browser.get(SEARCH, {"q": "王", "kind": "people", "page": 2}).content.decode()
    assert "第 2 / 2 页" in more
    assert more.count('class="cell"') == 11
    places = browser.get(SEARCH, {"q": "中共", "kind": "organizations"}).content.decode()
    assert "组织 · 3 个" in places
    assert "人 · " not in places


def test_so_many_that_one_should_say_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST", 20)
    make_many(cast.county, ["王" + chr(0x4E00 + n) for n in range(30)])
    befriend(cast.owner, UserFactory(name="王阿"))
    found = search.find_people(cast.owner, "王")
    assert (found.page.total, found.more) == (20, True)
    page = sign_in(cast.owner).get(SEARCH, {"q": "王", "kind": "people"}).content.decode()
    assert "前 20 位" in page
    assert "请再多写几个字" in page


def test_no_other_door_lets_numbers_be_tried(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Choosing people for a group searches, too; and who runs one branch is a member elsewhere."""
    monkeypatch.setattr(finding, "NUMBERS_AN_HOUR", 2)
    group = groups.create_group(cast.member, "读书", cast.county.pk)
    member, colleague = sign_in(cast.member), sign_in(cast.colleague)
    add = reverse("contacts:group_add", args=[group.pk])
    api = f"/api/v1/groups/{group.pk}/candidates"
    assert [member.get(add, {"q": "1235"}).status_code for _ in range(3)] == [200, 200, 429]
    assert member.get(api, {"q": "1235"}).status_code == 429
    assert member.get(add, {"q": "王"}).status_code == 200
    tree = reverse("organizations:console_tree", args=[cast.county.pk])
    assert [colleague.get(tree, {"q": "1235"}).status_code for _ in range(3)] == [200, 200, 429]
    bulk = reverse("organizations:console_bulk", args=[cast.county.pk])
    picked = {"act": "remove", "all": "on", "filter": "q=1235"}
    assert colleague.post(bulk, picked).status_code == 429
    assert colleague.get(SEARCH, {"q": "1235"}).status_code == 429
    # 李明 runs all of 县, but is a plain member of 市
    MembershipFactory(organization=cast.city, user=cast.owner)
    owner = sign_in(cast.owner)
    assert [owner.get(tree, {"q": "1235"}).status_code for _ in range(3)] == [200, 200, 200]
    assert [owner.get(SEARCH, {"q": "1235"}).status_code for _ in range(3)] == [200, 200, 429]


def test_numbers_are_not_collected_by_trying(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "NUMBERS_AN_HOUR", 3)
    member, admin = sign_in(cast.member), sign_in(cast.owner)
    for _ in range(3):
        assert member.get(SEARCH, {"q": "1234"}).status_code == 200
    refused = member.get(SEARCH, {"q": "1235"})
    assert refused.status_code == 429
    assert "按号码查找太频繁" in refused.content.decode()
    assert refused["Retry-After"]
    part = member.get(SEARCH, {"q": "1235"}, headers={"HX-Request": "true"})
    assert part.status_code == 422
    assert "按号码查找太频繁" in part.content.decode()
    api = member.get("/api/v1/contacts/search/people", {"q": "１２３５"})
    assert api.status_code == 429
    members = reverse("organizations:members", args=[cast.county.pk])
    assert member.get(members, {"q": "1235"}).status_code == 429
    assert (
        member.get(
            f"/api/v1{members.rstrip('/').replace('/orgs', '/organizations')}", {"q": "1235"}
        ).status_code
        == 429
    )
    assert member.get(SEARCH, {"q": "王"}).status_code == 200  # names are free
    assert member.get(SEARCH, {"q": "123"}).status_code == 200  # finds nobody anyway
    for _ in range(5):
        assert admin.get(SEARCH, {"q": "1234"}).status_code == 200
    ratelimit.forget(f"number-search:{cast.member.pk}")
    assert member.get(SEARCH, {"q": "1235"}).status_code == 200


def test_over_the_api(cast: Cast) -> None:
    befriend(cast.member, cast.owner)
    browser = sign_in(cast.member)
    people = browser.get("/api/v1/contacts/search/people", {"q": "李"}).json()
    seat = cast.memberships[cast.owner.pk]
    assert people == {
        "items": [
            {
                "user_id": cast.owner.pk,
                "name": "李明",
                "friend": True,
                "phone": "",
                "places": [
                    {
                        "membership_id": seat.pk,
                        "organization_id": cast.county.pk,
                        "organization": cast.county.name,
                        "branch": "",
                        "state": "active",
                    }
                ],
            }
        ],
        "page": 1,
        "pages": 1,
        "total": 1,
        "more": False,
    }
    places: dict[str, Any] = browser.get(
        "/api/v1/contacts/search/organizations", {"q": "lishan"}
    ).json()
    assert [one["name"] for one in places["items"]] == [cast.county.name]
    assert places["items"][0]["mine"]
    assert browser.get("/api/v1/contacts/search/people").status_code == 422
    assert browser.get("/api/v1/contacts/search/people", {"q": "王" * 41}).status_code == 422
    assert sign_in(None).get("/api/v1/contacts/search/people", {"q": "王"}).status_code == 401


def statements(user: User, **asked: object) -> int:
    browser = sign_in(user)
    browser.get(SEARCH, asked)
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(SEARCH, asked).status_code == 200
    return len(seen)


def test_as_many_statements_at_ten_and_at_a_thousand(cast: Cast) -> None:
    asked: list[dict[str, object]] = [
        {"q": "王"},
        {"q": "ying", "kind": "people"},
        {"q": "zg", "kind": "organizations"},
        {"q": "0001"},
    ]
    make_many(cast.county, ["王英"] * 10)
    MembershipFactory(organization=cast.other, user=cast.owner)
    befriend(cast.owner, UserFactory(name="王英"))
    few = [statements(cast.owner, **one) for one in asked]
    make_many(cast.county, ["王英"] * 1000)
    for n in range(30):
        place = OrganizationFactory(name=f"中共第{n}委员会")
        MembershipFactory(organization=place, user=cast.owner)
        befriend(cast.owner, UserFactory(name="王英"))
    many = [statements(cast.owner, **one) for one in asked]
    # more than enough called so: those who merely have it in the name are not asked for
    assert many[0] in {few[0], few[0] - 1}
    assert many[1:] == few[1:]
    assert max(many) <= 32
