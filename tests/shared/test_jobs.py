"""Leases, back-off, deadlines and schedule slots, one step at a time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django_tasks.base import TaskResultStatus as Status
from django_tasks_db.models import DBTaskResult

from lianxue.shared.jobs import leases, schedule, tasks
from lianxue.shared.jobs.models import JobLease, ScheduleSlot, WorkerBeat
from lianxue.shared.jobs.registry import Daily, Every, Schedule
from lianxue.shared.jobs.worker import HandBack, Worker
from tests.shared import job_samples as samples

pytestmark = pytest.mark.django_db


def only_task() -> DBTaskResult:
    return DBTaskResult.objects.get()


def make_ready() -> None:
    """As if the back-off were over."""
    DBTaskResult.objects.update(run_after=timezone.now() - timedelta(seconds=1))


def expire_lease() -> None:
    JobLease.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_job_runs_once_and_keeps_its_result(tmp_path):
    samples.note.enqueue(str(tmp_path / "out"), "hello")
    worker = Worker()
    assert worker.run_one() is True
    assert worker.run_one() is False
    task = only_task()
    assert (task.status, task.return_value) == (Status.SUCCESSFUL, "hello")
    assert (tmp_path / "out").read_text() == "hello\n"
    assert task.lease.lease_until is None


def test_a_claimed_task_is_not_claimed_again(tmp_path):
    samples.note.enqueue(str(tmp_path / "out"), "x")
    assert leases.claim("a", 60) is not None
    assert leases.claim("b", 60) is None


def test_a_failure_comes_back_later_each_time_and_then_stays_failed():
    samples.broken.enqueue()
    worker = Worker()
    waits = []
    for _ in range(2):
        assert worker.run_one()
        task = only_task()
        assert task.status == Status.READY
        assert task.exception_class_path == "builtins.ValueError"
        waits.append((task.run_after - timezone.now()).total_seconds())
        assert worker.run_one() is False  # not before its time
        make_ready()
    assert worker.run_one()
    assert only_task().status == Status.FAILED
    assert waits == [pytest.approx(10, abs=2), pytest.approx(20, abs=2)]


def test_back_off_has_a_ceiling():
    assert (leases.retry_at(40) - timezone.now()).total_seconds() == pytest.approx(3600, abs=2)


def test_a_job_is_ended_at_its_deadline_even_when_it_swallows_exceptions():
    samples.endless.enqueue()
    assert Worker().run_one()
    task = only_task()
    assert task.status == Status.READY
    assert task.exception_class_path.endswith("DeadlineExceeded")
    assert task.lease.attempts == 1


def test_a_job_that_is_gone_fails_without_ending_the_worker():
    samples.tick.enqueue()
    DBTaskResult.objects.update(task_path="tests.shared.job_samples.gone")
    assert Worker().run_one()
    assert only_task().exception_class_path == "builtins.ImportError"


def test_the_reaper_takes_back_what_a_dead_worker_held(tmp_path):
    samples.note.enqueue(str(tmp_path / "out"), "x")
    leases.claim("dead", 60)
    assert leases.reap() == 0
    expire_lease()
    assert leases.reap() == 1
    assert only_task().status == Status.READY
    make_ready()
    again = leases.claim("alive", 60)
    assert again is not None
    assert again.attempt == 2


def test_the_reaper_gives_up_after_the_last_attempt():
    samples.endless.enqueue()  # two attempts
    for _ in range(2):
        make_ready()
        leases.claim("dead", 60)
        expire_lease()
        leases.reap()
    task = only_task()
    assert task.status == Status.FAILED
    assert task.exception_class_path.endswith("LeaseExpired")


def test_a_worker_that_lost_its_lease_changes_nothing(tmp_path):
    samples.note.enqueue(str(tmp_path / "out"), "x")
    lost = leases.claim("slow", 60)
    expire_lease()
    leases.reap()
    make_ready()
    current = leases.claim("quick", 60)
    assert lost
    assert current
    assert leases.renew(lost, 60) is False
    assert leases.finish(lost, "old") is False
    assert leases.fail(lost, ValueError()) is False
    assert leases.hand_back(lost) is False
    assert leases.finish(current, "new") is True
    assert only_task().return_value == "new"


def test_a_renewed_lease_is_not_reaped(tmp_path):
    samples.note.enqueue(str(tmp_path / "out"), "x")
    claimed = leases.claim("a", 60)
    assert claimed
    expire_lease()
    assert leases.renew(claimed, 60) is True
    assert leases.reap() == 0


def test_a_task_handed_back_is_ready_at_once_and_loses_no_attempt(monkeypatch):
    samples.tick.enqueue()
    worker = Worker()
    monkeypatch.setattr(worker, "_call", lambda claimed: (_ for _ in ()).throw(HandBack()))
    assert worker.run_one()
    task = only_task()
    assert (task.status, task.lease.attempts) == (Status.READY, 0)
    assert leases.claim("next", 60) is not None


def test_a_value_that_is_not_json_fails_the_attempt(monkeypatch):
    samples.tick.enqueue()
    worker = Worker()
    monkeypatch.setattr(worker, "_call", lambda claimed: object())
    assert worker.run_one()
    assert only_task().exception_class_path == "builtins.TypeError"


def test_a_schedule_waits_for_its_next_slot_and_makes_up_for_one_only():
    hourly = Schedule("hourly", samples.tick, Every(minutes=60))
    assert schedule.enqueue_due([hourly]) == []
    assert schedule.enqueue_due([hourly]) == []
    ScheduleSlot.objects.update(slot=timezone.now() - timedelta(hours=5))
    assert schedule.enqueue_due([hourly]) == ["hourly"]
    assert schedule.enqueue_due([hourly]) == []
    assert DBTaskResult.objects.count() == 1


def test_a_clock_that_goes_back_enqueues_nothing():
    hourly = Schedule("hourly", samples.tick, Every(minutes=60))
    ScheduleSlot.objects.create(name="hourly", slot=timezone.now() + timedelta(hours=3))
    assert schedule.enqueue_due([hourly]) == []


@pytest.mark.parametrize(
    ("moment", "slot"),
    [
        ("2026-03-05T19:39:59Z", "2026-03-03T19:40:00Z"),  # 03:39:59 in Shanghai: yesterday's
        ("2026-03-05T19:40:00Z", "2026-03-05T19:40:00Z"),
        ("2026-03-06T15:59:59Z", "2026-03-05T19:40:00Z"),  # 23:59:59 in Shanghai
    ],
)
def test_daily_slots_follow_the_clock_of_shanghai(moment, slot):
    expected = datetime.fromisoformat(slot)
    if moment == "2026-03-05T19:39:59Z":
        expected += timedelta(days=1)
    assert Daily(3, 40).slot(datetime.fromisoformat(moment)) == expected


def test_every_counts_from_the_epoch():
    moment = datetime(2026, 3, 5, 10, 7, 59, tzinfo=UTC)
    assert Every(minutes=5).slot(moment) == datetime(2026, 3, 5, 10, 5, tzinfo=UTC)
    with pytest.raises(ValueError, match="one second"):
        Every()


def test_prune_drops_old_results_and_dead_workers_alone():
    now = timezone.now()
    for age in (1, 15):
        samples.tick.enqueue()
        DBTaskResult.objects.filter(finished_at=None).update(
            status=Status.SUCCESSFUL, finished_at=now - timedelta(days=age)
        )
        WorkerBeat.objects.create(
            worker=str(age), started_at=now, seen_at=now - timedelta(days=age, hours=-1)
        )
    tasks.prune.call()
    assert [(now - task.finished_at).days for task in DBTaskResult.objects.all()] == [1]
    assert [beat.worker for beat in WorkerBeat.objects.all()] == ["1"]
