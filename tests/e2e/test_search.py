"""Finding people and organisations on the phone: 消息 → 通讯录 → the search, in all its ways."""

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Opener, Site, States
from .people import COUNTY_ADMIN, cell, come_in

COUNTY = "中共临江市历山县委宣传部机关委员会"


def look_for(page: Page, text: str) -> None:
    """Type into the field; what is found comes by itself."""
    with page.expect_response(re.compile(r"/contacts/search/\?q=")):
        page.get_by_role("searchbox").fill(text)
    expect(page).to_have_url(re.compile(r"/contacts/search/\?q=."))


@pytest.fixture
def phone_page(open_browser: Opener, own_demo: Site, states: States) -> Page:
    return come_in(open_browser, own_demo, states, COUNTY_ADMIN)


def test_from_messages_to_a_person_and_an_organisation(phone_page: Page) -> None:
    page = phone_page
    page.goto("/")
    page.get_by_role("link", name="消息").click()
    page.get_by_role("link", name="通讯录").click()
    expect(page.get_by_role("heading", name="通讯录")).to_be_visible()
    for tile in ("新的好友", "手机联系人", "我的好友", "我的群组"):
        expect(page.get_by_role("link", name=tile)).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(COUNTY))).to_contain_text("管理")

    field = page.get_by_role("searchbox")
    field.fill("秀英")
    field.press("Enter")
    found = page.locator("#found")
    expect(found.get_by_role("link", name=re.compile("王秀英")).first).to_be_visible()
    expect(found.get_by_text("陈志远")).to_have_count(0)

    for text in ("王", "wangxiuying", "wangxiu", "wxy", "xy"):
        look_for(page, text)
        expect(found.get_by_role("link", name=re.compile("王秀英")).first).to_be_visible()
    look_for(page, "0003")
    expect(found.get_by_text("陈志远")).to_be_visible()
    expect(found.get_by_text("139 **** 0003").first).to_be_visible()
    expect(found.get_by_text("王秀英")).to_have_count(0)
    look_for(page, "没有这个人")
    expect(found.get_by_text("没有找到“没有这个人”")).to_be_visible()

    look_for(page, "wxy")
    found.get_by_role("link", name=re.compile("王秀英")).first.click()
    expect(page.get_by_text("王秀英").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"/contacts/people/\d+/"))
    page.go_back()  # what was looked for stands there still
    expect(
        page.locator("#found").get_by_role("link", name=re.compile("王秀英")).first
    ).to_be_visible()

    look_for(page, "ljs")
    cell(page, "中共临江市委宣传部")
    expect(page.get_by_role("heading", name="学习组织")).to_be_visible()
    expect(page.get_by_text("上级组织")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("中共东海省委宣传部"))).to_be_visible()


def test_members_by_letter(phone_page: Page) -> None:
    page = phone_page
    page.goto("/office/")
    page.get_by_role("link", name="成员", exact=True).first.click()
    strip = page.get_by_role("navigation", name="按字母查找")
    strip.get_by_role("link", name="W", exact=True).click()
    expect(page.get_by_text(re.compile(r"^W · 共 \d+ 人$"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("王秀英")).first).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name=re.compile("陈"))).to_have_count(0)
    box = strip.get_by_role("link", name="W", exact=True).bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    strip.get_by_role("link", name="全部").click()
    expect(page.get_by_role("link", name=re.compile("^\\W*陈")).first).to_be_visible()


def test_without_scripts(own_demo: Site, states: States, open_browser: Opener) -> None:
    signed_in = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    browser = signed_in.context.browser
    assert browser is not None
    plain = browser.new_context(
        base_url=own_demo.address,
        java_script_enabled=False,
        storage_state=signed_in.context.storage_state(),
    )
    page = plain.new_page()
    page.goto("/contacts/")
    page.get_by_role("searchbox").fill("wxy")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("link", name=re.compile("王秀英")).first).to_be_visible()
    plain.close()
