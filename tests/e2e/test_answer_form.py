"""The questions' editor and the answer's form where scripts run: nothing typed is lost, files go up
as they are chosen, and what was answered once is not typed again.
"""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.files.makers import PDF

from .conftest import DESK, Opener, Site, States
from .people import COUNTY_ADMIN, PLAIN_MEMBER, button, cell, come_in, toast

NUMBER, DAY, FILE = "自学小时数", "最近一次自学的日期", "学习笔记"


def ask(page: Page, number: int, label: str) -> None:
    page.locator(f"[name=q{number}-label]").fill(label)


def write(page: Page, title: str, *, turns: bool = False) -> None:
    """县 on the console: a form with a number, a day and a file, for its members."""
    page.goto("/console/notices/")
    button(page, "发填报表格")
    page.get_by_label("标题").fill(title)
    page.get_by_label("正文").fill("请每位同志填写。")
    page.get_by_label("答复截止时间").fill(
        f"{timezone.localtime() + timedelta(days=3):%Y-%m-%dT18:00}"
    )
    button(page, "下一步")
    ask(page, 0, NUMBER)
    page.locator("[name=q0-kind]").select_option("number")
    page.locator("[name=q0-unit]").fill("小时")
    for at, (word, label) in enumerate([("文件", FILE), ("日期", DAY)], 1):
        button(page, f"加一个问题：{word}")
        expect(page.locator(f"[name=q{at}-label]")).to_be_visible()
        ask(page, at, label)
    if turns:
        turn(page)
    page.get_by_label("成员本人答复").check()
    button(page, "保存，下一步")
    page.locator("[name=own][value=whole]").check()
    button(page, "下一步：预览")
    page.locator("summary", has_text="发送").last.click()
    button(page, "确认发送")
    toast(page, "已发送")


def turn(page: Page) -> None:
    """A question goes up, is removed, and comes back; what was typed stays."""
    button(page, "第 3 题上移")
    expect(page.locator("[name=q1-label]")).to_have_value(DAY)
    button(page, "删除第 2 题")
    expect(page.locator("[name=q1-label]")).to_have_value(FILE)
    expect(page.get_by_text(f"已删除“{DAY}”")).to_be_visible()
    button(page, "恢复")
    expect(page.locator("[name=q1-label]")).to_have_value(DAY)
    expect(page.locator("[name=q0-unit]")).to_have_value("小时")
    expect(page.locator("[name=q2-label]")).to_have_value(FILE)


def open_form(page: Page, title: str) -> None:
    page.goto("/tasks/")
    cell(page, title)
    page.get_by_role("link", name="去填写").click()


def test_a_member_answers_and_is_not_asked_again(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    county = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    write(county, "自学情况登记", turns=True)

    member = come_in(open_browser, own_demo, states, PLAIN_MEMBER)
    open_form(member, "自学情况登记")
    member.get_by_label(NUMBER).fill("许多")
    member.get_by_label(FILE).set_input_files(
        {"name": "笔记.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    # it is there by itself, and so is what was typed, with what is wrong with it
    expect(member.get_by_role("link", name="笔记.pdf")).to_be_visible()
    expect(member.get_by_label(NUMBER)).to_have_value("许多")
    expect(member.get_by_text("看不懂“许多”").first).to_be_visible()
    member.get_by_label(NUMBER).fill("36")
    member.get_by_label(DAY).fill("2026-11-05")
    button(member, "提交")
    expect(member.get_by_text("36 小时")).to_be_visible()
    button(member, "确认提交")
    expect(member.get_by_text("待审核").first).to_be_visible()

    write(county, "自学情况再登记")
    open_form(member, "自学情况再登记")
    expect(member.get_by_text("里填过：36 小时")).to_be_visible()
    button(member, "全部采用")
    expect(member.get_by_label(NUMBER)).to_have_value("36")
    expect(member.get_by_label(DAY)).to_have_value("2026-11-05")
