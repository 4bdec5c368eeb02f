"""The names behind the own organisation's numbers of a learning task, cut to the actor's scope."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery

from lianxue.notices import policy as notices
from lianxue.notices.models import Relay
from lianxue.notices.policy import Place
from lianxue.notices.queries.people import Asked, People, listed
from lianxue.organizations.models import Membership

from ..models import Completion, LearningRecord, TaskContent
from .completing import LIVE
from .progress import done_by_row

#: The lists. ``expected`` is the denominator of the three before it.
STATES = {
    "left": "未完成",
    "done": "已完成",
    "late": "逾期完成",
    "expected": "应完成",
    "inactive": "未激活",
}


def people(place: Place, relay: Relay, asked: Asked) -> People:
    """Who stands behind a number, in four statements; each row with ``completed_at`` and ``late``
    (None: not yet). To be cut with ``shared.pagination.paginate_far``.

    Raises NotFound for another state, or a branch that is not in the scope.
    """
    done, late = done_by_row(relay)
    conditions = {
        "left": notices.REACHED & ~done,
        "done": notices.REACHED & done,
        "late": notices.REACHED & late,
        "expected": notices.REACHED,
        "inactive": Q(state=Membership.State.INVITED),
    }
    found = listed(place, relay, asked, conditions)
    own = Completion.objects.filter(relay=relay.pk, membership=OuterRef("pk"))
    rows = found.rows.annotate(
        completed_at=Subquery(own.values("completed_at")[:1]),
        late=Subquery(own.values("late")[:1]),
    )
    return replace(found, rows=rows)


def finished_items(notice_id: int, user_ids: Iterable[int]) -> dict[int, int]:
    """By person, how many of the task's items are finished; one statement."""
    asked = TaskContent.objects.filter(LIVE, task=notice_id)
    rows: Any = LearningRecord.objects.filter(
        item__in=asked.values("item"), user__in=list(user_ids), finished_at__isnull=False
    )
    return dict(rows.order_by().values_list("user").annotate(n=Count("pk")))


def users_of(rows: Sequence[Membership]) -> list[int]:
    """The accounts of these members."""
    return [row.user_id for row in rows if row.user_id is not None]
