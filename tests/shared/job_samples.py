"""Jobs for the tests of the worker."""

import os
import time
from pathlib import Path

from lianxue.shared.jobs.registry import job


def write(path: str, line: str) -> None:
    with Path(path).open("a") as out:
        out.write(f"{line}\n")


@job()
def note(path: str, line: str) -> str:
    """Writes a line."""
    write(path, line)
    return line


@job()
def slow_once(path: str) -> None:
    """Takes for ever at the first attempt, no time at the second."""
    first = not Path(path).exists()
    write(path, f"start {os.getpid()}")
    if first:
        time.sleep(60)
    write(path, f"end {os.getpid()}")


@job(attempts=3)
def broken() -> None:
    """Always fails."""
    raise ValueError("broken")


@job(deadline=0.3, attempts=2)
def endless() -> None:
    """Longer than its deadline, and swallows every Exception."""
    while True:
        try:
            time.sleep(30)
        except Exception:
            continue


@job(deadline=0.3)
def stuck(path: str) -> None:
    """Can't be ended by any exception."""
    write(path, "start")
    while True:
        try:
            time.sleep(30)
        except BaseException:
            continue


@job()
def tick() -> None:
    """Scheduled."""
