"""权限说明 on the console, and 解散 looked at and done on the phone."""

import re

from playwright.sync_api import Page, expect

from .conftest import DESK, Opener, Site, States
from .people import CITY_ADMIN, COUNTY_ADMIN, PLAIN_MEMBER, button, cell, come_in, toast


def choose_reach(page: Page, words: str, *, looser: bool = False) -> None:
    """In 安全中心: the general reach; what shows more of people is asked about first."""
    page.get_by_role("radio", name=re.compile(f"^{words}")).check()
    button(page, "保存")
    if looser:
        button(page, "确认修改")
    toast(page, "已保存")


def test_a_rule_changes_and_the_reason_with_it(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    page.goto("/console/")
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="权限说明").click()
    table = page.get_by_role("region", name="管理员的权限")
    table.focus()
    before = table.evaluate("one => one.scrollLeft")
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("before => document.activeElement.scrollLeft > before", arg=before)
    expect(table.get_by_role("row", name=re.compile("刘秀英")).first).to_contain_text("总支")
    page.get_by_role("searchbox").fill("张伟民")
    button(page, "查找")
    cell(page, "张伟民")
    expect(page.get_by_role("heading", name="张伟民的权限")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("添加成员"))
    expect(row).to_contain_text("只有本组织的管理员")
    expect(page.get_by_text("按本组织的一般规定“整个组织”").first).to_be_visible()
    person = page.url
    cell(page, "在“安全中心”更改")
    choose_reach(page, "仅本支部")
    page.goto(person)
    expect(page.get_by_text("按本组织的一般规定“仅本支部”")).to_be_visible()
    own = come_in(open_browser, own_demo, states, PLAIN_MEMBER)
    button(own, "我的权限")
    expect(own.get_by_text("按本组织的一般规定“仅本支部”")).to_be_visible()
    cell(page, "在“安全中心”更改")
    choose_reach(page, "整个组织", looser=True)
    own.reload()
    expect(own.get_by_text("按本组织的一般规定“整个组织”").first).to_be_visible()


def test_dissolving_looks_first(own_demo: Site, open_browser: Opener, states: States) -> None:
    name = "中共银杏县委宣传部"
    page = come_in(open_browser, own_demo, states, CITY_ADMIN)
    page.goto("/orgs/new/")
    page.get_by_label("学习组织名称").fill(name)
    page.get_by_label("所在地区").select_option(label="山东省")
    page.get_by_label("市、州").select_option(label="济南市")
    page.get_by_label("县、区").select_option(label="历下区")
    button(page, "下一步")
    button(page, "确认创建")
    button(page, "更多设置")
    cell(page, "解散组织")
    for words in ("会结束的", "会保留的", "成员的账号和积分"):
        expect(page.get_by_text(words, exact=True)).to_be_visible()
    page.get_by_label("组织名称").fill("中共银杏县")
    button(page, "解散组织")
    expect(page.get_by_text("与组织名称不一致")).to_be_visible()
    page.get_by_label("组织名称").fill(name)
    button(page, "解散组织")
    toast(page, f"“{name}”已解散")
    expect(page.get_by_role("link", name=re.compile(name))).to_have_count(0)


def test_what_is_in_the_way_of_dissolving(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    button(page, "更多设置")
    cell(page, "解散组织")
    expect(page.get_by_text("现在还不能解散")).to_be_visible()
    expect(page.get_by_role("button", name="解散组织")).to_have_count(0)
    cell(page, "1. 解除下级组织的认证")
    expect(page.get_by_text("先要解除的下级组织")).to_be_visible()
