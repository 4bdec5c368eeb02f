"""Keeping an organisation in order on the phone: branches, people, offices, certification."""

import re

from playwright.sync_api import Page, expect

from .conftest import Opener, Site, States
from .people import (
    CITY_ADMIN,
    COUNTY_ADMIN,
    NEWCOMER_ADMIN,
    Person,
    button,
    cell,
    come_in,
    register,
    toast,
    verify,
)

COUNTY = "中共临江市历山县委宣传部机关委员会"


def manage_branches(page: Page, branch: str = "") -> None:
    """工作 → 组织架构 (→ the branch) → 管理."""
    page.goto("/office/")
    button(page, "组织架构")
    if branch:
        cell(page, branch)
        expect(page.get_by_role("heading", name=branch)).to_be_visible()
    button(page, "管理")
    expect(page.get_by_text("添加党支部").first).to_be_visible()


def add_branch(page: Page, name: str) -> None:
    manage_branches(page)
    cell(page, "添加党支部")
    page.get_by_label("名称").fill(name)
    button(page, "完成")
    toast(page, f"已添加“{name}”")


def add_member(page: Page, name: str, phone: str) -> None:
    page.goto("/office/")
    button(page, "成员")
    button(page, "添加成员")
    page.get_by_label("姓名").first.fill(name)
    page.get_by_label("手机号码").first.fill(phone)
    button(page, "完成")
    toast(page, "已添加")


def open_member(page: Page, name: str) -> None:
    page.goto("/office/")
    button(page, "成员")
    search = page.get_by_role("searchbox")
    search.fill(name)
    search.press("Enter")
    cell(page, name)
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def test_branches_move_merge_and_end(own_demo: Site, open_browser: Opener, states: States) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    add_branch(page, "青年党支部")
    add_branch(page, "网信党支部")
    manage_branches(page, "网信党支部")
    cell(page, "移动")
    page.get_by_label("移到哪里").select_option(label="青年党支部")
    button(page, "移动")
    toast(page, "“网信党支部”已移动")
    expect(page.get_by_label("所在位置")).to_contain_text("青年党支部")
    button(page, "管理")
    cell(page, "合并")
    page.get_by_label("并入哪个支部").select_option(label="青年党支部")
    button(page, "下一步")
    button(page, "确认合并")
    toast(page, "“网信党支部”已并入“青年党支部”")
    button(page, "管理")
    page.get_by_text("删除这个支部").first.click()
    page.get_by_role("dialog").get_by_role("button", name="删除", exact=True).click()
    toast(page, "“青年党支部”已删除")
    expect(page.get_by_role("link", name=re.compile("青年党支部"))).to_have_count(0)


def test_a_wrong_phone_is_put_right_and_its_owner_comes(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    person = Person("钱多多", 101)
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    add_member(page, person.name, "13812349999")
    open_member(page, person.name)
    cell(page, "更正手机号码")
    page.get_by_label("正确的手机号码").or_(page.get_by_label("正确的号码")).fill(person.phone)
    button(page, "保存")
    toast(page, "号码已更正")
    register(open_browser(own_demo), own_demo, person)
    page.reload()
    expect(page.get_by_text("已激活").first).to_be_visible()
    expect(page.get_by_text("更正手机号码")).to_have_count(0)


def test_removing_asks_why(own_demo: Site, open_browser: Opener, states: States) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    add_member(page, "孙小梅", "13812348888")
    open_member(page, "孙小梅")
    cell(page, "移出组织")
    page.get_by_label("移出原因").fill("组织关系转出")
    button(page, "移出")
    toast(page, "孙小梅已移出")
    page.goto("/office/")
    button(page, "成员")
    page.get_by_role("searchbox").fill("孙小梅")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_text("没有找到符合条件的成员")).to_be_visible()


def test_a_learning_administrator_is_appointed(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    person = Person("郑学文", 103)
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    add_member(page, person.name, person.phone)
    other = open_browser(own_demo)
    register(other, own_demo, person)
    page.goto("/office/")
    button(page, "管理员")
    button(page, "任命学习管理员")
    page.get_by_role("searchbox").fill(person.name)
    page.get_by_role("searchbox").press("Enter")
    cell(page, person.name)
    page.get_by_label("管理范围").select_option(label="机关第二党总支")
    button(page, "任命")
    toast(page, f"已任命{person.name}为学习管理员")
    expect(page.get_by_text("负责：机关第二党总支")).to_be_visible()
    other.goto("/office/")
    expect(other.get_by_text("学习管理员 · 机关第二党总支")).to_be_visible()
    button(other, "管理")
    expect(other.get_by_role("heading", name="管理", exact=True)).to_be_visible()


def test_the_main_administrator_hands_over(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    """Two browsers: the offer here, the answer there, and the office is there alone."""
    successor = Person("冯接任", 104)
    page = come_in(open_browser, own_demo, states, NEWCOMER_ADMIN)
    page.goto("/contacts/")
    cell(page, "中共青石县委宣传部")
    button(page, "成员")
    button(page, "添加成员")
    page.get_by_label("姓名").first.fill(successor.name)
    page.get_by_label("手机号码").first.fill(successor.phone)
    button(page, "完成")
    toast(page, "已添加")
    other = open_browser(own_demo)
    register(other, own_demo, successor)
    page.goto("/contacts/")
    cell(page, "中共青石县委宣传部")
    button(page, "管理员")
    button(page, "移交主管理员")
    cell(page, successor.name)
    page.get_by_label(re.compile("移交后我担任学习管理员")).check()
    button(page, "发出移交")
    toast(page, f"已发给{successor.name}")

    other.goto("/")
    other.get_by_role("link", name=re.compile("请您担任“中共青石县委宣传部”的主管理员")).click()
    button(other, "接受")
    verify(other, successor)
    button(other, "接受")
    toast(other, "您现在是主管理员")
    page.goto("/contacts/")
    cell(page, "中共青石县委宣传部")
    button(page, "管理员")
    expect(page.get_by_role("link", name=re.compile(successor.name))).to_contain_text(
        "负责整个组织"
    )
    expect(page.get_by_text("移交主管理员")).to_have_count(0)


def test_a_newcomer_registers_through_a_claim_link(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    name, person = "中共解放路街道工作委员会", Person("蒋负责", 105)
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    button(page, "下级组织")
    cell(page, name)
    button(page, "认领链接")
    button(page, "生成认领链接")
    link = page.get_by_label("认领链接", exact=True).input_value()
    other = open_browser(own_demo)
    register(other, own_demo, person, start=link)
    expect(other.get_by_role("heading", name=name)).to_be_visible()
    button(other, "去实名认证")
    verify(other, person)
    button(other, "认领并担任主管理员")
    toast(other, f"您现在是“{name}”的主管理员")
    expect(other.get_by_text(f"上级：{COUNTY}")).to_be_visible()
    page.reload()
    expect(page.get_by_text("已经有主管理员了")).to_be_visible()


def test_refused_with_a_reason_and_withdrawn(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    name = "中共青松县委宣传部"
    city = come_in(open_browser, own_demo, states, CITY_ADMIN)
    button(city, "邀请下级组织认证")
    city.get_by_label("不限次数").check()
    button(city, "生成邀请")
    link = city.get_by_label("邀请链接").input_value()

    page = come_in(open_browser, own_demo, states, NEWCOMER_ADMIN)
    page.goto("/orgs/new/")
    page.get_by_label("学习组织名称").fill(name)
    page.get_by_label("所在地区").select_option(label="山东省")
    page.get_by_label("市、州").select_option(label="济南市")
    page.get_by_label("县、区").select_option(label="历下区")
    button(page, "下一步")
    button(page, "确认创建")
    expect(page.get_by_role("heading", name=name)).to_be_visible()

    def apply() -> None:
        page.goto(link)
        page.get_by_label(name).check()
        button(page, "提交")
        toast(page, "认证申请已提交")

    apply()
    city.goto("/")
    city.get_by_role("link", name=re.compile(f"{name}申请认证")).click()
    card = city.locator("section", has_text=name).first
    card.get_by_text("不通过", exact=True).first.click()
    question = city.get_by_role("dialog")
    question.get_by_label("原因").fill("请使用本单位党组织全称")
    question.get_by_role("button", name="不通过", exact=True).click()
    toast(city, f"已退回“{name}”的认证申请")
    page.reload()
    expect(page.get_by_text("请使用本单位党组织全称")).to_be_visible()

    apply()
    page.get_by_text("撤回申请").first.click()
    page.get_by_role("dialog").get_by_role("button", name="撤回申请").click()
    toast(page, "认证申请已撤回")
    city.goto("/")
    expect(city.get_by_text(f"{name}申请认证")).to_have_count(0)


def test_decertifying_shows_first_what_stands_in_the_way(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    name = "中共柳泉镇委员会"
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    button(page, "组织认证")
    cell(page, "解除与上级的认证")
    expect(page.get_by_text("请先逐一解除它们的认证")).to_be_visible()
    expect(page.get_by_role("button", name="解除认证")).to_have_count(0)
    cell(page, name)
    page.get_by_label("解除的原因").fill("机构撤并")
    button(page, "解除认证")
    toast(page, f"已解除“{name}”的认证")
    expect(page.get_by_role("heading", name="下级组织")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(name))).to_have_count(0)
