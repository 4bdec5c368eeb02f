"""``lianxue members``: a roster file into an organisation, whole or not at all."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import click
from django.db import OperationalError, transaction

from lianxue.organizations.actions import imports
from lianxue.organizations.actions.imports.plan import Outcome, Planned
from lianxue.organizations.models import MemberImport, Organization
from lianxue.organizations.roster.fields import BY_KEY
from lianxue.organizations.roster.rows import WHOLE_ROW
from lianxue.shared.actors import Operator
from lianxue.shared.dbtools import is_contention
from lianxue.shared.phones import mask_phone

from .places import find_organization

#: Rows of one kind that are listed without ``--all``.
LISTED = 200
OPERATOR = Operator()


@click.group()
def members() -> None:
    """Import a roster of members."""


@members.command("import")
@click.argument("organization")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what it would do.")
@click.option("--make-branches", is_flag=True, help="Make the branches that the tree lacks.")
@click.option("--all", "whole", is_flag=True, help=f"List every row, not {LISTED} of a kind.")
def import_(
    organization: str, file: Path, *, dry_run: bool, make_branches: bool, whole: bool
) -> None:
    """Bring a roster (.xlsx, .xls, .ods, .csv) into ORGANIZATION: all of its rows, or nothing.

    ORGANIZATION is its code, its whole name or its id. Needed are the columns 姓名 and 手机号.
    Exit code 1 when a row is in error; then nothing is written. Killed in between, the same
    command again finishes it; the same file once more changes nothing.
    """
    place = find_organization(organization)
    data = file.read_bytes()
    left = None if dry_run else _left_over(place, data)
    if left is not None:
        click.echo("上次的导入没有写完，现在接着写。")
        _write(left)
        return
    seen = imports.preview(
        OPERATOR, place.pk, imports.Upload(file.name, data), make_branches=make_branches
    )
    _tell(seen, LISTED if not whole else len(seen.rows))
    if seen.counts[Outcome.ERROR]:
        raise click.ClickException("有错误的行，什么都没有写入。请改好后再运行一次。")
    if dry_run:
        click.echo("只是核对，什么都没有写入。")
    elif not seen.counts[Outcome.NEW] + seen.counts[Outcome.CHANGED]:
        click.echo("没有需要写入的内容，名册和现在的成员一致。")
    else:
        with transaction.atomic():  # a kill leaves no change set that nobody decides on
            batch = imports.keep(OPERATOR, seen)
            imports.confirm(OPERATOR, batch.pk)
        _write(batch)


def _left_over(place: Organization, data: bytes) -> MemberImport | None:
    """The same file's import that was confirmed here and not written, if there is one."""
    waiting = MemberImport.objects.filter(
        organization=place,
        state=MemberImport.State.QUEUED,
        digest=hashlib.sha256(data).hexdigest(),
        created_by=None,
    )
    return waiting.first()


def _write(batch: MemberImport) -> None:
    click.echo(f"正在写入“{batch.organization.name}”……", err=True)
    try:
        batch = imports.apply(batch.pk)
    except OperationalError as error:
        if not is_contention(error):
            raise
        raise click.ClickException("数据库正忙，还没有写入。再运行一次会接着写。") from error
    if batch.state != MemberImport.State.DONE:
        raise click.ClickException(batch.note or f"这次导入{batch.get_state_display()}。")
    counts = batch.counts
    click.echo(
        f"已导入：新增 {counts[Outcome.NEW]} 人，改动 {counts[Outcome.CHANGED]} 人，"
        f"新建支部 {len(batch.made_branches)} 个（导入编号 {batch.pk}）。"
    )


def _tell(seen: imports.Preview, limit: int) -> None:
    """What was found in the file and what each row would do, numbered as in the sheet."""
    sheet = seen.sheet
    where = f"工作表“{sheet.name}”，" if sheet.name else ""
    click.echo(f"{where}表头在第 {sheet.header_row} 行，成员 {len(seen.rows)} 行。")
    if sheet.id_numbers:
        click.echo("身份证号一列没有读入。")
    if sheet.ignored:
        click.echo(f"不认识的列，没有读入：{'、'.join(sheet.ignored)}。")
    for number, why in sheet.skipped[:limit]:
        click.echo(f"第 {number} 行：跳过（{why}）。")
    for outcome in (Outcome.NEW, Outcome.CHANGED, Outcome.ERROR):
        rows = [row for row in seen.rows if row.outcome == outcome]
        _list(rows, limit, in_error=outcome == Outcome.ERROR)
    counts = seen.counts
    words = [f"{outcome.label} {counts[outcome]} 行" for outcome in Outcome]
    click.echo("，".join(words) + "。")


def _list(rows: Sequence[Planned], limit: int, *, in_error: bool) -> None:
    for planned in rows[:limit]:
        for line in _lines(planned):
            click.echo(f"第 {planned.number} 行：{line}", err=in_error)
    if len(rows) > limit:
        click.echo(f"……另有 {len(rows) - limit} 行，用 --all 列出。", err=in_error)


def _lines(planned: Planned) -> list[str]:
    """One row, column by column; numbers masked."""
    row = planned.row
    lines = []
    if planned.outcome == Outcome.NEW:
        words = [row.clean["name"], mask_phone(row.clean["phone"]), row.clean.get("branch", "")]
        made = "（新建支部）" if row.make else ""
        lines.append(f"新增 {' '.join(word for word in words if word)}{made}")
    elif planned.outcome == Outcome.CHANGED:
        changes = [
            f"{BY_KEY[key].label} {old or '（空）'} → {row.clean[key]}"
            for key, old in row.before.items()
        ]
        lines.append(f"改动 {row.clean['name']}：{'；'.join(changes)}")
    for kind, found in (("错误", row.errors), ("提醒", row.warnings)):
        for key, message in found.items():
            label = "整行" if key == WHOLE_ROW else BY_KEY[key].label
            lines.append(f"{kind} [{label}] {message}")
    return lines
