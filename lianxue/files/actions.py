"""Taking files in, keeping them, and clearing away what nobody refers to.

The bytes are written first and the row after them, in the caller's transaction. When that rolls
back, the bytes lie there without a row until ``purge`` lists the storage. A file is removed in the
other order, the row first: whatever is killed in between leaves bytes too many, never too few.
"""

import hashlib
import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import ProtectedError

from lianxue.audit.actions import Subject
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, Unavailable
from lianxue.shared.ids import new_token
from lianxue.shared.uploads import MAX_BYTES, large_bytes, words_for

from . import kinds, names
from .models import StoredFile
from .queries import orphans, private, unreferenced

log = logging.getLogger(__name__)
_CHUNK = 64 * 1024
_BATCH = 200
#: How long a file may wait to be attached.
LOOSE = timedelta(days=1)


def store(
    owner: Subject, upload: UploadedFile[Any], field: str = "file", *, large: bool = False
) -> StoredFile:
    """Take a file in, to be attached by its app within a day. Nothing is kept of a refused one.

    ``large``: a recording or a PDF may be as large as the site allows (``uploads.large_bytes``).
    Raises InvalidInput at ``field`` (too large, empty, a kind that is not taken, a name that does
    not agree with the bytes), Unavailable when the storage does not take it.
    """
    size, most = upload.size or 0, large_bytes() if large else MAX_BYTES
    if not size:
        raise InvalidInput.at(field, "文件是空的，请检查后重新选择。")
    if size > most:
        raise InvalidInput.at(field, words_for(most))
    name = names.clean(upload.name or "")
    ending = names.extension_of(name)
    if size > MAX_BYTES and not any(ending in kind.endings for kind in kinds.LARGE):
        raise InvalidInput.at(field, words_for(MAX_BYTES))  # before anybody reads all of it
    kind = kinds.find(upload, ending, field)
    if not ending:
        name = names.clean(f"{name}.{kind.endings[0]}")
    digest, moment = hashlib.sha256(), now()
    for chunk in upload.chunks(_CHUNK):
        digest.update(chunk)
    upload.seek(0)
    return StoredFile.objects.create(
        key=_write(upload, f"{moment:%Y-%m-%d}/{new_token()}"),
        name=name,
        kind=kind.media,
        size=size,
        sha256=digest.hexdigest(),
        owner_id=owner.pk or 0,
        created_at=moment,
    )


def _write(upload: UploadedFile[Any], key: str) -> str:
    """The bytes into the storage; its key. Raises Unavailable."""
    try:
        # a plain File: one that came as a temporary file would be moved with its own rights
        return private().save(key, File(upload.file))
    except OSError as error:
        log.error("a file was not written: %s (%s)", type(error).__name__, error.errno)
        try:
            private().delete(key)
        except OSError:
            log.warning("a file remains without its row: %s", key)
        raise Unavailable("文件没有保存下来，请稍后再试；一直这样请联系网站管理员。") from None


@transaction.atomic
def attach(file_ids: Iterable[int]) -> None:
    """Note that something refers to these files now, in the caller's transaction.

    Raises NotFound when one of them is gone.
    """
    wanted = set(file_ids)
    rows = StoredFile.objects.select_for_update().filter(pk__in=wanted)
    if {row.pk for row in rows} != wanted:
        raise NotFound("文件已经不在了，请重新上传。")
    StoredFile.objects.filter(pk__in=wanted, attached_at=None).update(attached_at=now())


def purge() -> int:
    """Remove what nothing refers to a day after it came, rows and bytes; how many files.

    A reference is a foreign key of any app, so what was taken off a draft, or went with it, is
    cleared away too.
    """
    before, removed = now() - LOOSE, 0
    while found := _purge_some(before):
        removed += found
    for key in orphans(before):
        removed += _delete(key)
    _sweep_incoming()
    return removed


def _sweep_incoming() -> None:
    """What a killed server left of files that were arriving; Django clears away all others."""
    oldest = (now() - LOOSE).timestamp()
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*.upload*"):
        with suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()


def _purge_some(before: Any) -> int:
    """One batch: the rows in one transaction, then their bytes; how many rows went."""
    with transaction.atomic():
        rows = unreferenced(before).select_for_update(skip_locked=True, of=("self",))[:_BATCH]
        found = {row.pk: row.key for row in rows}
        try:
            with transaction.atomic():
                StoredFile.objects.filter(pk__in=found).delete()
        except ProtectedError:  # something took hold of one meanwhile; the next run looks again
            return 0
        transaction.on_commit(lambda: [_delete(key) for key in found.values()])
    return len(found)


def _delete(key: str) -> int:
    """The bytes of ``key``, gone; 1, or 0 when the storage did not do it (the next run will)."""
    try:
        private().delete(key)
    except OSError as error:
        log.warning("a file was not removed: %s (%s)", key, type(error).__name__)
        return 0
    return 1
