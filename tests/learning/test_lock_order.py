"""Whatever meets at one person's learning, nobody waits in a circle (PostgreSQL)."""

from functools import partial

import pytest

from lianxue.learning.actions import opening, papers, records
from lianxue.learning.actions.quizzes import PartSpec, QuizSettings, set_quiz
from lianxue.learning.models import Completion
from lianxue.notices.actions import recalling, sending
from lianxue.notices.models import Notice
from lianxue.organizations.actions import leaving
from lianxue.points.actions import rebuilding, reversing
from lianxue.points.models import PointEntry
from lianxue.shared.actors import Operator
from lianxue.shared.errors import NotFound, StateConflict
from tests.cast import Cast
from tests.factories import MembershipFactory, UserFactory
from tests.notices.makers import WHOLE
from tests.organizations.test_concurrency import at_once, people

from .makers import content
from .quiz_makers import bank, question, right_answers
from .task_makers import draft_learning

__all__ = ["people"]

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("leaves", [False, True], ids=["stays", "leaves"])
def test_finished_passed_recalled_corrected_and_left_at_once(people: Cast, leaves: bool) -> None:
    """Two items that two tasks ask for, the quiz of one of them, its recall, a correction of points
    that were earned before, and the person's leaving: each is done, or refused with a reason.
    """
    county, owner = people.county, people.owner
    for number in range(4):
        person = UserFactory()
        MembershipFactory(organization=county, user=person)
        earlier, one, two = (content(county, owner, title=f"第 {number}-{n} 篇") for n in range(3))
        tasks = [draft_learning(owner, county, [one, two], title=f"任务 {n}") for n in range(2)]
        asked = PartSpec(question_id=question(bank(county, f"题库 {number}")).pk)
        set_quiz(owner, tasks[0].pk, QuizSettings(), [asked])
        for task in tasks:
            sending.send(owner, task.pk, WHOLE)
        attempt = papers.begin(person, tasks[0].pk)
        records.finish(person, earlier.pk)
        entry = PointEntry.objects.get(user=person)
        acts = [
            partial(records.finish, person, one.pk),
            partial(records.finish, person, two.pk),
            partial(papers.submit, person, attempt.pk, right_answers(attempt)),
            partial(opening.open_task, person, tasks[1].pk),
            partial(recalling.recall, owner, county.pk, tasks[number % 2].pk, "发错了"),
            partial(reversing.reverse, owner, county.pk, entry.pk, "重复计分"),
        ]
        if leaves:
            acts.append(partial(leaving.leave, person, county.pk))
        results = at_once(acts)
        refused = [found for found in results if isinstance(found, Exception)]
        assert {type(found) for found in refused} <= {StateConflict, NotFound}
        assert entry.reversal.amount == -entry.amount
        if not leaves:
            assert not refused[2:], "the recalled task's paper and its page at the most"
        _sums_agree(tasks)


def _sums_agree(tasks: list[Notice]) -> None:
    """Points of a task stand where a completion stands; the balances are the ledger's."""
    for task in tasks:
        done = Completion.objects.filter(relay__notice=task).count()
        assert PointEntry.objects.filter(item="learning.task", source_id=task.pk).count() == done
    assert not rebuilding.rebuild(Operator(), check=True).wrong
