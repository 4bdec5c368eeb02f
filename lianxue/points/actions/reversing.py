"""Corrections: an entry is never changed, a second one takes it back (design rule 8)."""

from collections.abc import Sequence

from django.db import transaction

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_events
from lianxue.organizations.models import Organization
from lianxue.organizations.policy import power_in
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict

from .. import policy
from ..models import PointEntry
from .crediting import lock_accounts, write

register_events({"points.reversed": "更正了积分"})


@transaction.atomic
def reverse(actor: User, organization_id: int, entry_id: int, reason: str) -> PointEntry:
    """Take back one credited entry, for a reason that the person reads; the reversing entry.

    Raises InvalidInput (no reason), NotFound, PermissionDenied, StateConflict (taken back already,
    or nothing was credited).
    """
    reason = reason.replace("\0", "").strip()
    if not reason:
        raise InvalidInput.at("reason", "请写明更正的原因，本人会看到。")
    if len(reason) > 200:
        raise InvalidInput.at("reason", "原因请不要超过 200 个字。")
    organization = Organization.objects.filter(pk=organization_id, dissolved_at=None).first()
    entry = PointEntry.objects.filter(pk=entry_id).first()
    if organization is None or entry is None:
        raise NotFound
    policy.need_corrects(power_in(actor, organization), organization, entry, actor.pk)
    made = take_back([entry], reason, actor)[0]
    record(
        actor,
        "points.reversed",
        target=made,
        organization_id=organization_id,
        data={"user": entry.user_id, "title": entry.title, "amount": made.amount},
    )
    return made


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
