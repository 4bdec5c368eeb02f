"""``lianxue members import``: the same outcome by row and column, all of it or nothing."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lianxue.accounts.models import User
from lianxue.cli.members import members
from lianxue.organizations.actions import imports
from lianxue.organizations.actions.imports import applying
from lianxue.organizations.models import ImportRow, MemberImport, Membership
from lianxue.shared.actors import Operator
from tests.cast import Cast
from tests.organizations.imports_help import upload, workbook

pytestmark = pytest.mark.django_db
ROWS = [
    ("周新", 13600000001, "第一党总支/第一党支部"),
    ("刘大洋", "", "第二党支部"),
    ("杨帆", "", ""),
]


@pytest.fixture
def rows(cast: Cast) -> list[tuple[object, ...]]:
    first, second, third = ROWS
    return [
        first,
        (second[0], cast.member.phone, second[2]),
        (third[0], cast.stranger.phone, third[2]),
    ]


def run(cast: Cast, path: Path, *options: str, place: str = "") -> Result:
    words = ["import", place or cast.county.name, str(path), *options]
    return CliRunner().invoke(members, words, catch_exceptions=False)


def roster(tmp_path: Path, rows) -> Path:
    path = tmp_path / "名册.xlsx"
    path.write_bytes(workbook(rows))
    return path


def test_an_import_said_row_by_row(cast: Cast, tmp_path: Path, rows) -> None:
    path = roster(tmp_path, rows)
    result = run(cast, path)
    assert result.exit_code == 0
    masked = f"{cast.stranger.phone[:3]} **** {cast.stranger.phone[-4:]}"
    for words in (
        "工作表“名册”，表头在第 1 行，成员 3 行。",
        "第 2 行：新增 周新 136 **** 0001 第一党总支/第一党支部",
        "第 3 行：改动 刘大洋：姓名 刘洋 → 刘大洋；所在党支部 第一党总支/第一党支部 → 第二党支部",
        f"第 4 行：新增 杨帆 {masked}",
        "新增 2 行，有改动 1 行，无变化 0 行，有错误 0 行。",
        "已导入：新增 2 人，改动 1 人，新建支部 0 个",
    ):
        assert words in result.output
    assert "13600000001" not in result.output
    assert Membership.objects.get(phone="13600000001").branch == cast.first_branch
    assert not User.objects.filter(phone="13600000001").exists()
    again = run(cast, path)
    assert again.exit_code == 0
    assert "没有需要写入的内容" in again.output
    assert MemberImport.objects.count() == 1


def test_a_dry_run_keeps_nothing(cast: Cast, tmp_path: Path, rows) -> None:
    result = run(cast, roster(tmp_path, rows), "--dry-run")
    assert result.exit_code == 0
    assert "只是核对，什么都没有写入。" in result.output
    assert not MemberImport.objects.exists()
    assert not Membership.objects.filter(phone="13600000001").exists()


def test_errors_by_row_and_column_and_nothing_written(cast: Cast, tmp_path: Path, rows) -> None:
    bad = [*rows, ("钱多", "1", "没有的支部"), ("刘洋", "13600000009", "")]
    result = run(cast, roster(tmp_path, bad))
    assert result.exit_code == 1
    assert "第 5 行：错误 [手机号] 手机号码应为 11 位数字" in result.output
    assert "第 5 行：错误 [所在党支部] 没有找到支部“没有的支部”" in result.output
    assert "第 6 行：提醒 [姓名] 已有同名成员" in result.output
    assert "有错误的行，什么都没有写入" in result.output
    assert not MemberImport.objects.exists()
    assert not Membership.objects.filter(phone="13600000001").exists()


def test_branches_on_request(cast: Cast, tmp_path: Path) -> None:
    path = roster(tmp_path, [("周新", "13600000001", "新支部")])
    assert run(cast, path).exit_code == 1
    result = run(cast, path, "--make-branches")
    assert "新支部（新建支部）" in result.output
    assert "新建支部 1 个" in result.output


def test_an_organisation_by_code_name_or_id(cast: Cast, tmp_path: Path, rows) -> None:
    path = roster(tmp_path, rows)
    cast.county.code = "370102"
    cast.county.save()
    for place in ("370102", cast.county.name, str(cast.county.pk)):
        assert run(cast, path, "--dry-run", place=place).exit_code == 0
    missing = run(cast, path, place="没有")
    assert missing.exit_code == 1
    assert "没有找到组织“没有”。" in missing.output
    assert run(cast, path, place="9" * 30).exit_code == 1


def test_long_lists_are_cut_unless_all_is_asked_for(
    cast: Cast, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("lianxue.cli.members.LISTED", 2)
    path = roster(tmp_path, [("张三", f"1360000000{number}", "") for number in range(5)])
    cut = run(cast, path, "--dry-run")
    assert "……另有 3 行，用 --all 列出。" in cut.output
    assert "第 6 行" in run(cast, path, "--dry-run", "--all").output


def test_what_was_left_over_is_finished_first(cast: Cast, tmp_path: Path) -> None:
    rows = [("周新", "13600000001", "")]
    path = roster(tmp_path, rows)
    batch = imports.prepare(
        Operator(), cast.county.pk, imports.Upload(path.name, path.read_bytes())
    )
    imports.confirm(Operator(), batch.pk)
    result = run(cast, path)
    assert result.exit_code == 0
    assert "上次的导入没有写完，现在接着写。" in result.output
    assert MemberImport.objects.get().state == "done"


def test_another_import_under_way_and_a_failed_writing_are_told(
    cast: Cast, tmp_path: Path, monkeypatch
) -> None:
    mine = imports.prepare(cast.owner, cast.county.pk, upload([("钱多", "13600000002", "")]))
    imports.confirm(cast.owner, mine.pk)
    path = roster(tmp_path, [("周新", "13600000001", "")])
    with pytest.raises(Exception, match="正在写入"):
        run(cast, path)
    assert ImportRow.objects.count() == 1
    imports.drop(cast.owner, mine.pk)

    def burst(*args):
        raise RuntimeError

    monkeypatch.setattr(applying, "_finish", burst)
    failed = run(cast, path)
    assert failed.exit_code == 1
    assert "什么都没有改动" in failed.output
