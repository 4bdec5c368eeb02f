"""What a person does on the phone, by the words that stand on the screen."""

import io
import re
from dataclasses import dataclass

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect
from stdnum.cn import ric

from .conftest import Opener, Site, States


@dataclass(frozen=True)
class Person:
    """An invented person; ``number`` makes phone and ID number unique."""

    name: str
    number: int

    @property
    def phone(self) -> str:
        return f"1381234{self.number:04d}"

    @property
    def id_number(self) -> str:
        body = f"37010219800101{self.number:03d}"
        return body + ric.calc_check_digit(body + "0")


def button(page: Page, words: str) -> None:
    """Tap the one button or link with exactly these words."""
    page.get_by_role("button", name=words, exact=True).or_(
        page.get_by_role("link", name=words, exact=True)
    ).filter(visible=True).first.click()


def cell(page: Page, words: str) -> None:
    """Tap the row that begins with these words (rows carry a second line)."""
    page.get_by_role("link", name=re.compile(rf"^\W*{re.escape(words)}")).first.click()


def register(page: Page, site: Site, person: Person, start: str = "/") -> None:
    """Manual 1.3, from the sign-in page (where ``start`` leads a stranger) to inside."""
    page.goto(start)
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    button(page, "新用户注册")
    page.get_by_label("手机号码").fill(person.phone)
    button(page, "下一步")
    expect(page.get_by_text("《服务协议》").first).to_be_visible()
    expect(page.get_by_text("《信息保护政策》").first).to_be_visible()
    button(page, "同意")
    button(page, "获取验证码")
    masked = f"{person.phone[:3]} **** {person.phone[-4:]}"
    expect(page.get_by_text(f"验证码已发送至 +86 {masked}")).to_be_visible()
    page.get_by_label("验证码").fill(site.code_for(person.phone))
    button(page, "下一步")
    expect(page.get_by_role("heading", name="填写基本信息")).to_be_visible()
    page.get_by_label("姓名").fill(person.name)
    button(page, "进入联学")
    expect(page.get_by_text(f"欢迎您，{person.name}")).to_be_visible()


def verify(page: Page, person: Person) -> None:
    """Manual 1.4, on the real-name page."""
    expect(page.get_by_role("heading", name="个人实名认证")).to_be_visible()
    page.get_by_label("姓名").fill(person.name)
    page.get_by_label("身份证号", exact=True).fill(person.id_number)
    page.get_by_label("我已阅读以上说明").check()
    button(page, "提交认证")


PROVINCE_ADMIN, CITY_ADMIN, COUNTY_ADMIN = "13900000001", "13900000002", "13900000003"
PLAIN_MEMBER, NEWCOMER_ADMIN = "13900000005", "13900000006"


def come_in(
    open_browser: Opener,
    site: Site,
    states: States,
    phone: str,
    size: dict[str, int] | None = None,
) -> Page:
    """A browser with the demo's person of this phone in it, signed in by code the first time."""
    page = open_browser(site, size, states.get(phone))
    if phone not in states:
        page.goto("/login/")
        page.get_by_label("手机号码").fill(phone)
        button(page, "获取验证码")
        page.get_by_label("验证码").fill(site.code_for(phone))
        button(page, "登录")
        expect(page.get_by_role("navigation", name="主导航")).to_be_visible()
        states[phone] = page.context.storage_state()
    page.goto("/office/")
    return page


def toast(page: Page, words: str) -> None:
    """What just happened, as the page says it."""
    expect(page.get_by_role("status").get_by_text(words)).to_be_visible()


def qr_text(page: Page) -> str:
    """What a phone's scanner reads from the code on the page's picture."""
    page.locator(".qr").first.scroll_into_view_if_needed()
    picture = Image.open(io.BytesIO(page.locator(".qr").first.screenshot()))
    found = zxingcpp.read_barcodes(picture)
    assert len(found) == 1, found
    return str(found[0].text)
