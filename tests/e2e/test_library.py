"""The 学习 tab on the phone: what waits first, words typed and found, kept, talked about."""

from playwright.sync_api import expect

from .conftest import Opener, Site, States
from .people import PLAIN_MEMBER, button, cell, come_in, toast

WALK = "柳泉村史步道怎么走"
SMALL = {"width": 360, "height": 780}


def test_find_keep_and_say_something(own_demo: Site, open_browser: Opener, states: States) -> None:
    page = come_in(open_browser, own_demo, states, PLAIN_MEMBER, SMALL)
    page.goto("/")
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="学习").click()
    expect(page.get_by_role("heading", level=2).first).to_have_text("等你完成")
    expect(page.get_by_role("link", name="冬季居家安全，学一学、测一测")).to_contain_text(
        "1 / 3 项"
    )
    expect(page.get_by_role("link", name="自助借书，三步一分钟").first).to_contain_text("看到 0:12")

    page.get_by_role("searchbox").fill("磨坊")
    page.keyboard.press("Enter")
    expect(page.get_by_text("找到 2 条")).to_be_visible()
    page.get_by_role("searchbox").fill("磨坊 老槐树 坡道")  # found while one types
    expect(page.get_by_text("找到 1 条")).to_be_visible()
    cell(page, WALK)

    expect(page.get_by_role("heading", name="路上看什么")).to_be_visible()
    button(page, "收藏")
    expect(page.get_by_role("button", name="已收藏")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("说说您的想法").fill("周末带老人去走一走。")
    button(page, "发表评论")
    toast(page, "管理员审核后显示")
    expect(page.get_by_text("周末带老人去走一走。")).to_be_visible()
    expect(page.get_by_text("待审核")).to_be_visible()

    page.goto("/learn/favourites/")
    expect(page.get_by_role("link", name=WALK)).to_be_visible()
    cell(page, WALK)
    button(page, "已收藏")
    expect(page.get_by_role("button", name="收藏", exact=True)).to_be_visible()
    page.locator("summary", has_text="删除").click()
    page.get_by_role("button", name="删除", exact=True).last.click()
    toast(page, "评论已删除")
    page.goto("/learn/records/")
    expect(page.get_by_role("link", name=WALK)).to_be_visible()
    for address in ("/learn/", "/learn/all/", "/learn/favourites/", "/learn/records/"):
        page.goto(address)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, address
