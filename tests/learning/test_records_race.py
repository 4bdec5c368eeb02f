"""One reader on several devices at the same moment (PostgreSQL)."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from lianxue.learning.actions import records
from lianxue.learning.models import Completion, LearningRecord
from lianxue.notices.actions import recalling
from lianxue.points.models import PointAccount, PointEntry
from tests.cast import Cast
from tests.notices.makers import WHOLE
from tests.organizations.test_concurrency import at_once, good, people

from .makers import Kind, content
from .task_makers import sent_learning

__all__ = ["people"]

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TIMES = 4


def test_finished_on_four_devices_counts_once(people: Cast) -> None:
    for number in range(1, TIMES + 1):
        item = content(people.county, people.owner, title=f"第 {number} 篇")
        relay = sent_learning(people.owner, people.county, [item], WHOLE)
        acts: list[Callable[[], Any]] = [partial(records.finish, people.member, item.pk)] * 2
        acts += [partial(records.reached, people.member, item.pk, 1000)] * 2
        assert len(good(at_once(acts))) == 4
        assert LearningRecord.objects.filter(item=item).count() == 1
        assert Completion.objects.filter(relay=relay).count() == 1
        assert PointEntry.objects.filter(user=people.member).count() == 2 * number
    total = sum(PointEntry.objects.values_list("amount", flat=True))
    assert PointAccount.objects.get(pk=people.member.pk).points == total


def test_players_at_once_lose_nothing(people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four reports for one row; whoever waited for the lock has the later moment, so there was time
    for all of it."""
    begin, ticks = timezone.now(), count(1)
    monkeypatch.setattr(records, "now", lambda: begin + timedelta(seconds=10 * next(ticks)))
    item = content(people.county, people.owner, kind=Kind.VIDEO, length=1000)
    records.open_item(people.member, item.pk)
    acts = [
        partial(records.played, people.member, item.pk, start + 3, [(start, start + 3)])
        for start in (0, 10, 20, 30)
    ]
    assert len(good(at_once(acts))) == 4
    record = LearningRecord.objects.get(item=item)
    assert record.seen == [[0, 3], [10, 13], [20, 23], [30, 33]]
    assert record.covered == 12


def test_finished_while_the_task_is_recalled(people: Cast) -> None:
    """The item counts in any case; the task is completed and credited both, or neither."""
    for _ in range(TIMES):
        item = content(people.county, people.owner)
        relay = sent_learning(people.owner, people.county, [item], WHOLE)
        results = at_once(
            [
                partial(records.finish, people.member, item.pk),
                partial(
                    recalling.recall, people.owner, people.county.pk, relay.notice_id, "写错了"
                ),
            ]
        )
        assert len(good(results)) == 2, results
        credited = PointEntry.objects.filter(item="learning.task", source_id=relay.notice_id)
        assert Completion.objects.filter(relay=relay).count() == credited.count()
        assert PointEntry.objects.filter(item="learning.read", source_id=item.pk).count() == 1
