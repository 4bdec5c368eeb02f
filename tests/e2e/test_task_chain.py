"""A form goes down from the root, a unit fills it in, it is returned once and accepted, and comes
out in Excel; by visible words.
"""

import re
from datetime import date, datetime, timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from .conftest import DESK, Opener, Site, States
from .people import CITY_ADMIN, PROVINCE_ADMIN, button, cell, come_in, toast

TITLE = "宣讲骨干队伍情况统计表"
CITY = "中共临江市委宣传部"
LABELS = ("宣讲骨干人数", "最近一次集中培训的日期", "主要宣讲形式")


def due() -> str:
    """Three days from now, as a datetime-local input takes it."""
    return f"{timezone.localtime() + timedelta(days=3):%Y-%m-%dT18:00}"


def write(page: Page) -> None:
    """省 on the phone: words, questions, whom it is for, the preview, off."""
    button(page, "通知与任务")
    button(page, "发表格")
    page.get_by_label("标题").fill(TITLE)
    page.get_by_label("正文").fill("请各市如实填写，已经报过的数字会自动带出。")
    page.get_by_label("答复截止时间").fill(due())
    button(page, "下一步")
    ask(page, 0, LABELS[0], "number")
    page.locator("[name=q0-unit]").fill("人")
    button(page, "加一个问题：日期")
    ask(page, 1, LABELS[1], "date")
    button(page, "加一个问题：选择")
    ask(page, 2, LABELS[2], "choice")
    page.locator("[name=q2-options]").fill("理论宣讲\n文艺宣讲\n线上宣讲")
    page.get_by_label("单位答复").check()
    button(page, "保存，下一步")
    page.get_by_label(re.compile("^全部直属下级组织")).check()
    button(page, "下一步：预览")
    expect(page.get_by_text("减负：本月已经收到的")).to_be_visible()
    page.locator("summary", has_text="发送").last.click()
    button(page, "确认发送")
    toast(page, "已发送")


def ask(page: Page, number: int, label: str, kind: str) -> None:
    """One question of the editor."""
    expect(page.locator(f"[name=q{number}-label]")).to_be_visible()
    page.locator(f"[name=q{number}-label]").fill(label)
    page.locator(f"[name=q{number}-kind]").select_option(kind)


def fill(page: Page, people: str) -> None:
    """市 on the phone: from what waits to 确认提交."""
    page.goto("/tasks/")
    cell(page, TITLE)
    if "/tasks/" in page.url and page.get_by_label(LABELS[0]).count() == 0:
        page.get_by_role("link", name=re.compile("去填写|修改后重新提交")).first.click()
    page.get_by_label(LABELS[0]).fill(people)
    page.get_by_label(LABELS[1]).fill("2026-11-05")
    page.get_by_label("文艺宣讲").check()
    button(page, "提交")
    expect(page.get_by_text("请核对，没有问题就提交")).to_be_visible()
    button(page, "确认提交")
    expect(page.get_by_text("待审核").first).to_be_visible()


def open_waiting(page: Page) -> None:
    """省 on the console: from what waits to the unit's answer."""
    page.goto("/console/")
    cell(page, "任务答复待审核")
    page.get_by_role("link", name=CITY).first.click()
    expect(page.get_by_text(LABELS[0])).to_be_visible()


def test_a_form_comes_back_filled_in(own_demo: Site, open_browser: Opener, states: States) -> None:
    write(come_in(open_browser, own_demo, states, PROVINCE_ADMIN))

    city = come_in(open_browser, own_demo, states, CITY_ADMIN)
    fill(city, "1280")

    province = come_in(open_browser, own_demo, states, PROVINCE_ADMIN, DESK)
    open_waiting(province)
    expect(province.get_by_text("1280 人")).to_be_visible()
    province.locator("summary", has_text="退回修改").click()
    province.locator("#remark").fill("人数请按 11 月底的填写。")
    button(province, "退回")
    toast(province, "已退回")

    city.goto("/tasks/")
    expect(city.get_by_text("人数请按 11 月底的填写。").first).to_be_visible()
    fill(city, "128")

    open_waiting(province)
    expect(province.get_by_text("128 人")).to_be_visible()
    expect(province.get_by_text("人数请按 11 月底的填写。")).to_be_visible()
    button(province, "通过")
    toast(province, "已通过")
    take_out(province)


def take_out(page: Page) -> None:
    """省 opens the progress and takes the answers out."""
    button(page, "返回进度")
    expect(page.get_by_text("1 / 2 个单位，50.0%")).to_be_visible()
    button(page, "导出 Excel")
    page.get_by_label(re.compile("^已通过的\\s*1 份")).check()
    with page.expect_download() as coming:
        button(page, "导出 Excel")
    assert coming.value.suggested_filename.startswith(TITLE)
    book = CalamineWorkbook.from_path(coming.value.path())
    mark, head, *rows = book.get_sheet_by_name("答复").to_python()
    assert "李建华 尾号 0001" in str(mark[0])
    assert head[-3:] == ["宣讲骨干人数（人）", *LABELS[1:]]
    assert len(rows) == 1
    assert rows[0][0] == CITY
    assert rows[0][-3:] == [128, date(2026, 11, 5), "文艺宣讲"]
    about = {str(row[0]): row[1] for row in book.get_sheet_by_name("说明").to_python()}
    assert about["应答复（个单位）"] == 2
    assert isinstance(about["统计时间"], datetime)
    assert "中共望海市委宣传部" in about
