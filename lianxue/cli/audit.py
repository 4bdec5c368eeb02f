"""``lianxue audit``: whether the audit log is whole."""

import sys

import click

from lianxue.audit import queries


@click.group()
def audit() -> None:
    """Verify that the audit log is whole."""


@audit.command()
@click.option("--stream", default="", help="One stream alone: org:12, user:5 or site.")
def verify(stream: str) -> None:
    """Follow the hash chain of every stream; exit code 1 if one is broken.

    For each broken stream: the number of the first event that is changed, missing or not vouched
    for.
    """
    if stream and not queries.has_stream(stream):
        raise click.ClickException(f"没有找到审计链“{stream}”。")
    checked = events = broken = 0
    for name in [stream] if stream else queries.streams():
        verdict = queries.check_stream(name)
        checked, events = checked + 1, events + verdict.events
        if verdict.broken_at is not None:
            broken += 1
            click.echo(f"{name}：从第 {verdict.broken_at} 条起不完整。", err=True)
    click.echo(
        f"检查了 {checked} 条审计链，{events} 条记录完整"
        + (f"；{broken} 条审计链被改动或有缺失。" if broken else "，没有发现改动。")
    )
    if broken:
        sys.exit(1)
