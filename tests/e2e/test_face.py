"""The components page in a real browser: nothing cut off, readable, usable without scripts too."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import DESK, PHONE, Opener, Site

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
NARROW = {"width": 360, "height": 780}
PAGES = [
    ("/dev/components", NARROW),
    ("/dev/components", PHONE),
    ("/dev/components/plain?bad=1", NARROW),
    ("/dev/components/console", DESK),
]

CUT_OFF = """() => [...document.querySelectorAll('body *')]
  .filter(part => part.getBoundingClientRect().right > innerWidth + 1
    && !part.closest('.table-scroll, .watermark, .code, .reader-only'))
  .map(part => part.className)"""
SMALL_TARGETS = """() => [...document.querySelectorAll(
    'a, button, input:not([type=hidden]), select, summary')]
  .filter(part => !part.closest('.summary, .reader-only, .prose'))
  .map(part => [part, (part.closest('label') || part).getBoundingClientRect()])
  .filter(([part, box]) => box.width && box.height < 44)
  .map(([part, box]) => part.outerHTML.slice(0, 80))"""
SMALL_WORDS = """() => [...document.querySelectorAll('body *')]
  .filter(part => !part.closest('.watermark'))
  .filter(part => [...part.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  .filter(part => parseFloat(getComputedStyle(part).fontSize) < 18)
  .map(part => part.outerHTML.slice(0, 80))"""


def look(page: Page, site: Site, view: str, theme: str) -> None:
    page.context.add_cookies(
        [
            {"name": "lx_view", "value": view, "url": site.address},
            {"name": "lx_theme", "value": theme, "url": site.address},
        ]
    )


@pytest.mark.parametrize("view", ["standard", "elder"])
@pytest.mark.parametrize(("address", "size"), PAGES)
def test_nothing_is_cut_off_or_too_small(
    open_browser: Opener, site: Site, address: str, size: dict[str, int], view: str
) -> None:
    page = open_browser(site, size)
    look(page, site, view, "light")
    page.goto(address)
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.evaluate(SMALL_TARGETS) == []
    if view == "elder":
        assert page.evaluate(SMALL_WORDS) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("address", "size"), PAGES[1:])
def test_everybody_can_use_it(
    open_browser: Opener, site: Site, address: str, size: dict[str, int], theme: str
) -> None:
    """axe-core's rules for WCAG 2.1 A and AA, contrast among them."""
    page = open_browser(site, size)
    look(page, site, "standard", theme)
    page.goto(address)
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}).then(r => r.violations)"
    )
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_dialog_sheet_and_tree(open_browser: Opener, site: Site) -> None:
    page = open_browser(site)
    page.goto("/dev/components")
    page.get_by_text("解除认证", exact=True).first.click()
    dialog = page.get_by_role("dialog", name="解除认证？")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="取消").click()
    expect(dialog).to_be_hidden()
    page.get_by_text("更多", exact=True).click()
    expect(page.get_by_role("link", name="移动到其他支部")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("机关第一党总支的下级").click()
    expect(page.locator(".tree-row", has_text="第二党支部")).to_be_visible()


def test_code_takes_six_digits_and_nothing_else(open_browser: Opener, site: Site) -> None:
    page = open_browser(site)
    page.goto("/dev/components/plain")
    field = page.get_by_label("验证码")
    expect(field).to_be_focused()
    page.keyboard.insert_text("【联学】12 34 56 7")
    expect(field).to_have_value("123456")
    expect(page.get_by_text("秒后可重新获取")).to_be_visible()
    expect(page.get_by_role("button", name="重新获取验证码")).to_be_hidden()


def test_a_branch_is_dragged_and_asked_about(open_browser: Opener, site: Site) -> None:
    page = open_browser(site, DESK)
    page.goto("/dev/components/console")
    page.drag_and_drop('.panel [data-drag="4"]', '.panel [data-drop="3"]')
    dialog = page.get_by_role("dialog", name="移动到这里？")
    expect(dialog).to_contain_text("把“直属党支部”和它的下级移到“机关第二党总支”下面。")
    assert page.locator('input[name="moved"]').input_value() == "4"
    assert page.locator('input[name="target"]').input_value() == "3"


def test_without_scripts_everything_is_still_there(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.address, viewport=PHONE, java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto("/dev/components")
        page.get_by_text("解除认证", exact=True).first.click()
        expect(page.get_by_role("button", name="确认解除")).to_be_visible()
        page.goto("/dev/components/plain")
        page.get_by_label("验证码").fill("123456")
        page.get_by_role("button", name="下一步").click()
        expect(page.get_by_text("验证码不对")).to_be_visible()
        expect(page.get_by_role("button", name="重新获取验证码")).to_be_visible()
    finally:
        context.close()


def test_without_network_it_says_so(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.address, viewport=PHONE)
    try:
        page = context.new_page()
        page.goto("/dev/components")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        context.set_offline(True)
        page.goto("/dev/components/console")
        expect(page.get_by_role("heading", name="现在没有网络")).to_be_visible()
    finally:
        context.close()
