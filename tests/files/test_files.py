"""Keeping files: what is on the disk and what is in the database agree in the end."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.test import RequestFactory
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.files import actions, queries, web
from lianxue.files.models import StoredFile
from lianxue.notices.models import Notice, NoticeFile
from lianxue.shared.errors import InvalidInput, NotFound, Unavailable
from tests.cast import Cast

from .makers import PDF, office, picture, stored, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: object, tmp_path: Path) -> Path:
    """A storage of this test's own."""
    options = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path / "files", "file_permissions_mode": 0o600},
    }
    settings.STORAGES = settings.STORAGES | {"private": options}  # type: ignore[attr-defined]
    return tmp_path / "files"


def on_disk(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def later(file: StoredFile, folder: Path, hours: int = 25) -> None:
    """As if ``file`` had come so many hours ago."""
    moment = timezone.now() - timedelta(hours=hours)
    StoredFile.objects.filter(pk=file.pk).update(created_at=moment)
    age(folder / file.key, hours)


def age(path: Path, hours: int) -> None:
    moment = (timezone.now() - timedelta(hours=hours)).timestamp()
    os.utime(path, (moment, moment))


def test_a_file_is_kept_as_it_came(folder: Path) -> None:
    owner = User.objects.create(phone="13912345678", name="甲")
    file = stored(owner, "../方\u202e案.PDF")
    assert (file.name, file.kind, file.size) == ("方案.pdf", "application/pdf", len(PDF))
    assert file.owner_id == owner.pk
    path = folder / file.key
    assert path.read_bytes() == PDF
    assert path.stat().st_mode & 0o077 == 0
    assert "方案" not in file.key
    assert len(file.sha256) == 64


def test_a_large_upload_that_was_laid_down_in_a_file(cast: Cast, folder: Path) -> None:
    data = TemporaryUploadedFile("方案.pdf", "text/html", 0, None)
    data.write(PDF)
    data.size = len(PDF)
    data.seek(0)
    file = actions.store(cast.owner, data)
    assert (folder / file.key).read_bytes() == PDF
    assert (folder / file.key).stat().st_mode & 0o077 == 0


def test_a_name_without_an_ending_gets_its_kinds(cast: Cast) -> None:
    assert stored(cast.owner, "image", picture("JPEG")).name == "image.jpg"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.pdf", b"", "空的"),
        ("a.docx", office("docm"), "宏"),
        ("a.pdf", PDF + b"\0" * 20 * 2**20, "20 MB"),
    ],
)
def test_nothing_is_kept_of_a_refused_file(
    cast: Cast, folder: Path, name: str, data: bytes, words: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        actions.store(cast.owner, upload(data, name), "attachment")
    assert words in caught.value.fields["attachment"]
    assert on_disk(folder) == set()
    assert not StoredFile.objects.exists()


def test_a_full_disk_is_said_and_leaves_nothing(
    cast: Cast, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = queries.private()

    def full(key: str, content: object) -> str:
        folder.mkdir(exist_ok=True)
        (folder / "half").write_bytes(b"%PDF")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "save", full)
    monkeypatch.setattr(store, "delete", lambda key: (folder / "half").unlink())
    with pytest.raises(Unavailable):
        stored(cast.owner)
    assert on_disk(folder) == set()
    assert not StoredFile.objects.exists()


def attach_to_notice(cast: Cast, file: StoredFile) -> NoticeFile:
    moment = timezone.now()
    notice = Notice.objects.create(
        organization=cast.county, author_name="甲", created_at=moment, changed_at=moment
    )
    actions.attach([file.pk])
    return NoticeFile.objects.create(notice=notice, file=file)


@pytest.mark.django_db(transaction=True)
def test_purging_takes_what_nothing_refers_to_a_day_later(cast: Cast, folder: Path) -> None:
    kept, young, old, taken_off = (stored(cast.owner) for _ in range(4))
    attach_to_notice(cast, kept)
    attach_to_notice(cast, taken_off).notice.delete()
    for file in (kept, old, taken_off):
        later(file, folder)
    assert actions.purge() == 2
    assert set(StoredFile.objects.all()) == {kept, young}
    assert on_disk(folder) == {kept.key, young.key}
    assert actions.purge() == 0


@pytest.mark.django_db(transaction=True)
def test_what_a_rolled_back_transaction_left_is_swept(cast: Cast, folder: Path) -> None:
    first = stored(cast.owner)
    attach_to_notice(cast, first)
    later(first, folder, 50)
    with transaction.atomic():
        lost = stored(cast.owner)
        transaction.set_rollback(True)
    assert not StoredFile.objects.filter(pk=lost.pk).exists()
    assert on_disk(folder) == {first.key, lost.key}
    assert actions.purge() == 0  # it may be somebody's who has not committed yet
    age(folder / lost.key, 25)
    assert actions.purge() == 1
    assert on_disk(folder) == {first.key}


@pytest.mark.django_db(transaction=True)
def test_a_killed_purge_is_finished_by_the_next(
    cast: Cast, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, old = stored(cast.owner), stored(cast.owner)
    attach_to_notice(cast, first)
    later(first, folder, 50)
    later(old, folder)
    with monkeypatch.context() as killed:
        killed.setattr(actions, "_delete", lambda key: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            actions.purge()
    assert not StoredFile.objects.filter(pk=old.pk).exists()
    assert old.key in on_disk(folder)
    actions.purge()
    assert on_disk(folder) == {first.key}


@pytest.mark.django_db(transaction=True)
def test_a_new_database_beside_an_old_folder_takes_nothing(cast: Cast, folder: Path) -> None:
    foreign = stored(cast.owner)
    age(folder / foreign.key, 48)
    StoredFile.objects.all().delete()
    assert actions.purge() == 0
    stored(cast.owner)
    assert actions.purge() == 0
    assert foreign.key in on_disk(folder)


def test_attaching_what_is_gone(cast: Cast) -> None:
    file = stored(cast.owner)
    with pytest.raises(NotFound):
        actions.attach([file.pk, file.pk + 1])
    file.refresh_from_db()
    assert file.attached_at is None
    actions.attach([file.pk])
    file.refresh_from_db()
    assert file.attached_at is not None


@pytest.mark.parametrize(
    ("name", "data", "query", "inline", "kind"),
    [
        ("方案.pdf", PDF, "", False, "application/pdf"),
        ("方案.pdf", PDF, "?view=1", True, "application/pdf"),
        ("图.png", picture("PNG"), "?view=1", True, "image/png"),
        ("表.docx", office("docx"), "?view=1", False, "wordprocessingml"),
        ("字.txt", b"hello", "?view=1", False, "application/octet-stream"),
    ],
)
def test_hostile_content_is_harmless(  # noqa: PLR0913
    cast: Cast, name: str, data: bytes, query: str, inline: bool, kind: str
) -> None:
    file = stored(cast.owner, name, data)
    response = web.serve(RequestFactory().get(f"/{query}"), file)
    disposition = response["Content-Disposition"]
    assert disposition.startswith("inline" if inline else "attachment")
    assert "filename*=utf-8''" in disposition
    assert kind in response["Content-Type"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    policy = response["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy
    assert ("sandbox" in policy) != (inline and "pdf" in kind)
    assert b"".join(response) == data  # type: ignore[arg-type]
    response.close()


def test_bytes_that_are_gone_are_not_found(cast: Cast, folder: Path) -> None:
    file = stored(cast.owner)
    (folder / file.key).unlink()
    with pytest.raises(NotFound):
        web.serve(RequestFactory().get("/"), file)
