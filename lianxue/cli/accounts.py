"""``lianxue operator``: the people who serve the site; ``lianxue keys``: the encryption keys."""

import click

from lianxue.accounts.actions import keys as key_actions
from lianxue.accounts.actions import security, users
from lianxue.onboarding import actions as onboarding
from lianxue.shared import crypto
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
    user = onboarding.add_operator(Operator(), phone, name)
    click.echo(f"{user.name}（{mask_phone(user.phone)}）是本站运维人员，用验证码登录。")


@operator.command("remove")
@click.argument("phone")
def operator_remove(phone: str) -> None:
    """Take the site's service from the person of PHONE; the account stays."""
    user = users.remove_operator(Operator(), phone)
    click.echo(f"{user.name}（{mask_phone(user.phone)}）不再是本站运维人员。")


@operator.command("reset-second-step")
@click.argument("phone")
def operator_reset_second_step(phone: str) -> None:
    """Let the person of PHONE in again who lost phone, passkey and backup codes; check who asks."""
    user = security.reset_second_factors(Operator(), phone)
    click.echo(f"{user.name}（{mask_phone(user.phone)}）的第二步验证已重置，所有登录已退出。")


@click.group()
def keys() -> None:
    """The keys that encrypt personal data."""


@keys.command("rotate")
def keys_rotate() -> None:
    """Add a key and encrypt everything anew under it, while the site is running.

    The old keys stay in keyring.json: backups need them. Killed half-way, nothing is lost; the next
    call finishes the work. Keep a copy of keyring.json apart from the database's backups.
    """
    result = key_actions.rotate(Operator())
    if result.resumed:
        click.echo(f"上次更换没有做完，已接着做完：{result.changed} 项改用密钥 {result.key} 加密。")
        click.echo("没有增加新的密钥；如需再换一把，请再运行一次。")
    else:
        click.echo(
            f"已启用新密钥 {result.key}，{result.changed} 项重新加密。旧密钥保留，用于旧备份。"
        )
    click.echo(f"请备份 {crypto.keyring().path}，与数据库备份分开保存。")
