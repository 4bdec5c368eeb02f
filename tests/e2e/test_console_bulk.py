"""Many members at a PC: filter, order, columns, ticks by keyboard; move, appoint, ask, remove.

The people used stand in 机关第二党总支 of the demo's county, which no other test changes.
"""

import re

from playwright.sync_api import Page, expect

from .conftest import DESK, Opener, Site, States
from .people import COUNTY_ADMIN, button, come_in, toast


def names(page: Page) -> list[str]:
    return [one.inner_text() for one in page.locator("[data-row] .who a").all()]


def open_branch(page: Page, name: str) -> None:
    page.get_by_label("目录").get_by_role("treeitem", name=re.compile(f"^{name}")).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def confirm(page: Page, words: str) -> None:
    page.get_by_role("button", name=re.compile(words)).click()


def test_filter_order_and_pages(own_demo: Site, open_browser: Opener, states: States) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    page.goto("/console/members/")
    page.evaluate("window.stays = true")  # the table alone is loaded
    page.get_by_role("combobox", name="状态").select_option(label="未激活")
    page.wait_for_url(re.compile(r"\?state=invited$"))
    expect(page.get_by_role("cell", name="已激活", exact=True)).to_have_count(0)
    page.get_by_role("link", name="姓名").click()
    page.wait_for_url(re.compile("sort=-name"))
    expect(page.locator("th[aria-sort='descending']")).to_contain_text("姓名")
    turned = names(page)
    page.get_by_role("link", name="姓名").click()
    expect(page.locator("th[aria-sort='ascending']")).to_contain_text("姓名")
    assert names(page) == turned[::-1]
    page.get_by_role("combobox", name="状态").select_option(label="全部状态")
    page.get_by_role("link", name="下一页").click()
    page.wait_for_url(re.compile("page=2"))
    assert page.evaluate("window.stays"), "the page itself has stayed"
    page.go_back()
    expect(page.get_by_role("link", name="上一页")).to_have_count(0)


def test_rows_are_ticked_by_keyboard(own_demo: Site, open_browser: Opener, states: States) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    page.goto("/console/members/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("jk?x")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("searchbox").fill("")
    page.get_by_role("heading", level=1).click()
    for key in ("j", "j", "x", "ArrowDown", "Space", "k"):
        page.keyboard.press(key)
    status = page.get_by_role("status").filter(has_text="已选择")
    expect(status).to_have_text("已选择 2 人")
    expect(page.locator("[data-row]").nth(1).get_by_role("checkbox")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="键盘快捷键")).to_be_visible()
    page.keyboard.press("Escape")
    expect(status).to_have_text("已选择 2 人")
    boxes = page.locator("[data-row] input")
    boxes.nth(5).click()
    boxes.nth(9).click(modifiers=["Shift"])
    expect(status).to_have_text("已选择 7 人")
    page.get_by_label("选择本页全部").check()
    expect(status).to_have_text("已选择 20 人")
    page.get_by_label(re.compile("选择符合条件的全部")).check()
    expect(status).to_have_text(re.compile(r"已选择 [6-9]\d 人"))
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("Escape")
    expect(status).to_have_count(0)


def test_columns_and_the_way_to_a_person(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    page.goto("/console/members/")
    page.get_by_text("显示的列").click()
    columns = page.get_by_role("dialog", name="表格显示哪些列")
    columns.get_by_label("添加时间").check()
    columns.get_by_label("手机号").uncheck()
    columns.get_by_role("button", name="保存").click()
    expect(page.get_by_role("columnheader", name="添加时间")).to_be_visible()
    expect(page.get_by_role("columnheader", name="手机号")).to_have_count(0)

    page.keyboard.press("j")
    first = names(page)[0]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=first)).to_be_visible()


def test_the_tree_by_keyboard(own_demo: Site, open_browser: Opener, states: States) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    page.goto("/console/members/")
    tree = page.get_by_role("tree", name="组织架构")
    top = tree.get_by_role("treeitem").first
    top.focus()
    page.keyboard.press("ArrowDown")
    branch = page.locator(":focus")
    expect(branch).to_have_text(re.compile("机关第一党总支"))
    expect(branch).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    expect(branch).to_have_attribute("aria-expanded", "true")
    expect(tree.get_by_text("离退休党支部")).to_be_visible()
    page.keyboard.press("ArrowRight")
    inner = page.locator(":focus").inner_text()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(":focus")).to_have_text(re.compile("机关第一党总支"))
    page.keyboard.press("ArrowLeft")
    expect(branch).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(inner.split("\n")[0])


def test_many_are_moved_appointed_asked_and_removed(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    page.goto("/console/members/")
    open_branch(page, "机关第二党总支")
    chosen = names(page)[:3]
    boxes = page.locator("[data-row] input")
    for at in range(3):
        boxes.nth(at).check()
    button(page, "调整支部")
    expect(page.get_by_text("已选择 3 人")).to_be_visible()
    page.get_by_label("调整到").select_option(label="机关第二党总支")
    button(page, "下一步")
    confirm(page, r"调整 \d 人")
    toast(page, "调整到“机关第二党总支”")

    # one of them becomes administrator, another one is asked again, all three leave
    page.get_by_role("combobox", name="范围").select_option(label="只看本级")
    page.wait_for_url(re.compile("direct=1"))
    assert set(chosen) <= set(names(page))
    page.get_by_label(f"选择{chosen[0]}").first.check()
    button(page, "任命学习管理员")
    if page.get_by_role("button", name="下一步").count():
        page.get_by_label("管理范围").select_option(label="机关第二党总支")
        button(page, "下一步")
        confirm(page, "任命 1 人")
        toast(page, "已任命 1 位“机关第二党总支”的学习管理员")
    else:  # who has not come can't be appointed, and the page says so
        expect(page.get_by_text("激活后才能任命")).to_be_visible()
        button(page, "返回列表")

    page.goto("/console/members/")
    page.get_by_role("combobox", name="状态").select_option(label="未激活")
    page.wait_for_url(re.compile("state=invited"))
    page.locator("[data-row] input").first.check()
    button(page, "再次邀请")
    expect(page.get_by_label("邀请文字")).to_have_value(re.compile("邀请您加入"))
    confirm(page, "向 1 人发送邀请短信")
    toast(page, "正在向 1 人发送邀请短信")
    page.locator("[data-row] input").first.check()
    button(page, "再次邀请")
    expect(page.get_by_text("一天内已经邀请过")).to_be_visible()
    button(page, "返回列表")

    page.goto("/console/members/")
    open_branch(page, "机关第二党总支")
    for name in chosen:
        page.get_by_label(f"选择{name}", exact=True).first.check()
    button(page, "移出")
    page.get_by_label("移出原因").fill("组织关系转出")
    confirm(page, "移出 3 人")
    toast(page, "已移出 3 人")
    expect(page.get_by_role("heading", name="机关第二党总支", level=1)).to_be_visible()
