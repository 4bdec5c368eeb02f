"""The worker as real processes: killed in mid-task, two at once, told to stop, stuck."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_tasks.base import TaskResultStatus as Status
from django_tasks_db.models import DBTaskResult

from lianxue.shared.jobs.models import JobLease, ScheduleSlot, WorkerBeat
from lianxue.shared.jobs.worker import EXIT_STUCK
from tests.shared import job_samples as samples

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def database_url(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """The test's database as other processes reach it; on SQLite a copy in a file."""
    if connection.vendor == "postgresql":
        url = urlsplit(settings.ENV.database_url)
        connection.ensure_connection()
        yield url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
        return
    connection.ensure_connection()
    memory, name = connection.connection, connection.settings_dict["NAME"]
    file = tmp_path / "jobs.sqlite3"
    copy = sqlite3.connect(file)
    memory.backup(copy)
    copy.execute("PRAGMA journal_mode=WAL")
    copy.close()
    connection.connection, connection.settings_dict["NAME"] = None, str(file)
    try:
        yield f"sqlite:///{file}"
    finally:
        connection.close()
        connection.connection, connection.settings_dict["NAME"] = memory, name


@pytest.fixture
def start(database_url: str) -> Iterator[Start]:
    """Starts a worker process; all are gone at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(**variables: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.shared.job_worker"],
            env=os.environ | {"LIANXUE_DATABASE_URL": database_url} | variables,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def all_done() -> bool:
    return not DBTaskResult.objects.exclude(status=Status.SUCCESSFUL).exists()


def test_a_task_of_a_killed_worker_is_run_again_by_another(start, tmp_path):
    out = tmp_path / "out"
    samples.slow_once.enqueue(str(out))
    first = start()
    until(lambda: lines(out))
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = start()
    until(all_done)
    assert lines(out) == [f"start {first.pid}", f"start {second.pid}", f"end {second.pid}"]
    assert JobLease.objects.get().attempts == 2


def test_a_long_task_keeps_its_lease_beside_a_second_worker(start, tmp_path):
    out = tmp_path / "out"
    samples.slow_once.enqueue(str(out))
    start()
    until(lambda: lines(out))
    start()
    time.sleep(4)  # twice the lease
    assert len(lines(out)) == 1
    assert JobLease.objects.get().attempts == 1


def test_two_workers_run_each_task_once(start, tmp_path):
    out = tmp_path / "out"
    for number in range(60):
        samples.note.enqueue(str(out), str(number))
    start()
    start()
    until(all_done)
    assert sorted(lines(out), key=int) == [str(number) for number in range(60)]
    assert set(JobLease.objects.values_list("attempts", flat=True)) == {1}


def test_two_workers_enqueue_a_slot_once(start):
    ScheduleSlot.objects.create(name="tick", slot=timezone.now() - timedelta(days=9999))
    for _ in range(2):
        start(LIANXUE_TEST_SCHEDULE="1")
    until(lambda: WorkerBeat.objects.count() == 2)
    until(lambda: DBTaskResult.objects.exists() and all_done())
    time.sleep(0.5)
    assert DBTaskResult.objects.count() == 1


def test_sigterm_ends_an_idle_worker_cleanly(start):
    process = start()
    until(WorkerBeat.objects.exists)
    process.terminate()
    assert process.wait(10) == 0
    assert not WorkerBeat.objects.exists()


def test_sigterm_hands_a_long_task_back(start, tmp_path):
    out = tmp_path / "out"
    samples.slow_once.enqueue(str(out))
    process = start()
    until(lambda: lines(out))
    process.terminate()
    assert process.wait(10) == 0
    task = DBTaskResult.objects.get()
    assert (task.status, task.lease.attempts) == (Status.READY, 0)


def test_a_worker_that_nothing_can_free_ends_itself(start, tmp_path):
    out = tmp_path / "out"
    samples.stuck.enqueue(str(out))
    process = start()
    until(lambda: lines(out))
    assert process.wait(20) == EXIT_STUCK
