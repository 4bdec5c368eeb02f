"""A new name asked for at the PC and decided there and on the phone; leaving an organisation."""

import re

from playwright.sync_api import Page, expect

from .conftest import DESK, Opener, Site, States
from .people import CITY_ADMIN, COUNTY_ADMIN, Person, button, come_in, register, toast

OLD, NEW = "中共临江市历山县委宣传部机关委员会", "中共临江市历山区委宣传部机关委员会"


def ask(page: Page, name: str) -> None:
    page.goto("/console/")
    button(page, "申请改名")
    page.get_by_label("新名称").fill(name)
    page.get_by_label("改名原因").fill("撤县设区")
    button(page, "提交申请")
    toast(page, "改名申请已提交")
    expect(page.get_by_role("heading", name="等待上级审核")).to_be_visible()


def test_a_new_name_is_asked_for_and_approved(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    county = come_in(open_browser, own_demo, states, COUNTY_ADMIN, DESK)
    city = come_in(open_browser, own_demo, states, CITY_ADMIN, DESK)
    ask(county, NEW)
    city.goto("/console/")
    city.get_by_role("link", name=re.compile(f"{OLD}申请改名")).click()
    row = city.get_by_role("row", name=re.compile(NEW))
    row.get_by_role("button", name="通过", exact=True).click()
    toast(city, f"已同意改名：{NEW}")
    county.goto("/console/")
    expect(county.get_by_role("heading", name=NEW)).to_be_visible()
    ask(county, OLD)  # and back, for the other tests: refused once, then approved on the phone
    phone = come_in(open_browser, own_demo, states, CITY_ADMIN)
    phone.get_by_role("link", name=re.compile(f"{NEW}申请改名")).click()
    phone.locator("summary", has_text="不通过").last.click()
    phone.get_by_role("dialog").get_by_label("原因").fill("批复未到")
    phone.get_by_role("dialog").get_by_role("button", name="不通过", exact=True).click()
    toast(phone, "改名申请，对方会收到原因")
    county.reload()
    expect(county.get_by_text("批复未到")).to_be_visible()
    ask(county, OLD)
    phone.reload()
    card = phone.locator("section", has_text=f"现在的名称：{NEW}")
    card.get_by_role("button", name="通过", exact=True).click()
    toast(phone, f"已同意改名：{OLD}")


def test_a_member_leaves(own_demo: Site, open_browser: Opener, states: States) -> None:
    person = Person("钱退出", 71)
    admin = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    button(admin, "成员")
    button(admin, "添加成员")
    admin.get_by_label("姓名").first.fill(person.name)
    admin.get_by_label("手机号码").first.fill(person.phone)
    button(admin, "完成")
    toast(admin, "已添加")
    page = open_browser(own_demo)
    register(page, own_demo, person)
    page.goto("/contacts/")
    page.get_by_role("link", name=re.compile(OLD)).click()
    page.locator("summary", has_text="退出组织").click()
    question = page.get_by_role("dialog")
    expect(question.get_by_text("须由管理员重新添加")).to_be_visible()
    question.get_by_role("button", name="退出组织", exact=True).click()
    toast(page, f"您已退出“{OLD}”")
    expect(page.get_by_text("您还没有加入学习组织")).to_be_visible()
