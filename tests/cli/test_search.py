"""``lianxue search rebuild``: says what differs, mends it, and may be run at any time."""

import pytest
from click.testing import CliRunner, Result

from lianxue.accounts.models import User
from lianxue.cli.search import search
from lianxue.organizations.models import Membership
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def run(*words: str) -> Result:
    return CliRunner().invoke(search, ["rebuild", *words], catch_exceptions=False)


def test_all_is_well(cast: Cast) -> None:
    for words in ([], ["--check"]):
        result = run(*words)
        assert result.exit_code == 0
        assert "核对了 11 条成员记录、5 个组织、12 个用户、0 条学习内容" in result.output
        assert "都与姓名、名称一致" in result.output


def test_what_differs_is_said_then_mended(cast: Cast) -> None:
    Membership.objects.filter(name="孙未来").update(name="钱多多")
    User.objects.filter(name="杨帆").update(name="单帆")
    result = run("--check")
    assert result.exit_code == 1
    assert "有 2 条不一致" in result.output
    assert "钱" not in result.output
    result = run()
    assert result.exit_code == 0
    assert "修复了 2 条" in result.output
    assert run("--check").exit_code == 0
    assert User.objects.get(name="单帆").sort_key == "shan4fan1"
