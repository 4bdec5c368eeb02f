"""Members in bulk at a PC: the template, a roster looked at cell by cell, written, taken back."""

import re
import zipfile
from pathlib import Path

import xlsxwriter
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from .conftest import DESK, Opener, Site, States
from .people import COUNTY_ADMIN, button, come_in, toast

BRANCH = "机关第一党总支/第一党支部"


def rows_of(path: Path) -> list[list[object]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def download(page: Page, words: str, folder: Path) -> Path:
    """The file behind the one link or button with these words."""
    with page.expect_download() as caught:
        button(page, words)
    path = folder / caught.value.suggested_filename
    caught.value.save_as(path)
    return path


def fill(path: Path, rows: list[list[str]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, cell)
    return path


def upload(page: Page, path: Path) -> None:
    page.get_by_label("名册文件").set_input_files(path)
    button(page, "上传并核对")
    expect(page.get_by_role("heading", name="核对名册")).to_be_visible()


def members(page: Page, words: str) -> None:
    """成员, cut to these words."""
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="成员").click()
    field = page.get_by_role("searchbox").first
    field.fill(words)
    field.press("Enter")


def test_a_roster_from_the_template_to_the_undoing(
    own_demo: Site, open_browser: Opener, states: States, tmp_path: Path
) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    page.goto("/console/members/")
    button(page, "导入 Excel")
    template = download(page, "简表：姓名、手机号、支部", tmp_path)
    head = [str(cell) for cell in rows_of(template)[0]]
    assert head == ["姓名*（必填）", "手机号*（必填）", "所在党支部"]

    good = ["钱小满", "13788880001", BRANCH]
    bad = ["=1+1", "1378888", "没有的支部"]
    upload(page, fill(tmp_path / "名册.xlsx", [head, good, bad, ["郑小远", "13788880003", ""]]))
    expect(page.get_by_role("link", name="2 新增")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="1378888")
    expect(row.get_by_text("11 位")).to_be_visible()
    expect(row.get_by_text("没有找到支部")).to_be_visible()
    corrected = rows_of(download(page, "下载有错误的行", tmp_path))
    assert corrected[0][0] == "问题"
    assert corrected[1][1:] == bad
    page.get_by_role("link", name="2 新增").click()
    expect(page.get_by_role("cell", name="钱小满")).to_be_visible()
    members(page, "钱小满")
    expect(page.get_by_text("没有找到符合条件的成员")).to_be_visible()

    page.go_back()
    page.go_back()
    page.get_by_text(re.compile("^确认导入（2 人")).click()
    question = page.get_by_role("dialog")
    expect(question.get_by_text("将新增 2 人")).to_be_visible()
    question.get_by_label("有错误的 1 行这次不导入").check()
    question.get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("已导入：新增 2 人。")).to_be_visible(timeout=30_000)
    members(page, "钱小满")
    found = page.get_by_role("row").filter(has_text="钱小满")
    expect(found.get_by_text("第一党支部")).to_be_visible()

    taken = export(page, tmp_path)
    assert "导出人：" in str(taken[0][0])
    assert [row[0] for row in taken[2:]] == ["钱小满"]
    assert taken[2][1] == "137 **** 0001"

    page.goto("/console/members/")
    button(page, "导入 Excel")
    button(page, "导入记录")
    page.get_by_role("link", name="名册.xlsx").first.click()
    page.get_by_text("撤销导入").first.click()
    page.get_by_role("dialog").get_by_role("button", name="撤销导入").click()
    toast(page, "已撤销这次导入")
    members(page, "钱小满")
    expect(page.get_by_text("没有找到符合条件的成员")).to_be_visible()


def export(page: Page, folder: Path) -> list[list[object]]:
    """导出 of what the table shows, numbers masked; no formula in it."""
    button(page, "导出")
    expect(page.get_by_text("姓名含“钱小满”")).to_be_visible()
    path = download(page, "导出 1 人", folder)
    with zipfile.ZipFile(path) as book:
        assert not [name for name in book.namelist() if b"<f>" in book.read(name)]
    return rows_of(path)


def test_a_change_cell_by_cell(
    own_demo: Site, open_browser: Opener, states: States, tmp_path: Path
) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    page.goto("/console/members/")
    button(page, "导入 Excel")
    head = ["姓名", "手机号", "民族"]
    upload(page, fill(tmp_path / "改动.xlsx", [head, ["陈致远", COUNTY_ADMIN, "01 汉族"]]))
    expect(page.get_by_role("link", name="1 有改动")).to_have_attribute("aria-current", "true")
    row = page.get_by_role("row").filter(has_text="陈致远")
    expect(row.locator(".before").first).to_contain_text("陈志远")
    expect(row.locator(".before").nth(1)).to_contain_text("（空）")
    page.get_by_text("放弃", exact=True).first.click()
    page.get_by_role("dialog").get_by_role("button", name="放弃").click()
    toast(page, "已放弃")
