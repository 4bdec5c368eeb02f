"""Parts of files: what a Range header names, and what a player or a download gets of it."""

import gc
import os
import time
import tracemalloc
from pathlib import Path

import pytest
from django.conf import settings as site
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from hypothesis import example, given
from hypothesis import strategies as st

from lianxue.accounts.models import User
from lianxue.files import actions, web
from lianxue.files.models import StoredFile
from lianxue.files.ranges import Part, Unsatisfiable, part_of
from lianxue.shared import uploads
from lianxue.shared.errors import InvalidInput, NotFound, Unavailable

from .makers import PDF, upload

MP4 = b"\0\0\0\x18ftypisom\0\0\x02\0mp41avc1"
DATA = MP4 + bytes(range(256)) * 4
LONG = MP4 + os.urandom(3 * web.PIECE)


@pytest.mark.once
@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", Part(0, 1)),
        ("bytes=10-19", Part(10, 20)),
        ("Bytes = 10 - 19 ", Part(10, 20)),
        ("bytes=90-", Part(90, 100, open_ended=True)),
        ("bytes=90-500", Part(90, 100)),
        ("bytes=-10", Part(90, 100)),
        ("bytes=-500", Part(0, 100)),
        ("", None),
        ("bytes=-", None),
        ("bytes=9-3", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
        ("bytes=１-２", None),
        ("bytes=" + "9" * 400 + "-", None),
    ],
)
def test_what_a_header_names(header: str, part: Part | None) -> None:
    assert part_of(header, 100) == part


@pytest.mark.once
@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_what_lies_behind_the_end(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        part_of(header, 100)


@pytest.mark.once
@given(st.text(alphabet="bytes=0123456789-, \x00", max_size=30), st.integers(0, 10**6))
@example("bytes=0-", 0)
@example("bytes=-5", 0)
def test_a_part_lies_inside_the_file(header: str, size: int) -> None:
    try:
        part = part_of(header, size)
    except Unsatisfiable:
        return
    assert part is None or 0 <= part.start < part.end <= size


@pytest.fixture(autouse=True)
def folder(settings: object, tmp_path: Path) -> Path:
    """A storage of this test's own."""
    options = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path / "files"},
    }
    settings.STORAGES = settings.STORAGES | {"private": options}  # type: ignore[attr-defined]
    return tmp_path / "files"


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create(phone="13912345678", name="甲")


def film(owner: User, data: bytes = DATA, name: str = "课.mp4") -> StoredFile:
    return actions.store(owner, upload(data, name))


def get(file: StoredFile, path: str = "/?view=1", **headers: str) -> HttpResponseBase:
    return web.serve(RequestFactory().get(path, headers=headers), file)


def body(response: HttpResponseBase) -> bytes:
    found = b"".join(response)
    response.close()
    return found


def test_the_whole_says_that_parts_may_be_asked_for(owner: User) -> None:
    response = get(film(owner))
    assert response.status_code == 200
    assert response["Accept-Ranges"] == "bytes"
    assert response["Content-Type"] == "video/mp4"
    assert response["Content-Disposition"].startswith("inline")
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Length"] == str(len(DATA))
    assert body(response) == DATA


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-3", 0, 4), ("bytes=4-", 4, len(DATA)), ("bytes=-7", len(DATA) - 7, len(DATA))],
)
def test_a_part(owner: User, asked: str, start: int, end: int) -> None:
    response = get(film(owner), Range=asked)
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {start}-{end - 1}/{len(DATA)}"
    assert response["Content-Length"] == str(end - start)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert body(response) == DATA[start:end]


def test_a_part_behind_the_end(owner: User) -> None:
    response = get(film(owner), Range="bytes=99999-")
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{len(DATA)}"
    assert body(response) == b""


def test_a_part_of_what_the_browser_has_already(owner: User) -> None:
    file = film(owner)
    etag = get(file)["ETag"]
    assert get(file, Range="bytes=0-3", **{"If-Range": etag}).status_code == 206
    assert get(file, Range="bytes=0-3", **{"If-Range": '"another"'}).status_code == 200
    weak = {"If-Range": f"W/{etag}"}  # a part takes a strong one (RFC 9110, 13.1.5)
    assert get(file, Range="bytes=0-3", **weak).status_code == 200
    date = {"If-Range": "Wed, 21 Oct 2026 07:28:00 GMT"}
    assert get(file, Range="bytes=0-3", **date).status_code == 200
    same = get(file, **{"If-None-Match": etag})
    assert (same.status_code, body(same)) == (304, b"")
    assert get(file, **{"If-Match": '"another"'}).status_code == 412


def test_head_says_the_size_and_reads_nothing(owner: User, folder: Path) -> None:
    file = film(owner)
    asked = RequestFactory().head("/?view=1", headers={"Range": "bytes=0-3"})
    response = web.serve(asked, file)
    assert (response.status_code, response["Content-Length"]) == (200, str(len(DATA)))
    assert body(response) == b""
    (folder / file.key).unlink()
    with pytest.raises(NotFound):
        web.serve(asked, file)


def test_a_player_gets_a_piece_at_a_time_and_holds_nobody(owner: User) -> None:
    file = film(owner, LONG)
    found, at = b"", 0
    while at < len(LONG):
        response = get(file, Range=f"bytes={at}-")
        assert not response.streaming, "the thread is free before the first byte is taken"
        found += body(response)
        at = len(found)
        assert response["Content-Range"].startswith(
            f"bytes {at - int(response['Content-Length'])}-"
        )
        assert int(response["Content-Length"]) <= web.PIECE
    assert found == LONG


def test_a_download_is_taken_up_again_to_its_end(owner: User) -> None:
    """Saving a file is no playing: who asks for all that is missing gets all of it."""
    response = get(film(owner, LONG), "/", Range="bytes=100-")
    assert response.status_code == 206
    assert body(response) == LONG[100:]


@pytest.mark.parametrize("way", ["taken", "closed", "let go", "never begun"])
def test_one_large_file_at_a_time(owner: User, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """So that a thread is left for pages; and the place is free again whatever becomes of it."""
    monkeypatch.setattr(web, "_WAIT_SECONDS", 0.01)
    file = film(owner, LONG)
    first: HttpResponseBase | None = get(file)
    with pytest.raises(Unavailable):
        get(file)
    assert body(get(file, Range="bytes=0-9")) == LONG[:10], "small ones go on"
    assert first is not None
    if way == "taken":
        assert b"".join(first) == LONG
    elif way == "closed":
        next(iter(first))
        first.close()
    else:
        if way == "let go":
            next(iter(first))
        first = None
        gc.collect()
    again = get(file)
    assert body(again) == LONG
    again.close()
    assert body(get(file)) == LONG


def test_a_large_file_that_is_gone_leaves_the_place_free(owner: User, folder: Path) -> None:
    gone, there = film(owner, LONG), film(owner, LONG)
    (folder / gone.key).unlink()
    for _ in range(2):
        with pytest.raises(NotFound):
            get(gone)
    assert body(get(there)) == LONG


def test_a_large_file_is_not_read_at_once(owner: User) -> None:
    file = film(owner, MP4 + b"\0" * 12 * 2**20)
    tracemalloc.start()
    try:
        sent = sum(len(chunk) for chunk in get(file))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent == file.size
    assert peak < 2**20


def big(name: str, head: bytes, size: int) -> TemporaryUploadedFile:
    """A file of ``size`` bytes as a large upload comes: laid down beside the files."""
    found = TemporaryUploadedFile(name, "video/mp4", size, None)
    found.write(head)
    found.truncate(size)
    found.seek(0)
    return found


@pytest.mark.parametrize(
    ("name", "head", "size", "large", "words"),
    [
        ("课.mp4", MP4, 21, False, "20 MB"),
        ("课.mp4", MP4, 21, True, ""),
        ("课.pdf", PDF, 21, True, ""),
        ("课.mp4", MP4, 31, True, "30 MB"),
        ("课.txt", b"a", 21, True, "20 MB"),
        ("课.zip", b"PK\x03\x04", 21, True, "20 MB"),
        ("课.mp4", b"<!doctype html>", 21, True, "不符"),
    ],
)
def test_recordings_and_pdf_may_be_large(  # noqa: PLR0913
    owner: User,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    head: bytes,
    size: int,
    large: bool,
    words: str,
) -> None:
    monkeypatch.setattr(site.ENV, "large_file_mb", 30)
    with big(name, head, size * 2**20) as file:
        assert Path(file.temporary_file_path()).parent == Path(site.FILE_UPLOAD_TEMP_DIR)
        if words:
            with pytest.raises(InvalidInput) as caught:
                actions.store(owner, file, large=large)
            assert words in caught.value.fields["file"]
        else:
            assert actions.store(owner, file, large=large).size == size * 2**20


@pytest.mark.parametrize(
    ("view", "field", "signed_in", "large"),
    [
        ("learning:edit", "file", True, True),
        ("learning:edit", "file", False, False),
        ("learning:edit", "other", True, False),
        ("notices:edit", "file", True, False),
        (None, "file", True, False),
    ],
)
def test_whose_upload_may_be_large(  # noqa: PLR0913
    owner: User,
    monkeypatch: pytest.MonkeyPatch,
    view: str | None,
    field: str,
    signed_in: bool,
    large: bool,
) -> None:
    monkeypatch.setattr(uploads, "_LARGE", set())
    uploads.register_large(["learning:edit"])

    class Match:
        view_name = view

    request = RequestFactory().post("/")
    request.user = owner if signed_in else AnonymousUser()
    if view:
        request.resolver_match = Match()  # type: ignore[assignment]
    most = uploads.limit_of(request, field)
    assert most == (uploads.large_bytes() if large else uploads.MAX_BYTES)


@pytest.fixture
def incoming(settings: object, tmp_path: Path) -> Path:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path  # type: ignore[attr-defined]
    return tmp_path


@pytest.mark.django_db
def test_what_a_killed_server_left_of_uploads_is_swept(incoming: Path) -> None:
    old, young, other = (incoming / name for name in ("a.upload.mp4", "b.upload.mp4", "notes.txt"))
    for path in (old, young, other):
        path.write_bytes(b"x")
    for path in (old, other):
        os.utime(path, (time.time() - 90_000,) * 2)
    actions.purge()
    assert {path.name for path in incoming.iterdir()} == {"b.upload.mp4", "notes.txt"}
