"""The viewer's mark: legible and no hindrance, of the viewer alone, on every page that wants it."""

import re
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from lianxue.organizations.models import SecuritySettings
from lianxue.shared import watermark
from tests.cast import Cast, sign_in
from tests.factories import UserFactory

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
TOKENS = (ROOT / "static/css/tokens.css").read_text()
MARKS = (ROOT / "static/css/watermark.css").read_text()
UI = (ROOT / "templates/components/ui.html").read_text()
LONGEST = "阿卜杜热依木·买买提艾力·阿不力孜江尔"


def test_the_line_of_an_export() -> None:
    moment = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
    line = watermark.line("李明", "13800001000", moment)
    assert line == "导出人：李明 尾号 1000 时间 2026-11-23 09:12"


@pytest.mark.parametrize("name", ["李", "李明", "欧阳秀英", "Ng", LONGEST])
def test_the_marks_stay_within_their_tile(name: str) -> None:
    """What is cut off at a tile's edge could not be read: start and end of both lie inside."""
    tile = watermark.tile(name, "13800001000")
    assert tile.text == f"{name} 1000"
    length = sum(14 if ord(char) > 255 else 8.4 for char in tile.text)
    for x, y in tile.places:
        assert x > 0
        assert x + length * 0.951 + 14 * 0.309 <= tile.width
        assert y - length * 0.309 - 14 >= 0
        assert y + 5 <= tile.height


@pytest.mark.django_db
def test_the_picture_is_the_viewers_and_nobody_keeps_it() -> None:
    user = UserFactory(name='李<b>&"明', phone="13800001000")
    answer = sign_in(user).get("/watermark.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.text.count("李&lt;b&gt;&amp;&quot;明 1000") == 2
    assert "<b>" not in answer.text
    assert "13800001000" not in answer.text
    assert sign_in(user).post("/watermark.svg").status_code == 405


def test_both_marks_are_drawn_alike() -> None:
    """The layer and the picture fall together only when they are the same."""
    picture = watermark.picture("李明", "13800001000")
    for part in ('fill="#808080"', 'fill-opacity="0.13"', f'font-size="{watermark.SIZE}"'):
        assert part in picture
        assert part in UI
    assert "rotate(-18)" in picture
    assert "rotate(-18)" in UI


# ---------- reading is not disturbed ----------


def tokens(dark: bool) -> dict[str, str]:
    block = TOKENS.split(':root[data-theme="dark"]')[1] if dark else TOKENS.split("@media")[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


Colour = tuple[float, ...]


def parse(colour: str) -> Colour:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def marked(colour: Colour, layers: int) -> Colour:
    for _ in range(layers):
        colour = tuple(part * (1 - 0.13) + 128 * 0.13 for part in colour)
    return colour


def light_of(colour: Colour) -> float:
    parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Colour, other: Colour) -> float:
    high, low = sorted((light_of(one), light_of(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


PAIRS = [
    # letters, ground, how many marks lie on the ground (one of them on the letters, too)
    *product(("ink", "ink-2", "accent"), ("background", "card", "hover"), (2,)),
    *((kind, f"{kind}-soft", 1) for kind in ("accent", "ok", "warn", "info")),
]


@pytest.mark.parametrize("dark", [False, True])
def test_letters_keep_their_contrast_under_the_marks(dark: bool) -> None:
    known = tokens(dark)
    low = {}
    for letters, ground, layers in PAIRS:
        over, under = marked(parse(known[letters]), 1), marked(parse(known[ground]), layers)
        # where a letter's edge meets a mark: the letter under the layer, its ground under both
        found = min(contrast(over, under), contrast(parse(known[letters]), under))
        if found < 4.5:
            low[letters, ground] = round(found, 2)
    assert not low
    assert "--ink-3: var(--ink-2)" in MARKS, "the palest letters would fall below"
    assert contrast(parse(known["card"]), marked(parse(known["card"]), 1)) > 1.08, "legible alone"


# ---------- on the pages ----------


def addresses(cast: Cast) -> list[str]:
    seat = cast.memberships[cast.member.pk].pk
    return [
        reverse("contacts:home"),
        reverse("organizations:members", args=[cast.county.pk]),
        reverse("organizations:tree", args=[cast.county.pk]),
        reverse("organizations:member", args=[seat]),
        reverse("organizations:admins", args=[cast.county.pk]),
        reverse("organizations:pick_admin", args=[cast.county.pk]),
        reverse("organizations:console_tree", args=[cast.county.pk]),
    ]


def test_pages_with_people_bear_the_mark_where_it_is_wanted(cast: Cast) -> None:
    browser, mark = sign_in(cast.owner), f"李明 {cast.owner.phone[-4:]}"
    for address in addresses(cast):
        page = browser.get(address).text
        assert re.search(r"<html [^>]*data-watermark", page), address
        assert f">{mark}</text>" in page, address
        assert "css/watermark.css" in page
        assert "js/watermark.js" in page
    SecuritySettings.objects.create(organization=cast.county, watermark=False)
    for address in addresses(cast):
        page = browser.get(address).text
        assert "watermark" not in page, address


def test_pages_without_people_do_without(cast: Cast) -> None:
    for address in (reverse("organizations:work"), reverse("accounts:me")):
        assert "watermark" not in sign_in(cast.owner).get(address).text
