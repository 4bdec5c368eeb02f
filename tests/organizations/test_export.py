"""导出成员: who may take what out, what the file holds, what is written down about it."""

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from lianxue.audit.models import AuditEvent
from lianxue.organizations import logbook
from lianxue.organizations.actions import export
from lianxue.organizations.actions.export import Wish
from lianxue.organizations.models import HiddenPhones, Membership, RosterDetail
from lianxue.organizations.queries.table import TableView
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, RateLimited
from tests.cast import Cast, sign_in
from tests.factories import make_branch, make_many

WHO = {
    "owner": 200,
    "whole_admin": 200,
    "colleague": 200,
    "outsider_admin": 200,
    "member": 403,
    "city_admin": 404,
    "stranger": 404,
    "operator": 404,
}
EVERYBODY = TableView()
FORM = {"format": "xlsx", "phones": "masked"}
FULL = Wish(phones="full", reason="核对组织关系")


def address(cast: Cast, query: str = "") -> str:
    return reverse("organizations:export_members", args=[cast.county.pk]) + query


def rows_of(data: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def take(cast: Cast, who: str = "owner", view: TableView = EVERYBODY, wish: Wish = FULL) -> Any:
    """The file's rows below the watermark, as dictionaries by heading."""
    taken = export.export_members(getattr(cast, who), cast.county.pk, view, wish)
    head, *rows = rows_of(taken.file.read())[1:]
    assert len(rows) == taken.count
    return [dict(zip(head, row, strict=True)) for row in rows]


def event_of(cast: Cast) -> dict[str, Any]:
    data = AuditEvent.objects.filter(action="members.exported").latest("pk").data
    assert isinstance(data, dict)
    return data


# ---------- what is in it ----------


def test_the_people_with_their_branches_roles_and_states(cast: Cast) -> None:
    rows = {row["姓名"]: row for row in take(cast)}
    assert set(rows) == {"李明", "王秀英", "张建国", "陈静", "刘洋", "孙未来"}
    assert rows["刘洋"]["手机号"] == cast.member.phone
    assert rows["刘洋"]["所在党支部"] == "第一党总支/第一党支部"
    assert rows["刘洋"]["角色"] == "党员"
    assert rows["李明"]["角色"] == "主管理员"
    assert rows["孙未来"]["状态"] == "未激活"
    assert "民族" not in rows["刘洋"]


def test_numbers_are_masked_unless_they_are_asked_for(cast: Cast) -> None:
    rows = take(cast, wish=Wish())
    assert not any(cast.member.phone in str(row) for row in rows)
    masked = f"{cast.member.phone[:3]} **** {cast.member.phone[-4:]}"
    assert masked in {row["手机号"] for row in rows}


def test_a_scope_takes_its_own_people_alone(cast: Cast) -> None:
    names = {row["姓名"] for row in take(cast, "colleague")}
    assert names == {"王秀英", "刘洋", "孙未来"}
    assert {row["姓名"] for row in take(cast, "outsider_admin")} == {"张建国"}
    HiddenPhones.objects.create(organization=cast.county)
    assert cast.member.phone in {row["手机号"] for row in take(cast, "colleague")}


@pytest.mark.parametrize(
    ("view", "names"),
    [
        (TableView(state="invited"), {"孙未来"}),
        (TableView(role="admin"), {"李明", "王秀英", "张建国", "陈静"}),
        (TableView(text="刘"), {"刘洋"}),
        (TableView(direct=True), {"李明", "陈静"}),
        (TableView(text="没有的人"), set()),
    ],
)
def test_the_tables_filters_cut_it(cast: Cast, view: TableView, names: set[str]) -> None:
    assert {row["姓名"] for row in take(cast, view=view)} == names


def test_a_branch_with_all_below_it(cast: Cast) -> None:
    view = TableView(branch_id=cast.general_branch.pk)
    assert {row["姓名"] for row in take(cast, view=view)} == {"王秀英", "刘洋", "孙未来"}
    assert event_of(cast)["filter"] == "“第一党总支”及下级"
    foreign = make_branch(cast.city, "市机关党支部")
    with pytest.raises(NotFound):
        take(cast, view=TableView(branch_id=foreign.pk))


def test_sensitive_details_by_choice_alone(cast: Cast) -> None:
    kept = {"ethnicity": "汉族", "birth_date": "1990-05-04"}
    seat = cast.memberships[cast.member.pk]
    RosterDetail.objects.create(membership=seat, data=json.dumps(kept), changed_at=now())
    wish = Wish(details=True, reason="年度统计")
    row = next(row for row in take(cast, wish=wish) if row["姓名"] == "刘洋")
    assert (row["民族"], row["出生日期"], row["学历"]) == ("汉族", "1990-05-04", "")
    assert event_of(cast)["details"] == "含名册信息"


# ---------- safe, marked, written down ----------


def test_the_mark_says_who_took_it(cast: Cast) -> None:
    taken = export.export_members(cast.owner, cast.county.pk, EVERYBODY, Wish())
    line = rows_of(taken.file.read())[0][0]
    assert cast.county.name in line
    assert f"导出人：李明 尾号 {cast.owner.phone[-4:]}" in line
    assert cast.owner.phone not in line


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_no_name_becomes_a_formula(cast: Cast, kind: str) -> None:
    Membership.objects.filter(pk=cast.memberships[cast.member.pk].pk).update(name="=1+cmd|x")
    wish = Wish(format=kind)
    data = export.export_members(cast.owner, cast.county.pk, EVERYBODY, wish).file.read()
    if kind == "csv":
        assert data.startswith(b"\xef\xbb\xbf")
        cells = [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) for cell in row]
        assert "'=1+cmd|x" in cells
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    else:
        assert "=1+cmd|x" in {row[0] for row in rows_of(data)}


def test_it_is_written_down_what_was_taken(cast: Cast) -> None:
    view = TableView(state="invited", text=cast.invited.phone if cast.invited else "")
    take(cast, view=view)
    data = event_of(cast)
    assert data == {
        "count": 1,
        "format": "xlsx",
        "phones": "完整号码",
        "details": "不含",
        "filter": "未激活，按号码查找",
        "reason": "核对组织关系",
    }
    [line] = logbook.lines_of(
        cast.county.pk, list(AuditEvent.objects.filter(action="members.exported"))
    )
    words = {one.label: one.value for one in line.details}
    assert line.what == "导出了成员名单"
    assert words["人数（人）"] == "1"
    assert words["手机号"] == "完整号码"
    assert words["原因"] == "核对组织关系"


@pytest.mark.parametrize(
    ("wish", "at"),
    [
        (Wish(phones="full"), "reason"),
        (Wish(phones="full", reason=" \0 "), "reason"),
        (Wish(details=True), "reason"),
        (Wish(reason="长" * 101), "reason"),
        (Wish(format="pdf"), "format"),
        (Wish(phones="all"), "phones"),
    ],
)
def test_what_is_not_said_right_takes_nothing(cast: Cast, wish: Wish, at: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        export.export_members(cast.owner, cast.county.pk, EVERYBODY, wish)
    assert at in caught.value.fields
    assert not AuditEvent.objects.filter(action="members.exported").exists()


def test_so_often_and_no_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_LIMIT", 2)
    for _ in range(2):
        export.export_members(cast.owner, cast.county.pk, EVERYBODY, Wish())
    with pytest.raises(RateLimited):
        export.export_members(cast.owner, cast.county.pk, EVERYBODY, Wish())


# ---------- the door ----------


@pytest.mark.parametrize(("who", "status"), WHO.items())
def test_who_may(cast: Cast, who: str, status: int) -> None:
    browser = sign_in(getattr(cast, who))
    assert browser.get(address(cast)).status_code == status
    answer = browser.post(address(cast), FORM)
    assert answer.status_code == status
    taken = AuditEvent.objects.filter(action="members.exported").count()
    assert taken == (status == 200)
    if status == 200:
        assert "attachment" in answer["Content-Disposition"]
        assert "no-store" in answer["Cache-Control"]
        assert rows_of(b"".join(answer.streaming_content))
    else:
        with pytest.raises((PermissionDenied, NotFound)):
            export.export_members(getattr(cast, who), cast.county.pk, EVERYBODY, Wish())


def test_the_page_says_whom_and_that_it_is_written_down(cast: Cast) -> None:
    page = sign_in(cast.owner).get(address(cast, "?state=invited")).content.decode()
    assert "未激活" in page
    assert "导出 1 人" in page
    assert "操作日志" in page
    empty = sign_in(cast.owner).get(address(cast, "?q=没有的人")).content.decode()
    assert "没有可以导出的成员" in empty
    for junk in ("?branch=x", "?branch=" + "9" * 30, "?state=%00&role=x&sort=x"):
        assert sign_in(cast.owner).get(address(cast, junk)).status_code == 200
    assert sign_in(cast.owner).get(address(cast, "?branch=999999")).status_code == 404


def test_a_bad_form_comes_back_with_what_was_chosen(cast: Cast) -> None:
    answer = sign_in(cast.owner).post(
        address(cast), {"format": "csv", "phones": "full", "details": "on", "reason": ""}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'id="reason-error"' in page
    assert 'value="csv" checked' in page
    assert 'value="full" checked' in page


# ---------- how much it costs ----------


@pytest.mark.parametrize("details", [False, True])
def test_as_many_statements_for_ten_as_for_a_thousand(cast: Cast, details: bool) -> None:
    wish = Wish(phones="full", details=details, reason="核对")

    def statements() -> int:
        with CaptureQueriesContext(connection) as caught:
            export.export_members(cast.owner, cast.county.pk, EVERYBODY, wish)
        return len(caught)

    make_many(cast.county, [f"某人{n}" for n in "一二三四五六七八九十"], branch=cast.first_branch)
    statements()  # the hour's first makes its counter
    few = statements()
    make_many(cast.county, ["钱多"] * 1000, branch=cast.second_branch)
    assert statements() == few
