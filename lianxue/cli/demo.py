"""``lianxue demo``: everything on this machine alone, with invented people to try it with."""

from importlib import import_module

import click
from django.conf import settings
from django.contrib.auth import get_user_model

from . import supervisor
from .base import demo_mark, is_loopback, setup
from .up import address_for, prepare, refuse_open_door, serve


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Of this machine only.")
@click.option(
    "--port", envvar="PORT", default=8000, show_default=True, type=click.IntRange(1, 65535)
)
@click.option("--empty", is_flag=True, help="With nobody in it, to begin from the beginning.")
def demo(host: str, port: int, *, empty: bool) -> None:
    """Serve a demo on this machine alone; the first time it makes a chain of organisations."""
    if not is_loopback(host):
        raise click.ClickException(
            "the demo listens on this machine alone (127.0.0.1): anybody who reaches it is let in"
        )
    supervisor.check_port(host, port)
    address_for(host, port)
    setup(demo=True)
    refuse_open_door(host)
    prepare()
    claim_folder()
    if not empty:
        load_once()
    serve(host, port, 1, lambda: announce(host, port, empty=empty))


def claim_folder() -> None:
    """Mark the data folder as a demo's; refuse one that real people use."""
    users = get_user_model().objects
    if demo_mark().exists() or users.filter(is_demo=True).exists() or not users.exists():
        demo_mark().touch()
        return
    raise click.ClickException(
        f"{settings.DATA_DIR} holds a real installation, no demo is made of it; "
        "give the demo a folder of its own: LIANXUE_DATA_DIR=…"
    )


def load_once() -> None:
    """Fill an empty database."""
    if get_user_model().objects.exists():
        return
    print("Making the demo chain …", flush=True)
    import_module("lianxue.cli.demo_data").load()


def announce(host: str, port: int, *, empty: bool = False) -> None:
    """The address, who to sign in as, and where the codes are."""
    print(f"\n{settings.SITE_NAME} (demo): http://{host}:{port}   console: /console/\n")
    rows = () if empty else import_module("lianxue.cli.demo_data").accounts()
    width = max((_width(role) for role, _, _ in rows), default=0)
    for role, name, phone in rows:
        print(f"  {role}{' ' * (width - _width(role))}  {phone}  {name}")
    file = settings.ENV.sms_backend == "file"
    codes = f"are in {settings.DATA_DIR / 'sms.jsonl'}" if file else "show below"
    print(f"\nSign in with 验证码; the codes {codes}. Ctrl-C stops everything.\n", flush=True)


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
