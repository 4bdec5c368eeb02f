"""The stored counts of relays: renewed when somebody looks, the rest by a job.

They follow from receipts and memberships and can be counted again at any time, so no audit event
is written.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from lianxue.shared.clock import now
from lianxue.shared.jobs.queue import enqueue_once
from lianxue.shared.jobs.registry import job

from ..models import Notice, Relay
from ..queries import figures
from ..queries.chain import Standpoint

#: A count this old is taken again when somebody looks.
FRESH_FOR = timedelta(seconds=60)
#: As many relays are counted while somebody waits, and by one statement of the job.
AT_ONCE = 200
_FIELDS = ("expected", "inactive", "read", "confirmed", "counted_at")


def count(relay_ids: Iterable[int]) -> dict[int, figures.Figures]:
    """Count the own members of these relays and store it; what was counted, by relay.

    A row that somebody else holds (a recall) is left for the next time, so that nobody waits in a
    circle; a later count is never overwritten by an earlier one.
    """
    ids = list(relay_ids)
    moment = now()
    found = figures.live(ids)
    with transaction.atomic():
        held = Relay.objects.filter(pk__in=ids).filter(_older(moment)).order_by("pk")
        if connection.features.has_select_for_update_skip_locked:
            held = held.select_for_update(skip_locked=True)
        rows = list(held.only("pk", *_FIELDS))
        for row in rows:
            number = found[row.pk]
            row.expected, row.inactive = number.expected, number.inactive
            row.read, row.confirmed = number.read, number.confirmed
            row.counted_at = moment
        Relay.objects.bulk_update(rows, _FIELDS, batch_size=AT_ONCE)
    return found


def freshen(notice: Notice, path: str) -> None:
    """Count again what is older than a minute among the relays truly below the chain path ``path``:
    the oldest AT_ONCE now, the rest by a job, of which one at most waits. Nothing is done where all
    is fresh. Not inside a transaction.
    """
    stale = _stale(notice, path, now() - FRESH_FOR)
    oldest = F("counted_at").asc(nulls_first=True)
    ids = list(stale.order_by(oldest, "pk").values_list("pk", flat=True)[: AT_ONCE + 1])
    if not ids:
        return
    count(ids[:AT_ONCE])
    if len(ids) > AT_ONCE:
        enqueue_once(count_below, notice.pk, path)


def freshen_at(stand: Standpoint) -> None:
    """Count again what is older than a minute of the organisation looked at and below it.

    Nothing for a scoped administrator, who doesn't look down, and once it is recalled. Not inside a
    transaction.
    """
    path = stand.at.chain_path
    if path is None or not stand.place.power.whole or stand.own.recalled_at is not None:
        return
    freshen(stand.notice, path)
    if not stand.at_home and stand.relay is not None and _old(stand.relay.counted_at):
        count([stand.relay.pk])
        stand.relay.refresh_from_db()


def _old(counted_at: datetime | None) -> bool:
    return counted_at is None or counted_at < now() - FRESH_FOR


@job(deadline=600)
def count_below(notice_id: int, path: str) -> int:
    """Count what was not counted since the job began, ``AT_ONCE`` relays at a time; how many.

    Idempotent: run again after being killed, it goes on with what is left.
    """
    notice = Notice.objects.filter(pk=notice_id).first()
    if notice is None:
        return 0
    stale = _stale(notice, path, now() - FRESH_FOR).order_by("pk").values_list("pk", flat=True)
    done, last = 0, 0
    while ids := list(stale.filter(pk__gt=last)[:AT_ONCE]):
        count(ids)
        done, last = done + len(ids), ids[-1]
    return done


def _older(moment: datetime) -> Q:
    return Q(counted_at=None) | Q(counted_at__lt=moment)


def _stale(notice: Notice, path: str, moment: datetime) -> QuerySet[Relay, Any]:
    """The relays with readers below ``path`` that were not counted since."""
    rows: QuerySet[Relay, Any] = figures.relays_below(notice, path).filter(figures.HAS_READERS)
    return rows.filter(_older(moment))
