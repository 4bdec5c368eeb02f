"""Questions in bulk: a sheet looked at cell by cell, mended, taken in, seen on the phone."""

from pathlib import Path

import xlsxwriter
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from .conftest import DESK, PHONE, Opener, Site, States
from .people import COUNTY_ADMIN, button, come_in, toast

GOOD = ["单选题", "安全出口的灯是什么颜色？", "红色", "绿色", "B", "绿色"]
BAD = ["判断题", "着火时可以乘电梯逃生。", "", "", "不一定", ""]
BANK = "居家安全"


def rows_of(path: Path) -> list[list[str]]:
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    return [[str(cell) for cell in row] for row in sheet.to_python()]


def fill(path: Path, rows: list[list[str]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, cell)
    return path


def download(page: Page, words: str, folder: Path) -> Path:
    """The file behind the one link or button with these words."""
    with page.expect_download() as caught:
        button(page, words)
    path = folder / caught.value.suggested_filename
    caught.value.save_as(path)
    return path


def upload(page: Page, path: Path) -> None:
    page.get_by_label("题目文件").set_input_files(path)
    button(page, "上传并核对")
    expect(page.get_by_role("heading", name="核对题目")).to_be_visible()


def confirm(page: Page, words: str) -> None:
    page.get_by_text(words).click()
    question = page.get_by_role("dialog")
    expect(question.get_by_text("全部写入或全部不写入")).to_be_visible()
    question.get_by_role("button", name="确认导入").click()


def test_a_sheet_mended_by_its_corrected_file(
    own_demo: Site, open_browser: Opener, states: States, tmp_path: Path
) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    page.goto("/console/learning/")
    button(page, "题库")
    page.get_by_role("link", name=BANK).click()
    button(page, "导入 Excel")
    template = download(page, "题库导入模板", tmp_path)
    head = rows_of(template)[0]
    assert head[:4] == ["题型*", "题干*", "选项A", "选项B"]

    head = ["题型*", "题干*", "选项A", "选项B", "答案*", "解析"]
    upload(page, fill(tmp_path / "题目.xlsx", [head, GOOD, BAD]))
    wrong = page.get_by_role("row").filter(has_text=BAD[1])
    expect(wrong.get_by_text("请填“对”或“错”")).to_be_visible()
    corrected = rows_of(download(page, "下载有错误的题", tmp_path))
    assert "答案：判断题的答案请填“对”或“错”" in corrected[1][0]
    place = corrected[0].index("答案*")
    assert corrected[1][place] == "不一定"
    corrected[1][place] = "错"
    page.get_by_text("放弃").first.click()
    page.get_by_role("dialog").get_by_role("button", name="放弃").click()
    toast(page, "没有写入任何内容")

    # the one that was right is sent along with the one that was mended
    mended = [corrected[0], corrected[1], ["", *GOOD[:4], *[""] * 6, *GOOD[4:]]]
    upload(page, fill(tmp_path / "改好的题目.xlsx", mended))
    expect(page.get_by_role("link", name="2 新增")).to_be_visible()
    confirm(page, "确认导入（2 题）")
    expect(page.get_by_text("已导入：新增 2 题。")).to_be_visible()
    button(page, "查看题库")
    row = page.get_by_role("row").filter(has_text=BAD[1])
    expect(row.get_by_text("错", exact=True)).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=GOOD[1])).to_be_visible()

    taken = rows_of(download(page, "导出 Excel", tmp_path))
    assert [row[1] for row in taken[-2:]] == [BAD[1], GOOD[1]]

    phone = come_in(open_browser, own_demo, states, COUNTY_ADMIN, PHONE)
    phone.goto(page.url.replace("/console/", "/"))
    phone.get_by_role("link", name=BAD[1]).click()
    expect(phone.get_by_label("错", exact=True)).to_be_checked()
