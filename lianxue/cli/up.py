"""``lianxue up``: serve a real installation."""

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connections

from . import supervisor
from .base import demo_mark, host_of, is_loopback, setup


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=os.cpu_count() or 1, show_default=True, type=click.IntRange(1))
@click.option("--migrate/--no-migrate", default=True, show_default=True, help="Database first.")
def up(host: str, port: int, workers: int, *, migrate: bool) -> None:
    """Serve this installation: pages and background worker, until Ctrl-C or SIGTERM."""
    supervisor.check_port(host, port)
    address_for(host, port)
    setup()
    refuse_open_door(host)
    prepare(migrate=migrate)
    refuse_invented_people()
    serve(host, port, workers, lambda: print(f"{settings.SITE_NAME}: http://{host}:{port}"))


def address_for(host: str, port: int) -> None:
    """Without a LIANXUE_SITE_URL the site is where it listens, as far as this machine goes."""
    if is_loopback(host):
        os.environ.setdefault("LIANXUE_SITE_URL", f"http://{host}:{port}")


def refuse_open_door(host: str) -> None:
    """Demo mode and DEBUG are for this machine alone (they show codes and source to anybody)."""
    for name, on in (("LIANXUE_DEMO", settings.DEMO), ("LIANXUE_DEBUG", settings.DEBUG)):
        if on and not (is_loopback(host) and is_loopback(host_of(settings.SITE_URL))):
            raise click.ClickException(
                f"{name} is on, and that is for this machine alone: unset it, or listen on "
                f"127.0.0.1 with a LIANXUE_SITE_URL of this machine"
            )


def refuse_invented_people() -> None:
    """Demo accounts have well-known phones; a real installation must not be made of a demo."""
    if settings.DEMO:
        return
    if demo_mark().exists() or get_user_model().objects.filter(is_demo=True).exists():
        raise click.ClickException(
            f"{settings.DATA_DIR} is a demo's, its accounts are open to anybody; "
            "begin with a new LIANXUE_DATA_DIR (or database)"
        )


def prepare(*, migrate: bool = True) -> None:
    """The database's tables and the static files, up to date."""
    if migrate:
        call_command("migrate", verbosity=0, interactive=False)
    collect_static()


def collect_static() -> None:
    """Copy, name by content and compress the static files, unless none has changed since."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    stamp = settings.STATIC_ROOT / ".collected"
    if stamp.is_file() and stamp.read_text() == digest.hexdigest():
        return
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(digest.hexdigest())


def serve(host: str, port: int, workers: int, announce: Callable[[], None]) -> None:
    """Run everything until it is stopped, then leave with its code."""
    close_connections()
    programs = [supervisor.pages_program(host, port, workers), supervisor.worker_program()]
    sys.stdout.flush()
    code = supervisor.Supervisor(programs).run(lambda: supervisor.answers(host, port), announce)
    sys.exit(code)


def close_connections() -> None:
    """The supervisor itself needs no database, and its children must not inherit a pool."""
    connections.close_all()
    for connection in connections.all(initialized_only=True):
        if hasattr(connection, "close_pool"):
            connection.close_pool()
