"""完成学习任务: written once by whatever completed it, for each relay that reaches the person.

Called in the transaction of what somebody just finished or passed, when that is written. It holds
the person's own name, then the notices against a recall (``notices.actions.locks``), then the
person's points; so call it **before crediting anything else**: named locks come first in the
house's order. A completion is its own trace: no audit event (a hundred thousand people must not
queue for the head of one chain).
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from lianxue.accounts.models import User
from lianxue.notices import policy as notices
from lianxue.notices.actions.locks import hold_for_passing
from lianxue.notices.models import Relay
from lianxue.notices.policy import Seat
from lianxue.points.actions.crediting import Earned, credit_many
from lianxue.shared.clock import today
from lianxue.shared.dbtools import lock_name

from ..models import Completion, TaskContent
from ..point_items import TASK, task_event
from ..queries.completing import done_by, done_since, has_completed, tasks_of


@transaction.atomic
def settle_task(user: User, notice_id: int) -> bool:
    """Write that ``user`` has completed the task, if all of it is done; whether it is completed.

    Also for who had done all of it before it came. False where it doesn't reach ``user`` (any more)
    and after a recall, when nothing is written. Late is what was done after the deadline, whenever
    this is called. Credits 完成一个学习任务, once for all time.
    """
    seats = notices.seats_of(user)
    here = Q(notice__id=notice_id)  # an id of any size
    _settle(user, seats, here)
    mine = tasks_of(seats).filter(here)
    return mine.exists() and not mine.filter(~has_completed(seats)).exists()


@transaction.atomic
def settle_item(user: User, item_id: int) -> list[int]:
    """``settle_task`` for every task that asks for the item; the notices (ids) completed now.

    A fixed number of statements, two where no open task asks for it.
    """
    asked = TaskContent.objects.filter(task=OuterRef("notice_id"), item=item_id)
    return _settle(user, notices.seats_of(user), Q(Exists(asked)))


def _settle(user: User, seats: list[Seat], which: Q) -> list[int]:
    """Complete what is done of the open tasks ``which``; the notices' ids."""
    opened = tasks_of(seats).filter(which).filter(~has_completed(seats))
    if not opened.exists():
        return []
    # of two items finished at the same moment, the second sees the first
    lock_name(f"learning:{user.pk}")
    ready = opened.filter(done_by(user))
    ids = sorted(set(ready.values_list("notice_id", flat=True)))
    for notice_id in ids:
        hold_for_passing(notice_id)
    # again behind the locks: what was recalled meanwhile gives nothing
    relays = list(
        ready.filter(notice__in=ids)
        .annotate(done_at=done_since(user))
        .select_related("notice")
        .order_by("notice_id", "pk")
    )
    if relays:
        _write(seats, relays)
        _credit(user, seats, relays)
    return sorted({relay.notice_id for relay in relays})


def _write(seats: list[Seat], relays: Sequence[Relay]) -> None:
    """A completion for each relay; two at the same moment write one. Completed is nothing before
    the task came; late is only what was done after the deadline, however late it came.
    """
    own = _memberships(seats)
    rows = []
    for relay in relays:
        deadline, moment = relay.notice.deadline, relay.done_at  # type: ignore[attr-defined]
        rows.append(
            Completion(
                relay=relay,
                membership_id=own[relay.organization_id],
                completed_at=max(moment, relay.passed_at or moment),
                late=deadline is not None and moment > deadline,
            )
        )
    Completion.objects.bulk_create(rows, ignore_conflicts=True)


def _memberships(seats: list[Seat]) -> dict[int, int]:
    """The seat by organisation, as receipts take it."""
    return {seat.organization_id: seat.membership_id for seat in seats}


def _credit(user: User, seats: list[Seat], relays: Sequence[Relay]) -> None:
    """The points of each task, under the rules of the organisation of the oldest membership that it
    reaches."""
    own = _memberships(seats)
    first: dict[int, Relay] = {}
    for relay in sorted(relays, key=lambda one: own[one.organization_id]):
        first.setdefault(relay.notice_id, relay)
    credit_many(
        [
            Earned(
                user_id=user.pk,
                organization_id=relay.organization_id,
                item=TASK,
                event=task_event(relay.notice_id),
                day=today(),
                source_type="notices.notice",
                source_id=relay.notice_id,
                title=relay.notice.title,
            )
            for relay in first.values()
        ]
    )
