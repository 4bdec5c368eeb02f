"""导入成员 on the console: what is seen of a roster before and after it is written."""

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from lianxue.organizations.actions import imports
from lianxue.organizations.models import Branch, ImportRow, MemberImport, Membership
from lianxue.organizations.roster.rows import RowData
from lianxue.shared import uploads
from lianxue.shared.errors import RateLimited
from tests.cast import Cast, sign_in

from .imports_help import upload, workbook

HEADINGS = ("姓名", "手机号", "所在党支部", "民族", "公民身份证号", "备注")


def url(name: str, *args: Any) -> str:
    return reverse(f"organizations:{name}", args=args)


def roster(cast: Cast) -> list[list[str]]:
    """Three new (one registered), one changed, one unchanged, two in error."""
    member = cast.member
    return [
        ["钱多", "１３６ 0000 0001", "第一党总支/第一党支部", "01 汉族", "x", ""],
        ["周小小", "13600000002", "", "", "", ""],
        ["杨帆", cast.stranger.phone, "第二党支部", "", "", ""],
        ["刘洋洋", member.phone, "第一党总支/第一党支部", "", "", ""],
        ["孙未来", "13711112222", "", "", "", ""],
        ["吴错", "1360", "第一党总支/第一党支部", "", "", ""],
        ["郑远", "13600000007", "没有的支部", "", "", "看看"],
    ]


def send(browser: Client, cast: Cast, data: bytes, name: str = "名册.xlsx", **more: str) -> Any:
    form = {"file": SimpleUploadedFile(name, data), **more}
    return browser.post(url("import_new", cast.county.pk), form)


def batch_of(answer: HttpResponse) -> MemberImport:
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return MemberImport.objects.get(pk=re.findall(r"/imports/(\d+)/", answer["Location"])[0])


@pytest.fixture
def browser(cast: Cast) -> Client:
    return sign_in(cast.owner)


@pytest.fixture
def batch(cast: Cast, browser: Client) -> MemberImport:
    return batch_of(send(browser, cast, workbook(roster(cast), HEADINGS)))


def page(browser: Client, batch: MemberImport, **query: Any) -> str:
    answer = browser.get(url("import_page", batch.pk), query)
    assert answer.status_code == 200
    return answer.content.decode()


# ---------- uploading ----------


def test_the_page_says_the_rules_and_gives_both_templates(cast: Cast, browser: Client) -> None:
    text = browser.get(url("import_new", cast.county.pk)).content.decode()
    for words in ("按手机号认人", "不会写入任何内容", "公民身份证号不会导入", "最大 20 MB"):
        assert words in text
    for query, columns in (("", 3), ("?kind=full", 17)):
        answer = browser.get(url("import_template", cast.county.pk) + query)
        assert "attachment" in answer["Content-Disposition"]
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
        assert len(book.get_sheet_by_name("成员名册").to_python()[0]) == columns
        assert ["第一党总支/第一党支部"] in [
            row[:1] for row in book.get_sheet_by_name("选项").to_python()
        ]


def test_a_scopes_template_offers_its_own_branches(cast: Cast) -> None:
    answer = sign_in(cast.colleague).get(url("import_template", cast.county.pk))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_name("选项")
    assert [row[0] for row in rows.to_python()] == ["第一党总支", "第一党总支/第一党支部"]


def test_an_upload_writes_nobody(cast: Cast, batch: MemberImport) -> None:
    assert not Membership.objects.filter(phone="13600000001").exists()
    assert batch.state == "ready"
    assert batch.created_by == cast.owner


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("名册.xlsx", b"", "空的"),
        ("名册.xlsx", b"no workbook", "名册"),
        ("名册.exe", b"MZ", "xlsx"),
        ("名册.csv", "甲,乙\n1,2\n".encode(), "姓名"),
    ],
)
def test_what_is_no_roster_is_said_beside_the_field(
    cast: Cast, browser: Client, name: str, data: bytes, words: str
) -> None:
    answer = send(browser, cast, data, name, make_branches="on")
    assert answer.status_code == 422
    text = answer.content.decode()
    said = re.search(r'id="file-error">(.*?)</p>', text, flags=re.S)
    assert said
    assert re.search("[\u4e00-\u9fff]", said[1])
    assert re.search(r'name="make_branches"[^>]*checked', text)
    assert not MemberImport.objects.exists()


def test_a_file_beyond_the_limit_is_let_go(
    cast: Cast, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_BYTES", 2**20)
    answer = send(browser, cast, b"x" * (2**20 + 1))
    assert answer.status_code == 422
    assert "文件超过 1 MB" in answer.content.decode()
    monkeypatch.setattr(uploads, "MAX_BYTES", 2 * 2**20)
    assert "文件超过" not in send(browser, cast, b"x" * (2**20 + 1)).content.decode()


def test_so_many_uploads_an_hour(
    cast: Cast, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise RateLimited("上传得太频繁，请稍后再试。", retry_after=60, field="file")

    monkeypatch.setattr(imports, "prepare", full)
    answer = send(browser, cast, workbook(roster(cast)))
    assert answer.status_code == 429
    assert "上传得太频繁" in answer.content.decode()


# ---------- looking ----------


def test_the_counts_are_the_tabs(browser: Client, batch: MemberImport) -> None:
    text = page(browser, batch)
    tabs = re.findall(
        r'class="figure-tab"[^>]*href="[^"]*show=(\w+)"( aria-current="true")?>'
        r'<span class="figure-number">(\d+)',
        text,
    )
    found = {key: int(count) for key, _, count in tabs}
    assert (found["error"], found["new"], found["changed"]) == (2, 3, 1)
    assert [key for key, current, _ in tabs if current] == ["error"], "what needs looking at first"


def test_errors_stand_beside_what_was_typed(browser: Client, batch: MemberImport) -> None:
    text = page(browser, batch, show="error")
    cell = re.search(r'<td class="is-bad">1360(.*?)</td>', text, flags=re.S)
    assert cell
    assert "11 位" in cell[1]
    assert "没有的支部" in text
    assert "钱多" not in text
    assert "新建缺少的支部" in text


def test_a_change_shows_before_and_after(browser: Client, batch: MemberImport) -> None:
    text = page(browser, batch, show="changed")
    assert re.search(r'class="before">.*?刘洋</span>.*?刘洋洋', text, flags=re.S)


def test_what_was_understood_is_shown_and_not_who_is_registered(
    cast: Cast, browser: Client, batch: MemberImport
) -> None:
    text = page(browser, batch, show="new")
    for words in ("13600000001", "汉族", "第一党总支/第一党支部", cast.stranger.phone):
        assert words in text
    assert "01 汉族" not in text
    assert "已注册" not in text, "nobody learns from a list of numbers whose is registered"


def test_columns_left_out_are_said(browser: Client, batch: MemberImport) -> None:
    text = page(browser, batch)
    assert "公民身份证号，系统不收集" in text
    assert "没有导入：备注" in text


def test_the_page_is_kept_nowhere_and_marked(browser: Client, batch: MemberImport) -> None:
    answer = browser.get(url("import_page", batch.pk))
    assert "no-store" in answer["Cache-Control"]
    assert "data-watermark" in answer.content.decode()


def test_the_corrected_file_is_mended_and_uploaded_again(
    cast: Cast, browser: Client, batch: MemberImport
) -> None:
    answer = browser.get(url("import_corrected", batch.pk))
    assert "attachment" in answer["Content-Disposition"]
    head, *rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    )
    assert head[0] == "问题"
    assert [row[1] for row in rows] == ["吴错", "郑远"]
    assert "原第 7 行" in str(rows[0][0])
    rows[0][2], rows[1][3] = "13600000006", "第二党支部"
    again = batch_of(send(browser, cast, workbook(rows, head)))
    assert (again.counts["new"], again.counts["error"]) == (2, 0)
    assert "没有导入" not in page(browser, again)


@pytest.mark.parametrize("evil", ["=1+1", "@SUM(1)", "+cmd|' /C calc'!A0", "<script>x</script>"])
def test_what_is_typed_is_never_run(cast: Cast, browser: Client, evil: str) -> None:
    data = f'姓名,手机号,所在党支部\n"{evil}",1,"{evil}"\n'.encode()
    batch = batch_of(send(browser, cast, data, "名册.csv"))
    assert "<script>x" not in page(browser, batch)
    data = browser.get(url("import_corrected", batch.pk)).content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert rows[1][1] == evil


# ---------- writing ----------


def test_errors_are_left_out_by_choice_alone(browser: Client, batch: MemberImport) -> None:
    answer = browser.post(url("import_confirm", batch.pk))
    assert answer.status_code == 409
    assert "2 行有错误" in answer.content.decode()
    batch.refresh_from_db()
    assert batch.state == "ready"


def test_from_the_confirmation_to_the_undoing(
    cast: Cast, browser: Client, batch: MemberImport
) -> None:
    asked = page(browser, batch)
    assert "确认导入（4 人）" in asked
    assert "将新增 3 人，修改 1 人" in asked
    answer = browser.post(url("import_confirm", batch.pk), {"leave_out": "on"})
    assert answer.status_code == 302
    waiting = page(browser, batch)
    assert 'hx-trigger="every 1s"' in waiting
    assert "刷新进度" in waiting, "without scripts, too"
    part = browser.get(url("import_page", batch.pk), {"part": "progress"}).content.decode()
    assert "<html" not in part
    assert "正在导入" in part
    assert browser.post(url("import_confirm", batch.pk)).status_code == 409
    imports.apply(batch.pk)
    over = browser.get(
        url("import_page", batch.pk), {"part": "progress"}, headers={"HX-Request": "true"}
    )
    assert over["HX-Redirect"] == url("import_page", batch.pk)
    done = page(browser, batch)
    assert "已导入：新增 3 人，修改 1 人" in done
    assert "撤销导入" in done
    assert Membership.objects.get(phone="13600000001").name == "钱多"
    undone = browser.post(url("import_undo", batch.pk), follow=True).content.decode()
    assert "已撤销这次导入" in undone
    assert not Membership.objects.filter(phone="13600000001").exclude(state="ended").exists()
    assert browser.post(url("import_undo", batch.pk)).status_code == 409


def test_dropped_it_stays_in_the_list_without_its_rows(
    cast: Cast, browser: Client, batch: MemberImport
) -> None:
    browser.post(url("import_drop", batch.pk))
    assert not ImportRow.objects.filter(batch=batch).exists()
    assert "已放弃" in page(browser, batch)
    assert "已放弃" in browser.get(url("imports", cast.county.pk)).content.decode()
    assert browser.post(url("import_confirm", batch.pk), {"leave_out": "on"}).status_code == 409


def test_missing_branches_are_made_on_demand(
    cast: Cast, browser: Client, batch: MemberImport
) -> None:
    browser.post(url("import_replan", batch.pk), {"make_branches": "yes"})
    batch.refresh_from_db()
    assert batch.counts["error"] == 1
    assert "新建支部" in page(browser, batch, show="new")
    browser.post(url("import_confirm", batch.pk), {"leave_out": "on"})
    imports.apply(batch.pk)
    assert Branch.objects.filter(organization=cast.county, name="没有的支部").exists()


def test_what_failed_says_why_and_can_be_looked_at_anew(
    cast: Cast, browser: Client, batch: MemberImport
) -> None:
    browser.post(url("import_confirm", batch.pk), {"leave_out": "on"})
    seat = cast.memberships[cast.member.pk]
    Membership.objects.filter(pk=seat.pk).update(name="刘阳")
    imports.apply(batch.pk)
    failed = page(browser, batch)
    assert "没有导入，名单没有任何变化" in failed
    assert "重新核对" in failed
    again = browser.post(url("import_replan", batch.pk), follow=True).content.decode()
    assert "待确认" in again


def test_nothing_to_write_no_button(cast: Cast, browser: Client) -> None:
    batch = batch_of(send(browser, cast, workbook([["刘洋", cast.member.phone, ""]])))
    text = page(browser, batch)
    assert "没有需要写入的内容" in text
    assert url("import_confirm", batch.pk) not in text


# ---------- who may ----------

DOORS = ["import_page", "import_corrected"]
ACTS = ["import_confirm", "import_replan", "import_drop", "import_undo"]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("whole_admin", 200),
        ("colleague", 404),
        ("outsider_admin", 404),
        ("member", 403),
        ("city_admin", 404),
        ("other_member", 404),
        ("stranger", 404),
        ("operator", 404),
    ],
)
def test_a_roster_is_its_uploaders_and_the_whole_administrators(
    cast: Cast, batch: MemberImport, who: str, status: int
) -> None:
    other = sign_in(getattr(cast, who))
    for door in DOORS:
        assert other.get(url(door, batch.pk)).status_code == status, door
        assert other.post(url(door, batch.pk)).status_code == 405, door
    if status == 200:
        assert "由上传人确认导入" in other.get(url("import_page", batch.pk)).content.decode()
        status = 403
    for act in ACTS:
        assert other.get(url(act, batch.pk)).status_code == 405, act
        if (who, act) in {("whole_admin", "import_drop"), ("whole_admin", "import_undo")}:
            continue
        assert other.post(url(act, batch.pk), {"leave_out": "on"}).status_code == status, act
    assert MemberImport.objects.get().state == "ready"


def test_a_wrong_id(browser: Client) -> None:
    for door in (*DOORS, *ACTS):
        verb = browser.get if door in DOORS else browser.post
        for bad in (0, 999_999, 2**63):
            assert verb(url(door, bad)).status_code == 404, door


def test_a_scope_imports_its_own_people_alone(cast: Cast) -> None:
    browser = sign_in(cast.colleague)
    rows = [
        ["钱多", "13600000001", "第一党总支/第一党支部"],
        ["周小小", "13600000002", "第二党支部"],
    ]
    batch = batch_of(send(browser, cast, workbook(rows)))
    assert (batch.counts["new"], batch.counts["error"]) == (1, 1)
    assert "管理范围" in page(browser, batch, show="error")
    listed = browser.get(url("imports", cast.county.pk)).content.decode()
    assert url("import_page", batch.pk) in listed
    other = sign_in(cast.outsider_admin).get(url("imports", cast.county.pk)).content.decode()
    assert url("import_page", batch.pk) not in other


# ---------- how much it costs ----------


def test_as_many_statements_for_ten_rows_as_for_a_thousand(cast: Cast, browser: Client) -> None:
    def make(count: int) -> MemberImport:
        batch = MemberImport.objects.create(
            organization=cast.county,
            file_name="名册.xlsx",
            digest="0" * 64,
            counts={"new": count, "file": {"columns": [["name", "姓名"], ["phone", "手机号"]]}},
            created_by=cast.owner,
            created_at=cast.county.created_at,
        )
        data = RowData(raw={"name": "钱多"}, clean={"name": "钱多"}).dump()
        ImportRow.objects.bulk_create(
            ImportRow(batch=batch, number=n + 2, outcome="new", data=data) for n in range(count)
        )
        return batch

    def statements(address: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert browser.get(address).status_code == 200
        return len(caught)

    few, many = make(10), make(1000)
    assert statements(url("import_page", few.pk)) == statements(url("import_page", many.pk))
    assert statements(url("import_corrected", few.pk)) == statements(
        url("import_corrected", many.pk)
    )
    one = statements(url("imports", cast.county.pk))
    for _ in range(30):
        make(1)
    assert statements(url("imports", cast.county.pk)) == one


def test_prepared_by_hand_or_by_the_page_it_is_the_same(cast: Cast, batch: MemberImport) -> None:
    again = imports.prepare(cast.owner, cast.county.pk, upload(roster(cast), HEADINGS))
    keys = ("new", "changed", "unchanged", "error")
    assert [again.counts[key] for key in keys] == [batch.counts[key] for key in keys]
