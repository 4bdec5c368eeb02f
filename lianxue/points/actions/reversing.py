"""Corrections: an entry is never changed, a second one takes it back (design rule 8)."""

from collections.abc import Sequence

from django.db import transaction
from django.urls import reverse as address

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_details, register_events
from lianxue.inbox.actions import Note, post_message
from lianxue.organizations.actions.organizations import lock
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict
from lianxue.shared.tenths import tenths

from .. import policy
from ..items import label_of
from ..models import PointEntry
from .crediting import lock_accounts, write

REASON_MAX = 200

register_events({"points.reversed": "更正了积分"})
register_details({"point_item": "积分项目", "points": "积分"})


def tidy_reason(text: str, missing: str) -> str:
    """A reason as it is kept. Raises InvalidInput at ``reason``: ``missing`` when there is none."""
    reason = text.replace("\0", "").strip()
    if not reason:
        raise InvalidInput.at("reason", missing)
    if len(reason) > REASON_MAX:
        raise InvalidInput.at("reason", f"原因请不要超过 {REASON_MAX} 个字。")
    return reason


@transaction.atomic
def reverse(actor: User, organization_id: int, entry_id: int, reason: str) -> PointEntry:
    """Take back one credited entry, for a reason that the person reads; the reversing entry.

    The person is told in the inbox. Raises InvalidInput (no reason), NotFound, PermissionDenied,
    StateConflict (taken back already, or nothing was credited).
    """
    reason = tidy_reason(reason, "请写明更正的原因，本人会看到。")
    policy.place_of(actor, organization_id)
    lock(organization_id)
    place = policy.place_of(actor, organization_id)  # again: an office may have ended meanwhile
    entry = PointEntry.objects.filter(pk=entry_id).select_related("user").first()
    if entry is None:
        raise NotFound
    policy.need_corrects(place, entry, actor.pk)
    made = take_back([entry], reason, actor)[0]
    _tell(entry, made, place.organization.name)
    record(
        actor,
        "points.reversed",
        target=made,
        organization_id=organization_id,
        data={
            "name": entry.user.name,
            "point_item": f"{label_of(entry.item)}：{entry.title}",
            "points": f"{tenths(made.amount)} 分",
            "reason": reason,
        },
    )
    return made


def _tell(entry: PointEntry, made: PointEntry, organization: str) -> None:
    note = Note(
        topic="points.reversed",
        title=f"您的积分更正了 {tenths(made.amount)} 分",
        body=f"{organization}更正了“{entry.title}”的积分。原因：{made.reason}",
        link=address("points:explain", args=[made.pk]),
        organization_id=entry.organization_id,
        subject=f"point_entry:{made.pk}",
    )
    post_message(entry.user_id, note)


@transaction.atomic
def take_back(entries: Sequence[PointEntry], reason: str, actor: User) -> list[PointEntry]:
    """The reversing entries of ``entries``, in the same order; whether one may is asked before.

    Raises StateConflict when one of them can't be taken back; then none is.
    """
    lock_accounts(one.user_id for one in entries)
    ids = [one.pk for one in entries]
    if any(one.kind != PointEntry.Kind.CREDIT or not one.amount for one in entries):
        raise StateConflict("这一笔没有可更正的积分。")
    if PointEntry.objects.filter(reverses__in=ids).exists():
        raise StateConflict("这一笔已经更正过了，请刷新页面查看。")
    write([_reversal(one, reason, actor) for one in entries])
    made = {one.reverses_id: one for one in PointEntry.objects.filter(reverses__in=ids)}
    return [made[pk] for pk in ids]


def _reversal(entry: PointEntry, reason: str, actor: User) -> PointEntry:
    return PointEntry(
        user_id=entry.user_id,
        organization_id=entry.organization_id,
        item=entry.item,
        kind=PointEntry.Kind.REVERSAL,
        day=entry.day,
        earned=-entry.amount,
        amount=-entry.amount,
        rule_id=entry.rule_id,
        key=f"reverses:{entry.pk}",
        source_type=entry.source_type,
        source_id=entry.source_id,
        title=entry.title,
        reverses=entry,
        reason=reason,
        actor=actor,
        actor_name=actor.name,
        at=now(),
    )
