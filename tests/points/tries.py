"""What each right of points is tried by in tests/organizations/test_access_rules.py."""

from collections.abc import Callable
from typing import Any, Protocol

from lianxue.accounts.models import User
from lianxue.learning.point_items import READ
from lianxue.organizations.models import Branch, Membership, Organization
from lianxue.points.actions import ranking, reversing, rules
from lianxue.points.actions.crediting import Earned, credit
from lianxue.points.items import TOTAL
from lianxue.points.queries import ledger
from lianxue.shared.clock import today


class Place(Protocol):
    """An organisation and the person that tries."""

    organization: Organization

    @property
    def who(self) -> User: ...

    def stand(self, branch: Branch | None) -> Membership: ...


def see(place: Place, branch: Branch | None) -> None:
    ledger.account(place.who, place.organization.pk, place.stand(branch).pk, today().year)


def correct(place: Place, branch: Branch | None) -> None:
    seat = place.stand(branch)
    assert seat.user_id
    earned = Earned(seat.user_id, place.organization.pk, READ, "try:1", today(), "try", 1, "一篇")
    reversing.reverse(place.who, place.organization.pk, credit(earned).pk, "记错了")


def set_rule(place: Place, branch: Branch | None) -> None:
    rules.set_rule(place.who, place.organization.pk, TOTAL, rules.Wish(day_cap=70), "按年度安排")


def switch_ranking(place: Place, branch: Branch | None) -> None:
    ranking.switch(place.who, place.organization.pk, True, "大家同意")


TRIES: dict[str, Callable[[Any, Branch | None], None]] = {
    "points.see": see,
    "points.correct": correct,
    "points.rules": set_rule,
    "points.ranking": switch_ranking,
}
