"""What moving, ending and appointing do to rows under the lock: for one member and for many alike.

Callers hold the organisation's lock and have asked the policy; the number of statements does not
grow with the number of rows (but for the audit's and the inbox's batches).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import Entry, record_many
from lianxue.inbox.actions import Note, close_todos, post_messages
from lianxue.shared.clock import now
from lianxue.shared.phones import mask_phone

from ..models import Branch, HandoverOffer, Membership, Organization, RoleGrant
from .tokens import forget_members

#: What a single event says of its own row, by the row's id.
Each = Mapping[int, Mapping[str, Any]]


def record_members(
    actor: Actor,
    action: str,
    rows: Sequence[Membership],
    data: Mapping[str, Any] | None = None,
    each: Each | None = None,
) -> None:
    """One event a row, with ``data`` of all and ``each`` of its own; phones masked."""
    own = each or {}
    record_many(
        actor,
        [
            Entry(
                action,
                row,
                row.organization_id,
                {
                    "name": row.name,
                    "phone": mask_phone(row.phone),
                    "branch": row.branch_id,
                    "state": row.state,
                    **(data or {}),
                    **own.get(row.pk, {}),
                },
            )
            for row in rows
        ],
    )


def tell(rows: Sequence[Membership], note: Note) -> None:
    """Say the same to everybody of ``rows`` who has come."""
    post_messages([row.user_id for row in rows if row.user_id is not None], note)


def move_rows(actor: Actor, rows: Sequence[Membership], branch: Branch | None) -> None:
    """Put them all into ``branch``, with the place that each leaves in the log."""
    before = {row.pk: {"from": row.branch_id} for row in rows}
    Membership.objects.filter(pk__in=list(before)).update(branch=branch)
    for row in rows:
        row.branch = branch
    to = branch.pk if branch else None
    record_members(actor, "member.moved", rows, {"to": to}, before)


def end_rows(actor: Actor, rows: Sequence[Membership], reason: str) -> None:
    """End memberships, with their offices and open handovers; the caller leaves the audit event."""
    ids = [row.pk for row in rows]
    RoleGrant.objects.filter(membership__in=ids).delete()
    moment = now()
    open_offers = HandoverOffer.objects.filter(
        to_membership__in=ids, state=HandoverOffer.State.OFFERED
    )
    for offer in open_offers:  # one at most (constraint handover_one_open)
        offer.state, offer.answered_at = HandoverOffer.State.WITHDRAWN, moment
        offer.save(update_fields=["state", "answered_at"])
        close_todos(actor, topic="handover", subject=f"handover:{offer.pk}")
    Membership.objects.filter(pk__in=ids).update(
        state=Membership.State.ENDED, ended_at=moment, end_reason=reason
    )
    forget_members(ids)
    for row in rows:
        row.state, row.ended_at, row.end_reason = Membership.State.ENDED, moment, reason


def remove_rows(
    actor: Actor, organization: Organization, rows: Sequence[Membership], reason: str
) -> None:
    """End memberships against the persons' own wish: they are told why, the log says who held what.

    ``rows`` have their offices prefetched.
    """
    roles = {
        row.pk: {"roles": sorted({grant.role for grant in row.role_grants.all()})} for row in rows
    }
    end_rows(actor, rows, reason)
    tell(
        rows,
        Note(
            topic="member.removed",
            title=f"您已不在“{organization.name}”中",
            body=f"原因：{reason}。如有疑问，请联系该组织的管理员。",
            organization_id=organization.pk,
        ),
    )
    record_members(actor, "member.removed", rows, {"reason": reason}, roles)


def grant_rows(
    actor: Actor, organization: Organization, rows: Sequence[Membership], scope: Branch | None
) -> list[RoleGrant]:
    """Make them all learning administrators of ``scope``; None, the whole, replaces narrower ones.

    The caller tells and records (``actions.roles``).
    """
    if scope is None:
        RoleGrant.objects.filter(membership__in=[row.pk for row in rows]).delete()
    moment, by = now(), actor if isinstance(actor, User) else None
    return RoleGrant.objects.bulk_create(
        [
            RoleGrant(
                organization=organization,
                membership=row,
                role=RoleGrant.Role.LEARNING_ADMIN,
                scope=scope,
                granted_at=moment,
                granted_by=by,
            )
            for row in rows
        ]
    )
