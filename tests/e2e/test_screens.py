"""The main screens as pictures, at three widths: nothing cut off, and something to look at.

``make screens`` keeps them in docs/screens/; otherwise they go with the test's folder.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import DESK, PHONE, ROOT, Site

COUNTY_ADMIN, CITY_ADMIN, MEMBER = "13900000003", "13900000002", "13900000005"
SMALL = {"width": 360, "height": 780}

#: file name, who looks (None: nobody signed in), the path or the words to tap on 管理, the heading.
MOBILE = (
    ("01-login", None, "/login/", "登录"),
    ("02-register", None, "/register/", "新用户注册"),
    ("03-messages", CITY_ADMIN, "/", "消息"),
    ("04-contacts", COUNTY_ADMIN, "/contacts/", "通讯录"),
    ("05-work", COUNTY_ADMIN, "/office/", "工作"),
    ("06-manage", COUNTY_ADMIN, "管理", "管理"),
    ("07-tree", COUNTY_ADMIN, "组织架构", "组织架构"),
    ("08-members", COUNTY_ADMIN, "成员", "成员"),
    ("09-subordinates", CITY_ADMIN, "下级组织", "下级组织"),
    ("10-received", CITY_ADMIN, "收到的认证申请", "收到的认证申请"),
    ("11-realname", MEMBER, "/me/realname/", "个人实名认证"),
    ("12-me", COUNTY_ADMIN, "/me/", "我的"),
    ("13-my-access", COUNTY_ADMIN, "我的权限", "我的权限"),
    ("14-my-notices", COUNTY_ADMIN, "/notices/", "我的通知"),
    ("15-my-tasks", COUNTY_ADMIN, "/tasks/", "我的任务"),
    ("16-notices", COUNTY_ADMIN, "通知与任务", "通知与任务"),
    ("17-learning", MEMBER, "/learn/", "学习"),
    ("18-library", MEMBER, "/learn/all/", "全部学习内容"),
)
CONSOLE = (
    ("20-console-home", CITY_ADMIN, "/console/", "工作台"),
    ("21-console-chain", CITY_ADMIN, "/console/chain/", "认证链"),
    ("22-console-certification", CITY_ADMIN, "/console/certification/", "组织认证"),
    ("23-console-access", COUNTY_ADMIN, "/console/access/", "权限说明"),
    ("24-console-notices", COUNTY_ADMIN, "/console/notices/", "通知与任务"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures go."""
    if os.environ.get("LIANXUE_SCREENS"):
        kept = ROOT / "docs" / "screens"
        kept.mkdir(parents=True, exist_ok=True)
        return kept
    return tmp_path_factory.mktemp("screens")


@pytest.fixture(scope="module")
def signed_in(browser: Browser, demo_site: Site) -> dict[str | None, dict[str, object]]:
    """The storage state of each person, signed in once by code."""
    states: dict[str | None, dict[str, object]] = {None: {}}
    for phone in (COUNTY_ADMIN, CITY_ADMIN, MEMBER):
        context = browser.new_context(base_url=demo_site.address, viewport=PHONE)
        page = context.new_page()
        page.goto("/login/")
        page.get_by_label("手机号码").fill(phone)
        page.get_by_role("button", name="获取验证码").click()
        page.get_by_label("验证码").fill(demo_site.code_for(phone))
        page.get_by_role("button", name="登录", exact=True).click()
        expect(page.get_by_role("navigation", name="主导航")).to_be_visible()
        states[phone] = dict(context.storage_state())
        context.close()
    return states


def _shoot(page: Page, path: Path) -> None:
    page.wait_for_load_state("networkidle")
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{path.stem}: {wide} px cut off at the right"
    page.screenshot(path=path)
    assert path.stat().st_size > 5_000


def _go(page: Page, way: str, heading: str) -> None:
    if way.startswith("/"):
        page.goto(way)
    else:
        page.goto("/contacts/")
        page.locator(".cell", has_text="管理").first.click()
        if way != "管理":
            page.get_by_role("navigation", name="功能").get_by_text(way, exact=True).click()
    expect(page.get_by_role("heading", name=heading).first).to_be_visible()


@pytest.mark.parametrize(("name", "person", "way", "heading"), MOBILE, ids=[m[0] for m in MOBILE])
def test_on_the_phone(  # noqa: PLR0913
    name: str,
    person: str | None,
    way: str,
    heading: str,
    folder: Path,
    demo_site: Site,
    browser: Browser,
    signed_in: dict[str | None, dict[str, object]],
) -> None:
    for size in (SMALL, PHONE):
        context = browser.new_context(
            base_url=demo_site.address,
            viewport=size,
            storage_state=signed_in[person] or None,  # type: ignore[arg-type]
            locale="zh-CN",
        )
        page = context.new_page()
        _go(page, way, heading)
        _shoot(page, folder / f"{name}-{size['width']}.png")
        context.close()


@pytest.mark.parametrize(("name", "person", "way", "heading"), CONSOLE, ids=[c[0] for c in CONSOLE])
def test_on_the_console(  # noqa: PLR0913
    name: str,
    person: str,
    way: str,
    heading: str,
    folder: Path,
    demo_site: Site,
    browser: Browser,
    signed_in: dict[str | None, dict[str, object]],
) -> None:
    context = browser.new_context(
        base_url=demo_site.address,
        viewport=DESK,
        storage_state=signed_in[person],  # type: ignore[arg-type]
        locale="zh-CN",
    )
    page = context.new_page()
    _go(page, way, heading)
    _shoot(page, folder / f"{name}-1440.png")
    context.close()
