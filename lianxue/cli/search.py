"""``lianxue search``: whether people, organisations and contents are found by their words."""

import sys

import click

from lianxue.accounts.actions import users
from lianxue.learning.actions import tokens as contents
from lianxue.organizations.actions import tokens
from lianxue.shared.actors import Operator


@click.group()
def search() -> None:
    """What a search looks through: compare it with the names, make it anew."""


@search.command()
@click.option("--check", is_flag=True, help="Only compare; exit code 1 if anything differs.")
def rebuild(check: bool) -> None:
    """Compare all search terms and A-Z keys with names and texts, and mend what differs.

    The site may go on meanwhile. Needed after rows were changed by hand in the database.
    """
    mended = tokens.rebuild(Operator(), check=check)
    people, unsorted = users.mend_sort_keys(Operator(), check=check)
    library = contents.rebuild(Operator(), check=check)
    wrong = mended.wrong + unsorted + library.wrong
    looked = (
        f"核对了 {mended.members} 条成员记录、{mended.organizations} 个组织、{people} 个用户、"
        f"{library.items} 条学习内容"
    )
    if not wrong:
        click.echo(f"{looked}，检索词都与姓名、名称一致。")
    elif check:
        click.echo(f"{looked}，有 {wrong} 条不一致。请运行 lianxue search rebuild 修复。", err=True)
        sys.exit(1)
    else:
        click.echo(f"{looked}，修复了 {wrong} 条。")
