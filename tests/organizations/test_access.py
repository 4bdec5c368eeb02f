"""权限说明: who opens which page, what it says, what it costs."""

import contextlib
import re
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lianxue.audit.actions import record
from lianxue.organizations.actions import details, members, security
from lianxue.organizations.models import BranchReach, HiddenPhones, Membership, SecuritySettings
from lianxue.organizations.policy.rights import RIGHTS
from lianxue.organizations.queries import access, access_sight
from lianxue.shared.errors import DomainError
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory, UserFactory, grant, make_branch


def overview(cast: Cast) -> str:
    return reverse("organizations:access", args=[cast.county.pk])


def of(cast: Cast, person: Any, name: str = "access_person") -> str:
    seat = cast.memberships[person.pk]
    return reverse(f"organizations:{name}", args=[seat.organization_id, seat.pk])


def mine(cast: Cast) -> str:
    return reverse("organizations:access_me", args=[cast.county.pk])


def words(answer: Any) -> str:
    """What the page says, tags and line breaks taken out."""
    html = answer.content.decode().split("<main")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def line(cast: Cast, person: Any, key: str) -> access.Line:
    found = access.get_me(person, cast.memberships[person.pk].organization_id)
    return next(one for one in access.lines(found) if one.key == key)


# ---------- who may ----------


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        ("owner", (200, 200, 200, 200)),
        ("whole_admin", (200, 200, 200, 200)),
        ("colleague", (200, 200, 403, 200)),
        ("outsider_admin", (200, 403, 403, 200)),
        ("member", (403, 403, 403, 200)),
        ("city_admin", (404, 404, 404, 404)),
        ("stranger", (404, 404, 404, 404)),
    ],
)
def test_who_opens_what(cast: Cast, who: str, statuses: tuple[int, ...]) -> None:
    browser = sign_in(getattr(cast, who))
    pages = [overview(cast), of(cast, cast.member), of(cast, cast.owner), mine(cast)]
    assert [browser.get(page).status_code for page in pages] == list(statuses)
    api = f"/api/v1/organizations/{cast.county.pk}/access"
    seats = [cast.memberships[one.pk].pk for one in (cast.member, cast.owner)]
    asked = [api, f"{api}/{seats[0]}", f"{api}/{seats[1]}", f"{api}/me"]
    assert [browser.get(address).status_code for address in asked] == list(statuses)
    lists = browser.get(of(cast, cast.member, "access_sees")).status_code
    assert lists == statuses[1]


def test_an_administrator_opens_the_own_page_on_the_console(cast: Cast) -> None:
    for who in (cast.colleague, cast.outsider_admin):
        assert sign_in(who).get(of(cast, who)).status_code == 200


@pytest.mark.parametrize("membership", [0, 999_999, 10**25])
def test_an_id_that_is_nobodys(cast: Cast, membership: int) -> None:
    address = reverse("organizations:access_person", args=[cast.county.pk, membership])
    assert sign_in(cast.owner).get(address).status_code == 404
    assert sign_in(cast.owner).post(of(cast, cast.member)).status_code == 405


def test_a_member_of_another_organisation_is_not_found_here(cast: Cast) -> None:
    theirs = cast.memberships[cast.other_member.pk].pk
    address = reverse("organizations:access_person", args=[cast.county.pk, theirs])
    assert sign_in(cast.owner).get(address).status_code == 404


def test_its_doors(cast: Cast) -> None:
    county = cast.county.pk
    browser = sign_in(cast.owner)
    for page in ("console_home", "admins"):
        args = [] if page == "console_home" else [county]
        html = browser.get(reverse(f"organizations:{page}", args=args)).content.decode()
        assert overview(cast) in html, page
    seat = cast.memberships[cast.member.pk].pk
    html = browser.get(reverse("organizations:member", args=[seat])).content.decode()
    assert of(cast, cast.member) in html
    home = reverse("organizations:home", args=[county])
    for who in (cast.owner, cast.colleague, cast.member):
        assert mine(cast) in sign_in(who).get(home).content.decode()
    door = reverse("organizations:console_access")
    assert browser.get(door)["Location"] == overview(cast)
    lost = sign_in(cast.stranger).get(door)
    assert lost["Location"] == reverse("organizations:console_home")


# ---------- what it says ----------


def test_an_office_is_the_reason_with_who_gave_it_and_when(cast: Cast) -> None:
    cast.memberships[cast.colleague.pk].role_grants.update(granted_by=cast.owner)
    found = line(cast, cast.colleague, "members.add")
    today = timezone.localdate().isoformat()
    assert found.allowed
    assert found.where == "“第一党总支”及下级支部"
    assert found.why == [f"学习管理员，负责“第一党总支”及下级支部（李明于 {today} 任命）。"]
    assert found.change == "offices"
    refused = line(cast, cast.colleague, "roles.appoint")
    assert (refused.allowed, refused.why) == (False, ["只有主管理员才能进行这项操作。"])


def test_a_missing_name_is_said_with_what_to_do(cast: Cast) -> None:
    found = line(cast, cast.unverified_admin, "certification.dissolve")
    assert not found.allowed
    assert found.change == "name"
    assert "需要本人完成个人实名认证，还没有完成。" in found.why
    answer = sign_in(cast.unverified_admin).get(of(cast, cast.unverified_admin))
    assert reverse("accounts:realname") in answer.content.decode()


def test_somebody_awaited_can_do_nothing_yet(cast: Cast) -> None:
    assert cast.invited
    grant(cast.invited, "learning_admin", cast.first_branch)
    person = access.get_person(cast.owner, cast.county, cast.invited.pk)
    lines = access.lines(person)
    assert not any(one.allowed for one in lines)
    assert {one.why[0] for one in lines} == {"还没有激活：本人用这个手机号码注册后才有权限。"}
    address = reverse("organizations:access_person", args=[cast.county.pk, cast.invited.pk])
    assert "现在看不到任何人" in words(sign_in(cast.owner).get(address))
    sees = reverse("organizations:access_sees", args=[cast.county.pk, cast.invited.pk])
    assert "现在看不到任何人" in words(sign_in(cast.owner).get(sees))


def test_the_rule_that_decides_is_named(cast: Cast) -> None:
    seat = access.get_me(cast.member, cast.county.pk)
    assert "按本组织的一般规定“整个组织”" in access_sight.sees(cast.member, seat).rules[0]
    SecuritySettings.objects.create(organization=cast.county, reach="branch")
    seat = access.get_me(cast.member, cast.county.pk)
    assert "按本组织的一般规定“仅本支部”" in access_sight.sees(cast.member, seat).rules[0]
    BranchReach.objects.create(
        organization=cast.county, branch=cast.general_branch, reach="subtree"
    )
    found = access_sight.sees(cast.member, access.get_me(cast.member, cast.county.pk))
    assert "按“第一党总支”的单独规定“本支部及下级支部”" in found.rules[0]
    # 刘洋 and 孙未来 in the branch, and the three in charge: 李明, 陈静, 王秀英
    assert (found.seen, found.total) == (5, 6)


def test_whose_number_is_hidden_and_by_which_rule(cast: Cast) -> None:
    security.hide_phones(cast.owner, cast.county.pk, branch_id=cast.general_branch.pk)
    security.hide_phones(cast.owner, cast.county.pk, role="main_admin")
    found = access_sight.sees(cast.member, access.get_me(cast.member, cast.county.pk))
    assert found.hidden == [
        "“第一党总支”及下级支部成员的号码已隐藏。",
        "主管理员的号码已隐藏。",
    ]
    assert (found.seen, found.numbers) == (6, 3), "the own, 陈静's and 张建国's"
    seat = Membership.objects.select_related("branch", "organization").get(
        pk=cast.memberships[cast.member.pk].pk
    )
    assert access_sight.seen_by(cast.owner, seat).hidden == [
        "“第一党总支”及下级支部成员的号码隐藏。"
    ]
    said = words(sign_in(cast.owner).get(of(cast, cast.member)))
    assert "只有本人和上面列出的管理员看得到" in said


@pytest.mark.parametrize("who", ["owner", "colleague", "member"])
def test_the_numbers_counted_are_those_that_can_be_shown(cast: Cast, who: str) -> None:
    security.hide_phones(cast.owner, cast.county.pk, branch_id=cast.second_branch.pk)
    security.hide_phones(cast.owner, cast.county.pk, role="main_admin")
    viewer = getattr(cast, who)
    shown = 0
    for row in Membership.objects.filter(organization=cast.county):
        with contextlib.suppress(DomainError):
            shown += bool(members.reveal_phone(viewer, row.pk))
    found = access_sight.sees(viewer, access.get_me(viewer, cast.county.pk))
    assert found.numbers == shown
    said = words(sign_in(viewer).get(mine(cast)))
    assert f"可以显示 {shown} 人的完整号码" in said
    assert ("一天最多显示" in said) == (who != "owner")


def test_who_is_in_charge_stands_there_by_name(cast: Cast) -> None:
    said = words(sign_in(cast.owner).get(of(cast, cast.member))).split("谁能看到刘洋")[1]
    assert all(one in said for one in ("李明", "陈静", "王秀英"))
    assert "张建国" not in said


def test_the_list_behind_the_number(cast: Cast) -> None:
    HiddenPhones.objects.create(organization=cast.county, branch=cast.second_branch)
    answer = sign_in(cast.owner).get(of(cast, cast.member, "access_sees"))
    rows = re.findall(r"<tr>(.*?)</tr>", answer.content.decode(), re.S)
    by_name = {name: row for row in rows for name in ("张建国", "李明") if name in row}
    assert "看不到" in by_name["张建国"]
    assert "看得到" in by_name["李明"]
    # a scoped administrator reads of those alone whom it sees itself
    SecuritySettings.objects.create(organization=cast.county, reach="branch")
    BranchReach.objects.create(organization=cast.county, branch=cast.first_branch, reach="whole")
    said = words(sign_in(cast.colleague).get(of(cast, cast.member, "access_sees")))
    assert "张建国" not in said
    assert "只列出您自己也看得到的成员" in said


def test_who_has_looked(cast: Cast) -> None:
    seat = cast.memberships[cast.member.pk]
    members.reveal_phone(cast.colleague, seat.pk)
    details.reveal(cast.owner, seat.pk)
    members.reveal_phone(cast.colleague, cast.memberships[cast.colleague.pk].pk)
    with transaction.atomic():
        record(
            cast.whole_admin,
            "members.exported",
            target=cast.county,
            organization_id=cast.county.pk,
            data={"count": 6},
        )
    assert [(one.who, one.what) for one in access.looks(seat)] == [
        ("陈静", "导出了成员名单（可能包含本人）"),
        ("李明", "查看了成员的名册信息"),
        ("王秀英", "查看了成员的完整手机号码"),
    ]
    assert "王秀英" in words(sign_in(cast.member).get(mine(cast)))
    # who may not read the log does not read this of others either
    assert "谁查看过" in words(sign_in(cast.whole_admin).get(of(cast, cast.member)))
    assert "谁查看过" not in words(sign_in(cast.colleague).get(of(cast, cast.member)))


def test_ten_looks_at_most_the_newest_first(cast: Cast) -> None:
    seat = cast.memberships[cast.member.pk]
    for _ in range(12):
        members.reveal_phone(cast.owner, seat.pk)
    found = access.looks(seat)
    assert len(found) == 10
    assert found == sorted(found, key=lambda one: one.at, reverse=True)


def test_the_overview_has_every_administrator_and_every_right(cast: Cast) -> None:
    said = words(sign_in(cast.owner).get(overview(cast)))
    for right in RIGHTS.values():
        assert right.label in said
    order = [said.index(name) for name in ("李明", "陈静", "王秀英", "张建国")]
    assert order == sorted(order)
    assert "刘洋" not in said


def test_looking_for_anybody(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    html = browser.get(overview(cast), {"q": "刘"}).content.decode()
    assert of(cast, cast.member) in html
    for nothing in ("无此人", "\0", "%", "9" * 500):
        answer = browser.get(overview(cast), {"q": nothing})
        assert answer.status_code == 200
        assert of(cast, cast.member) not in answer.content.decode()
    out = sign_in(cast.outsider_admin).get(overview(cast), {"q": "刘"})
    assert "没有找到这位成员" in words(out)


def test_the_links_lead_to_where_it_is_changed_by_who_can(cast: Cast) -> None:
    own = sign_in(cast.owner).get(of(cast, cast.member)).content.decode()
    assert reverse("organizations:console_security", args=[cast.county.pk]) in own
    assert reverse("organizations:admins", args=[cast.county.pk]) in own
    other = sign_in(cast.member).get(mine(cast))
    assert reverse("organizations:security", args=[cast.county.pk]) not in other.content.decode()
    assert "由主管理员李明更改" in words(other)


def test_a_change_in_the_safety_centre_changes_the_reason(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    assert "“整个组织”" in words(browser.get(of(cast, cast.member)))
    security.set_reach(cast.owner, cast.county.pk, cast.first_branch.pk, "branch")
    assert "按“第一党支部”的单独规定“仅本支部”" in words(browser.get(of(cast, cast.member)))


def test_the_api_says_what_the_page_says(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    seat = cast.memberships[cast.colleague.pk].pk
    base = f"/api/v1/organizations/{cast.county.pk}/access"
    found = browser.get(f"{base}/{seat}").json()
    said = words(browser.get(of(cast, cast.colleague)))
    assert [one["key"] for one in found["rights"]] == list(RIGHTS)
    for one in found["rights"]:
        assert all(reason in said for reason in one["why"])
    assert found["looks"] == []
    assert sign_in(cast.colleague).get(f"{base}/{seat}").json()["looks"] == []
    member = cast.memberships[cast.member.pk].pk
    assert sign_in(cast.colleague).get(f"{base}/{member}").json()["looks"] is None
    everybody = browser.get(base).json()
    assert [one["name"] for one in everybody["items"]] == ["李明", "陈静", "王秀英", "张建国"]


# ---------- what it costs ----------


def crowd(cast: Cast, people: int) -> None:
    """So many more members, a tenth of them administrators of a branch of their own."""
    now = timezone.now()
    branches = [make_branch(cast.county, f"支部{n}") for n in range(max(1, people // 100))]
    users = UserFactory._meta.model.objects.bulk_create(
        UserFactory.build(phone=f"135{n:08d}", name="某人") for n in range(people)
    )
    rows = Membership.objects.bulk_create(
        Membership(
            organization=cast.county,
            branch=branches[n % len(branches)],
            user=user,
            phone=user.phone,
            name="某人",
            state="active",
            created_at=now,
            activated_at=now,
        )
        for n, user in enumerate(users)
    )
    for row in rows[:: max(10, people // 40)]:
        grant(row, "learning_admin", row.branch)


@pytest.mark.parametrize("people", [10, pytest.param(1000, marks=pytest.mark.slow)])
def test_statements(cast: Cast, people: int) -> None:
    crowd(cast, people)
    BranchReach.objects.create(organization=cast.county, branch=cast.first_branch, reach="branch")
    browser = sign_in(cast.owner)
    most = {
        overview(cast): 28,
        f"{overview(cast)}?q=某": 27,
        of(cast, cast.member): 43,
        of(cast, cast.member, "access_sees"): 31,
        mine(cast): 36,
    }
    for address, limit in most.items():
        browser.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(address).status_code == 200
        assert len(seen) <= limit, address


def test_a_person_of_three_organisations_reads_of_the_right_one(cast: Cast) -> None:
    MembershipFactory(organization=cast.other, user=cast.owner)
    found = access.get_me(cast.owner, cast.other.pk)
    assert not any(one.allowed for one in access.lines(found))
    said = words(sign_in(cast.owner).get(reverse("organizations:access_me", args=[cast.other.pk])))
    assert "没有管理职务" in said
