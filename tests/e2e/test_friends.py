"""Two phones: one shows the card, the other scans it, asks; friends; the number; the black list."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from .conftest import Opener, Site, States
from .people import (
    COUNTY_ADMIN,
    NEWCOMER_ADMIN,
    button,
    cell,
    come_in,
    qr_text,
    toast,
)


def scan_and_ask(one: Page, other: Page) -> tuple[str, str, str]:
    """The link in ``one``'s code, and both names; ``other`` has asked."""
    one.goto("/contacts/friends/new/")
    cell(one, "我的二维码名片")
    expect(one.get_by_role("heading", name="我的名片")).to_be_visible()
    mine = one.locator("main .cell-title").first.inner_text()
    link = qr_text(one)
    assert link == one.get_by_label("名片链接").input_value()
    other.goto(urlsplit(link).path)
    expect(other.get_by_text(mine)).to_be_visible()
    theirs = other.get_by_label("验证信息").input_value().removeprefix("我是")
    button(other, "加为好友")
    toast(other, "好友申请已发送")
    expect(other.get_by_text("等待对方同意")).to_be_visible()
    return link, mine, theirs


def accept(one: Page, other: Page, mine: str, theirs: str) -> None:
    """``one`` is told and accepts; each stands in the other's list."""
    one.goto("/")
    cell(one, f"{theirs}申请加您为好友")
    expect(one.get_by_role("heading", name="新的好友")).to_be_visible()
    button(one, "同意")
    toast(one, "已经是好友了")
    for page, name in ((one, theirs), (other, mine)):
        page.goto("/contacts/friends/")
        cell(page, name)
        expect(page.get_by_role("heading", name="名片")).to_be_visible()
        expect(page.get_by_text("好友", exact=True)).to_be_visible()
    other.goto("/")
    expect(other.get_by_text(f"{mine}同意了您的好友申请")).to_be_visible()


def show_number(one: Page, other: Page, mine: str) -> None:
    """The whole number, only when its owner allows it."""
    other.goto("/contacts/friends/")
    cell(other, mine)
    expect(other.get_by_role("button", name="显示号码")).to_have_count(0)
    button(one, "允许查看")
    toast(one, "对方现在可以查看您的手机号码")
    other.reload()
    button(other, "显示号码")
    expect(other.get_by_text(COUNTY_ADMIN, exact=True)).to_be_visible()
    assert other.get_by_role("link", name="呼叫").get_attribute("href") == f"tel:{COUNTY_ADMIN}"


def block(one: Page, other: Page, link: str, theirs: str) -> None:
    """The friendship ends, and asking again reaches nobody."""
    one.get_by_text("加入黑名单").first.click()
    one.get_by_role("dialog").get_by_role("button", name="加入黑名单").click()
    toast(one, "已加入黑名单")
    expect(one.get_by_text(theirs)).to_be_visible()
    other.goto("/contacts/friends/")
    expect(other.get_by_text("还没有好友")).to_be_visible()
    other.goto(urlsplit(link).path)
    button(other, "加为好友")
    toast(other, "好友申请已发送")
    one.goto("/contacts/friends/new/")
    expect(one.get_by_text(theirs)).to_have_count(0)
    one.goto("/contacts/blocked/")
    button(one, "移出")
    toast(one, "已移出黑名单")


def test_from_card_to_card(own_demo: Site, open_browser: Opener, states: States) -> None:
    one = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    other = come_in(open_browser, own_demo, states, NEWCOMER_ADMIN)
    link, mine, theirs = scan_and_ask(one, other)
    accept(one, other, mine, theirs)
    show_number(one, other, mine)
    block(one, other, link, theirs)
    one.goto("/contacts/card/")
    one.get_by_text("换一个二维码").first.click()
    one.get_by_role("dialog").get_by_role("button", name="换一个").click()
    toast(one, "已换新")
    assert qr_text(one) != link
    other.goto(urlsplit(link).path)
    expect(other.get_by_text("这张名片已经失效")).to_be_visible()
