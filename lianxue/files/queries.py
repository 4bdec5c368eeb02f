"""Reads of stored files. Who may have one is asked by the app that refers to it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.files.storage import Storage, storages
from django.db.models import Exists, ManyToOneRel, Min, OuterRef, QuerySet

from .models import StoredFile


def private() -> Storage:
    """Where the bytes are: under no address of their own."""
    return storages["private"]


def unreferenced(before: datetime) -> QuerySet[StoredFile, Any]:
    """Files made before ``before`` to which no row of any app points (any more).

    What refers is known by its foreign key, so an app above adds nothing here.
    """
    rows = StoredFile.objects.filter(created_at__lt=before)
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel):
            points = {relation.field.name: OuterRef("pk")}
            rows = rows.filter(~Exists(relation.field.model._base_manager.filter(**points)))
    return rows.order_by("pk")


def orphans(before: datetime, batch: int = 500) -> Iterator[str]:
    """Keys in the storage without a row: left by a transaction that rolled back, or by a purge that
    was killed. Older than ``before``, and younger than the oldest row: a database that knows none
    of the older files (a new one, put beside a folder that was here before) has no say over them.
    """
    oldest = StoredFile.objects.aggregate(first=Min("created_at"))["first"]
    if oldest is None:
        return
    store = private()
    for day in sorted(_names(store, "", 0)):
        names = sorted(_names(store, day, 1))
        for start in range(0, len(names), batch):
            keys = {f"{day}/{name}" for name in names[start : start + batch]}
            known = set(StoredFile.objects.filter(key__in=keys).values_list("key", flat=True))
            for key in sorted(keys - known):
                if oldest < store.get_modified_time(key) < before:
                    yield key


def _names(store: Storage, folder: str, which: int) -> list[str]:
    """The folders (0) or files (1) of a folder, none when it isn't there yet."""
    try:
        return list(store.listdir(folder)[which])
    except FileNotFoundError:
        return []
