"""``lianxue points``: the ledger's sums, and the site's rules."""

import sys
from datetime import date

import click
from django.urls import get_resolver

from lianxue.points.actions import rebuilding, rules
from lianxue.points.items import ITEMS, TOTAL, label_of
from lianxue.points.models import PointRule
from lianxue.points.queries import rules as reads
from lianxue.shared.actors import Operator
from lianxue.shared.clock import today
from lianxue.shared.tenths import tenths, tenths_in

#: How the caps of a person's whole day and year are called here.
_TOTAL = "total"
_SHOWN = 20


@click.group()
def points() -> None:
    """Prove the balances from the ledger; set the site's rules."""
    _ = get_resolver().url_patterns  # the apps' addresses make their items known


@points.command()
@click.option("--check", is_flag=True, help="Only compare; exit code 1 if anything differs.")
def rebuild(check: bool) -> None:
    """Compare all balances with the sums of their entries, and mend what differs.

    The site may go on meanwhile. The ledger itself is never changed.
    """
    found = rebuilding.rebuild(Operator(), check=check)
    looked = f"核对了 {found.people} 人的 {found.entries} 笔积分"
    for (user, place, year), (stood, right) in list(found.wrong.items())[:_SHOWN]:
        what = f"组织 {place}，{year} 年" if place else "总积分"
        line = f"用户 {user}，{what}：余额 {tenths(stood or 0)}，明细合计 {tenths(right or 0)}"
        click.echo(line, err=True)
    if not found.wrong:
        click.echo(f"{looked}，余额都与明细一致。")
    elif check:
        said = f"{looked}，有 {len(found.wrong)} 处不一致。请运行 lianxue points rebuild 修复。"
        click.echo(said, err=True)
        sys.exit(1)
    else:
        click.echo(f"{looked}，修复了 {len(found.wrong)} 处。")


@points.group()
def rule() -> None:
    """The site's rules, which hold wherever an organisation has none of its own."""


@rule.command("list")
def rule_list() -> None:
    """Print what is in force on the site today, and what is decided for later."""
    book, day = reads.Rulebook([], ITEMS, None), today()
    for key in [*(key for key in ITEMS if key != TOTAL), TOTAL]:
        terms = book.terms(None, key, day)
        since = f"{terms.rule.effective_from} 起" if terms.rule else "默认"
        click.echo(f"{key or _TOTAL}  {label_of(key)}")
        click.echo(f"  {rules.in_words(key, terms)}（{since}）")
        for later in book.coming(None, key, day):
            words = "默认规则" if later.inherits else rules.in_words(key, reads.terms_of(later))
            click.echo(f"  {later.effective_from} 起：{words}")


@rule.command("set")
@click.argument("item")
@click.option("--points", "worth", default="0", help="What one event is worth, e.g. 1 or 0.5.")
@click.option("--day-cap", help="At most so many a day; left out: no cap.")
@click.option("--year-cap", help="At most so many a year; left out: no cap.")
@click.option("--from", "since", help="The first day, as 2027-01-01; left out: today.")
@click.option("--reason", required=True, help="Why; members read it.")
def rule_set(
    item: str, worth: str, day_cap: str | None, year_cap: str | None, since: str | None, reason: str
) -> None:
    """Make a new version of ITEM's rule (`total`: the caps of a whole day and year)."""
    wish = rules.Wish(
        points=_number(worth) or 0,
        day_cap=_number(day_cap),
        year_cap=_number(year_cap),
        effective_from=_day(since),
    )
    _told(rules.set_site_rule(Operator(), _item(item), wish, reason))


@rule.command("reset")
@click.argument("item")
@click.option("--from", "since", help="The first day, as 2027-01-01; left out: today.")
@click.option("--reason", required=True, help="Why; members read it.")
def rule_reset(item: str, since: str | None, reason: str) -> None:
    """Go back to ITEM's default rule."""
    wish = rules.Wish(inherits=True, effective_from=_day(since))
    _told(rules.set_site_rule(Operator(), _item(item), wish, reason))


def _told(made: PointRule) -> None:
    terms = reads.Rulebook([], [made.item], made.effective_from).terms(
        None, made.item, made.effective_from
    )
    words = rules.in_words(made.item, terms)
    click.echo(f"{label_of(made.item)}：{made.effective_from} 起，{words}。")


def _item(text: str) -> str:
    item = TOTAL if text == _TOTAL else text
    if item not in ITEMS or not text:
        known = "、".join(key or _TOTAL for key in ITEMS)
        raise click.ClickException(f"没有积分项目“{text}”。可用的有：{known}。")
    return item


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    found = tenths_in(text)
    if found is None:
        raise click.ClickException(f"“{text}”不是分数，请写 1 或 0.5 这样的数字。")
    return found


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise click.ClickException(f"“{text}”不是日期，请写 2027-01-01 这样的日期。") from error
