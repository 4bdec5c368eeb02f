"""Points in tests: two items of their own, things done, rules as they stood."""

from datetime import date

import pytest
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.organizations.models import Organization
from lianxue.points.actions.crediting import Earned
from lianxue.points.items import ITEMS, Item
from lianxue.points.models import Balance, PointAccount, PointEntry, PointRule
from lianxue.shared.clock import today

READ, TASK = "test.read", "test.task"
TEST_ITEMS = (
    Item(READ, "试读一篇", 10, day_cap=25, year_cap=60),
    Item(TASK, "试做一项", 15),
)


@pytest.fixture
def items(monkeypatch: pytest.MonkeyPatch) -> None:
    """``TEST_ITEMS`` are known for one test."""
    for item in TEST_ITEMS:
        monkeypatch.setitem(ITEMS, item.key, item)


def did(
    user: User,
    organization: Organization,
    event: object,
    item: str = READ,
    day: date | None = None,
) -> Earned:
    """Something that ``user`` did, under the rules of ``organization``."""
    return Earned(
        user.pk, organization.pk, item, f"test:{event}", day or today(), "test", 1, f"第{event}篇"
    )


def rule(organization: Organization | None, item: str, since: date, **values: object) -> PointRule:
    """A version that holds from ``since`` on, also from a day that is past."""
    return PointRule.objects.create(
        organization=organization,
        item=item,
        effective_from=since,
        reason="试",
        made_by_name="试",
        created_at=timezone.now(),
        **values,
    )


def need_whole_books() -> None:
    """The sums beside the ledger are the ledger's, person by person."""
    balances: dict[tuple[int, int, int], int] = {}
    accounts: dict[int, int] = {}
    for entry in PointEntry.objects.all():
        key = (entry.user_id, entry.organization_id, entry.day.year)
        balances[key] = balances.get(key, 0) + entry.amount
        accounts[entry.user_id] = accounts.get(entry.user_id, 0) + entry.amount
    kept = {
        (row.user_id, row.organization_id, row.year): row.points for row in Balance.objects.all()
    }
    assert kept == balances
    assert dict(PointAccount.objects.values_list("pk", "points")) == accounts
