"""解散 while a roster is being written: nobody is left standing in what has ended."""

import pytest

from lianxue.certification.actions import settings
from lianxue.organizations.actions import imports
from lianxue.organizations.models import ImportRow, MemberImport, Membership, RosterDetail
from tests.organizations.imports_help import upload

from .helpers import run_by
from .test_concurrency import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_dissolving_while_a_roster_is_written() -> None:
    for turn in range(4):
        organization, admin = run_by()
        rows = [[f"钱{'一二三四五'[n]}", f"136{turn:04d}{n:04d}", ""] for n in range(5)]
        batch = imports.prepare(admin, organization.pk, upload(rows))
        imports.confirm(admin, batch.pk)
        place, name, pk = organization.pk, organization.name, batch.pk
        came = at_once(
            lambda pk=pk: imports.apply(pk),
            lambda place=place, name=name, admin=admin: settings.dissolve_organization(
                admin, place, name
            ),
        )
        assert came == ["done", "done"]
        organization.refresh_from_db()
        assert organization.dissolved_at is not None
        written = Membership.objects.filter(organization=organization)
        state = MemberImport.objects.get(pk=pk).state
        assert (state, written.count()) in {("done", 6), ("dropped", 1)}
        assert not written.exclude(state=Membership.State.ENDED).exists()
        assert not ImportRow.objects.filter(batch=pk).exists()
        assert not RosterDetail.objects.filter(membership__organization=organization).exists()
