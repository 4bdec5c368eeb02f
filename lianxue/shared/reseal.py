"""Encrypting everything anew under the current key, in batches, while the site is running.

Finds the columns by their type in every app. Each row is changed only if it still holds what was
read, so a write in between is never undone; killed half-way, the next run goes on where it stopped.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Cast

from .crypto import EncryptedTextField, current_prefix, decrypt

BATCH = 200


def encrypted_fields() -> Iterator[EncryptedTextField]:
    """Every encrypted column of every installed app."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, EncryptedTextField):
                yield field


def stale(field: EncryptedTextField) -> QuerySet[Any, Any]:
    """The rows whose value is under another key or algorithm; ``sealed`` is the stored text."""
    return (
        field.model._base_manager.annotate(sealed=Cast(F(field.name), models.TextField()))
        .exclude(sealed="")
        .exclude(sealed=None)
        .exclude(sealed__startswith=current_prefix())
        .order_by("pk")
    )


def reseal(field: EncryptedTextField) -> int:
    """Bring every row of the column under the current key; how many were changed."""
    changed, last = 0, None
    while True:
        rows = stale(field) if last is None else stale(field).filter(pk__gt=last)
        batch = list(rows.values_list("pk", "sealed")[:BATCH])
        if not batch:
            return changed
        last = batch[-1][0]
        with transaction.atomic():
            for pk, sealed in batch:
                plain = decrypt(sealed, context=field.context())
                changed += stale(field).filter(pk=pk, sealed=sealed).update(**{field.name: plain})
