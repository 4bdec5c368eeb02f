"""Caps count by the days and years of Asia/Shanghai: those of UTC turn eight hours later."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from lianxue.learning.actions import records
from lianxue.points.models import Balance, PointEntry
from tests.cast import Cast
from tests.learning.makers import content

from .makers import need_whole_books, rule

pytestmark = pytest.mark.django_db

BEFORE = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)  # 23:59:59
MIDNIGHT = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
LATER = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)  # the next day in UTC, the same in Shanghai


@pytest.mark.parametrize("cap", ["day_cap", "year_cap"])
def test_a_day_and_a_year_turn_at_midnight_in_shanghai(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, cap: str
) -> None:
    items = [content(cast.county, cast.owner) for _ in range(4)]
    rule(cast.county, "learning.read", date(2026, 1, 1), points=10, **{cap: 10})
    for item, moment in zip(items, (BEFORE, BEFORE, MIDNIGHT, LATER), strict=True):
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        records.finish(cast.member, item.pk)
    rows = PointEntry.objects.order_by("pk").values_list("day", "amount")
    eve, new_year = date(2026, 12, 31), date(2027, 1, 1)
    assert list(rows) == [(eve, 10), (eve, 0), (new_year, 10), (new_year, 0)]
    balances = Balance.objects.order_by("year").values_list("year", "points")
    assert list(balances) == [(2026, 10), (2027, 10)]
    need_whole_books()
