"""操作日志: what happened in an organisation, read and checked by those who run all of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lianxue.audit.actions import EVENTS, record
from lianxue.audit.models import AuditEvent, AuditHead
from lianxue.audit.queries import first_broken_link, organization_stream
from lianxue.certification.actions import applications, invitations
from lianxue.certification.actions.invitations import Terms
from lianxue.organizations import logbook
from lianxue.organizations.actions import branches, members, roles
from lianxue.organizations.newcomers import NewPerson
from lianxue.organizations.web import log as log_pages
from lianxue.shared.actors import Operator
from tests.audit.harm import disarm
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory, grant

WHO = {
    "owner": 200,
    "whole_admin": 200,
    "colleague": 403,
    "outsider_admin": 403,
    "member": 403,
    "city_admin": 404,
    "stranger": 404,
    "operator": 404,
}


def phone_page(cast: Cast) -> str:
    return reverse("organizations:log", args=[cast.county.pk])


def api(cast: Cast) -> str:
    return f"/api/v1/organizations/{cast.county.pk}/log"


CONSOLE = reverse("organizations:console_log")


def lines(cast: Cast) -> list[logbook.Line]:
    """The county's whole log, oldest first."""
    rows = AuditEvent.objects.filter(organization_id=cast.county.pk).order_by("seq")
    return logbook.lines_of(cast.county.pk, list(rows))


def words(line: logbook.Line) -> dict[str, str]:
    return {one.label: one.value for one in line.details}


def fill(cast: Cast, count: int) -> None:
    """``count`` more events, each about another place."""
    for n in range(count):
        data = {"name": f"某人{n}", "branch": (cast.first_branch.pk, None, 10**9 + n)[n % 3]}
        record(cast.owner, "member.added", organization_id=cast.county.pk, data=data)


# ---------- who may ----------


@pytest.mark.parametrize(("who", "status"), WHO.items())
def test_who_may_read_it(cast: Cast, who: str, status: int) -> None:
    browser = sign_in(getattr(cast, who))
    for address in (phone_page(cast), api(cast), f"{CONSOLE}?org={cast.county.pk}"):
        assert browser.get(address).status_code == status, address


def test_the_console_shows_one_that_the_reader_runs_as_a_whole(cast: Cast) -> None:
    assert sign_in(cast.colleague).get(CONSOLE).status_code == 403
    for nobody in (cast.member, cast.stranger, cast.operator):
        assert sign_in(nobody).get(CONSOLE)["Location"] == reverse("organizations:console_home")
    seat = MembershipFactory(organization=cast.newcomer, user=cast.colleague)
    grant(seat, "learning_admin")
    browser = sign_in(cast.colleague)
    browser.get(reverse("organizations:console_home") + f"?org={cast.county.pk}")
    answer = browser.get(CONSOLE)
    assert answer.status_code == 200
    assert "中共青石县委宣传部" in answer.content.decode()
    assert browser.get(f"{CONSOLE}?org={cast.county.pk}").status_code == 403


def test_its_doors(cast: Cast) -> None:
    home = reverse("organizations:home", args=[cast.county.pk])
    for who, status in WHO.items():
        shown = phone_page(cast) in sign_in(getattr(cast, who)).get(home).content.decode()
        assert shown == (status == 200), who
    console = reverse("organizations:console_home")
    assert CONSOLE in sign_in(cast.owner).get(console).content.decode()


def test_reading_leaves_no_event(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    before = AuditEvent.objects.count()
    for address in (phone_page(cast), CONSOLE, f"{CONSOLE}?verify=1", api(cast)):
        assert browser.get(address).status_code == 200
    assert AuditEvent.objects.count() == before


def test_nothing_of_another_organisation(cast: Cast) -> None:
    record(cast.city_admin, "branch.added", organization_id=cast.city.pk, data={"name": "市机关"})
    for address in (phone_page(cast), CONSOLE, api(cast)):
        assert "市机关" not in sign_in(cast.owner).get(address).content.decode()


# ---------- in words ----------


def test_the_acts_of_a_day_in_words(cast: Cast) -> None:
    seat = cast.memberships[cast.member.pk]
    made = branches.add_branch(cast.owner, cast.county.pk, "第三党支部", "branch")
    branches.rename_branch(cast.owner, made.pk, "机关党支部")
    members.add_members(cast.owner, cast.county.pk, made.pk, [NewPerson("钱多", "13600000001")])
    members.move_members(cast.owner, cast.county.pk, [seat.pk], made.pk)
    members.move_members(cast.owner, cast.county.pk, [seat.pk], None)
    roles.appoint(cast.owner, seat.pk, made.pk)
    roles.appoint(cast.owner, seat.pk, None)
    branches.move_branch(cast.owner, made.pk, cast.general_branch.pk)
    members.remove_member(cast.owner, seat.pk, "组织关系转出")
    shown = [(line.what, line.thing, line.target, words(line)) for line in lines(cast)]
    phone = f"{cast.member.phone[:3]} **** {cast.member.phone[-4:]}"
    person: dict[str, Any] = {"手机号码": phone, "状态": "已激活"}
    office: dict[str, Any] = {"手机号码": phone}
    assert shown == [
        ("添加了支部", "支部", "第三党支部", {"类型": "党支部", "上级": "最上一层"}),
        ("修改了支部", "支部", "机关党支部", {"类型": "党支部", "原来": "第三党支部，党支部"}),
        (
            "添加了成员",
            "成员",
            "钱多",
            {"手机号码": "136 **** 0001", "所在支部": "机关党支部", "状态": "未激活"},
        ),
        (
            "调整了成员所在的支部",
            "成员",
            "刘洋",
            person | {"原来在": "第一党支部", "移到": "机关党支部"},
        ),
        (
            "调整了成员所在的支部",
            "成员",
            "刘洋",
            person | {"原来在": "机关党支部", "移到": "不分支部"},
        ),
        ("任命了学习管理员", "成员", "刘洋", office | {"管理范围": "机关党支部"}),
        ("任命了学习管理员", "成员", "刘洋", office | {"管理范围": "整个组织"}),
        ("移动了支部", "支部", "机关党支部", {"原来在": "最上一层", "移到": "第一党总支"}),
        (
            "移出了成员",
            "成员",
            "刘洋",
            {
                "手机号码": phone,
                "所在支部": "不分支部",
                "状态": "已移出",
                "原因": "组织关系转出",
                "同时免去": "学习管理员",
            },
        ),
    ]


def test_certification_in_words(cast: Cast) -> None:
    invitation = invitations.create_invitation(cast.owner, cast.county.pk, Terms())
    made = applications.submit_application(cast.newcomer_admin, invitation.token, cast.newcomer.pk)
    applications.refuse_application(cast.owner, made.pk, "请先把名称写全")
    sent, received, refused = lines(cast)
    assert words(sent)["有效天数"] == "7"
    assert (received.thing, received.target) == ("认证申请", "中共青石县委宣传部")
    assert words(refused) == {"上级组织": "中共历山县委宣传部", "原因": "请先把名称写全"}


def test_who_acted_when_it_was_no_member(cast: Cast) -> None:
    record(Operator(), "branch.added", organization_id=cast.county.pk, data={"name": "一"})
    record(None, "branch.added", organization_id=cast.county.pk, data={"name": "二"})
    assert [line.who for line in lines(cast)] == ["运维人员（命令行）", "未登录的人"]


def test_what_is_gone_or_not_known_stays_readable(cast: Cast) -> None:
    gone = {"name": "老支部", "parent": 10**12, "secret": "x", "kind": "unheard", "from": [1]}
    record(cast.owner, "branch.added", organization_id=cast.county.pk, data=gone)
    event = AuditEvent.objects.get()
    event.action, event.target_type = "gone.by", "gone.model"
    (line,) = logbook.lines_of(cast.county.pk, [event])
    assert (line.what, line.thing, line.target) == ("其他操作", "", "老支部")
    assert words(line) == {"上级": "已删除的支部"}
    event.data = ["no", "notes"]
    assert logbook.lines_of(cast.county.pk, [event])[0].details == []


def test_another_organisations_branch_is_not_named(cast: Cast) -> None:
    data = {"name": "某", "branch": cast.first_branch.pk}
    record(cast.newcomer_admin, "member.added", organization_id=cast.newcomer.pk, data=data)
    (line,) = logbook.lines_of(cast.newcomer.pk, list(AuditEvent.objects.all()))
    assert words(line) == {"所在支部": "已删除的支部"}


@pytest.mark.parametrize("address", [phone_page, lambda cast: CONSOLE], ids=["phone", "console"])
def test_markup_in_a_name_or_a_reason_is_words(cast: Cast, address: Any) -> None:
    evil = "<script>alert(1)</script>"
    cast.owner.name = evil
    data = {"name": evil, "reason": evil}
    record(cast.owner, "member.removed", organization_id=cast.county.pk, data=data)
    html = sign_in(cast.owner).get(f"{address(cast)}?who={evil}").content.decode()
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4


def test_every_kind_has_words() -> None:
    assert all(re.search("[\u4e00-\u9fff]", EVENTS[kind]) for kind in EVENTS)


# ---------- filters, pages ----------


def found(cast: Cast, **query: str) -> list[str]:
    """The names in the log's lines, by the API, and the same by both pages."""
    browser = sign_in(cast.owner)
    items = browser.get(api(cast), query).json()["items"]
    names = [item["target"] for item in items]
    for address in (phone_page(cast), CONSOLE):
        html = browser.get(address, query).content.decode()
        assert re.findall(r"某人\d+", html) == names
    return names


def test_filters(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    here = timezone.get_current_timezone()
    for n, (kind, actor, hour) in enumerate(
        [
            ("member.added", cast.owner, 0),
            ("member.removed", cast.owner, 23),
            ("member.added", cast.whole_admin, 24),
            ("member.added", cast.owner, 48),
        ]
    ):
        at = timezone.datetime(2026, 3, 5, tzinfo=here) + timedelta(hours=hour)
        monkeypatch.setattr("lianxue.audit.actions.now", lambda at=at: at)
        record(actor, kind, organization_id=cast.county.pk, data={"name": f"某人{n}"})
    assert found(cast) == ["某人3", "某人2", "某人1", "某人0"]
    assert found(cast, kind="member.added") == ["某人3", "某人2", "某人0"]
    assert found(cast, who="陈") == ["某人2"]
    assert found(cast, who="%") == []
    assert found(cast, since="2026-03-06") == ["某人3", "某人2"]
    assert found(cast, until="2026-03-05") == ["某人1", "某人0"]
    assert found(cast, since="2026-03-06", until="2026-03-06") == ["某人2"]
    assert found(cast, kind="member.added", who="李明", until="2026-03-06") == ["某人0"]
    assert found(cast, kind="branch.added") == []
    html = sign_in(cast.owner).get(CONSOLE).content.decode()
    assert 'value="member.removed"' in html
    assert 'value="branch.added"' not in html, "only kinds that are there to choose"


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({"since": "昨天"}, "since", "请填写日期"),
        ({"since": "2026-02-30"}, "since", "请填写日期"),
        ({"until": "9999-12-31"}, "until", "2000 年至 2100 年"),
        ({"since": "0001-01-01"}, "since", "2000 年至 2100 年"),
        ({"since": "2026-03-06", "until": "2026-03-05"}, "until", "不能早于"),
        ({"kind": "<b>"}, "kind", "请从列表中选择"),
    ],
)
def test_a_filter_that_is_none(cast: Cast, query: dict[str, str], field: str, message: str) -> None:
    """The message stands at its field, what was typed stays, and no list pretends to answer."""
    fill(cast, 1)
    browser = sign_in(cast.owner)
    for address in (phone_page(cast), CONSOLE):
        answer = browser.get(address, query)
        html = answer.content.decode()
        assert answer.status_code == 422
        error = re.search(rf'id="{field}-error">(.*?)</p>', html, re.S)
        assert error
        assert message in error[1]
        for key, value in query.items():
            if key != "kind":
                assert f'name="{key}" type="date" value="{value}"' in html
        assert "某人" not in html
    problem = browser.get(api(cast), query)
    assert problem.status_code == 422
    assert problem.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("name", ["\x00", "李\x00明", "%_", "9" * 5000, "\ud7ff", "'", "\\"])
def test_any_words_may_be_looked_for(cast: Cast, name: str) -> None:
    fill(cast, 1)
    browser = sign_in(cast.owner)
    for address in (phone_page(cast), CONSOLE):
        assert browser.get(address, {"who": name}).status_code == 200
    assert browser.get(api(cast), {"who": name[:40]}).status_code == 200


def test_two_wrong_dates_are_said_at_once(cast: Cast) -> None:
    html = sign_in(cast.owner).get(CONSOLE, {"since": "x", "until": "9999-01-01"}).content.decode()
    assert 'id="since-error"' in html
    assert 'id="until-error"' in html


def test_newest_first_in_pages_that_keep_the_filter(cast: Cast) -> None:
    fill(cast, 60)
    browser = sign_in(cast.owner)
    for address, size in ((phone_page(cast), 20), (CONSOLE, 50)):
        query = {"kind": "member.added", "verify": "1"}
        first = browser.get(address, query).content.decode()
        names = [f"某人{n}" for n in range(59, -1, -1)]
        assert re.findall(r"某人\d+", first) == names[:size]
        assert "kind=member.added" in first
        second = browser.get(address, {**query, "page": "2"}).content.decode()
        assert re.findall(r"某人\d+", second) == names[size : 2 * size]
        assert "校验通过" not in second


def test_as_many_statements_for_a_thousand_as_for_ten(cast: Cast) -> None:
    def statements(address: str) -> int:
        browser = sign_in(cast.owner)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(address).status_code == 200
        return len(seen)

    addresses = (phone_page(cast), CONSOLE, f"{CONSOLE}?verify=1", api(cast))
    fill(cast, 10)
    few = [statements(address) for address in addresses]
    fill(cast, 990)
    assert [statements(address) for address in addresses] == few
    assert max(few) <= 26


# ---------- 校验 ----------


def test_the_console_checks_the_chain(cast: Cast) -> None:
    fill(cast, 5)
    browser = sign_in(cast.owner)
    assert "校验通过" not in browser.get(CONSOLE).content.decode()
    html = browser.get(f"{CONSOLE}?verify=1").content.decode()
    assert "校验通过：5 条记录完整" in html
    disarm()
    stream = organization_stream(cast.county.pk)
    AuditEvent.objects.filter(stream=stream, seq=3).update(actor_name="别人")
    html = browser.get(f"{CONSOLE}?verify=1").content.decode()
    assert "校验未通过：从第 3 条记录起不完整" in html
    assert first_broken_link(stream) == 3
    AuditHead.objects.filter(stream=stream).delete()
    assert "从第 1 条记录起" in browser.get(f"{CONSOLE}?verify=1").content.decode()


def test_a_long_chain_is_left_to_the_command(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(cast, 4)
    browser = sign_in(cast.owner)
    monkeypatch.setattr(log_pages, "VERIFY_AT_MOST", 4)
    assert "校验通过" in browser.get(f"{CONSOLE}?verify=1").content.decode()
    monkeypatch.setattr(log_pages, "VERIFY_AT_MOST", 3)
    html = browser.get(f"{CONSOLE}?verify=1").content.decode()
    assert f"lianxue audit verify --stream org:{cast.county.pk}" in html
    assert "校验通过" not in html
