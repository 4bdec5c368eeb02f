"""What somebody learned is credited once for all time, by whatever way it is done again."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from lianxue.learning.actions import opening, papers, publishing, records
from lianxue.learning.actions.quizzes import PartSpec, QuizSettings, set_quiz
from lianxue.learning.models import Attempt, Completion
from lianxue.notices.actions import sending
from lianxue.organizations.actions import leaving
from lianxue.points.models import Balance, PointEntry, PointRule
from tests.cast import Cast
from tests.factories import MembershipFactory
from tests.notices.makers import WHOLE

from .makers import content
from .quiz_makers import bank, question, right_answers
from .task_makers import draft_learning

pytestmark = pytest.mark.django_db


def test_nothing_is_credited_twice(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it again the next day, on the item published anew, from a new seat in the
    organisation: the completion is the new seat's, the points are the person's."""
    person, item = cast.member, content(cast.county, cast.owner)
    notice = draft_learning(cast.owner, cast.county, [item])
    asked = PartSpec(question_id=question(bank(cast.county)).pk)
    set_quiz(cast.owner, notice.pk, QuizSettings(), [asked])
    sending.send(cast.owner, notice.pk, WHOLE)

    def learn() -> None:
        records.finish(person, item.pk)
        attempt = papers.begin(person, notice.pk)
        assert papers.submit(person, attempt.pk, right_answers(attempt)).passed
        assert opening.open_task(person, notice.pk).completion

    learn()
    first = list(PointEntry.objects.order_by("pk").values_list("item", "amount"))
    assert sorted(first) == [("learning.quiz", 20), ("learning.read", 10), ("learning.task", 20)]

    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    publishing.withdraw(cast.owner, item.pk, "有错字")
    publishing.publish(cast.owner, item.pk)
    leaving.leave(person, cast.county.pk)
    MembershipFactory(organization=cast.county, user=person)
    learn()
    assert list(PointEntry.objects.order_by("pk").values_list("item", "amount")) == first
    assert Attempt.objects.filter(user=person, passed=True).count() == 2
    assert Completion.objects.filter(membership__user=person).count() == 2


def test_what_was_finished_is_named_for_all_time(cast: Cast) -> None:
    """The names stand in the ledger for ever: another name would credit all of it once more."""
    item = content(cast.county, cast.owner)
    records.finish(cast.member, item.pk)
    assert PointEntry.objects.get().key == f"learning.content:{item.pk}:{cast.member.pk}"


def test_each_of_two_people_is_credited(cast: Cast) -> None:
    item = content(cast.county, cast.owner)
    for person in (cast.member, cast.colleague, cast.member):
        records.finish(person, item.pk)
    rows = PointEntry.objects.values_list("user", "amount")
    assert sorted(rows) == sorted([(cast.member.pk, 10), (cast.colleague.pk, 10)])


def test_days_and_years_end_at_midnight_in_shanghai(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in Greenwich: what was finished a second after midnight has the new day's caps, and
    stands in the new year's sums."""
    last_day = datetime(2026, 12, 31, 15, 59, 58, tzinfo=UTC)
    PointRule.objects.create(
        organization=cast.county,
        item="learning.read",
        effective_from=date(2026, 1, 1),
        points=10,
        day_cap=10,
        year_cap=10,
        reason="试行",
        created_at=last_day - timedelta(days=300),
    )
    items = [content(cast.county, cast.owner, title=f"第 {n} 篇") for n in range(4)]
    for seconds, item in zip((0, 1, 2, 3), items, strict=True):
        moment = last_day + timedelta(seconds=seconds)
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        records.finish(cast.member, item.pk)
    rows = PointEntry.objects.order_by("pk").values_list("day", "amount", "limit")
    old, new = date(2026, 12, 31), date(2027, 1, 1)
    assert list(rows) == [
        (old, 10, ""),
        (old, 0, "item_day"),
        (new, 10, ""),
        (new, 0, "item_day"),
    ]
    assert sorted(Balance.objects.values_list("year", "points")) == [(2026, 10), (2027, 10)]
