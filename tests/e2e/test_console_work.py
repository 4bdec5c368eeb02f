"""A learning administrator at a PC: the chain's picture, an application, the tree by mouse."""

import re

from playwright.sync_api import expect

from .conftest import DESK, Opener, Site, States
from .people import (
    CITY_ADMIN,
    COUNTY_ADMIN,
    PLAIN_MEMBER,
    PROVINCE_ADMIN,
    button,
    come_in,
    toast,
)


def test_from_the_phones_face_to_the_console(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    page = come_in(open_browser, own_demo, states, CITY_ADMIN, DESK)
    page.get_by_role("link", name="电脑端管理后台", exact=True).click()
    expect(page.get_by_role("heading", name="工作台")).to_be_visible()
    member = come_in(open_browser, own_demo, states, PLAIN_MEMBER, DESK)
    expect(member.get_by_role("link", name=re.compile("电脑端管理后台"))).to_have_count(0)


def test_the_chain_opens_level_by_level(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    page = come_in(open_browser, own_demo, states, PROVINCE_ADMIN, DESK)
    page.goto("/console/")
    button(page, "认证链")
    county = page.get_by_text("中共临江市历山县委宣传部机关委员会")
    expect(county).to_have_count(0)
    with page.expect_response(lambda answer: "/console/chain/" in answer.url) as loaded:
        page.get_by_label("中共临江市委宣传部的下级").click()
    assert loaded.value.request.headers.get("hx-request") == "true"
    expect(county).to_be_visible()
    assert page.url.endswith("/console/chain/"), "the page itself has stayed"


def test_an_application_is_approved_at_the_pc(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    page = come_in(open_browser, own_demo, states, CITY_ADMIN, DESK)
    page.goto("/console/")
    page.get_by_role("link", name=re.compile("中共青石县委宣传部申请认证")).click()
    expect(page.get_by_role("heading", name="组织认证")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("中共青石县委宣传部"))
    row.get_by_role("button", name="通过", exact=True).click()
    toast(page, "已通过“中共青石县委宣传部”的认证申请")
    expect(page.get_by_role("row", name=re.compile("中共青石县委宣传部"))).to_contain_text("已通过")
    button(page, "认证链")
    expect(page.get_by_text("中共青石县委宣传部").first).to_be_visible()


def test_a_branch_is_dragged_below_another(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    page.goto("/console/")
    button(page, "成员")
    tree = page.get_by_label("目录")
    moved = tree.locator("[data-drag]", has_text="直属党支部").last
    target = tree.locator("[data-drop]", has_text="机关第二党总支").last
    moved.drag_to(target)
    question = page.get_by_role("dialog")
    expect(question.get_by_text("把“直属党支部”和它的下级移到“机关第二党总支”下面")).to_be_visible()
    question.get_by_role("button", name=re.compile("移动")).click()
    toast(page, "“直属党支部”已移动")
    expect(page.get_by_role("heading", name="直属党支部")).to_be_visible()
    inner = tree.locator("details", has_text="机关第二党总支").last
    expect(inner.get_by_text("直属党支部")).to_be_visible()
