"""The stored counts of a learning task along the chain: renewed when somebody looks, the rest by a
job, by the rules of ``notices.actions.counting``. They can be counted again at any time: no audit.
"""

from django.db import transaction
from django.db.models import Q

from lianxue.notices.actions import counting
from lianxue.notices.actions.counting import Tally
from lianxue.shared.clock import now
from lianxue.shared.jobs.registry import job

from ..models import TaskCount
from ..queries import progress

_FIELDS = ("expected", "completed", "late")


def count(relay_ids: list[int]) -> dict[int, progress.Counts]:
    """Count the own members of these relays and store it; what was counted, by relay. A later count
    is never overwritten by an earlier one."""
    moment, relay_ids = now(), sorted(relay_ids)  # in one order, so that nobody waits in a circle
    found = progress.live(relay_ids)
    with transaction.atomic():
        TaskCount.objects.bulk_create(
            [TaskCount(relay_id=pk, counted_at=moment) for pk in relay_ids], ignore_conflicts=True
        )
        held = TaskCount.objects.select_for_update().filter(pk__in=relay_ids).order_by("pk")
        rows = list(held.filter(Q(counted_at__lte=moment)))
        for row in rows:
            number = found[row.pk]
            row.expected, row.completed, row.late = number.expected, number.completed, number.late
            row.counted_at = moment
        TaskCount.objects.bulk_update(rows, [*_FIELDS, "counted_at"], batch_size=counting.AT_ONCE)
    return found


@job(deadline=600)
def count_tasks_below(notice_id: int, path: str) -> int:
    """Count what is stale below a chain path; how many relays."""
    return counting.count_rest(notice_id, path, TALLY)


#: Who has completed it, for ``notices.actions.counting.freshen_at``.
TALLY = Tally(count, "learning_count__counted_at", count_tasks_below)
