"""Looking after what was sent, by visible words: numbers, the names behind them, a reminder by text
message, the recall and the trace it leaves."""

import json
import re
import time

from playwright.sync_api import Page, expect

from .conftest import DESK, Opener, Site, States
from .people import COUNTY_ADMIN, PLAIN_MEMBER, button, cell, come_in, toast

TITLE = "大风降温，请关心身边的老党员"
BODY = "近日有大风降温天气"
WHY = "气象台已解除预警"


def to_picture(page: Page) -> None:
    page.goto("/console/")
    button(page, "通知与任务")
    button(page, "已发送")
    page.get_by_role("link", name=re.compile(TITLE)).first.click()
    expect(page.get_by_role("heading", name="传达情况")).to_be_visible()


def texts_sent(site: Site) -> list[str]:
    lines = (site.data_dir / "sms.jsonl").read_text().splitlines()
    return [row["phone"] for row in map(json.loads, lines) if "notice" in row]


def remind(page: Page, site: Site) -> None:
    """By text message, too; once an hour."""
    page.locator("summary", has_text="提醒未读").click()
    page.get_by_label(re.compile("同时发短信")).check()
    button(page, "提醒")
    toast(page, "已提醒还没有看的成员")
    expect(page.get_by_text("以后可以再次提醒")).to_be_visible()
    expect(page.locator("summary", has_text="提醒未读")).to_have_count(0)
    deadline = time.monotonic() + 60
    while PLAIN_MEMBER not in texts_sent(site) and time.monotonic() < deadline:
        page.wait_for_timeout(500)
    page.wait_for_timeout(1_000)
    sent = texts_sent(site)
    assert PLAIN_MEMBER in sent
    assert len(sent) == len(set(sent)), "at most one a person"


def recall(page: Page) -> None:
    button(page, "撤回")
    expect(page.get_by_text("撤回不能恢复")).to_be_visible()
    page.get_by_label("撤回的原因").fill(WHY)
    button(page, "撤回")
    toast(page, "已撤回")
    expect(page.get_by_text(f"原因：{WHY}")).to_be_visible()
    expect(page.get_by_role("link", name="撤回", exact=True)).to_have_count(0)


def test_numbers_names_a_reminder_and_a_recall(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    admin = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    to_picture(admin)
    unread = admin.locator("a[href$='?state=unread']").first
    number = unread.inner_text()
    unread.click()
    expect(admin.get_by_role("heading", name=f"共 {number} 人")).to_be_visible()
    admin.get_by_placeholder("按姓名查找").fill("张伟民")
    admin.get_by_placeholder("按姓名查找").press("Enter")
    expect(admin.get_by_role("link", name="张伟民")).to_be_visible()
    to_picture(admin)
    remind(admin, own_demo)

    member = come_in(open_browser, own_demo, states, PLAIN_MEMBER)
    member.goto("/notices/")
    expect(member.get_by_text("提醒").first).to_be_visible()
    cell(member, TITLE)
    expect(member.get_by_text(BODY)).to_be_visible()

    recall(admin)
    member.reload()
    expect(member.get_by_text(WHY)).to_be_visible()
    expect(member.get_by_text(BODY)).to_have_count(0)
