"""What is handed out can be read: the QR code decodes to the link, in the page's own SVG."""

import re

import pytest
import segno
import zxingcpp
from django.test import RequestFactory, override_settings
from PIL import Image, ImageDraw

from lianxue.certification.web.common import absolute, qr_svg
from tests.cast import Cast, sign_in

from .helpers import invite


def _paint(svg: str, scale: int = 8) -> Image.Image:
    """The SVG that segno makes (horizontal strokes on whole modules), painted without a browser."""
    size = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    assert size is not None
    image = Image.new("L", (int(size[1]) * scale, int(size[2]) * scale), 255)
    draw = ImageDraw.Draw(image)
    strokes = re.findall(r' d="([^"]+)"', svg)[-1]
    x = y = 0.0
    for command, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?:[ ,]?(-?[\d.]+))?", strokes):
        if command == "M":
            x, y = float(first), float(second)
        elif command == "m":
            x, y = x + float(first), y + float(second)
        else:
            top = (y - 0.5) * scale
            draw.rectangle(
                [x * scale, top, (x + float(first)) * scale - 1, top + scale - 1], fill=0
            )
            x += float(first)
    return image


def test_the_svg_decodes_to_the_address() -> None:
    address = "https://study.example/i/" + "aB3-_" * 6 + "/"
    (found,) = zxingcpp.read_barcodes(_paint(str(qr_svg(address))))
    assert found.text == address


def test_the_svg_has_its_quiet_zone_on_white_and_nothing_that_csp_refuses() -> None:
    svg = str(qr_svg("https://study.example/i/x/"))
    assert "#fff" in svg
    assert "style=" not in svg
    modules = segno.make("https://study.example/i/x/", error="m", micro=False).symbol_size(border=4)
    assert f'viewBox="0 0 {modules[0]} {modules[1]}"' in svg
    image = _paint(svg, 1)
    assert image.crop((0, 0, modules[0], 4)).getextrema() == (255, 255)


def test_the_page_shows_the_code_of_its_own_link(cast: Cast) -> None:
    made = invite(cast.owner, cast.county)
    page = sign_in(cast.owner).get(f"/orgs/{cast.county.pk}/invitations/{made.pk}/")
    svg = re.search(r'<div class="qr-ground".*?(<svg.*?</svg>)', page.content.decode(), re.S)
    assert svg is not None
    (found,) = zxingcpp.read_barcodes(_paint(svg[1]))
    assert found.text.endswith(f"/i/{made.token}/")


@pytest.mark.parametrize(
    ("demo", "start"), [(True, "http://127.0.0.1:8123/"), (False, "https://a.example/")]
)
def test_the_address_is_the_sites_own_or_the_demos_port(demo: bool, start: str) -> None:
    request = RequestFactory().get("/", SERVER_NAME="127.0.0.1", SERVER_PORT="8123")
    with override_settings(DEMO=demo, SITE_URL="https://a.example"):
        assert absolute(request, "/i/x/") == start + "i/x/"
