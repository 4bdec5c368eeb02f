"""手机联系人 and 我的群组 on the phone: a file goes in, who allows it is found; a group's life."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from .conftest import Opener, Site, States
from .people import (
    COUNTY_ADMIN,
    PLAIN_MEMBER,
    Person,
    button,
    cell,
    come_in,
    register,
    toast,
)

OPEN, CLOSED = Person("杭见", 161), Person("隐安", 162)


def vcard(*people: Person) -> str:
    """As an old Android writes it: 2.1, the names by byte."""
    cards = []
    for person in people:
        name = "".join(f"={byte:02X}" for byte in f"老{person.name}".encode())
        cards.append(
            "BEGIN:VCARD\r\nVERSION:2.1\r\n"
            f"FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{name}\r\n"
            f"TEL;CELL:+86 {person.phone}\r\nEND:VCARD\r\n"
        )
    return "".join(cards)


def allow_finding(page: Page) -> None:
    """我的 → 隐私."""
    page.goto("/me/")
    cell(page, "隐私")
    page.get_by_label("允许", exact=False).last.check()
    button(page, "保存")
    toast(page, "已保存")


def test_a_phone_book_finds_who_allows_it(
    own_demo: Site, open_browser: Opener, states: States, tmp_path: Path
) -> None:
    found, hidden = open_browser(own_demo), open_browser(own_demo)
    register(found, own_demo, OPEN)
    allow_finding(found)
    register(hidden, own_demo, CLOSED)

    page = come_in(open_browser, own_demo, states, PLAIN_MEMBER)
    page.goto("/contacts/")
    button(page, "手机联系人")
    expect(page.get_by_text("不保存任何姓名和号码")).to_be_visible()
    file = tmp_path / "00001.vcf"
    file.write_text(vcard(OPEN, CLOSED, Person("没来", 163)))
    page.get_by_label("联系人文件").set_input_files(file)
    button(page, "开始比对")
    expect(page.get_by_text(OPEN.name, exact=True)).to_be_visible()
    expect(page.get_by_text(f"老{OPEN.name}")).to_be_visible()
    expect(page.get_by_text(CLOSED.name)).to_have_count(0)
    expect(page.get_by_text("位联系人还没有注册，或没有允许")).to_contain_text("2 位")
    button(page, "加为好友")
    expect(page.get_by_text("已申请", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="加为好友")).to_have_count(0)

    found.goto("/contacts/friends/new/")
    expect(found.get_by_text("手机联系人")).to_be_visible()
    button(found, "同意")
    toast(found, "已经是好友了")


def test_an_internal_group_is_made_opened_and_left(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    page.goto("/contacts/")
    button(page, "我的群组")
    page.get_by_role("link", name="创建群组").first.click()
    page.get_by_label(re.compile("内部群")).first.check()
    page.get_by_label("群组名称").fill("读书小组")
    button(page, "下一步，选择成员")
    search = page.get_by_role("searchbox")
    search.fill("zwm")
    search.press("Enter")
    page.get_by_role("checkbox", name="张伟民").check()
    button(page, "添加")
    toast(page, "已添加 1 人")

    other = come_in(open_browser, own_demo, states, PLAIN_MEMBER)
    other.goto("/contacts/groups/")
    cell(other, "读书小组")
    expect(other.get_by_role("heading", name="读书小组")).to_be_visible()
    expect(other.get_by_text("成员（2）")).to_be_visible()
    expect(other.get_by_text("解散群组")).to_have_count(0)
    other.get_by_text("退出群组").first.click()
    other.get_by_role("dialog").get_by_role("button", name="退出", exact=True).click()
    toast(other, "已退出“读书小组”")
    expect(other.get_by_role("link", name=re.compile("读书小组"))).to_have_count(0)

    page.goto("/contacts/groups/")
    cell(page, "读书小组")
    page.get_by_text("解散群组").first.click()
    page.get_by_role("dialog").get_by_role("button", name="解散", exact=True).click()
    toast(page, "“读书小组”已解散")
