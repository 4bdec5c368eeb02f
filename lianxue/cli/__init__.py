"""The ``lianxue`` command. Its parts are loaded when they are called, after Django is set up."""

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from lianxue.shared.errors import DomainError

from .base import setup


@dataclass(frozen=True)
class Part:
    """One subcommand: where it is, what it is for, whether it sets up Django by itself."""

    module: str
    attribute: str
    help: str
    own_setup: bool = False


PARTS = {
    "up": Part("up", "up", "Serve this installation: pages and background worker.", own_setup=True),
    "demo": Part("demo", "demo", "Serve a demo on this machine alone.", own_setup=True),
    "doctor": Part("doctor", "doctor", "Say what is wrong with the set-up, and the mend."),
    "worker": Part("worker", "worker", "Run the background worker alone."),
    "chain": Part("chain", "chain", "Name the root of a certification chain; import one."),
    "members": Part("members", "members", "Import a roster of members."),
    "audit": Part("audit", "audit", "Verify that the audit log is whole."),
    "search": Part("search", "search", "Compare what a search looks through with names and texts."),
    "points": Part("points", "points", "Prove the points' balances; the site's rules."),
    "operator": Part("accounts", "operator", "The people who serve the site."),
    "keys": Part("accounts", "keys", "The keys that encrypt personal data."),
}


class LazyGroup(click.Group):
    """Knows its subcommands by name and loads the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of use."""
        return list(PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one subcommand."""
        part = PARTS.get(cmd_name)
        if part is None:
            return None
        if not part.own_setup:
            setup()
        command = getattr(import_module(f"lianxue.cli.{part.module}"), part.attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - for the type checker
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in ``--help``, without loading anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, part.help) for name, part in PARTS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Expected failures are told in their own words, without a traceback."""
        try:
            return super().invoke(ctx)
        except DomainError as error:
            print(f"lianxue: {error.message}", file=sys.stderr)
            for field, message in error.fields.items():
                if message != error.message:
                    print(f"  {field}: {message}", file=sys.stderr)
            sys.exit(1)


@click.command(cls=LazyGroup)
def cli() -> None:
    """Lianxue (联学). Settings come from the environment (LIANXUE_*); see README.md."""
