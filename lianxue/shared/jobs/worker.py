"""The worker process: claims tasks, runs each under its deadline, keeps its leases alive."""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, NoReturn, cast

from django.db import DatabaseError, close_old_connections, connection
from django.utils.crypto import get_random_string
from django_tasks.base import TaskContext, TaskResult

from lianxue.shared.clock import now

from . import leases, schedule
from .leases import Claim
from .models import WorkerBeat
from .registry import Schedule, limits_of

logger = logging.getLogger(__name__)

EXIT_STUCK = 75


@dataclass(frozen=True)
class Timing:
    """All in seconds. A lease outlasts several beats, so that one missed beat loses nothing."""

    lease: float = 60
    beat: float = 15
    poll: float = 0.5
    housekeeping: float = 5
    grace: float = 10  # for the task in hand when the worker is told to stop


class DeadlineExceeded(BaseException):
    """The task took longer than its deadline. Not an Exception: no job may swallow it."""


class HandBack(BaseException):
    """The worker was told to stop and the task did not end within the grace."""


class Worker:
    """One process, one task at a time."""

    def __init__(self, schedules: Sequence[Schedule] = (), timing: Timing | None = None) -> None:
        self.name = f"{socket.gethostname()[:30]}-{os.getpid()}-{get_random_string(6)}"
        self.schedules = schedules
        self.timing = timing or Timing()
        self.stopping = False
        self._current: Claim | None = None
        self._give_up_at = float("inf")
        self._reason: type[BaseException] = DeadlineExceeded
        self._done = threading.Event()

    def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        WorkerBeat.objects.create(worker=self.name, started_at=now(), seen_at=now())
        beating = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)
        beating.start()
        logger.info("worker %s is ready", self.name)
        try:
            self._work()
        finally:
            self._done.set()
            beating.join(5)
            WorkerBeat.objects.filter(worker=self.name).delete()
            logger.info("worker %s has stopped", self.name)

    def _work(self) -> None:
        next_housekeeping = 0.0
        while not self.stopping:
            close_old_connections()
            try:
                if time.monotonic() >= next_housekeeping:
                    next_housekeeping = time.monotonic() + self.timing.housekeeping
                    leases.reap()
                    schedule.enqueue_due(self.schedules)
                if self.run_one():
                    continue
            except DatabaseError:
                logger.exception("the database did not answer; trying again")
                connection.close()
            time.sleep(self.timing.poll)

    def run_one(self) -> bool:
        """Run one task, if one is ready; whether there was one."""
        claimed = leases.claim(self.name, self.timing.lease)
        if claimed is None:
            return False
        start = time.monotonic()
        try:
            value = self._call(claimed)
            counted = leases.finish(claimed, value)
            outcome = "done"
        except HandBack:
            counted, outcome = leases.hand_back(claimed), "handed back"
        except (Exception, DeadlineExceeded) as error:
            # The message may hold personal data: the log gets the kind alone, the row the rest.
            counted, outcome = leases.fail(claimed, error), f"failed ({type(error).__name__})"
        if not counted:
            outcome += ", but its lease was lost: somebody else has it"
        seconds = time.monotonic() - start
        logger.info(
            "task %s %s, attempt %d: %s after %.1f s",
            claimed.task.task_path, claimed.task.pk, claimed.attempt, outcome, seconds,
        )  # fmt: skip
        return True

    def _call(self, claimed: Claim) -> Any:
        row = claimed.task
        task, result = row.task, row.task_result
        limit = limits_of(row.task_path).deadline
        with self._deadline(claimed, limit):
            if task.takes_context:
                return task.call(
                    TaskContext(task_result=cast("TaskResult[Any]", result)),
                    *result.args,
                    **result.kwargs,
                )
            return task.call(*result.args, **result.kwargs)

    @contextmanager
    def _deadline(self, claimed: Claim, seconds: float) -> Iterator[None]:
        """SIGALRM ends the task; whatever timer was set before (a test's) goes on after it."""
        self._reason = DeadlineExceeded
        before = signal.signal(signal.SIGALRM, self._alarm)
        remaining, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
        self._give_up_at = time.monotonic() + seconds + self.timing.lease
        self._current = claimed
        if self.stopping:
            self._shorten()
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, remaining)
            signal.signal(signal.SIGALRM, before)
            self._current = None
            self._give_up_at = float("inf")

    def _alarm(self, signum: int, frame: FrameType | None) -> NoReturn:
        raise self._reason(f"task {self._current and self._current.task.pk}")

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        self.stopping = True
        if self._current is not None:
            self._shorten()

    def _shorten(self) -> None:
        """Told to stop in the middle of a task: it may use the grace, then it is handed back."""
        left, _ = signal.getitimer(signal.ITIMER_REAL)
        if left > self.timing.grace:
            self._reason = HandBack
            signal.setitimer(signal.ITIMER_REAL, self.timing.grace)

    def _beat_on(self) -> None:
        """The heartbeat's thread, with a database connection of its own."""
        while not self._done.wait(self.timing.beat):
            if time.monotonic() > self._give_up_at:
                # Python code in a loop that swallows even DeadlineExceeded, or a hung library:
                # the process can't be saved, its supervisor starts another.
                logger.critical("worker %s is stuck beyond its deadline; ending it", self.name)
                os._exit(EXIT_STUCK)
            try:
                WorkerBeat.objects.filter(worker=self.name).update(seen_at=now())
                claimed = self._current
                if claimed is not None and not leases.renew(claimed, self.timing.lease):
                    logger.warning("the lease of task %s is lost", claimed.task.pk)
            except DatabaseError:
                logger.exception("no heartbeat: the database did not answer")
            finally:
                connection.close()
