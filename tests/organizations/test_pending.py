"""工作台: all that waits for this administrator, the urgent first, what is not theirs left out."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.inbox.actions import Note, post_todo, user_place
from lianxue.organizations.actions import roles
from lianxue.organizations.models import MemberImport, Membership
from lianxue.organizations.queries import admin_place
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory, OrganizationFactory, grant

HOME = reverse("organizations:console_home")


def waiting(user: User, **query: Any) -> list[tuple[str, str]]:
    """The rows under 等你处理: their words and where they lead."""
    html = sign_in(user).get(HOME, query).content.decode()
    part = html.split("等你处理")[1].split('<h2 class="label">')[0]
    cells = re.findall(r'<a class="cell" href="([^"]*)">(.*?)</a>', part, re.S)
    return [
        (re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).strip(), href) for href, text in cells
    ]


def batch(cast: Cast, user: User, state: str, **more: Any) -> MemberImport:
    moment = timezone.now()
    values = {
        "organization": cast.county,
        "file_name": f"{state}.xlsx",
        "digest": "0",
        "counts": {"new": 3, "error": 1},
        "created_by": user,
        "created_at": moment,
        "state": state,
    }
    if state == "failed":
        values |= {"finished_at": moment, "note": "有成员刚刚被改动。"}
    return MemberImport.objects.create(**(values | more))


def test_in_the_order_of_urgency_each_with_its_link(cast: Cast) -> None:
    county = cast.county.pk
    ready, failed = batch(cast, cast.owner, "ready"), batch(cast, cast.whole_admin, "failed")
    offer = roles.offer_handover(cast.owner, cast.memberships[cast.whole_admin.pk].pk)
    note = Note(topic="certification.application", title="某组织申请认证", subject="application:1")
    post_todo(admin_place(county), note)
    post_todo(
        user_place(cast.owner.pk), Note(topic="handover", title="请您担任主管理员", link="/x/")
    )
    rows = waiting(cast.owner)
    assert [text.split()[1] for text, _ in rows] == [
        "请您担任主管理员",
        "某组织申请认证",
        "成员导入没有成功：failed.xlsx",
        "成员导入待确认：ready.xlsx",
        "等待陈静接受主管理员移交",
        "1",
    ]
    assert [href for _, href in rows] == [
        "/x/",
        reverse("certification:console_received"),
        reverse("organizations:import_page", args=[failed.pk]),
        reverse("organizations:import_page", args=[ready.pk]),
        reverse("organizations:admins", args=[county]),
        reverse("organizations:console_tree", args=[county]) + "?state=invited",
    ]
    assert "有成员刚刚被改动" in rows[2][0]
    assert "新增 3 行，有错误 1 行" in rows[3][0]
    assert "人还没有激活" in rows[5][0]
    assert offer.state == "offered"


def test_what_is_done_or_old_does_not_wait(cast: Cast) -> None:
    for state in ("done", "undone", "dropped"):
        batch(cast, cast.owner, state)
    batch(cast, cast.owner, "failed", finished_at=timezone.now() - timedelta(days=8))
    assert [text for text, _ in waiting(cast.owner) if "导入" in text] == []


def test_a_scoped_administrator_reads_what_is_theirs(cast: Cast) -> None:
    batch(cast, cast.owner, "ready")
    own = batch(cast, cast.colleague, "ready", file_name="总支.xlsx")
    MembershipFactory(
        organization=cast.county, user=None, branch=cast.second_branch, phone="13711113333"
    )
    rows = waiting(cast.colleague)
    assert [text.split()[1] for text, _ in rows] == ["成员导入待确认：总支.xlsx", "1"]
    assert rows[0][1] == reverse("organizations:import_page", args=[own.pk])
    assert [text.split()[1] for text, _ in waiting(cast.outsider_admin)] == ["1"]
    assert [text.split()[1] for text, _ in waiting(cast.owner)][-1] == "2"
    doors = sign_in(cast.colleague).get(HOME).content.decode()
    assert reverse("organizations:access", args=[cast.county.pk]) in doors
    assert reverse("certification:console_settings", args=[cast.county.pk]) not in doors


def test_every_organisation_that_one_runs(cast: Cast) -> None:
    other = OrganizationFactory(name="中共第三委员会")
    grant(MembershipFactory(organization=other, user=cast.owner), "main_admin")
    MembershipFactory(organization=other, user=None, phone="13711114444")
    MembershipFactory(organization=cast.other, user=None, phone="13711115555")
    names = [text for text, _ in waiting(cast.owner) if "激活" in text]
    assert len(names) == 2
    assert any("中共第三委员会" in text for text in names)
    page = sign_in(cast.owner).get(HOME, {"org": other.pk}).content.decode()
    assert "切换组织" in page


def test_nothing_waits(cast: Cast) -> None:
    assert waiting(cast.newcomer_admin) == []
    page = sign_in(cast.newcomer_admin).get(HOME).content.decode()
    assert "现在没有需要处理的事。" in page
    assert "您还没有管理学习组织" in sign_in(cast.stranger).get(HOME).content.decode()


@pytest.mark.parametrize("people", [10, pytest.param(1000, marks=pytest.mark.slow)])
def test_statements(cast: Cast, people: int) -> None:
    moment = timezone.now()
    Membership.objects.bulk_create(
        Membership(organization=cast.county, phone=f"136{n:08d}", name="某人", created_at=moment)
        for n in range(people)
    )
    for n in range(min(people, 30)):
        post_todo(admin_place(cast.county.pk), Note(topic="x", title=f"事{n}", subject=f"x:{n}"))
    MemberImport.objects.bulk_create(
        MemberImport(
            organization=cast.county, file_name="a", digest="0", created_at=moment, state="ready"
        )
        for _ in range(min(people, 30))
    )
    browser = sign_in(cast.owner)
    browser.get(HOME)
    with CaptureQueriesContext(connection) as seen:
        browser.get(HOME)
    assert len(seen) <= 30
