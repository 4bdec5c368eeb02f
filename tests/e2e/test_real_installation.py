"""A real installation: no door is open in it, and an operator looks at real names by hand."""

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESK, Opener, Site
from .people import Person, button, register, verify


def sign_in(page: Page, site: Site, phone: str, start: str) -> None:
    page.goto(start)
    page.get_by_label("手机号码").fill(phone)
    button(page, "获取验证码")
    page.get_by_label("验证码").fill(site.code_for(phone))
    button(page, "登录")


def test_an_operator_approves_and_the_person_goes_on_where_it_was(
    real_site: Site, open_browser: Opener
) -> None:
    admin, operator = Person("郭文博", 31), Person("运维", 32)
    real_site.command("operator", "add", operator.phone, operator.name)
    page = open_browser(real_site)
    register(page, real_site, admin)
    expect(page.get_by_text("演示模式")).to_have_count(0)
    page.goto("/orgs/new/")
    verify(page, admin)
    expect(page.get_by_text("已提交，正在审核")).to_be_visible()
    page.goto("/orgs/new/")
    expect(page.get_by_text("待审核").first).to_be_visible()

    desk = open_browser(real_site, DESK)
    sign_in(desk, real_site, operator.phone, "/console/realname/")
    row = desk.get_by_role("row", name=re.compile(admin.name))
    expect(row).to_be_visible()
    expect(row.get_by_text(admin.id_number)).to_have_count(0)
    row.get_by_role("button", name="查看完整号码").click()
    expect(desk.get_by_text(admin.id_number)).to_be_visible()
    desk.get_by_role("row", name=re.compile(admin.name)).get_by_role("button", name="通过").click()
    expect(desk.get_by_text("没有待审核的申请")).to_be_visible()

    page.goto("/")
    expect(page.get_by_text("个人实名认证已通过").first).to_be_visible()
    page.goto("/orgs/new/")
    expect(page.get_by_role("heading", name="创建学习组织")).to_be_visible()


@pytest.mark.parametrize("path", ["/dev/components", "/dev/components/console", "/admin/"])
def test_no_developer_door_is_open(real_site: Site, open_browser: Opener, path: str) -> None:
    answer = open_browser(real_site).goto(path)
    assert answer is not None
    assert answer.status == 404
