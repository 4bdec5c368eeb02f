"""Deadlines in words."""

from datetime import UTC, datetime, timedelta

import pytest

from lianxue.shared import deadlines

pytestmark = pytest.mark.once

#: 23 November 2026, 17:30 in Shanghai.
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "now", lambda: NOW)


@pytest.mark.parametrize(
    ("left", "words", "kind"),
    [
        (HOUR, "今天 18:30 截止", "warn"),
        (7 * HOUR, "明天 00:30 截止", "warn"),
        (DAY, "明天 17:30 截止", "warn"),
        (2 * DAY, "后天 17:30 截止", "warn"),
        (3 * DAY, "11月26日 17:30 截止", "plain"),
        (50 * DAY, "2027年1月12日 17:30 截止", "plain"),
        (-HOUR / 2, "已逾期 不到 1 小时", "accent"),
        (-5 * HOUR, "已逾期 5 小时", "accent"),
        (-1.5 * DAY, "已逾期 1 天", "accent"),
    ],
)
def test_a_deadline_in_words(left: timedelta, words: str, kind: str) -> None:
    assert deadlines.due(NOW + left) == words
    assert deadlines.due_kind(NOW + left) == kind


def test_without_a_deadline() -> None:
    assert deadlines.due(None) == "不限时间"
    assert deadlines.due_kind(None) == "plain"


def test_the_year_after_next_day_needs_no_year(monkeypatch: pytest.MonkeyPatch) -> None:
    eve = datetime(2026, 12, 31, 4, tzinfo=UTC)
    monkeypatch.setattr(deadlines, "now", lambda: eve)
    assert deadlines.due(eve + DAY) == "明天 12:00 截止"
