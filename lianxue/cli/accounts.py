"""``lianxue operator``: the people who serve the site."""

import click

from lianxue.accounts.actions import users
from lianxue.shared.actors import Operator
from lianxue.shared.phones import mask_phone


@click.group()
def operator() -> None:
    """The people who serve the site (they approve real names by hand)."""


@operator.command("add")
@click.argument("phone")
@click.argument("name")
def operator_add(phone: str, name: str) -> None:
    """Let the person of PHONE serve the site; an account under NAME is made when there is none."""
    user = users.add_operator(Operator(), phone, name)
    click.echo(f"{user.name}（{mask_phone(user.phone)}）是本站运维人员，用验证码登录。")


@operator.command("remove")
@click.argument("phone")
def operator_remove(phone: str) -> None:
    """Take the site's service from the person of PHONE; the account stays."""
    user = users.remove_operator(Operator(), phone)
    click.echo(f"{user.name}（{mask_phone(user.phone)}）不再是本站运维人员。")
