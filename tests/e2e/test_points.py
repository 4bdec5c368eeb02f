"""Points credited, capped, explained and reversed, by visible words.

县 (console) sets its own rule for articles -> a member finishes two of them on the phone, the
second past the day's cap -> 县 sees the averages with their denominators and takes the first entry
back, with a reason -> the member reads it, and has room below the cap again.
"""

import re

from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, Opener, Site, States
from .people import COUNTY_ADMIN, button, cell, come_in, toast

#: 第二党支部's; no other test signs in as this member.
READER, NAME = "13910000030", "吴明"
BRANCH = "第二党支部"
FIRST, SECOND, THIRD = (
    "读书会怎么开，大家才愿意说话",
    "接到陌生电话，先做这三件事",
    "冬天取暖，记住四句话",
)
RULE_REASON = "按年度学习安排，每篇三分。"
REASON = "账号由他人代学，已向本人核实。"
CAPPED = "得 3 分，计 1 分：这一项当日已到上限 4 分"


def points(page: Page) -> None:
    page.goto("/console/")
    button(page, "积分")
    expect(page.get_by_role("heading", name="积分", level=1)).to_be_visible()


def set_rule(page: Page) -> None:
    """The organisation's own rule on top of the site's; the ranking is off, and nobody asked."""
    points(page)
    expect(page.get_by_role("link", name="积分排名：关闭")).to_be_visible()
    button(page, "积分规则")
    cell(page, "读完一篇内容")
    page.get_by_label("每次的分值").fill("3")
    page.get_by_label("每日上限").fill("4")
    page.get_by_label("修改的原因").fill(RULE_REASON)
    button(page, "保存新规则")
    toast(page, "新规则")


def read(page: Page, title: str) -> None:
    page.goto("/learn/search/")
    page.get_by_role("searchbox").fill(title[:5])
    page.keyboard.press("Enter")
    cell(page, title)
    page.locator("[data-end]").scroll_into_view_if_needed()
    expect(page.locator("#item-state")).to_contain_text("读完。")


def my_points(page: Page) -> None:
    page.get_by_role("link", name="我的", exact=True).click()
    cell(page, "我的积分")
    expect(page.get_by_role("heading", name="我的积分")).to_be_visible()


def total_is(page: Page, words: str) -> None:
    """The figure stands right before its words."""
    figure = page.get_by_role("link").filter(has_text="总积分（分）")
    expect(figure).to_have_text(f"{words}总积分（分）")


def look_at_own(page: Page) -> None:
    """Two entries: one whole, one cut by the cap, each explained."""
    my_points(page)
    total_is(page, "4")
    expect(page.get_by_text("积分排名")).to_have_count(0)
    expect(page.get_by_role("link", name=FIRST)).to_contain_text("+3")
    capped = page.get_by_role("link", name=SECOND)
    expect(capped).to_contain_text("已到上限")
    expect(capped).to_contain_text(CAPPED)
    expect(capped).to_contain_text("+1")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    capped.click()
    expect(page.get_by_text("为什么是 1 分")).to_be_visible()
    expect(page.get_by_text(f"{CAPPED}。")).to_be_visible()
    expect(page.get_by_text("规则：每次 3 分，每日上限 4 分")).to_contain_text("本组织的规则，")
    expect(page.get_by_text("此前已计 3 分，还可计 1 分")).to_be_visible()
    expect(page.get_by_text("按这个上限计入")).to_have_count(1)
    button(page, "返回")
    page.get_by_role("link", name=re.compile("中共临江市历山县")).click()
    expect(page.get_by_text(f"原因：{RULE_REASON}")).to_be_visible()


def average(page: Page) -> None:
    """A branch's average is its sum by its people, as all three stand in its row."""
    points(page)
    page.get_by_role("link", name="机关第一党总支", exact=True).click()
    row = page.get_by_role("row").filter(has_text=BRANCH)
    mean, total, people = (text.strip() for text in row.get_by_role("cell").all_inner_texts()[1:])
    had, heads = float(total.removesuffix(" 分")), int(people.removesuffix(" 人"))
    assert had >= 4
    assert heads > 1
    assert mean == f"{had / heads:.2f}"
    row.get_by_role("link", name=total).click()


def reverse(page: Page) -> None:
    page.get_by_role("link", name=NAME).click()
    row = page.get_by_role("row").filter(has_text=FIRST)
    row.get_by_role("link", name="更正").click()
    expect(page.get_by_text("更正以后不能恢复")).to_be_visible()
    page.get_by_label("更正的原因").fill(REASON)
    button(page, "更正 −3 分")
    toast(page, f"已更正：{NAME}")
    expect(page.get_by_role("row").filter(has_text=REASON)).to_contain_text("−3")
    expect(page.get_by_role("link", name="更正", exact=True)).to_have_count(1)  # the second's


def look_at_reversal(page: Page) -> None:
    """The member is told, and finds the reason, who did it, and the new sum."""
    page.goto("/")
    cell(page, "您的积分更正了")
    expect(page.get_by_text(f"原因：{REASON}")).to_be_visible()
    button(page, "去看看")
    expect(page.get_by_text("更正了这一笔")).to_contain_text("陈志远")
    cell(page, "原来的那一笔")
    expect(page.get_by_text("这一笔已被更正")).to_be_visible()
    my_points(page)
    total_is(page, "1")
    expect(page.get_by_text(f"{REASON}（陈志远）")).to_be_visible()


def test_credited_capped_explained_and_reversed(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    county = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    set_rule(county)

    member = come_in(open_browser, own_demo, states, READER, PHONE)
    read(member, FIRST)
    read(member, SECOND)
    look_at_own(member)

    average(county)
    reverse(county)

    look_at_reversal(member)
    read(member, THIRD)  # what was taken back left room below the cap
    my_points(member)
    total_is(member, "4")
    assert "余额都与明细一致" in own_demo.command("points", "rebuild", "--check")
