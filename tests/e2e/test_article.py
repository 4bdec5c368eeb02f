"""An article from a Word document goes down the chain and is read to its end, by visible words.

市 (console) imports and corrects it, with the editor under the site's strict policy, and publishes
it -> a member of a 街道, two levels below, finds it on the phone, reads it and is through with it.
"""

import io
import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, Opener, Site, States
from .people import CITY_ADMIN, button, cell, come_in, toast

RESIDENT = "13900000008"
DOCUMENT = Path(__file__).parents[1] / "learning/documents/notice.docx"
TITLE = "“读懂基层”主题学习怎样开展"
WORDS = "到群众中去，听真话、看实情。"


def photograph() -> bytes:
    """As a phone makes it: larger than a page needs."""
    target = io.BytesIO()
    Image.new("RGB", (2400, 1600), "#8a5300").save(target, "JPEG")
    return target.getvalue()


def import_and_correct(page: Page) -> None:
    page.goto("/console/")
    button(page, "学习内容")
    button(page, "导入文档")
    page.get_by_label("文档", exact=True).set_input_files(DOCUMENT)
    button(page, "导入为草稿")
    toast(page, "已导入为草稿")
    expect(page.get_by_role("heading", name="一、总体要求")).to_be_visible()
    page.get_by_label("标题", exact=True).fill(TITLE)
    text = page.get_by_role("textbox", name="正文")
    text.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type(WORDS)
    page.get_by_role("button", name="小标题").click()
    expect(text.get_by_role("heading", name=WORDS)).to_be_visible()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="图片", exact=True).click()
    photo = {"name": "会场.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
    page.get_by_label("图片（JPG、PNG 或 WebP）").set_input_files(photo)
    page.get_by_label("说明（选填）").fill("学习会现场")
    button(page, "插入")
    expect(text.get_by_role("img", name="学习会现场")).to_be_visible()
    assert text.get_by_role("img").evaluate("one => one.naturalWidth") == 1600
    expect(page.get_by_text("已自动保存")).to_be_visible()


def publish(page: Page) -> None:
    page.get_by_label("本组织和所有下级组织").check()
    button(page, "下一步：预览")
    expect(page.get_by_role("heading", name=WORDS)).to_be_visible()
    expect(page.get_by_text(re.compile(r"和 \d+ 个下级组织的 \d+ 名成员能看到"))).to_be_visible()
    page.locator("summary", has_text="发布").click()
    button(page, "确认发布")
    toast(page, "已发布")


def read(page: Page) -> None:
    page.goto("/learn/")
    cell(page, TITLE)
    expect(page.get_by_role("heading", name="一、总体要求")).to_be_visible()
    expect(page.get_by_role("cell").first).to_be_visible()  # the document's table
    page.get_by_role("img", name="学习会现场").scroll_into_view_if_needed()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.locator("[data-end]").scroll_into_view_if_needed()
    expect(page.get_by_text(re.compile("您已在 .* 读完"))).to_be_visible()
    page.goto("/learn/records/")
    expect(page.get_by_role("link", name=TITLE)).to_contain_text("已学完")


def test_from_a_word_document_to_a_reader_two_levels_below(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    city = come_in(open_browser, own_demo, states, CITY_ADMIN, DESK)
    refused: list[str] = []
    city.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    import_and_correct(city)
    publish(city)
    assert refused == [], "nothing that the strict policy refuses"
    read(come_in(open_browser, own_demo, states, RESIDENT, PHONE))
