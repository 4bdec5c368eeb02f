from django.db import migrations, models

from lianxue.shared.names import name_tokens, search_tokens, sort_key

BATCH = 500


def lots(rows):
    """All rows, some hundred at a time."""
    last = 0
    while some := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield some
        last = some[-1].pk


def fill_members(apps, schema_editor):
    alias = schema_editor.connection.alias
    members = apps.get_model("organizations", "Membership").objects.using(alias)
    token_model = apps.get_model("organizations", "MemberToken")
    tokens = token_model.objects.using(alias)
    for some in lots(members.only("pk", "name", "phone", "state", "organization_id")):
        made = []
        for row in some:
            row.sort_key = sort_key(row.name)
            if row.state == "ended":
                continue
            whole, inner = name_tokens(row.name)
            terms = [("b", token) for token in whole] + [("n", token) for token in inner]
            made += [
                token_model(
                    organization_id=row.organization_id, membership=row, kind=kind, token=token
                )
                for kind, token in [*terms, ("p", row.phone[-4:].encode())]
            ]
        members.bulk_update(some, ["sort_key"])
        tokens.filter(membership__in=some).delete()
        tokens.bulk_create(made, batch_size=2000)


def fill_organizations(apps, schema_editor):
    alias = schema_editor.connection.alias
    organizations = apps.get_model("organizations", "Organization").objects.using(alias)
    token_model = apps.get_model("organizations", "OrganizationToken")
    former_names = apps.get_model("organizations", "FormerName").objects.using(alias)
    tokens = token_model.objects.using(alias)
    for some in lots(organizations.only("pk", "name", "dissolved_at")):
        names = {row.pk: {row.name} for row in some if row.dissolved_at is None}
        for former in former_names.filter(organization__in=list(names)):
            names[former.organization_id].add(former.name)
        tokens.filter(organization__in=some).delete()
        tokens.bulk_create(
            [
                token_model(organization_id=pk, token=token)
                for pk, all_names in names.items()
                for token in sorted(set().union(*map(search_tokens, all_names)))
            ],
            batch_size=2000,
        )


class Migration(migrations.Migration):
    """Members and organisations that were there before are found, too."""

    dependencies = [("organizations", "0002_security_search_imports")]
    operations = [
        migrations.AlterField(
            "membertoken",
            "kind",
            models.CharField(
                max_length=1,
                choices=[
                    ("b", "the whole name, its pinyin, its initials"),
                    ("n", "the same from a later character on"),
                    ("p", "last four digits"),
                ],
            ),
        ),
        migrations.AlterField(
            "membertoken",
            "organization",
            models.ForeignKey(
                db_index=False,
                on_delete=models.CASCADE,
                related_name="+",
                to="organizations.organization",
            ),
        ),
        migrations.RemoveIndex("membership", "membership_by_name"),
        migrations.AddIndex(
            "membership",
            models.Index(
                fields=["organization", "sort_key", "name", "id", "state"],
                name="membership_by_name",
            ),
        ),
        migrations.RunPython(fill_members, migrations.RunPython.noop),
        migrations.RunPython(fill_organizations, migrations.RunPython.noop),
    ]
