"""How often something may be tried; counted in the database, right under concurrency.

The count must outlive the failure that it counts, so it is committed on its own: call these
functions before the action's transaction, never inside one (Django raises RuntimeError there).
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F

from .clock import now
from .crypto import keyed_hash
from .errors import RateLimited
from .models import RateLimitCounter


@dataclass(frozen=True)
class Limit:
    """At most ``count`` times in ``seconds`` from the first on; ``message`` is for the person.

    ``cost``: how many times this one try counts for (numbers compared, say), up to ``count``.
    """

    count: int
    seconds: int
    message: str
    cost: int = 1


def hit(key: str, limit: int, seconds: int, message: str, field: str = "") -> None:
    """Count one try of ``key`` (say ``sms-phone:138…``; only its keyed hash is kept).

    Raises RateLimited with ``message`` (at ``field``) when ``limit`` tries in ``seconds`` are done.
    """
    hit_all({key: Limit(limit, seconds, message)}, field)


def hit_all(limits: dict[str, Limit], field: str = "") -> None:
    """Count one try under several keys, all of them or, when one is full, none.

    Keys of one kind must come in one order at every call (address before phone), so that two
    calls don't wait for each other's rows. Raises RateLimited for the first that is full.
    """
    with transaction.atomic(durable=True):
        for key, limit in limits.items():
            hashed = _hashed(key)
            if not _count(hashed, limit):
                wait = _wait(hashed, limit.seconds)
                raise RateLimited(limit.message, retry_after=wait, field=field)


def give_back(key: str) -> None:
    """Take one counted try of ``key`` back (it was not the person's fault)."""
    RateLimitCounter.objects.filter(key=_hashed(key), count__gt=0).update(count=F("count") - 1)


def forget(key: str) -> None:
    """Start ``key`` anew (the person has proved who they are)."""
    RateLimitCounter.objects.filter(key=_hashed(key)).delete()


def purge() -> int:
    """Delete the counters whose window is over; how many. Idempotent."""
    return RateLimitCounter.objects.filter(expires_at__lte=now()).delete()[0]


def _hashed(key: str) -> str:
    return keyed_hash(key, context="rate-limit")


def _count(key: str, limit: Limit) -> bool:
    """Each step is one conditional UPDATE, so two processes never both take the last place."""
    rows, moment, cost = RateLimitCounter.objects.filter(key=key), now(), limit.cost
    end, room = moment + timedelta(seconds=limit.seconds), limit.count - cost
    if room < 0:
        return False
    within = rows.filter(expires_at__gt=moment, count__lte=room)
    if within.update(count=F("count") + cost):
        return True
    if rows.filter(expires_at__lte=moment).update(count=cost, expires_at=end):
        return True
    RateLimitCounter.objects.bulk_create(
        [RateLimitCounter(key=key, count=0, expires_at=end)], ignore_conflicts=True
    )
    return bool(within.update(count=F("count") + cost))


def _wait(key: str, seconds: int) -> int:
    row = RateLimitCounter.objects.filter(key=key).first()
    left = (row.expires_at - now()).total_seconds() if row else seconds
    return max(1, min(seconds, round(left)))
