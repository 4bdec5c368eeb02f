"""What an import, and its undoing, write of members that are there: names and details, in bulk."""

import json
from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from lianxue.inbox.actions import Note
from lianxue.shared.dbtools import update_many

from ...models import Membership, Organization, RosterDetail
from ...roster.fields import DETAIL_KEYS
from ...roster.rows import RowData
from .. import tokens
from ..seats import tell


def details_in(row: RowData) -> dict[str, str]:
    """What a row says beyond name, phone and branch."""
    return {key: row.clean[key] for key in DETAIL_KEYS if key in row.clean}


def rename(organization: Organization, rows: Sequence[Membership]) -> None:
    """Keep the new names of ``rows``; who is active is told."""
    update_many(
        Membership, ("name", "sort_key"), [(one.name, one.sort_key, one.pk) for one in rows]
    )
    tokens.index_members(rows)
    tell(
        rows,
        Note(
            topic="member.renamed",
            title=f"您在“{organization.name}”的姓名已按名册修改",
            body="如有疑问，请联系该组织的管理员。",
            link=reverse("organizations:work"),
            organization_id=organization.pk,
        ),
    )


def write_details(details: Sequence[tuple[Membership, dict[str, str]]], moment: datetime) -> None:
    """Put these details in the place of what was kept."""
    RosterDetail.objects.bulk_create(
        [
            RosterDetail(
                membership=member, data=json.dumps(values, ensure_ascii=False), changed_at=moment
            )
            for member, values in details
        ],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["membership"],
        update_fields=["data", "changed_at"],
    )
