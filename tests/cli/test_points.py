"""``lianxue points``: balances proved from the ledger, the site's rules."""

import pytest
from click.testing import CliRunner, Result

from lianxue.audit.models import AuditEvent
from lianxue.cli.points import points
from lianxue.points.actions.crediting import credit
from lianxue.points.models import Balance, PointAccount, PointRule
from tests.cast import Cast
from tests.points.makers import READ, did, items, need_whole_books

__all__ = ["items"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("items")]


def run(*words: str) -> Result:
    return CliRunner().invoke(points, words)


def test_all_is_well(cast: Cast) -> None:
    credit(did(cast.member, cast.county, 1))
    for words in (["rebuild"], ["rebuild", "--check"]):
        result = run(*words)
        assert result.exit_code == 0
        assert "核对了 1 人的 1 笔积分，余额都与明细一致" in result.output
    assert not AuditEvent.objects.filter(action="points.rebuilt").exists()


def test_what_differs_is_said_then_mended(cast: Cast) -> None:
    credit(did(cast.member, cast.county, 1))
    credit(did(cast.owner, cast.county, 1))
    credit(did(cast.owner, cast.city, 2))
    Balance.objects.filter(user=cast.member).update(points=999)
    PointAccount.objects.filter(pk=cast.owner.pk).update(points=-5)
    Balance.objects.filter(user=cast.owner, organization=cast.city).delete()
    Balance.objects.create(user=cast.stranger, organization=cast.city, year=2020, points=3)
    result = run("rebuild", "--check")
    assert result.exit_code == 1
    assert "有 4 处不一致" in result.output
    assert "余额 99.9，明细合计 1" in result.output
    assert Balance.objects.get(user=cast.member).points == 999, "only compared"
    result = run("rebuild")
    assert result.exit_code == 0
    assert "修复了 4 处" in result.output
    assert run("rebuild", "--check").exit_code == 0
    Balance.objects.filter(points=0).delete()
    PointAccount.objects.filter(points=0).delete()
    need_whole_books()
    assert AuditEvent.objects.filter(action="points.rebuilt").count() == 1


def test_the_sites_rules(cast: Cast) -> None:
    result = run("rule", "set", READ, "--points", "2.5", "--day-cap", "10", "--reason", "按规定")
    assert result.exit_code == 0, result.output
    assert "每次 2.5 分，每日上限 10 分，每年不设上限" in result.output
    assert "每次 2.5 分" in run("rule", "list").output
    later = run("rule", "reset", READ, "--from", "2099-01-01", "--reason", "试")
    assert later.exit_code == 1
    assert run("rule", "reset", READ, "--reason", "试").exit_code == 0
    assert "每次 1 分" in run("rule", "list").output
    assert PointRule.objects.filter(organization=None).count() == 2
    assert (
        "每日上限 12 分" in run("rule", "set", "total", "--day-cap", "12", "--reason", "试").output
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["set", "no.such", "--points", "1", "--reason", "试"], "没有积分项目"),
        (["set", READ, "--points", "一", "--reason", "试"], "不是分数"),
        (["set", READ, "--points", "1", "--from", "明天", "--reason", "试"], "不是日期"),
    ],
)
def test_what_is_refused(words: list[str], said: str) -> None:
    result = run("rule", *words)
    assert result.exit_code == 1
    assert said in result.output
    assert not PointRule.objects.exists()
