"""The supervisor as people start it: serves, and leaves nothing behind however it ends."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings

pytestmark = [pytest.mark.slow, pytest.mark.once]

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables of an installation of its own, on the database that is under test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIANXUE_")}
    kept["LIANXUE_DATA_DIR"] = str(tmp_path_factory.mktemp("site"))
    url = urlsplit(settings.ENV.database_url)
    if not url.scheme.startswith("postgres"):
        yield kept
        return
    name = f"lianxue_up_{os.getpid()}"
    with psycopg.connect(settings.ENV.database_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield kept | {"LIANXUE_DATABASE_URL": url._replace(path=f"/{name}").geturl()}
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def start(installation: dict[str, str]) -> Iterator[Start]:
    """Starts ``lianxue …``; all of it is gone at the end, also when the test failed."""
    started: list[subprocess.Popen[str]] = []

    def begin(*words: str, **variables: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "lianxue", *words],
            env=installation | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        for pid in [process.pid, *descendants(process.pid)]:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serving(start: Start, port: int) -> "tuple[subprocess.Popen[str], list[int]]":
    """The supervisor, once pages are served, and the processes below it."""
    process = start("up", "--port", str(port), "--workers", "1")
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                assert json.load(answer) == {"status": "ok"}
                break
        except OSError:
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < end
            time.sleep(0.1)
    children = descendants(process.pid)
    assert len(children) >= 3  # granian, its worker, ours
    return process, children


def descendants(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, todo = [], [pid]
    while todo:
        below = parents.get(todo.pop(), [])
        found += below
        todo += below
    return found


def alive(pid: int) -> bool:
    """Running; a dead child that nobody has collected is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_gone(pids: list[int], seconds: float) -> None:
    end = time.monotonic() + seconds
    while any(map(alive, pids)):
        assert time.monotonic() < end, "something was left running"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_of_it_cleanly(start, port, number):
    process, children = serving(start, port)
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output
    assert f"http://127.0.0.1:{port}" in output
    assert "Traceback" not in output
    wait_gone(children, 0.5)


def test_a_killed_supervisor_leaves_no_orphans(start, port):
    process, children = serving(start, port)
    process.kill()
    wait_gone(children, 20)


def test_when_one_child_dies_all_stop_with_its_code(start, port):
    process, children = serving(start, port)
    worker = next(
        pid for pid in children if b"\0worker\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    os.kill(worker, signal.SIGKILL)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGKILL
    assert "worker has ended" in output
    wait_gone(children, 0.5)


def test_a_port_in_use_is_one_clear_line(start, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        process = start("up", "--port", str(port))
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert output.strip().count("\n") == 0
    assert f"can't listen on 127.0.0.1:{port}" in output
    assert f"PORT={port + 1} make run" in output


@pytest.mark.parametrize(
    ("words", "variables", "told"),
    [
        (["demo", "--host", "0.0.0.0"], {}, "listens on this machine alone"),
        (["up", "--host", "0.0.0.0"], {"LIANXUE_DEMO": "true"}, "LIANXUE_DEMO is on"),
        (
            ["up"],
            {"LIANXUE_DEBUG": "true", "LIANXUE_SITE_URL": "https://a.example"},
            "LIANXUE_DEBUG",
        ),
        (["up"], {"LIANXUE_SMS_BACKEND": "pigeon"}, "LIANXUE_SMS_BACKEND is not usable"),
        (["up"], {"LIANXUE_DATABASE_URL": "mysql://x/y"}, "LIANXUE_DATABASE_URL is not usable"),
    ],
)
def test_an_open_door_or_a_bad_setting_stops_the_start(start, port, words, variables, told):
    process = start(*words, "--port", str(port), **variables)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert told in output
    assert "Traceback" not in output
    assert output.strip().count("\n") == 0


def test_a_demo_is_never_made_real_nor_the_other_way_round(start, port, tmp_path):
    """On SQLite: the folder tells. ``demo`` makes one with people in it, ``up`` refuses it."""
    folder = {"LIANXUE_DATA_DIR": str(tmp_path), "LIANXUE_DATABASE_URL": ""}
    demo = start("demo", "--port", str(port), **folder)
    for line in demo.stdout:
        if "Ctrl-C stops everything" in line:
            break
    demo.send_signal(signal.SIGINT)
    assert demo.wait(30) == 0
    output, _ = start("up", "--port", str(port), **folder).communicate(timeout=30)
    assert f"{tmp_path} is a demo's" in output
    with sqlite3.connect(tmp_path / "lianxue.sqlite3") as database:
        database.execute("UPDATE accounts_user SET is_demo = 0")
    (tmp_path / "demo").unlink()
    output, _ = start("demo", "--port", str(port), **folder).communicate(timeout=30)
    assert f"{tmp_path} holds a real installation" in output
