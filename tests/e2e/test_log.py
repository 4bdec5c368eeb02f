"""操作日志: read on the phone, filtered and verified at a PC, verified at the command line."""

import re

from playwright.sync_api import expect

from .conftest import DESK, PHONE, Opener, Site, States
from .people import COUNTY_ADMIN, PLAIN_MEMBER, button, come_in

SMALL = {"width": 360, "height": 740}


def test_the_phone_says_who_did_what(own_demo: Site, open_browser: Opener, states: States) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN, SMALL)
    page.goto("/office/")
    button(page, "操作日志")
    expect(page.get_by_role("heading", name="操作日志")).to_be_visible()
    page.get_by_text("筛选", exact=True).first.click()
    page.get_by_label("操作", exact=True).select_option(label="添加了成员")
    page.get_by_role("button", name="筛选", exact=True).click()
    expect(page.get_by_text(re.compile("^添加了成员：")).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == SMALL["width"]
    page.get_by_text("筛选", exact=True).first.click()
    page.get_by_label("操作", exact=True).select_option(label="任命了学习管理员")
    page.get_by_label("操作人").fill("陈")
    page.get_by_role("button", name="筛选", exact=True).click()
    expect(page.get_by_text(re.compile(r"^符合条件的 \d+ 条"))).to_be_visible()
    expect(page.get_by_text(re.compile("^任命了学习管理员：")).first).to_be_visible()
    expect(page.get_by_text(re.compile("^添加了成员："))).to_have_count(0)
    member = come_in(open_browser, own_demo, states, PLAIN_MEMBER, PHONE)
    member.goto("/office/")
    expect(member.get_by_role("link", name="操作日志")).to_have_count(0)


def test_the_console_verifies_it(own_demo: Site, open_browser: Opener, states: States) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    page.goto("/console/")
    button(page, "操作日志")
    table = page.get_by_role("table", name="操作日志")
    expect(table.get_by_role("row").nth(1)).to_be_visible()
    button(page, "校验")
    expect(page.get_by_text(re.compile(r"校验通过：\d+ 条记录完整"))).to_be_visible()
    page.get_by_label("从哪天").fill("2026-01-02")
    page.get_by_label("到哪天").fill("2026-01-01")
    button(page, "筛选")
    expect(page.get_by_text("结束日期不能早于开始日期。").last).to_be_visible()
    expect(page.get_by_label("从哪天")).to_have_value("2026-01-02")
    button(page, "查看全部")
    expect(table).to_be_visible()


def test_the_command_line_verifies_all_of_it(own_demo: Site) -> None:
    assert "没有发现改动" in own_demo.command("audit", "verify")
