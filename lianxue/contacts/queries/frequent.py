"""常用联系人: whom a person has to do with most, as learned from use."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from lianxue.accounts.models import User

from .. import policy
from ..models import FrequentContact

#: From here the days are counted, for ever: rows written by different versions must compare.
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
HALF_LIFE = 30  # days
#: So many rows are kept per person.
KEPT = 100


def weight_at(moment: datetime) -> float:
    """What one use at ``moment`` counts; a float holds it until about 2110."""
    return float(2 ** ((moment - EPOCH).total_seconds() / 86400 / HALF_LIFE))


def contacts_of(user: User) -> QuerySet[FrequentContact, Any]:
    """What is kept for ``user``, the most used first, seen still or not."""
    return FrequentContact.objects.filter(user=user).order_by("-weight", "pk")


def top(user: User, count: int = 8) -> list[User]:
    """The ``count`` people most used, of those whose card ``user`` may still open.

    One statement besides those that ``policy.visible_people`` takes.
    """
    ids = list(contacts_of(user).values_list("contact_id", flat=True)[:KEPT])
    if not ids:
        return []
    seen = {one.pk: one for one in policy.visible_people(user, ids)}
    return [seen[pk] for pk in ids if pk in seen][:count]
