from django.db import migrations

from lianxue.shared.names import sort_key

BATCH = 500


def fill(apps, schema_editor):
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    last = 0
    while rows := list(users.filter(pk__gt=last).only("pk", "name").order_by("pk")[:BATCH]):
        for row in rows:
            row.sort_key = sort_key(row.name)
        users.bulk_update(rows, ["sort_key"])
        last = rows[-1].pk


class Migration(migrations.Migration):
    """People who were there before are listed from A to Z, too."""

    dependencies = [("accounts", "0002_names_and_finding")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
