"""Runs the processes of one installation together: all of them, or none.

Each child leads a process group of its own, so that Ctrl-C reaches only the supervisor, and what
a child leaves behind is ended with its group. honcho was tried on paper: its children run under a
shell, it ends a stop with 130, and it waits for ever for a child that ignores SIGTERM.
"""

import contextlib
import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

import click

STOP_SECONDS = 20.0  # longer than granian's and the worker's own grace
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """One child."""

    name: str
    words: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def check_port(host: str, port: int) -> None:
    """Raise a clear error when nothing can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"can't listen on {host}:{port} ({error.strerror}); "
                f"choose another port: --port {port + 1}, or PORT={port + 1} make run"
            ) from error


def pages_program(host: str, port: int, workers: int) -> Program:
    """The page server."""
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": str(workers),
        "--blocking-threads": "2",
        "--workers-kill-timeout": "10",
        "--log-level": "warning",
    }
    flat = [word for pair in options.items() for word in pair]
    granian = [sys.executable, "-m", "granian", *flat, "--no-ws", "--respawn-failed-workers"]
    return Program("pages", [*granian, "config.wsgi:application"])


def worker_program() -> Program:
    """The background worker."""
    return Program("worker", [sys.executable, "-m", "lianxue", "worker"])


def answers(host: str, port: int) -> bool:
    """Whether the page server answers."""
    target = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(target, port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": "127.0.0.1"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Supervisor:
    """Starts the programs, waits, and stops all when one ends or a signal comes."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self.programs = programs
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._signals = 0

    def run(self, is_ready: Callable[[], bool], announce: Callable[[], None]) -> int:
        """The exit code: 0 after a signal, else that of the child that ended first (never 0)."""
        before = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        code = 0
        try:
            for program in self.programs:
                self._children[program.name] = _start(program)
            code = self._watch(is_ready, announce)
        finally:
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)
        return code

    def _watch(self, is_ready: Callable[[], bool], announce: Callable[[], None]) -> int:
        announced = False
        while not self._signals:
            for name, child in self._children.items():
                code = child.poll()
                if code is not None:
                    print(f"lianxue: {name} has ended (code {code}); stopping", file=sys.stderr)
                    return 128 - code if code < 0 else code or 1
            if not announced and is_ready():
                announced = True
                announce()
            time.sleep(0.1)
        return 0

    def _stop(self) -> None:
        """Ask every child to end; end what remains after a while, or at the second Ctrl-C."""
        asked = self._signals
        for child in self._children.values():
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        end = time.monotonic() + STOP_SECONDS
        while time.monotonic() < end and self._signals <= max(asked, 1):
            if all(child.poll() is not None for child in self._children.values()):
                break
            time.sleep(0.05)
        for child in self._children.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def _on_signal(self, signum: int, frame: FrameType | None) -> None:
        self._signals += 1


def _start(program: Program) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own words
        program.words,
        env=os.environ | dict(program.environment),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_end_with_parent if _libc else None,
    )


def _end_with_parent() -> None:
    """Linux: the child gets SIGTERM when the supervisor is killed, however that happens."""
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
