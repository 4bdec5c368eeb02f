"""A member's notices on the phone: found, read, confirmed, put away and taken back."""

from playwright.sync_api import expect

from .conftest import Opener, Site, States
from .people import PLAIN_MEMBER, button, cell, come_in, toast

TITLE = "第一党支部本周五召开党员大会"
SMALL = {"width": 360, "height": 780}


def test_read_confirm_archive_and_find_again(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    page = come_in(open_browser, own_demo, states, PLAIN_MEMBER, SMALL)
    page.goto("/")
    cell(page, "未读通知")
    button(page, "未读")
    row = page.get_by_role("link", name=TITLE)
    expect(row).to_contain_text("未读")
    expect(row).to_contain_text("需确认")
    row.click()
    expect(page.get_by_text("请提前十分钟到场签到")).to_be_visible()
    expect(page.get_by_role("button", name="归档")).to_have_count(0)  # first what it asks for
    button(page, "确认收到")
    expect(page.get_by_text("您已在")).to_be_visible()
    expect(page.get_by_role("button", name="确认收到")).to_have_count(0)

    button(page, "归档")
    toast(page, "已归档")
    expect(page.get_by_role("heading", name="我的通知")).to_be_visible()
    expect(row).to_have_count(0)
    page.get_by_role("searchbox").fill("提前十分钟")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("已归档")
    expect(row).to_contain_text("已确认")
    button(page, "返回全部通知")
    button(page, "已归档")
    row.click()
    button(page, "取消归档，放回通知列表")
    toast(page, "已放回通知列表")
    page.goto("/notices/")
    expect(row).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
