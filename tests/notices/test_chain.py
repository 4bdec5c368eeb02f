"""传达情况: the own people live, those below as sums, one level at a time, and nobody's names."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lianxue.accounts.models import User
from lianxue.notices.actions import passing, recalling, receipts
from lianxue.notices.models import Relay
from lianxue.notices.queries import chain
from lianxue.organizations.models import Organization
from lianxue.shared.errors import NotFound, PermissionDenied
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory, OrganizationFactory, grant, put_in_chain

from .makers import ALL, BELOW, WHOLE, passed, sent, to_branches, to_chosen


def page_of(place: Organization, relay: Relay) -> str:
    return f"/orgs/{place.pk}/notices/{relay.notice_id}/"


def subordinate(above: Organization, name: str, people: int = 2) -> tuple[Organization, User]:
    """An organisation below ``above`` with its main administrator and other members."""
    place = put_in_chain(OrganizationFactory(name=name), above)
    seats = [MembershipFactory(organization=place) for _ in range(people)]
    grant(seats[0], "main_admin")
    return place, seats[0].user


# ---------- the own people ----------


def test_the_own_people_branch_by_branch(cast: Cast) -> None:
    """Five people of 县 have come, one in 第一党支部 has not; each branch counts its subtree."""
    own = sent(cast.owner, cast.county, WHOLE, needs_confirmation=True)
    receipts.read(cast.member, own.notice_id)
    receipts.confirm(cast.colleague, own.notice_id)
    stand = chain.stand(cast.owner, cast.county.pk, own.notice_id)
    part = chain.own_part(stand)
    total = part.total
    assert (total.expected, total.inactive, total.read, total.confirmed) == (5, 1, 3, 2)
    rows = {row.branch and row.branch.name: row.figures for row in part.rows.items}
    assert list(rows) == ["第一党总支", "第二党支部", None]
    first = rows["第一党总支"]
    assert (first.expected, first.inactive, first.read, first.confirmed) == (2, 1, 2, 1)
    assert rows[None].expected == 2
    inside = chain.own_part(stand, cast.general_branch.pk)
    assert inside.total == first
    assert [row.branch and row.branch.name for row in inside.rows.items] == ["第一党支部", None]
    leaf = chain.own_part(stand, cast.first_branch.pk)
    assert (leaf.total.expected, leaf.rows.items) == (1, [])
    assert [one.name for one in leaf.way] == ["第一党总支", "第一党支部"]


def test_a_scoped_administrator_sees_the_own_part(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, ALL)
    stand = chain.stand(cast.colleague, cast.county.pk, own.notice_id)
    part = chain.own_part(stand)
    assert part.total.expected == 2
    assert [row.branch for row in part.rows.items] == [cast.general_branch]
    assert chain.below_part(stand) is None
    with pytest.raises(NotFound):
        chain.own_part(stand, cast.second_branch.pk)
    with pytest.raises(PermissionDenied, match="负责整个组织"):
        chain.stand(cast.colleague, cast.county.pk, own.notice_id, cast.city.pk)
    text = sign_in(cast.colleague).get(page_of(cast.county, own)).text
    assert "您的管理范围" in text
    assert "提醒未读" not in text
    assert "/recall/" not in text


def test_what_another_branch_was_told_is_unseen(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, to_branches(cast.second_branch))
    with pytest.raises(NotFound):
        chain.stand(cast.colleague, cast.county.pk, own.notice_id)
    above = sent(cast.owner, cast.county, to_branches(cast.first_branch))
    below_it = sent(cast.owner, cast.county, to_branches(cast.general_branch))
    for relay in (above, below_it):
        assert chain.stand(cast.colleague, cast.county.pk, relay.notice_id).at_home


def test_the_page_in_both_faces(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, ALL, needs_confirmation=True)
    client = sign_in(cast.owner)
    for face in ("", "/console"):
        text = client.get(face + page_of(cast.county, own)).text
        people = f"{face}{page_of(cast.county, own)}people/?state="
        for state, number in (("read", 1), ("expected", 5), ("unread", 4), ("inactive", 1)):
            assert f'href="{people}{state}">{number}</a>' in text
        assert "已确认" in text
        assert "截至" in text
        assert "提醒未读" in text
        assert "撤回" in text
    inside = client.get(f"{page_of(cast.county, own)}?branch={cast.general_branch.pk}").text
    assert "直接在“第一党总支”" in inside


def test_where_nobody_here_was_told(cast: Cast) -> None:
    own = sent(cast.city_admin, cast.city, BELOW)
    text = sign_in(cast.city_admin).get(page_of(cast.city, own)).text
    assert "没有发给本组织的成员" in text
    assert "提醒未读" not in text
    assert "提醒下级" in text


# ---------- the organisations below ----------


def test_the_chain_below(cast: Cast) -> None:
    """省 sends; 市 passes on to all, one beside it has looked, one has closed; 县 passes on."""
    looked, looker = subordinate(cast.province, "中共望海市委宣传部")
    closed, closer = subordinate(cast.province, "中共石门市委宣传部")
    subordinate(cast.province, "中共东昌市委宣传部")
    own = sent(cast.province_admin, cast.province, ALL, needs_confirmation=True)
    notice = own.notice
    passed(cast.city_admin, cast.city, notice, ALL, "请各县抓紧传达")
    passed(cast.owner, cast.county, notice)
    passing.open_incoming(looker, looked.pk, notice.pk)
    passing.close(closer, closed.pk, notice.pk, "本单位正在撤并")
    receipts.confirm(cast.member, notice.pk)
    client = sign_in(cast.province_admin)
    text = client.get(page_of(cast.province, own)).text  # freshens the counts
    part = chain.below_part(chain.stand(cast.province_admin, cast.province.pk, notice.pk))
    assert part is not None
    assert part.counts == {"all": 4, "waiting": 2, "passed": 1, "closed": 1, "recalled": 0}
    total = part.total
    assert (total.organizations, total.passed, total.closed) == (5, 2, 1)
    figures = total.figures
    assert (figures.expected, figures.inactive, figures.read, figures.confirmed) == (6, 1, 3, 3)
    rows = {row.organization.name: row for row in part.rows.items}
    assert {name: row.state for name, row in rows.items()} == {
        "中共临江市委宣传部": "passed",
        "中共东昌市委宣传部": "",
        "中共望海市委宣传部": "received",
        "中共石门市委宣传部": "closed",
    }
    city = rows["中共临江市委宣传部"].summed
    assert (city.organizations, city.passed, city.figures.expected) == (2, 2, 6)
    assert "原因：本单位正在撤并" in text
    assert "意见：请各县抓紧传达" in text
    assert "刘洋" not in text
    for show, name in (("passed", "临江"), ("closed", "石门")):
        shown = client.get(f"{page_of(cast.province, own)}?show={show}").text
        assert f"中共{name}市委宣传部" in shown
        assert "东昌" not in shown
    assert "东昌" in client.get(f"{page_of(cast.province, own)}?show=waiting").text
    found = client.get(f"{page_of(cast.province, own)}?q=东昌").text
    assert ("东昌" in found, "望海" in found) == (True, False)


def test_one_level_down_and_further(cast: Cast) -> None:
    own = sent(cast.province_admin, cast.province)
    passed(cast.city_admin, cast.city, own.notice, ALL, "请抓紧")
    passed(cast.owner, cast.county, own.notice)
    receipts.read(cast.member, own.notice_id)
    client = sign_in(cast.province_admin)
    home = page_of(cast.province, own)
    assert f"{home}?at={cast.city.pk}" in client.get(home).text
    city = client.get(f"{home}?at={cast.city.pk}").text
    assert "传达意见：请抓紧" in city
    assert "已读 2 / 5" in city  # 县's row: its owner, who passed it on, and a member
    assert "撤回" not in city
    assert "/people/" not in city
    county = client.get(f"/console{home}?at={cast.county.pk}").text
    assert "2 / 5 人" in county
    assert f"/console{home}?at={cast.city.pk}" in county
    assert "刘洋" not in county
    stand = chain.stand(cast.province_admin, cast.province.pk, own.notice_id, cast.county.pk)
    assert [one.pk for one in stand.way] == [cast.province.pk, cast.city.pk, cast.county.pk]


def test_only_below_and_only_where_it_came_to(cast: Cast) -> None:
    beside, _ = subordinate(cast.province, "中共望海市委宣传部")
    own = sent(cast.city_admin, cast.city)
    for at in (cast.province, beside, cast.other, cast.newcomer):
        with pytest.raises(NotFound):
            chain.stand(cast.city_admin, cast.city.pk, own.notice_id, at.pk)
    assert chain.stand(cast.city_admin, cast.city.pk, own.notice_id, cast.county.pk).relay is None
    left_out, _ = subordinate(cast.city, "中共云岭县委宣传部")
    chosen = sent(cast.city_admin, cast.city, to_chosen(cast.county))
    with pytest.raises(NotFound):
        chain.stand(cast.city_admin, cast.city.pk, chosen.notice_id, left_out.pk)
    part = chain.below_part(chain.stand(cast.city_admin, cast.city.pk, chosen.notice_id))
    assert part is not None
    assert [row.organization.pk for row in part.rows.items] == [cast.county.pk]


@pytest.mark.parametrize("bad", ["x", "0", "99999999999999999999", "-1", "１"])
def test_junk_in_the_address(cast: Cast, bad: str) -> None:
    own = sent(cast.owner, cast.county)
    client = sign_in(cast.owner)
    for name in ("at", "branch"):
        assert client.get(f"{page_of(cast.county, own)}?{name}={bad}").status_code == 404
    for name in ("show", "q", "page", "branches"):
        assert client.get(f"{page_of(cast.county, own)}?{name}={bad}%00").status_code == 200


def test_where_looking_is_all_that_is_asked(cast: Cast) -> None:
    own = sent(cast.city_admin, cast.city, BELOW, pass_on=False)
    client = sign_in(cast.city_admin)
    assert "未查看" in client.get(page_of(cast.city, own)).text
    passing.open_incoming(cast.owner, cast.county.pk, own.notice_id)
    part = chain.below_part(chain.stand(cast.city_admin, cast.city.pk, own.notice_id))
    assert part is not None
    assert (part.counts["waiting"], part.counts["received"]) == (0, 1)
    text = client.get(page_of(cast.city, own)).text
    assert "提醒下级" not in text
    assert "未传达" not in text


def test_a_recall_between_shows_above(cast: Cast) -> None:
    own = sent(cast.province_admin, cast.province)
    passed(cast.city_admin, cast.city, own.notice, ALL)
    passed(cast.owner, cast.county, own.notice)
    recalling.recall(cast.city_admin, cast.city.pk, own.notice_id, "发错了范围")
    stand = chain.stand(cast.province_admin, cast.province.pk, own.notice_id)
    part = chain.below_part(stand)
    assert part is not None
    assert (part.counts["recalled"], part.counts["passed"], part.total.passed) == (1, 0, 0)
    assert [row.state for row in part.rows.items] == ["recalled"]
    client = sign_in(cast.province_admin)
    assert "发错了范围" in client.get(f"{page_of(cast.province, own)}?at={cast.city.pk}").text
    here = sign_in(cast.city_admin).get(page_of(cast.city, own)).text
    assert "原因：发错了范围" in here
    assert "提醒" not in here.split("main")[1]
    assert f"?at={cast.county.pk}" not in here


def test_after_the_senders_recall(cast: Cast) -> None:
    own = sent(cast.province_admin, cast.province)
    passed(cast.city_admin, cast.city, own.notice, ALL)
    recalling.recall(cast.province_admin, cast.province.pk, own.notice_id, "时间有变")
    part = chain.below_part(chain.stand(cast.province_admin, cast.province.pk, own.notice_id))
    assert part is not None
    assert (part.counts["passed"], part.total.passed) == (1, 1), "as it stood at that moment"
    text = sign_in(cast.city_admin).get(page_of(cast.city, own)).text
    assert "中共东海省委宣传部 已在" in text
    assert "省主管" not in text, "people of another organisation are not named"
    assert "/recall/" not in text


@pytest.mark.parametrize("below", [10, 1000])
def test_as_many_statements_for_a_thousand(cast: Cast, below: int) -> None:
    rows = Organization.objects.bulk_create(
        [
            Organization(name=f"中共第{n}乡委员会", created_at=cast.city.created_at)
            for n in range(below)
        ]
    )
    for row in rows:
        row.superior, row.certified_at = cast.city, cast.city.certified_at
        row.chain_path = f"{cast.city.chain_path}{row.pk:07d}"
    Organization.objects.bulk_update(rows, ["superior", "certified_at", "chain_path"])
    own = sent(cast.city_admin, cast.city)
    values: dict[str, Any] = {"passed_at": own.passed_at, "open_until": own.open_until}
    Relay.objects.bulk_create(
        [
            Relay(notice=own.notice, organization=row, state="passed", own="whole", **values)
            for row in rows[::2]
        ]
    )
    sign_in(cast.city_admin).get(page_of(cast.city, own))
    for show, page in (("", 1), ("passed", 2), ("waiting", 1)):
        with CaptureQueriesContext(connection) as asked:
            stand = chain.stand(cast.city_admin, cast.city.pk, own.notice_id)
            part = chain.below_part(stand, show, page=page)
            chain.own_part(stand)
        assert len(asked) == 10
        assert part is not None
        assert part.total.organizations == below + 1
        assert len(part.rows.items) <= 20
