"""The viewer's mark: on pages, in what they print, in what is exported (manual 2.4.2 ④).

A page bears it twice, as a layer over everything and as a picture behind every card, so that
taking one of them away leaves the other. Both draw the same tile, so that they fall together.
"""

from dataclasses import dataclass
from datetime import datetime
from html import escape

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

#: Pixels: the letters' size; the room around a mark.
SIZE = 14
_ROOM = (32, 44)
#: Sine and cosine of the 18 degrees by which a mark rises.
_SIN, _COS = 0.309, 0.951


def mark(name: str, phone: str) -> str:
    """Who looks: the name and the last four digits."""
    return f"{name} {phone[-4:]}"


def line(name: str, phone: str, moment: datetime) -> str:
    """The line that an exported file bears: 导出人：李明 尾号 1000 时间 2026-11-23 09:12."""
    at = timezone.localtime(moment)
    return f"导出人：{name} 尾号 {phone[-4:]} 时间 {at:%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class Tile:
    """What is repeated over a page: ``text`` at two ``places`` (x, y), in pixels."""

    text: str
    width: int
    height: int
    places: tuple[tuple[int, int], tuple[int, int]]


def tile(name: str, phone: str) -> Tile:
    """The tile for a viewer, as wide as the name needs."""
    text = mark(name, phone)
    length = sum(SIZE if ord(char) > 255 else SIZE * 0.6 for char in text)
    across, up = round(length * _COS), round(length * _SIN)
    width, height = 2 * (across + _ROOM[0]), 2 * (up + _ROOM[1])
    x, y = _ROOM[0] // 2, up + _ROOM[1] // 2
    return Tile(text, width, height, ((x, y), (x + width // 2, y + height // 2)))


def picture(name: str, phone: str) -> str:
    """The tile as an SVG file; the same grey in light and in dark."""
    one = tile(name, phone)
    texts = "".join(
        f'<text transform="translate({x} {y}) rotate(-18)">{escape(one.text)}</text>'
        for x, y in one.places
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{one.width}" height="{one.height}">'
        f'<g fill="#808080" fill-opacity="0.13" font-size="{SIZE}" font-family="sans-serif">'
        f"{texts}</g></svg>"
    )


@login_required
@require_safe
def watermark(request: HttpRequest) -> HttpResponse:
    """The picture behind the cards, of whoever asks; kept nowhere."""
    name, phone = getattr(request.user, "name", ""), getattr(request.user, "phone", "")
    response = HttpResponse(picture(name, phone), content_type="image/svg+xml")
    response["Cache-Control"] = "private, no-store"
    return response
