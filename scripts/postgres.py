"""A throw-away PostgreSQL server: own folder, own free port, gone afterwards.

As a program: ``python scripts/postgres.py COMMAND…`` runs COMMAND with LIANXUE_DATABASE_URL set.
"""

import contextlib
import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

START_SECONDS = 60
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
# It holds nothing worth keeping, so it need not wait for the disk.
SPEED = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"]


def programs() -> Path | None:
    """The folder with initdb and postgres: the newest of Debian's, or what the path has."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _account() -> dict[str, object]:
    """PostgreSQL refuses to run as root: then it runs as postgres, or nobody."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL refuses root, and there is no user postgres or nobody")


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Start it; gives its address (LIANXUE_DATABASE_URL); stops it and removes its folder."""
    bin_folder = programs()
    if bin_folder is None:
        raise RuntimeError("PostgreSQL is not installed")
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="lianxue-pg-"))
    password = secrets.token_hex(16)
    (folder / "password").write_text(password)
    if account:
        for path in (folder, folder / "password"):
            os.chown(path, account["user"], account["group"])  # type: ignore[arg-type]
    process = None
    try:
        subprocess.run(
            [bin_folder / "initdb", "-D", folder / "data", "--username=lianxue", "--no-sync",
             "--auth=scram-sha-256", f"--pwfile={folder / 'password'}",
             "--encoding=UTF8", "--locale=C"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder, **account,
        )  # type: ignore[call-overload]  # fmt: skip
        port = free_port()
        process = _start(bin_folder, folder, port, account)
        # by its socket: a statement takes half as long as over TCP
        yield f"postgres://lianxue:{password}@{quote(str(folder), safe='')}:{port}/postgres"
    finally:
        if process:
            process.send_signal(signal.SIGINT)  # fast shutdown
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _start(
    bin_folder: Path, folder: Path, port: int, account: dict[str, object]
) -> "subprocess.Popen[bytes]":
    log = folder / "log"
    with log.open("wb") as output:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [bin_folder / "postgres", "-D", folder / "data", "-h", "127.0.0.1", "-p", str(port),
             "-k", str(folder), *(word for option in SPEED for word in ("-c", option))],
            stdout=output, stderr=subprocess.STDOUT, cwd=folder, start_new_session=True,
            preexec_fn=_stop_with_parent if _libc else None, **account,
        )  # type: ignore[call-overload]  # fmt: skip
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            if b"ready to accept connections" in log.read_bytes():
                return process
        time.sleep(0.1)
    process.kill()
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")


def _stop_with_parent() -> None:
    """Linux: the server stops when we are killed without a chance to stop it."""
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def end_on_signals() -> None:
    """Leave by an exception when told to stop, so that what was started is stopped."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda signum, frame: sys.exit(128 + signum))


def main() -> int:
    """Run a command beside the server."""
    end_on_signals()
    with server() as url:
        environment = os.environ | {"LIANXUE_DATABASE_URL": url}
        return subprocess.run(sys.argv[1:], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
