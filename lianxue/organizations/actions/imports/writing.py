"""What the one transaction of an import writes of people: new ones, changed ones, those who came.

Called by ``applying`` alone, under the organisation's lock and in its transaction.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from lianxue.accounts.models import Actor, User
from lianxue.shared.dbtools import insert_many, update_many

from ...models import Membership, Organization, RosterDetail
from ...roster.fields import DETAIL_KEYS
from ...roster.rows import RowData
from .. import members, tokens
from .changes import details_in, insert_members, rename, write_details
from .making import Made
from .plan import Planned, Present, chunks


@dataclass
class Writing:
    """What the one transaction works on."""

    actor: Actor
    organization: Organization
    present: Present
    moment: datetime
    new: list[Planned]
    changed: list[Planned]
    made: Made = field(default_factory=Made)
    rows: list[Membership] = field(default_factory=list)  # of ``new``, in their order

    def branch_id(self, row: RowData) -> int | None:
        """The branch that a row leads to."""
        return self.made.at(row.make).pk if row.make else row.branch


def insert(work: Writing) -> None:
    """The new memberships with their tokens and details."""
    for planned in work.new:
        clean = planned.row.clean
        user = work.present.users.get(clean["phone"])
        work.rows.append(
            Membership(
                organization=work.organization,
                branch_id=work.branch_id(planned.row),
                user_id=user,
                phone=clean["phone"],
                name=clean["name"],
                sort_key=planned.key,
                state=Membership.State.ACTIVE if user else Membership.State.INVITED,
                created_at=work.moment,
                activated_at=work.moment if user else None,
            )
        )
    insert_members(work.organization, work.rows)
    tokens.index_members(work.rows, fresh=True, known=[planned.terms for planned in work.new])
    insert_many(
        RosterDetail,
        ("membership_id", "data", "changed_at"),
        [
            (one.pk, planned.sealed, connection.ops.adapt_datetimefield_value(work.moment))
            for one, planned in zip(work.rows, work.new, strict=True)
            if planned.sealed
        ],
    )


def welcome(work: Writing) -> None:
    """Whoever registered while this was written is active, too; all active ones are greeted."""
    waiting = {one.phone: one for one in work.rows if one.user_id is None}
    late = []
    for phones in chunks(list(waiting)):
        for phone, pk in User.objects.filter(phone__in=phones).values_list("phone", "pk"):
            waiting[phone].user_id = pk
            late.append(waiting[phone])
    seated = set(
        Membership.objects.filter(
            organization=work.organization, user__in=[one.user_id for one in late]
        )
        .exclude(state=Membership.State.ENDED)
        .values_list("user_id", flat=True)
    )
    for one in late:
        if one.user_id in seated:
            one.user_id = None
            continue
        one.state, one.activated_at = Membership.State.ACTIVE, work.moment
        one.save(update_fields=["user", "state", "activated_at"])
    members.greet(work.rows, work.organization)


def update(work: Writing) -> None:
    """What changes of those who were there."""
    moved, renamed, terms, details = [], [], [], []
    for planned in work.changed:
        row, member = planned.row, planned.member
        assert member is not None  # noqa: S101 - that is what makes it a change
        if "branch" in row.before:
            member.branch_id = work.branch_id(row)
            moved.append((member.branch_id, member.pk))
        if "name" in row.before:
            member.name, member.sort_key = row.clean["name"], planned.key
            renamed.append(member)
            terms.append(planned.terms)
        if any(key in row.before for key in DETAIL_KEYS):
            values = work.present.details.get(member.pk, {}) | details_in(row)
            details.append((member, values))
    update_many(Membership, ("branch_id",), moved)
    rename(work.organization, renamed, terms)
    write_details(details, work.moment)
