"""What the demo's library is made of: all of it there, all of it told about, and small."""

import re
from pathlib import Path

import pytest

from lianxue.cli import demo_learning

MEDIA = Path(demo_learning.__file__).parent / "demo_media"
pytestmark = pytest.mark.once


def test_every_file_is_used_and_told_about() -> None:
    source = Path(demo_learning.__file__).read_text()
    used = set(re.findall(r'"([a-z-]+\.(?:md|png|mp3|mp4|pdf))"', source))
    there = {one.name for one in MEDIA.iterdir()} - {"README.md"}
    assert used == there
    told = (MEDIA / "README.md").read_text()
    for name in there:
        pattern = "*.md" if name.endswith(".md") else "walk-*" if "walk-" in name[:5] else name
        assert pattern in told, name


def test_it_stays_small() -> None:
    sizes = {one.name: one.stat().st_size for one in MEDIA.iterdir()}
    assert max(sizes.values()) < 160 * 1024
    assert sum(sizes.values()) < 512 * 1024
