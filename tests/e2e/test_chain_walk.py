"""The manual's 1.3 -> 1.4 -> 2.1 -> 2.2 -> 2.3, walked on a phone by the words on the screen.

Three organisations are certified one below the other; the invitation is read from the picture.
"""

import re

from playwright.sync_api import Page, expect

from .conftest import Opener, Site
from .people import Person, button, cell, qr_text, register, verify

PROVINCE = "中共东海省委宣传部"
CITY = "中共临江市委宣传部"
COUNTY = "中共临江市历山县委宣传部机关委员会"


def create_organization(page: Page, name: str, person: Person) -> None:
    """Manual 2.1, with real-name verification on the way and back; the region step by step."""
    page.goto("/")
    page.get_by_role("link", name="通讯录").first.click()
    expect(page.get_by_role("heading", name="通讯录")).to_be_visible()
    button(page, "创建学习组织")
    verify(page, person)
    expect(page.get_by_role("heading", name="创建学习组织")).to_be_visible()
    page.get_by_label("学习组织名称").fill(name)
    page.get_by_label("所在地区").select_option(label="山东省")
    page.get_by_label("市、州").select_option(label="济南市")
    page.get_by_label("县、区").select_option(label="历下区")
    button(page, "下一步")
    expect(page.get_by_role("heading", name="请您确认")).to_be_visible()
    expect(page.get_by_text(name).first).to_be_visible()
    expect(page.get_by_text("山东省济南市历下区")).to_be_visible()
    button(page, "确认创建")
    expect(page.get_by_role("heading", name="管理")).to_be_visible()
    expect(page.get_by_text("未认证").first).to_be_visible()


def open_management(page: Page) -> None:
    page.goto("/office/")
    page.get_by_role("link", name="管理").first.click()


def invite(page: Page, name: str) -> str:
    """Manual 2.3.2: the invitation's address, as a scanner reads it from the screen."""
    open_management(page)
    button(page, "邀请下级组织认证")
    page.get_by_label("限定组织名称").fill(name)
    button(page, "生成邀请")
    address = qr_text(page)
    assert address == page.get_by_label("邀请链接").input_value()
    return address


def apply(page: Page, address: str, name: str) -> None:
    """Manual 2.3.1: open the link, choose the organisation, 提交."""
    page.goto(address)
    page.get_by_label(name).check()
    button(page, "提交")
    expect(page.get_by_text("等待").first).to_be_visible()


def approve(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_role("link", name=re.compile(f"{name}申请认证")).click()
    expect(page.get_by_role("heading", name="收到的认证申请")).to_be_visible()
    button(page, "通过")
    expect(page.get_by_text("已通过").first).to_be_visible()


def test_three_organizations_one_below_the_other(site: Site, open_browser: Opener) -> None:
    province_admin, city_admin, county_admin = (
        Person("李建华", 1),
        Person("王丽萍", 2),
        Person("陈志远", 3),
    )
    province = open_browser(site)
    register(province, site, province_admin)
    create_organization(province, PROVINCE, province_admin)
    site.command("chain", "root", PROVINCE)
    open_management(province)
    expect(province.get_by_text("已认证").first).to_be_visible()

    city_link = invite(province, CITY)
    city = open_browser(site)
    register(city, site, city_admin, start=city_link)
    create_organization(city, CITY, city_admin)
    apply(city, city_link, CITY)
    approve(province, CITY)
    open_management(city)
    expect(city.get_by_text("已认证").first).to_be_visible()

    county_link = invite(city, COUNTY)
    county = open_browser(site)
    register(county, site, county_admin)
    create_organization(county, COUNTY, county_admin)
    apply(county, county_link, COUNTY)
    approve(city, COUNTY)
    open_management(county)
    expect(county.get_by_text("已认证").first).to_be_visible()
    expect(county.get_by_text(f"上级：{CITY}")).to_be_visible()

    open_management(province)
    button(province, "下级组织")
    province.get_by_role("link", name=re.compile(CITY)).click()
    expect(province.get_by_text(COUNTY).first).to_be_visible()


def test_branches_people_and_the_one_who_comes_later(site: Site, open_browser: Opener) -> None:
    """Manual 2.2 on the phone; the person added by phone is 已激活 as soon as they register."""
    admin, comer = Person("赵敏", 11), Person("孙立新", 12)
    page = open_browser(site)
    register(page, site, admin)
    create_organization(page, "中共白杨区委宣传部", admin)
    button(page, "组织架构")
    button(page, "管理")
    cell(page, "添加党支部")
    page.get_by_label("名称").fill("第一党支部")
    button(page, "完成")
    expect(page.get_by_text("第一党支部").first).to_be_visible()
    open_management(page)
    button(page, "组织架构")
    cell(page, "第一党支部")
    button(page, "添加成员")
    page.get_by_label("姓名").first.fill(comer.name)
    page.get_by_label("手机号码").first.fill(comer.phone)
    button(page, "完成")
    expect(page.get_by_text(comer.name).first).to_be_visible()
    expect(page.get_by_text("未激活").first).to_be_visible()

    other = open_browser(site)
    register(other, site, comer)
    expect(other.get_by_text("中共白杨区委宣传部").first).to_be_visible()
    page.reload()
    expect(page.get_by_text("未激活")).to_have_count(0)


def test_disagreeing_leaves_nothing(site: Site, open_browser: Opener) -> None:
    """不同意 and 取消验证 lead back, and the number can begin afresh."""
    person = Person("周涛", 21)
    page = open_browser(site)
    page.goto("/register/")
    page.get_by_label("手机号码").fill(person.phone)
    button(page, "下一步")
    button(page, "不同意")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    page.goto("/register/code/")
    expect(page.get_by_label("验证码")).to_have_count(0)
    register(page, site, person)
