"""The stored counts of relays: renewed when somebody looks, the rest by a job.

They follow from receipts and memberships and can be counted again at any time, so no audit event
is written. An app above that keeps counts of its own beside (a ``Tally``) has them renewed by the
same rules.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django_tasks.base import Task

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


@dataclass(frozen=True)
class Tally:
    """A count that is stored for each relay. ``count`` counts relays (ids) and stores it; ``at``:
    when it was counted, as a path from the relay; ``rest`` the job that counts what is left below
    a chain path (``count_rest``).
    """

    count: Callable[[list[int]], object]
    at: str
    rest: Task[..., Any]


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


def freshen(notice: Notice, path: str, tally: Tally | None = None) -> None:
    """Count again what is older than a minute among the relays truly below the chain path ``path``:
    the oldest AT_ONCE now, the rest by a job, of which one at most waits. Nothing is done where all
    is fresh. ``tally`` None: who has read it. Not inside a transaction.
    """
    tally = tally or READERS
    stale = _stale(notice, path, now() - FRESH_FOR, tally)
    oldest = F(tally.at).asc(nulls_first=True)
    ids = list(stale.order_by(oldest, "pk").values_list("pk", flat=True)[: AT_ONCE + 1])
    if not ids:
        return
    tally.count(ids[:AT_ONCE])
    if len(ids) > AT_ONCE:
        enqueue_once(tally.rest, notice.pk, path)


def freshen_at(stand: Standpoint, tally: Tally | None = None) -> None:
    """Count again what is older than a minute of the organisation looked at and below it.

    Nothing for a scoped administrator, who doesn't look down, and once it is recalled. Not inside a
    transaction.
    """
    path, tally = stand.at.chain_path, tally or READERS
    if path is None or not stand.place.power.whole or stand.own.recalled_at is not None:
        return
    freshen(stand.notice, path, tally)
    if stand.at_home or stand.relay is None:
        return
    if Relay.objects.filter(_older(now() - FRESH_FOR, tally.at), pk=stand.relay.pk).exists():
        tally.count([stand.relay.pk])
        stand.relay.refresh_from_db()


@job(deadline=600)
def count_below(notice_id: int, path: str) -> int:
    """``count_rest`` of who has read it."""
    return count_rest(notice_id, path, READERS)


def count_rest(notice_id: int, path: str, tally: Tally) -> int:
    """Count what was not counted since the job began, ``AT_ONCE`` relays at a time; how many.

    Idempotent: run again after being killed, it goes on with what is left.
    """
    notice = Notice.objects.filter(pk=notice_id).first()
    if notice is None:
        return 0
    stale = _stale(notice, path, now() - FRESH_FOR, tally).order_by("pk")
    done, last = 0, 0
    while ids := list(stale.filter(pk__gt=last).values_list("pk", flat=True)[:AT_ONCE]):
        tally.count(ids)
        done, last = done + len(ids), ids[-1]
    return done


def _older(moment: datetime, at: str = "counted_at") -> Q:
    return Q(**{at: None}) | Q(**{f"{at}__lt": moment})


def _stale(notice: Notice, path: str, moment: datetime, tally: Tally) -> QuerySet[Relay, Any]:
    """The relays with readers below ``path`` that were not counted since."""
    rows: QuerySet[Relay, Any] = figures.relays_below(notice, path).filter(figures.HAS_READERS)
    return rows.filter(_older(moment, tally.at))


#: Who can read it, has read and confirmed it: on the relay itself.
READERS = Tally(count, "counted_at", count_below)
