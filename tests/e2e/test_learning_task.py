"""A learning task with a quiz, from its questions to the workbook of who has completed it, by
visible words.

县 (console) brings questions, makes the task and sends it to a branch and to those below it -> 街道
(phone) passes it on -> a member of the branch (phone) reads, fails the quiz, practises, passes, is
credited; one of 街道 does it, too -> 县 sees branches and the chain, the names, the workbook.
"""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils import timezone
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from .conftest import DESK, PHONE, Opener, Site, States
from .people import COUNTY_ADMIN, button, cell, come_in, toast

STREET_ADMIN, RESIDENT = "13900000007", "13900000008"
#: Of 理论宣讲党支部, of whose eight seven have come.
MEMBER, MEMBER_NAME = "13910000057", "何国庆"
PLACES = ("机关第二党总支", "理论宣讲党支部")
STREET = "中共明湖街道工作委员会"
TITLE, ARTICLE = "读书会怎么开，学一学、测一测", "读书会怎么开，大家才愿意说话"
BANK, PICKED = "读书会常识", "一次读书会，多少人合适？"
#: What is right, by what is asked; two of the three true-or-false are drawn for each paper.
RIGHT = {
    "读书会上，先请不常说话的人说。": "对",
    "书越厚，读书会越好。": "错",
    "问题问得小一些，大家容易开口。": "对",
    PICKED: "B．八到十二个人",
}
WRONG = {"对": "错", "错": "对", "B．八到十二个人": "A．一百个人"}


def sheet(path: Path) -> Path:
    """The questions as a workbook."""
    rows = [
        ("题型", "题干", "选项A", "选项B", "答案"),
        *(("判断题", text, "", "", right) for text, right in RIGHT.items() if text != PICKED),
        ("单选题", PICKED, "一百个人", "八到十二个人", "B"),
    ]
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        for at, row in enumerate(rows):
            page.write_row(at, 0, row)
    return path


def bring_questions(page: Page, path: Path) -> None:
    page.goto("/console/learning/")
    button(page, "题库")
    page.get_by_label("题库名称").fill(BANK)
    button(page, "建立")
    page.get_by_role("link", name=re.compile("导入 Excel")).first.click()
    page.get_by_label("题目文件").set_input_files(path)
    button(page, "上传并核对")
    page.get_by_text("确认导入（4 题）").click()
    page.get_by_role("dialog").get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("已导入：新增 4 题。")).to_be_visible()


def write(page: Page) -> None:
    """县 on the console: words, contents, quiz."""
    page.goto("/console/")
    button(page, "通知与任务")
    button(page, "布置学习任务")
    page.get_by_label("标题").fill(TITLE)
    page.get_by_label("正文").fill("看一篇文章，做三道题，六十分及格，可以反复做。")
    page.get_by_label("完成截止时间").fill(
        f"{timezone.localtime() + timedelta(days=3):%Y-%m-%dT18:00}"
    )
    button(page, "下一步")
    page.get_by_role("searchbox", name="搜索学习内容").fill("读书会")
    button(page, "搜索")
    expect(page.get_by_role("button", name=re.compile("^加入“"))).to_have_count(1)
    page.get_by_role("button", name=f"加入“{ARTICLE}”").click()
    expect(page.get_by_text("已选的内容（1 项")).to_be_visible()
    page.get_by_role("button", name=re.compile("^设置测验")).click()


def set_quiz(page: Page) -> None:
    """Two drawn from the bank for each paper, one that everybody answers."""
    page.get_by_label("题库和题型").select_option(label=f"判断题（3 道）· {BANK}")
    page.get_by_label("抽几道").fill("2")
    page.get_by_label("每道分值").fill("30")
    button(page, "挑选题目")
    page.get_by_label(re.compile(re.escape(PICKED))).check()
    page.get_by_label("每道分值").fill("40")
    button(page, "添加选中的题目")
    expect(page.get_by_text("一份答卷 3 题，满分 100 分，60 分及格。")).to_be_visible()
    button(page, "保存测验")
    expect(page.get_by_role("button", name=re.compile("^修改测验"))).to_be_visible()
    button(page, "保存，下一步")


def send(page: Page) -> None:
    """To one branch and to all below."""
    page.get_by_label("选定的支部").check()
    page.locator(f"summary[aria-label={PLACES[0]}的下级]").click()
    page.get_by_label(re.compile(f"^{PLACES[1]}")).check()
    page.get_by_label(re.compile("^全部直属下级组织")).check()
    button(page, "下一步：预览")
    expect(page.get_by_text(f"要学习 1 项内容：《{ARTICLE}》。")).to_be_visible()
    expect(page.get_by_text("减负：本月已经收到的")).to_be_visible()
    page.locator("summary", has_text="发送").last.click()
    expect(page.get_by_text("7 人、3 个下级组织")).to_be_visible()
    button(page, "确认发送")
    toast(page, "已发送")


def pass_on(page: Page) -> None:
    """街道 on the phone: from 收到的 to 确认传达."""
    button(page, "通知与任务")
    cell(page, TITLE)
    button(page, "传达")
    page.get_by_label("本组织全体成员").check()
    button(page, "下一步：预览")
    page.locator("summary", has_text="传达").last.click()
    button(page, "确认传达")
    toast(page, "已传达")


def read(page: Page) -> None:
    """From what waits to the end of the article, and back to the task."""
    page.goto("/")
    expect(page.get_by_role("link", name=re.compile("学习任务待完成"))).to_be_visible()
    page.goto("/learn/tasks/")
    cell(page, TITLE)
    expect(page.get_by_text("0 / 2 项")).to_be_visible()
    button(page, "开始学习")
    page.locator("[data-end]").scroll_into_view_if_needed()
    expect(page.get_by_text(re.compile("您已在 .* 读完"))).to_be_visible()
    cell(page, TITLE)
    expect(page.get_by_text("1 / 2 项")).to_be_visible()


def answer(page: Page, *, rightly: bool) -> list[str]:
    """A paper from its first question to its mark; what was asked."""
    asked = []
    for number in (1, 2, 3):
        expect(page.get_by_text(f"第 {number} 题，共 3 题")).to_be_visible()
        words = page.locator(".question-words").inner_text()
        text = next(one for one in RIGHT if one in words)
        asked.append(text)
        chosen = RIGHT[text] if rightly else WRONG[RIGHT[text]]
        page.get_by_label(chosen, exact=True).check()
        button(page, "下一题" if number < 3 else "检查并交卷")
    expect(page.get_by_text("3 / 3 题")).to_be_visible()
    button(page, "交卷")
    expect(page.get_by_text("分及格；答对" if rightly else "答错了").first).to_be_visible()
    return asked


def fail_and_practise(page: Page) -> None:
    """Wrong answers are shown as wrong, with what is right, and kept until they are right."""
    button(page, "去测验")
    button(page, "开始答题")
    asked = answer(page, rightly=False)
    expect(page.get_by_text("未及格", exact=True)).to_be_visible()
    expect(page.get_by_text("答错了", exact=True)).to_have_count(3)
    right = page.get_by_role("listitem").filter(has_text="八到十二个人")
    expect(right).to_contain_text("正确答案")
    button(page, "练习错题")
    for text in asked:
        expect(page.get_by_role("link", name=text)).to_be_visible()
    page.get_by_role("link", name=PICKED).click()
    page.get_by_label(RIGHT[PICKED]).check()
    button(page, "看对不对")
    expect(page.get_by_text("答对了，这道题已掌握。还有 2 道待练习。")).to_be_visible()


def pass_quiz(page: Page, *way: str) -> None:
    """A paper with all right completes the task; the points are credited."""
    for words in way:
        button(page, words)
    answer(page, rightly=True)
    expect(page.get_by_text("测验已经及格。")).to_be_visible()
    button(page, "返回学习任务")
    expect(page.get_by_text(re.compile("您已在 .* 完成。"))).to_be_visible()
    expect(page.get_by_text("2 / 2 项")).to_be_visible()
    expect(page.get_by_text("得 2 分")).to_be_visible()


def look_at_progress(page: Page) -> None:
    """县 on the console: the own branches, and one level further down, numbers alone."""
    page.goto("/console/")
    button(page, "通知与任务")
    button(page, "已发送")
    cell(page, TITLE)
    button(page, "查看学习进度")
    expect(page.get_by_text("1 / 7 人，14.3%")).to_be_visible()
    expect(page.get_by_text("另有 1 人未激活，不计入。")).to_be_visible()
    for name in PLACES:
        row = page.get_by_role("row").filter(has_text=name)
        expect(row).to_contain_text("1（14.3%）")
    expect(page.get_by_text("共已完成 1 / 2 人")).to_be_visible()
    cell(page, STREET)
    expect(page.get_by_text("1 / 2 人，50.0%")).to_be_visible()
    expect(page.get_by_text("上级只看数字")).to_be_visible()
    expect(page.get_by_text("吴桂兰")).to_have_count(0)
    page.go_back()


def open_names(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^1\\s*已完成$")).click()
    row = page.get_by_role("row").filter(has_text=MEMBER_NAME)
    expect(row).to_contain_text("学完 1 / 1 项，测验最好 100 分，满分 100 分")
    page.get_by_role("link", name=re.compile("^6\\s*未完成$")).click()
    expect(page.get_by_role("row").filter(has_text="还没有交卷")).to_have_count(6)
    expect(page.get_by_text(MEMBER_NAME)).to_have_count(0)


def take_out(page: Page) -> dict[str, list[list[Any]]]:
    """The workbook of all who are expected, by sheet."""
    button(page, "导出 Excel")
    page.get_by_label(re.compile("^全部应完成的\\s*7 人")).check()
    with page.expect_download() as coming:
        button(page, "导出 Excel")
    assert coming.value.suggested_filename.startswith(TITLE)
    book = CalamineWorkbook.from_path(coming.value.path())
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def check(sheets: dict[str, list[list[Any]]]) -> None:
    """Names, states, scores; the sums with what they are of."""
    mark, head, *rows = sheets["完成情况"]
    assert "陈志远 尾号 0003" in str(mark[0])
    people = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert len(people) == len(rows) == 7
    mine = people.pop(MEMBER_NAME)
    assert mine["所在支部"] == "/".join(PLACES)
    assert isinstance(mine.pop("完成时间"), datetime)
    state = {"状态": "已完成", "是否逾期": "", "学完内容（项，共 1 项）": 1}
    score = {"测验最好成绩（分）": 100, "满分": 100, "是否及格": "及格", "交卷次数": 2}
    assert mine == {"姓名": MEMBER_NAME, "所在支部": mine["所在支部"], **state, **score}
    for other in people.values():
        assert other["状态"] == "未完成"
        assert (other["测验最好成绩（分）"], other["是否及格"], other["交卷次数"]) == ("", "", 0)
    about = {str(row[0]): row[1] for row in sheets["说明"] if len(row) > 1}
    sums = {key: about[f"{key}（人）"] for key in ("应完成", "已完成", "其中逾期完成", "未完成")}
    assert sums == {"应完成": 7, "已完成": 1, "其中逾期完成": 0, "未完成": 6}
    assert about["未激活，不计入应完成（人）"] == 1
    assert about["完成的标准"] == "学完全部 1 项内容，并且测验及格"
    assert isinstance(about["统计时间"], datetime)
    assert set(people) <= set(about)
    assert MEMBER_NAME not in about


def test_from_its_questions_to_the_workbook(
    own_demo: Site, open_browser: Opener, states: States, tmp_path: Path
) -> None:
    county = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    bring_questions(county, sheet(tmp_path / "读书会常识.xlsx"))
    write(county)
    set_quiz(county)
    send(county)

    pass_on(come_in(open_browser, own_demo, states, STREET_ADMIN, PHONE))

    member = come_in(open_browser, own_demo, states, MEMBER, PHONE)
    read(member)
    fail_and_practise(member)
    member.goto("/learn/tasks/")
    cell(member, TITLE)
    pass_quiz(member, "再做一次测验", "再做一次")
    member.goto("/points/")
    expect(member.get_by_text(TITLE).first).to_be_visible()

    resident = come_in(open_browser, own_demo, states, RESIDENT, PHONE)
    read(resident)
    pass_quiz(resident, "去测验", "开始答题")

    look_at_progress(county)
    open_names(county)
    check(take_out(county))
