"""What Django lacks at the database: counts per row, named locks, migration operations."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db import OperationalError, connection, migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce


class AppendOnly(migrations.operations.base.Operation):
    """Triggers that refuse UPDATE and DELETE on a table, on both databases alike (design rule 8).

    Overriding ``Model.delete`` would not stop ``QuerySet.delete`` or a hand at the database.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str) -> None:
        self.table = table

    def state_forwards(self, app_label: str, state: object) -> None:
        """No change of models."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: object
    ) -> None:
        """Make the triggers."""
        for verb in ("update", "delete"):
            name, table = f"{self.table}_no_{verb}", self.table
            if schema_editor.connection.vendor == "sqlite":
                schema_editor.execute(
                    f"CREATE TRIGGER {name} BEFORE {verb.upper()} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
            else:
                schema_editor.execute(
                    f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                    f"$$ BEGIN RAISE EXCEPTION '{table} is append-only' "
                    f"USING ERRCODE = 'integrity_constraint_violation'; END $$"
                )
                schema_editor.execute(
                    f"CREATE TRIGGER {name} BEFORE {verb.upper()} ON {table} "
                    f"FOR EACH ROW EXECUTE FUNCTION {name}()"
                )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: object
    ) -> None:
        """Drop them again."""
        for verb in ("update", "delete"):
            name, table = f"{self.table}_no_{verb}", self.table
            on = "" if schema_editor.connection.vendor == "sqlite" else f" ON {table}"
            schema_editor.execute(f"DROP TRIGGER {name}{on}")
            if on:
                schema_editor.execute(f"DROP FUNCTION {name}()")

    def describe(self) -> str:
        """For showmigrations."""
        return f"Refuse UPDATE and DELETE on {self.table}"


class NotReplaced(migrations.operations.base.Operation):
    """The ways around ``AppendOnly``, closed: TRUNCATE on PostgreSQL, which fires no trigger of a
    row, and REPLACE on SQLite, which takes rows away without firing DELETE triggers.

    ``unique``: the columns by each of which a new row could push out an old one.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str, unique: Sequence[str] = ("id",)) -> None:
        self.table, self.unique = table, unique

    def state_forwards(self, app_label: str, state: object) -> None:
        """No change of models."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: object
    ) -> None:
        """Make the trigger."""
        table = self.table
        if schema_editor.connection.vendor == "sqlite":
            same = " OR ".join(f"{column} = NEW.{column}" for column in self.unique)
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608
                f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        else:  # the function is AppendOnly's
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_no_delete()"
            )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: object
    ) -> None:
        """Drop it again."""
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER {self.table}_no_replace")
        else:
            schema_editor.execute(f"DROP TRIGGER {self.table}_no_truncate ON {self.table}")

    def describe(self) -> str:
        """For showmigrations."""
        return f"Refuse TRUNCATE and REPLACE on {self.table}"


def count_of(rows: QuerySet[Any, Any], by: str) -> Coalesce:
    """For ``annotate``: how many of ``rows`` point with ``by`` at the row annotated (0 for none).

    A correlated subquery on an index: it costs what the rows shown cost, where a join that is
    counted groups the whole table first.
    """
    counted = rows.filter(**{by: OuterRef("pk")}).order_by().values(by).annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n"), output_field=IntegerField()), 0)


def insert_many(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert ``rows`` (values in the order of ``columns``) whose ids nobody needs.

    By COPY on PostgreSQL. For rows by the ten thousand: five times as fast as ``bulk_create``,
    which makes an object of each. No defaults are filled in, and nothing is validated.
    """
    if not rows:
        return
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), ", ".join(quote(column) for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        places = ", ".join(["%s"] * len(columns))
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608
            rows,
        )


def update_many(
    model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[int | str | None]]
) -> None:
    """Set ``columns`` of many rows, each to its own values: (value, …, primary key).

    By the thousand; ``bulk_update`` builds one CASE of all of them and takes ten times as long.
    Nothing is validated.
    """
    if not rows:
        return
    quote = connection.ops.quote_name
    places = ", ".join(f"{quote(column)} = %s" for column in columns)
    key = quote(str(model._meta.pk.column))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(model._meta.db_table)} SET {places} WHERE {key} = %s",  # noqa: S608
            rows,
        )


#: PostgreSQL's deadlock, serialisation failure, lock not available.
_CONTENTION = {"40P01", "40001", "55P03"}


def is_contention(error: BaseException) -> bool:
    """Whether a write failed only because others wrote at the same moment: nothing was done, and
    the same again works (PostgreSQL ended one of two that waited for each other; SQLite was locked
    for longer than its busy timeout).
    """
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state in _CONTENTION or "database is locked" in str(error)


def lock_name(*names: str) -> None:
    """Hold each of ``names`` until the transaction ends: for a thing that has no row to lock yet.

    PostgreSQL's advisory locks, taken in one order; SQLite's writers are one at a time anyway
    (IMMEDIATE). Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a named lock needs its action's transaction")
    _advisory(names, "pg_advisory_xact_lock")


def lock_name_shared(*names: str) -> None:
    """Hold each of ``names`` together with others that do so; ``lock_name`` waits for all of them.

    Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a named lock needs its action's transaction")
    _advisory(names, "pg_advisory_xact_lock_shared")


def _advisory(names: Sequence[str], function: str) -> None:
    if connection.vendor != "postgresql":
        return
    keys = {
        int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        for name in names
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {function}(key) FROM unnest(%s::bigint[]) AS t (key)",  # noqa: S608
            [sorted(keys)],
        )
