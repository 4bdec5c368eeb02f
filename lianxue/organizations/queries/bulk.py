"""Before a bulk act: whom it would touch, and who is left out for which reason."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from lianxue.accounts.models import Actor
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput

from .. import policy
from ..models import Membership, Organization
from .table import TableView, matched

#: People of one bulk act.
LIMIT = 5000
TOO_MANY = f"一次最多处理 {LIMIT} 人，请先用支部、状态等条件缩小范围。"


@dataclass(frozen=True)
class Preview:
    """``people`` whom the act would touch, by name; ``left_out``: those whom not, by reason."""

    people: list[Membership]
    left_out: dict[str, list[Membership]] = field(default_factory=dict)

    @property
    def marks(self) -> dict[int, str]:
        """What was looked at, by id (``policy.mark_of``)."""
        return {row.pk: policy.mark_of(row) for row in self.people}


def by_ids(
    actor: Actor, organization: Organization, ids: Collection[int]
) -> QuerySet[Membership, Any]:
    """Those of ``ids`` whom the actor sees. Raises InvalidInput for none or above ``LIMIT``."""
    if not ids:
        raise InvalidInput.at("members", "请至少选择一位成员。")
    if len(ids) > LIMIT:
        raise InvalidInput.at("members", TOO_MANY)
    return policy.visible_members(actor, organization).filter(pk__in=ids)


def by_view(actor: Actor, organization: Organization, view: TableView) -> QuerySet[Membership, Any]:
    """Everybody whom the table's filters match. Raises InvalidInput for none or above ``LIMIT``."""
    found = matched(actor, organization, view)
    total = found.count()
    if total == 0:
        raise InvalidInput.at("members", "没有符合条件的成员。")
    if total > LIMIT:
        raise InvalidInput.at("members", TOO_MANY)
    return found


def preview(
    actor: Actor, found: QuerySet[Membership, Any], wish: policy.Wish, power: policy.Power
) -> Preview:
    """Who of ``found`` would be touched by ``wish``; three statements however many there are."""
    judge = policy.judge_of(wish, actor, power, now())
    people: list[Membership] = []
    left_out: dict[str, list[Membership]] = {}
    rows = found.select_related("branch").prefetch_related("role_grants__scope")
    for row in rows.order_by("sort_key", "name", "pk"):
        refused = judge(row)
        if refused is None:
            people.append(row)
        else:
            left_out.setdefault(refused.message, []).append(row)
    return Preview(people, left_out)
