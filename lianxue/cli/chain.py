"""``lianxue chain``: name and rename the root, import a whole chain, hand out a claim link."""

import sys
import time
from pathlib import Path

import click
from django.conf import settings
from django.urls import reverse

from lianxue.certification import chainfile
from lianxue.certification.actions import links, setup
from lianxue.certification.actions import settings as settings_actions
from lianxue.organizations.actions.organizations import check_name
from lianxue.shared.actors import Operator

from .places import find_organization


@click.group()
def chain() -> None:
    """Name or rename the root of the certification chain; import a whole chain."""


@chain.command()
@click.argument("name")
def root(name: str) -> None:
    """Name the root of the chain, once.

    An uncertified organisation called NAME is taken; where there is none, one is made.
    """
    organization, changed = setup.name_root(Operator(), name)
    click.echo(
        f"最上级组织：{organization.name}（编号 {organization.pk}）"
        if changed
        else f"最上级组织已经是“{organization.name}”，没有改动。"
    )


@chain.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--name",
    "pattern",
    default="{name}",
    show_default=True,
    help="The pattern of the organisations' names, e.g. 中共{name}委员会.",
)
def import_(file: Path, pattern: str) -> None:
    """Set up and certify a whole chain, or nothing.

    Columns: code,name,parent_code,level and, if wanted, admin_name,admin_phone; UTF-8 or GB18030.
    """
    started = time.monotonic()
    try:
        content = chainfile.read(file.read_bytes(), pattern)
        report = setup.import_chain(Operator(), content, _tell)
    except chainfile.ChainFileError as error:
        _end_line()
        for number, text in error.rows:
            click.echo(f"第 {number} 行：{text}", err=True)
        raise click.ClickException(error.message) from error
    _end_line()
    for number, text in report.warnings[:10]:
        click.echo(f"提醒：第 {number} 行 {text}", err=True)
    if len(report.warnings) > 10:
        click.echo(f"提醒：另有 {len(report.warnings) - 10} 行名称较长。", err=True)
    click.echo(
        f"新建 {report.created}，改动 {report.changed}，未变 {report.unchanged}；"
        f"指定主管理员 {report.admins_named}，待认领 {report.unclaimed}。"
        f"用时 {time.monotonic() - started:.1f} 秒。"
    )


@chain.command()
@click.argument("organization")
@click.option("--days", default=7, show_default=True, type=int, help="1, 7 or 30.")
def claim(organization: str, days: int) -> None:
    """Print a link that hands over a 待认领 organisation.

    ORGANIZATION is its code, its whole name or its id.
    """
    link = links.create_claim_link(Operator(), find_organization(organization).pk, days)
    click.echo(settings.SITE_URL + reverse("certification:open_claim", args=[link.token]))


@chain.command()
@click.argument("organization")
@click.argument("new_name")
def rename(organization: str, new_name: str) -> None:
    """Give the root of the chain a new name; others ask their superior.

    ORGANIZATION is its code, its whole name or its id.
    """
    before = find_organization(organization)
    after = settings_actions.rename_root(Operator(), before.pk, new_name)
    for warning in check_name(after.name):
        click.echo(f"提醒：{warning}", err=True)
    click.echo(f"最上级组织：{before.name} → {after.name}")


def _tell(what: str, done: int, of: int) -> None:
    """Progress, on a terminal alone."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{what} {done} / {of}", nl=False, err=True)


def _end_line() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
