"""How long recordings and documents are, in a process of its own; hostile ones say 0."""

import io
from contextlib import suppress
from pathlib import Path

import pytest
from pypdf import PdfWriter

from lianxue.files.actions import store
from lianxue.learning import child, length_child, media
from lianxue.learning.media import length_of
from tests.cast import Cast
from tests.files.makers import PDF, upload
from tests.learning.makers import stored_file

MEDIA = Path(__file__).parent / "media"


def pdf(pages: int) -> bytes:
    """A document of so many empty pages."""
    writer, target = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(100, 100)
    writer.write(target)
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("lesson.mp4", 24), ("lesson.webm", 6), ("lesson.mp3", 6), ("lesson.m4a", 6)],
)
def test_seconds_of_a_recording(cast: Cast, name: str, seconds: int) -> None:
    file = store(cast.owner, upload((MEDIA / name).read_bytes(), name))
    assert abs(length_of(file) - seconds) <= 1


def test_pages_of_a_document(cast: Cast) -> None:
    assert length_of(store(cast.owner, upload(pdf(7), "材料.pdf"))) == 7
    assert length_of(store(cast.owner, upload(PDF, "坏.pdf"))) == 0


def test_what_has_no_length(cast: Cast) -> None:
    assert length_of(stored_file(cast.owner)) == 0  # a picture
    assert length_of(stored_file(cast.owner, "video/mp4")) == 0  # its bytes are gone


@pytest.mark.parametrize("said", [float("inf"), float("nan"), -1, 10**9, "x", None])
def test_what_nobody_believes(cast: Cast, monkeypatch: pytest.MonkeyPatch, said: object) -> None:
    monkeypatch.setattr(child, "run", lambda what, file: {"length": said})
    file = store(cast.owner, upload(PDF, "材料.pdf"))
    assert media.length_of(file) == 0


@pytest.mark.once
@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x15I\xa9f",
        b"\x15I\xa9f\x88D\x89\x99abc",  # no float of that width
        b"\x15I\xa9f\x88D\x89\x88\x00",  # ends in it
        b"\x15I\xa9f*\xd7\xb1\x83\x0f\x42\x40D\x89\x84\x7f\xc0\x00\x00",  # not a number
    ],
)
def test_a_broken_webm_is_no_fault_of_the_parent(head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.webm"
    path.write_bytes(length_child.EBML + head)
    with path.open("rb") as file, suppress(child.Unreadable):
        found = child.run("media", file)["length"]
        assert found == 0 or found != found
