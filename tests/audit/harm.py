"""For tests of tampering: the database's own guard put aside, until the test is rolled back."""

from django.db import connection


def disarm() -> None:
    """From here on the audit log can be changed and deleted."""
    if connection.vendor == "sqlite":
        undo = [f"DROP TRIGGER audit_auditevent_no_{verb}" for verb in ("update", "delete")]
    else:
        undo = ["ALTER TABLE audit_auditevent DISABLE TRIGGER USER"]
    with connection.cursor() as cursor:
        for statement in undo:
            cursor.execute(statement)
