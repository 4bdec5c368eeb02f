"""Proving that the sums beside the ledger are the ledger's, and mending those that are not."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Max, Sum
from django.db.models.functions import ExtractYear

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_events
from lianxue.shared.actors import Operator
from lianxue.shared.dbtools import insert_many, update_many

from ..models import Balance, PointAccount, PointEntry
from .crediting import lock_accounts

register_events({"points.rebuilt": "重算了积分余额"})

#: How many people are compared at once: by their ids, so that memory stays small.
_AT_ONCE = 5_000

#: A sum's place: person, organisation and year; organisation and year 0 for the sum of everything.
Key = tuple[int, int, int]


@dataclass
class Rebuilt:
    """How many ``people`` and ``entries`` were looked at; ``wrong``: the sums that differed, as
    (what stood there, what the ledger says), None for no row."""

    people: int = 0
    entries: int = 0
    wrong: dict[Key, tuple[int | None, int | None]] = field(default_factory=dict)


def rebuild(actor: Operator, *, check: bool = False) -> Rebuilt:
    """Compare every balance and account with the sum of its entries; mend them unless ``check``.

    The site may go on meanwhile: what seems to differ is compared once more under the person's
    lock. An audit event says how many were mended.
    """
    found = Rebuilt()
    for low, high in _ranges():
        kept, summed, entries = _kept(low, high), _summed(low, high), _entries(low, high)
        found.people += len({key[0] for key in kept} | {key[0] for key in summed})
        found.entries += entries
        suspects = {key[0] for key in _differing(kept, summed)}
        for user_id in sorted(suspects):
            found.wrong |= _person(user_id, check)
    if found.wrong and not check:
        with transaction.atomic():
            record(actor, "points.rebuilt", data={"members": len({one[0] for one in found.wrong})})
    return found


def _ranges() -> Iterator[tuple[int, int]]:
    """All ids of users, in ranges of ``_AT_ONCE``."""
    last = User.objects.aggregate(last=Max("pk"))["last"] or 0
    for low in range(0, last + 1, _AT_ONCE):
        yield low, low + _AT_ONCE - 1


@transaction.atomic
def _person(user_id: int, check: bool) -> dict[Key, tuple[int | None, int | None]]:
    """What differs of one person, nobody crediting meanwhile; mended unless ``check``."""
    lock_accounts([user_id])
    kept, summed = _kept(user_id, user_id), _summed(user_id, user_id)
    wrong = _differing(kept, summed)
    if not check:
        for (_, place, year), (stood, right) in wrong.items():
            if place == 0:
                update_many(PointAccount, ["points"], [[right or 0, user_id]])
            elif stood is None:
                columns = ["user_id", "organization_id", "year", "points"]
                insert_many(Balance, columns, [[user_id, place, year, right or 0]])
            else:
                row = Balance.objects.filter(user=user_id, organization=place, year=year)
                row.update(points=right or 0)
    return wrong


def _differing(
    kept: dict[Key, int], summed: dict[Key, int]
) -> dict[Key, tuple[int | None, int | None]]:
    """A row of 0 and none at all are the same."""
    return {
        key: (kept.get(key), summed.get(key))
        for key in sorted(kept.keys() | summed.keys())
        if kept.get(key, 0) != summed.get(key, 0)
    }


def _kept(low: int, high: int) -> dict[Key, int]:
    """What stands beside the ledger for these people."""
    balances = Balance.objects.filter(user__gte=low, user__lte=high)
    accounts = PointAccount.objects.filter(pk__gte=low, pk__lte=high)
    found = {
        (user, place, year): points
        for user, place, year, points in balances.values_list(
            "user_id", "organization_id", "year", "points"
        )
    }
    return found | {(user, 0, 0): points for user, points in accounts.values_list("pk", "points")}


def _summed(low: int, high: int) -> dict[Key, int]:
    """What the ledger says."""
    rows = PointEntry.objects.filter(user__gte=low, user__lte=high).order_by()
    groups = rows.values_list("user_id", "organization_id", ExtractYear("day"))
    found: dict[Key, int] = {}
    for user, place, year, points in groups.annotate(Sum("amount")):
        found[user, place, year] = points
        found[user, 0, 0] = found.get((user, 0, 0), 0) + points
    return found


def _entries(low: int, high: int) -> int:
    return PointEntry.objects.filter(user__gte=low, user__lte=high).count()
