"""Reading, 确认收到 and the reader's own order.

A receipt is its own trace: no audit event is written, because a hundred thousand readers must not
queue for the head of one chain.
"""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from lianxue.accounts.models import User
from lianxue.organizations.models import Membership
from lianxue.shared.clock import now
from lianxue.shared.errors import StateConflict

from .. import policy
from ..models import Receipt
from ..queries import reading
from ..queries.reading import Reading


def read(user: User, notice_id: int) -> Reading:
    """The notice, and that it was read: one receipt for each relay of it that reaches ``user``.

    The first time stays. A recalled notice leaves no receipt. What another organisation passes on
    after the notice was archived brings it back. Raises NotFound.
    """
    found = reading.get_mine(user, notice_id)
    if found.recall or found.read_at:
        return found
    with transaction.atomic():
        _write(user, found)
    return reading.get_mine(user, notice_id)


def confirm(user: User, notice_id: int) -> Reading:
    """确认收到, once for all relays of it that reach ``user``; the first time stays.

    Raises NotFound; StateConflict when it was recalled, or asks for no confirmation.
    """
    with transaction.atomic():
        found = reading.get_mine(user, notice_id)
        if found.recall:
            raise StateConflict("这条通知已经撤回，不用确认了。")
        if not found.notice.needs_confirmation:
            raise StateConflict("这条通知不需要确认，看过就可以了。")
        if found.confirmed_at:
            return found
        _write(user, found)
        _own(user, found).filter(confirmed_at=None, relay__recalled_at=None).update(
            confirmed_at=now()
        )
    return reading.get_mine(user, notice_id)


def archive(user: User, notice_id: int, archived: bool) -> Reading:
    """归档, or back to the list. Raises NotFound; StateConflict for what has still to be done."""
    with transaction.atomic():
        found = reading.get_mine(user, notice_id)
        if archived and not found.may_archive:
            if found.to_confirm and found.read_at:
                raise StateConflict("这条通知需要确认收到，请先确认，再归档。")
            raise StateConflict("这条通知还没有看过，请先打开看一看，再归档。")
        _own(user, found).update(archived_at=now() if archived else None)
    return reading.get_mine(user, notice_id)


def _write(user: User, found: Reading) -> None:
    """The receipts that are missing. What comes anew is not archived."""
    seats = {seat.organization_id: seat.membership_id for seat in policy.seats_of(user)}
    moment = now()
    _own(user, found).exclude(archived_at=None).update(archived_at=None)
    Receipt.objects.bulk_create(
        [
            Receipt(relay=relay, membership_id=seats[relay.organization_id], read_at=moment)
            for relay in found.relays
            if relay.organization_id in seats
        ],
        ignore_conflicts=True,
    )


def _own(user: User, found: Reading) -> QuerySet[Receipt, Any]:
    return Receipt.objects.filter(
        relay__notice=found.notice,
        membership__user=user,
        membership__state=Membership.State.ACTIVE,
    )
