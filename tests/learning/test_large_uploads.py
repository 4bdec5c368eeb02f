"""Recordings may be larger than any other file, on the page that takes them and nowhere else."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.urls import reverse

from lianxue.accounts.models import User
from lianxue.files import actions
from lianxue.files.models import StoredFile
from lianxue.learning.models import ContentItem
from lianxue.shared import uploads
from tests.cast import Cast, sign_in
from tests.notices.makers import draft

from .makers import Kind, content

pytestmark = pytest.mark.django_db

FILM = (Path(__file__).parent / "media" / "lesson.mp4").read_bytes()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a film of 37 KB is between."""
    for module in (uploads, actions):
        monkeypatch.setattr(module, "MAX_BYTES", 10_000)
        monkeypatch.setattr(module, "large_bytes", lambda: 50_000)


@pytest.fixture
def item(cast: Cast) -> ContentItem:
    return content(cast.county, cast.owner, kind=Kind.VIDEO, published=False, file=None)


def send(user: User, item: ContentItem, data: bytes, name: str = "课.mp4") -> HttpResponse:
    address = reverse("learning:edit", args=[item.organization_id, item.pk])
    form = {"title": item.title, "version": item.version, "reach": "own", "go": "files"}
    return sign_in(user).post(address, {**form, "file": SimpleUploadedFile(name, data)})


def test_a_film_goes_in(cast: Cast, item: ContentItem) -> None:
    assert send(cast.owner, item, FILM).status_code == 302
    item.refresh_from_db()
    assert item.file is not None
    assert (item.file.size, item.file.kind, item.length) == (len(FILM), "video/mp4", 25)


@pytest.mark.parametrize(
    ("data", "name"), [(FILM * 2, "课.mp4"), (FILM, "课.zip"), (b"MZ" + FILM, "课.mp4")]
)
def test_what_is_refused_leaves_nothing(
    cast: Cast, item: ContentItem, data: bytes, name: str
) -> None:
    answer = send(cast.owner, item, data, name)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.content.decode()
    assert not StoredFile.objects.exists()


def test_a_notice_takes_no_more_than_before(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county)
    address = reverse("notices:edit", args=[cast.county.pk, notice.pk])
    form = {"title": "通知", "body": "正文", "kind": "notice", "go": "files"}
    files = {"files": SimpleUploadedFile("课.mp4", FILM), "file": SimpleUploadedFile("a.mp4", FILM)}
    answer = sign_in(cast.owner).post(address, {**form, **files})
    assert answer.status_code == 422
    assert "文件超过" in answer.content.decode(), "never dropped in silence"
    assert not StoredFile.objects.exists()
