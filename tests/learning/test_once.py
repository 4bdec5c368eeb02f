"""What somebody learned is credited once for all time, by whatever way it is done again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lianxue.learning.actions import opening, papers, publishing, records
from lianxue.learning.actions.quizzes import PartSpec, QuizSettings, set_quiz
from lianxue.learning.models import Attempt, Completion
from lianxue.notices.actions import sending
from lianxue.organizations.actions import leaving
from lianxue.points.models import PointEntry
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
