"""Migration operations that Django lacks."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class AppendOnly(migrations.operations.base.Operation):
    """Triggers that refuse UPDATE and DELETE on a table, on SQLite and PostgreSQL alike (design rule 8).

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
