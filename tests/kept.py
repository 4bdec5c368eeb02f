"""Rows that many tests begin with: made once by their maker, then put back as they were made.

Moments are kept as the time before the maker ended, so that what is put back is as old as if it
had been made just now, and nothing of it lies ahead.
"""

import io
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.apps import apps
from django.db import connection, transaction
from django.db.models import AutoField, Model
from django.utils import timezone

Made = TypeVar("Made")
#: One table's rows: the values of its fields as the database takes them, moments as they are.
Rows = list[list[Any]]


class _Writer(pickle.Pickler):
    """Writes moments as the time since ``ended``, which lies behind them."""

    def __init__(self, file: io.BytesIO, ended: datetime) -> None:
        super().__init__(file)
        self._ended = ended

    def persistent_id(self, obj: object) -> timedelta | None:
        return obj - self._ended if isinstance(obj, datetime) else None


class _Reader(pickle.Unpickler):
    """Reads them as the time since now."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self._now = timezone.now()

    def persistent_load(self, pid: timedelta) -> datetime:
        return self._now + pid


@dataclass(frozen=True)
class _Copy:
    """What was made and the rows that were written by it."""

    pickled: bytes
    tables: tuple[str, ...]


class Kept(Generic[Made]):
    """``Kept(maker)()`` gives what ``maker()`` gives, and the database has its rows.

    The rows have the same ids each time: the database's own count went past them when they were
    made. Where a table that the maker writes to has rows already, the ids may be taken, so the
    maker runs again.
    """

    def __init__(self, maker: Callable[[], Made]) -> None:
        self.maker = maker
        self._copy: _Copy | None = None

    def __call__(self) -> Made:
        """Make it, or put it back."""
        if self._copy is None:
            return self._make_and_keep()
        if _any_rows(self._copy.tables):
            return self.maker()
        inserts, made = _Reader(io.BytesIO(self._copy.pickled)).load()
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            for sql, rows in inserts:
                cursor.execute(sql, [_adapted(value) for row in rows for value in row])
        result: Made = made
        return result

    def _make_and_keep(self) -> Made:
        """By the maker; nothing is kept when other rows in its tables blur which are its own."""
        before = _everything()
        _spread_ids()
        made = self.maker()
        ended = timezone.now()
        written = {model: rows for model, rows in _everything().items() if rows != before[model]}
        if not any(before[model] for model in written):
            inserts = [(_insert(model, len(rows)), rows) for model, rows in written.items()]
            file = io.BytesIO()
            _Writer(file, ended).dump((inserts, made))
            tables = tuple(model._meta.db_table for model in written)
            self._copy = _Copy(file.getvalue(), tables)
        return made


def _models() -> Iterator[type[Model]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            yield model


def _everything() -> dict[type[Model], Rows]:
    """All rows of the database."""
    found: dict[type[Model], Rows] = {}
    for model in _models():
        fields = model._meta.concrete_fields
        values = model._base_manager.order_by("pk").values_list(*(f.attname for f in fields))
        found[model] = [
            [
                value
                if isinstance(value, datetime | bytes)
                else field.get_db_prep_save(value, connection)
                for field, value in zip(fields, row, strict=True)
            ]
            for row in values
        ]
    return found


def _spread_ids() -> None:
    """PostgreSQL: let each table count from another thousand, so that no id fits two tables.

    There an id that is taken for another table's is noticed; it would not be if all began at one.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for number, model in enumerate(_models(), 1):
            if isinstance(key := model._meta.pk, AutoField):
                names = [connection.ops.quote_name(model._meta.db_table), key.column]
                cursor.execute(
                    "SELECT setval(s, greatest(%s, nextval(s))) "
                    "FROM pg_get_serial_sequence(%s, %s) AS s",
                    [number * 1000, *names],
                )


def _any_rows(tables: tuple[str, ...]) -> bool:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + " OR ".join(f"EXISTS (SELECT 1 FROM {quote(table)})" for table in tables)
        )
        return bool(cursor.fetchone()[0])


def _insert(model: type[Model], count: int) -> str:
    quote = connection.ops.quote_name
    columns = [quote(str(field.column)) for field in model._meta.concrete_fields]
    places = f"({', '.join(['%s'] * len(columns))})"
    return (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)}) "
        f"VALUES {', '.join([places] * count)}"
    )


def _adapted(value: object) -> object:
    """A moment as the driver takes it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
