"""A notice goes down four levels to a member, and its numbers come back up, by visible words.

省 (phone) writes it -> 市 (console) and 县 (phone) pass it on -> 街道 (phone) passes it to its
members -> a member reads and confirms -> 省 sees it.
"""

import re
import time

from playwright.sync_api import Page, expect

from .conftest import DESK, Opener, Site, States
from .people import (
    CITY_ADMIN,
    COUNTY_ADMIN,
    PROVINCE_ADMIN,
    button,
    cell,
    come_in,
    toast,
)

STREET_ADMIN, RESIDENT = "13900000007", "13900000008"
TITLE = "关于组织观看专题报告会的通知"
BODY = "请各级组织通知到每一位成员，按时收看。"
CITY, COUNTY, STREET = (
    "中共临江市委宣传部",
    "中共临江市历山县委宣传部机关委员会",
    "中共明湖街道工作委员会",
)


def ask(page: Page, words: str, sure: str) -> None:
    """A button that asks first, and the answer."""
    page.locator("summary", has_text=words).last.click()
    button(page, sure)


def to_subordinates(page: Page, *, members: bool) -> None:
    """Whom it is for: everybody below, and (``members``) the own people."""
    own = "本组织全体成员" if members else "不发给本组织成员"
    page.get_by_label(own).check()
    page.get_by_label(re.compile("^全部直属下级组织")).check()
    button(page, "下一步：预览")


def write(page: Page) -> None:
    button(page, "通知与任务")
    button(page, "写通知")
    button(page, "下一步")  # nothing typed yet
    expect(page.get_by_role("alert").get_by_text("请先填写标题")).to_be_visible()
    page.get_by_label("标题").fill(TITLE)
    page.get_by_label("正文").fill(BODY)
    page.get_by_label("附件").set_input_files(
        {"name": "议程.txt", "mimeType": "text/plain", "buffer": "九点开始".encode()}
    )
    expect(page.get_by_text("议程.txt")).to_be_visible()  # goes up at once; the words stay
    expect(page.get_by_label("标题")).to_have_value(TITLE)
    page.get_by_label("需要确认收到").check()
    button(page, "下一步")
    to_subordinates(page, members=False)
    expect(page.get_by_text("个下级组织").first).to_be_visible()
    expect(page.get_by_text("减负：本月已经收到的")).to_be_visible()
    ask(page, "发送", "确认发送")
    toast(page, "已发送")


def pass_on(page: Page, remark: str, *, below: bool) -> None:
    """From 收到的 to 确认传达."""
    expect(page.get_by_text("等你处理")).to_be_visible()
    cell(page, TITLE)
    expect(page.get_by_text(BODY)).to_be_visible()
    expect(page.get_by_role("link", name="议程.txt")).to_be_visible()
    button(page, "传达")
    if below:
        to_subordinates(page, members=True)
    else:
        page.get_by_label("本组织全体成员").check()
        button(page, "下一步：预览")
    page.get_by_label("传达意见").fill(remark)
    ask(page, "传达", "确认传达")
    toast(page, "已传达")


def test_down_four_levels_and_the_numbers_back_up(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    def enter(phone: str, size: dict[str, int] | None = None) -> Page:
        return come_in(open_browser, own_demo, states, phone, size)

    province = enter(PROVINCE_ADMIN)
    write(province)

    city = enter(CITY_ADMIN, DESK)
    city.goto("/console/")
    button(city, "通知与任务")
    pass_on(city, "请各县组织好收看。", below=True)

    county = enter(COUNTY_ADMIN)
    button(county, "通知与任务")
    pass_on(county, "请各街道传达到每一位成员。", below=True)

    street = enter(STREET_ADMIN)
    button(street, "通知与任务")
    pass_on(street, "社区统一在会议室收看。", below=False)

    resident = enter(RESIDENT)
    resident.goto("/")
    cell(resident, "未读通知")
    cell(resident, TITLE)
    expect(resident.get_by_text(BODY)).to_be_visible()
    expect(resident.get_by_text("社区统一在会议室收看。")).to_be_visible()
    button(resident, "确认收到")
    expect(resident.get_by_text("确认收到。").first).to_be_visible()

    come_back_up(province)


def come_back_up(page: Page) -> None:
    """省 opens its notice and goes down to the street: one member and the administrator there have
    read and confirmed it. What was counted less than a minute ago is not counted again."""
    page.goto("/office/")
    button(page, "通知与任务")
    button(page, "已发送")
    cell(page, TITLE)
    for name in (CITY, COUNTY):
        cell(page, name)
        expect(page.get_by_text("已传达").first).to_be_visible()
    row = page.get_by_role("link", name=re.compile(STREET))
    deadline = time.monotonic() + 90
    while "已读 2 / 2" not in row.inner_text() and time.monotonic() < deadline:
        page.wait_for_timeout(5_000)
        page.reload()
    expect(row).to_contain_text("已读 2 / 2")
    expect(row).to_contain_text("已确认 2 / 2")
    expect(page.get_by_text("周学军")).to_have_count(0)  # numbers alone, of another's people
