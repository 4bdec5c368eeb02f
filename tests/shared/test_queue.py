"""A job that is asked for often is enqueued once."""

import pytest
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from lianxue.contacts.jobs import tidy_groups
from lianxue.notices.actions.counting import count_below
from lianxue.shared.jobs.queue import enqueue_once

pytestmark = pytest.mark.django_db


def test_the_same_job_waits_once() -> None:
    assert enqueue_once(count_below, 1, "0000001")
    assert not enqueue_once(count_below, 1, "0000001")
    assert enqueue_once(count_below, 1, "0000002")
    assert enqueue_once(count_below, 2, "0000001")
    assert enqueue_once(tidy_groups)
    assert not enqueue_once(tidy_groups)
    assert DBTaskResult.objects.count() == 4


@pytest.mark.parametrize("status", [TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED])
def test_one_that_ended_may_be_asked_for_again(status: str) -> None:
    enqueue_once(tidy_groups)
    DBTaskResult.objects.update(status=status)
    assert enqueue_once(tidy_groups)


def test_one_that_runs_is_enough() -> None:
    enqueue_once(tidy_groups)
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING)
    assert not enqueue_once(tidy_groups)
