"""安全中心 in a browser: what is closed a member no longer sees; the viewer's mark stays."""

import io
import re
import unicodedata
import zlib

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, Opener, Site, States
from .people import COUNTY_ADMIN, PLAIN_MEMBER, button, come_in, toast

MARKS = "body > .watermark"


def organization_path(page: Page) -> str:
    """The organisation whose page stands behind 工作."""
    page.goto("/office/")
    links = page.eval_on_selector_all("a", "all => all.map(a => a.getAttribute('href'))")
    return next(link for link in links if re.fullmatch(r"/orgs/\d+/", link or ""))


def still(page: Page) -> Image.Image:
    """What stands on the screen now."""
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def asleep(page: Page) -> None:
    """Without the script nothing is put back: the marks stand on their own."""
    page.route("**/watermark*.js", lambda route: route.abort())


def unmarked(page: Page) -> Image.Image:
    """The same screen as it would be without any mark; the script is asleep."""
    page.evaluate(
        """() => {
          document.documentElement.removeAttribute('data-watermark');
          document.querySelectorAll('body > .watermark').forEach((part) => part.remove());
        }"""
    )
    return still(page)


def marks_in(page: Page, plain: Image.Image) -> float:
    """The part of the screen's pixels, in a thousand, that differs from the unmarked screen."""
    difference = ImageChops.difference(still(page), plain).convert("L")
    counts = difference.histogram()
    return 1000 * sum(counts[4:]) / (plain.width * plain.height)


SMALL = {"width": 360, "height": 740}


@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE, "light"), (SMALL, "dark"), (DESK, "light")], ids=str
)
def test_the_mark_stays_whichever_element_is_taken_away(
    open_browser: Opener,
    own_demo: Site,
    states: States,
    size: dict[str, int],
    scheme: str,
) -> None:
    first = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    path = organization_path(first)
    target = f"/console{path}tree/" if size is DESK else f"{path}members/"
    page = open_browser(own_demo, size, states[COUNTY_ADMIN])
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    asleep(page)
    page.goto(target)
    plain = unmarked(page)
    page.goto(target)
    whole = marks_in(page, plain)
    assert whole > 5
    for taken in (
        MARKS,
        'head > link[href*="watermark"]',
        'head > link[href*="lianxue"]',
        "body > .bar, body > header",
        ".watermark-line",
        ".watermark pattern",
        "head > script[src*='watermark']",
    ):
        page.goto(target)
        page.evaluate("(one) => document.querySelector(one)?.remove()", taken)
        if "lianxue" in taken:  # nothing stands where it stood: look at the ground itself
            image = page.evaluate("getComputedStyle(document.body).backgroundImage")
            assert "/watermark.svg" in image
            continue
        assert marks_in(page, plain) > whole / 4, taken


def test_the_script_puts_the_layer_back(
    open_browser: Opener, own_demo: Site, states: States
) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    page.goto(f"{organization_path(page)}members/")
    for act in (
        "document.querySelector('body > .watermark').remove()",
        "document.querySelector('body > .watermark').setAttribute('hidden', '')",
        "document.querySelector('.watermark pattern').remove()",
        "document.querySelector('.watermark text').textContent = ''",
        "document.documentElement.removeAttribute('data-watermark')",
        "document.querySelector('link[href*=\"watermark\"]').remove()",
    ):
        page.evaluate(act)
        expect(page.locator(f"{MARKS}:not([hidden]) text")).to_have_count(2)
        expect(page.locator("html[data-watermark]")).to_have_count(1)
        expect(page.locator('link[href*="watermark"]')).to_have_count(1)
    assert "陈志远 0003" in page.locator(f"{MARKS} text").first.text_content(), "the viewer"


def test_a_printed_page_bears_the_mark_on_every_sheet(
    open_browser: Opener, own_demo: Site, states: States
) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    asleep(page)
    page.goto(f"{organization_path(page)}members/")
    sheets = [text for text in pdf_texts(page.pdf()) if "尾号" in text]
    assert len(sheets) >= 2
    for text in sheets:
        assert "陈志远 0003" in text
    page.emulate_media(media="print")
    marked = still(page)
    plain = unmarked(page)
    difference = ImageChops.difference(marked, plain).convert("L")
    assert sum(difference.histogram()[4:]) > 2000


def pdf_texts(data: bytes) -> list[str]:
    """The words of each sheet, by the fonts' own tables (as much of PDF as Chromium writes)."""
    things = {int(m[1]): m[2] for m in re.finditer(rb"(\d+) 0 obj\s*(.*?)endobj", data, re.S)}
    streams = {at: stream_of(thing) for at, thing in things.items() if b"stream" in thing}
    letters = {
        at: letters_of(streams[int(found[1])])
        for at, thing in things.items()
        if (found := re.search(rb"/ToUnicode (\d+) 0 R", thing))
    }
    fonts = {
        name.decode(): letters.get(int(at), {})
        for thing in things.values()
        for name, at in re.findall(rb"/(F\d+) (\d+) 0 R", thing)
    }
    texts = []
    for stream in streams.values():
        words, signs = "", {}
        for font, glyphs in re.findall(r"/(F\d+) [\d.]+ Tf|<(\w+)> Tj", stream):
            signs = fonts.get(font, {}) if font else signs
            for at in range(0, len(glyphs), 4):
                words += signs.get(int(glyphs[at : at + 4], 16), "")
        texts.append(unicodedata.normalize("NFKC", words))
    return texts


def stream_of(thing: bytes) -> str:
    head, _, rest = thing.partition(b"stream")
    body = rest.lstrip(b"\r\n").rpartition(b"endstream")[0]
    if b"FlateDecode" in head and b"/Image" not in head:
        body = zlib.decompress(body)
    return body.decode("latin-1")


def letters_of(table: str) -> dict[int, str]:
    signs = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.S):
        for one, sign in re.findall(r"<(\w+)> <(\w+)>", block):
            signs[int(one, 16)] = bytes.fromhex(sign).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.S):
        for one, last, sign in re.findall(r"<(\w+)> <(\w+)> <(\w+)>", block):
            for step in range(int(last, 16) - int(one, 16) + 1):
                signs[int(one, 16) + step] = chr(int(sign, 16) + step)
    return signs


def test_an_administrator_closes_what_a_member_then_does_not_see(
    open_browser: Opener, own_demo: Site, states: States
) -> None:
    """On the phone: numbers hidden, the reach narrowed, confirmed back; the log tells of it."""
    admin = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    member = come_in(open_browser, own_demo, states, PLAIN_MEMBER)
    path = organization_path(admin)
    member.goto(f"{path}members/")
    total = member.get_by_text(re.compile(r"共 \d+ 人")).first.text_content()
    admin.goto(path)
    cell_or_tile(admin, "安全中心")
    button(admin, "隐藏手机号")
    admin.get_by_label("学习管理员").check()
    button(admin, "隐藏")
    toast(admin, "学习管理员的手机号已隐藏。")
    button(admin, "隐藏手机号")
    admin.get_by_label("全部成员").check()
    button(admin, "隐藏")
    toast(admin, "全部成员的手机号已隐藏。")
    admin.get_by_label("仅本支部").check()
    button(admin, "保存")
    toast(admin, "已保存。")

    member.goto(f"{path}members/")
    expect(member.get_by_text("号码已隐藏").first).to_be_visible()
    assert member.get_by_text(re.compile(r"共 \d+ 人")).first.text_content() != total
    member.goto(f"{path}members/?q=0003")
    expect(member.get_by_text("没有找到符合条件的成员")).to_be_visible()

    admin.goto(f"{path}security/")
    admin.get_by_label("整个组织").check()
    admin.get_by_label("通讯录水印").uncheck()
    button(admin, "保存")
    expect(admin.get_by_text("关闭通讯录水印后")).to_be_visible()
    expect(admin.get_by_text("放宽可见范围后")).to_be_visible()
    button(admin, "确认修改")
    toast(admin, "已保存。")
    for _ in range(2):
        button_in(admin, "不再隐藏")
    member.goto(f"{path}members/")
    expect(member.get_by_text("号码已隐藏")).to_have_count(0)
    expect(member.locator(MARKS)).to_have_count(0)
    admin.get_by_label("通讯录水印").check()
    button(admin, "保存")
    toast(admin, "已保存。")
    admin.goto(f"{path}log/")
    expect(admin.get_by_text("通讯录水印 关").first).to_be_visible()


def cell_or_tile(page: Page, words: str) -> None:
    page.get_by_role("navigation", name="功能").get_by_text(words, exact=True).click()


def button_in(page: Page, words: str) -> None:
    """The first rule's own button, then the one in the question that it asks."""
    page.locator("summary", has_text=words).first.click()
    page.get_by_role("dialog").get_by_role("button", name=words).click()
    toast(page, "的手机号不再隐藏。")
