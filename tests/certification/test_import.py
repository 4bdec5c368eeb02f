"""``chain root`` and ``chain import``: all or nothing, every bad row said, twice the same."""

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from lianxue.audit.models import AuditEvent
from lianxue.audit.queries import first_broken_link
from lianxue.certification import chainfile
from lianxue.certification.actions import applications, chain, setup
from lianxue.certification.actions import settings as settings_actions
from lianxue.certification.chainfile import ChainFileError
from lianxue.certification.models import Certification
from lianxue.certification.queries.chain import descendant_count
from lianxue.cli.chain import chain as command
from lianxue.organizations.actions import roles
from lianxue.organizations.models import Membership, Organization, RoleGrant
from lianxue.shared.actors import Operator
from lianxue.shared.errors import InvalidInput, StateConflict
from lianxue.shared.ids import path_step
from tests.cast import Cast
from tests.factories import UserFactory

from .helpers import apply, invite

pytestmark = pytest.mark.django_db
HEAD = "code,name,parent_code,level\n"
SMALL = HEAD + "37,东海省,,province\n3701,临江市,37,city\n370102,历山县,3701,county\n"


def load(text: str | bytes, pattern: str = "中共{name}委员会") -> setup.Report:
    """Import a file's content."""
    content = text if isinstance(text, bytes) else text.encode()
    return setup.import_chain(Operator(), chainfile.read(content, pattern))


def wrong(text: str | bytes, pattern: str = "中共{name}委员会") -> list[tuple[int, str]]:
    """What an import says is wrong; nothing may have been written."""
    before = (Organization.objects.count(), AuditEvent.objects.count())
    with pytest.raises(ChainFileError) as told:
        load(text, pattern)
    assert (Organization.objects.count(), AuditEvent.objects.count()) == before
    return told.value.rows


def generated(cities: int = 3, counties: int = 3, towns: int = 3) -> str:
    """A chain of four levels, children before parents in the file."""
    lines = []
    for city in range(cities):
        for county in range(counties):
            for town in range(towns):
                code = f"37{city:02}{county:02}"
                lines.append(f"{code}{town:03},第{city}市第{county}县第{town}镇,{code},township")
            lines.append(f"37{city:02}{county:02},第{city}市第{county}县,37{city:02},county")
        lines.append(f"37{city:02},第{city}市,37,city")
    lines.append("37,东海省,,province")
    return HEAD + "\n".join(lines) + "\n"


def check_whole() -> None:
    """Every path is its superior's and its own step; every certified one has its history row."""
    paths = dict(Organization.objects.values_list("pk", "chain_path"))
    for one in Organization.objects.exclude(chain_path=None):
        above = paths[one.superior_id] if one.superior_id else ""
        assert one.chain_path == above + path_step(one.pk)
        assert Certification.objects.filter(
            organization=one, superior_id=one.superior_id, until=None
        ).exists()


def test_a_chain_is_made_from_the_top_down() -> None:
    report = load(generated())
    assert (report.created, report.changed, report.unchanged) == (40, 0, 0)
    root = Organization.objects.get(superior=None)
    assert root.name == "中共东海省委员会"
    assert descendant_count(root) == 39
    check_whole()
    assert first_broken_link(f"org:{root.pk}") is None
    assert first_broken_link("site") is None


def test_twice_changes_nothing() -> None:
    load(generated())
    before = AuditEvent.objects.count()
    rows = list(Organization.objects.order_by("pk").values())
    report = load(generated())
    assert (report.created, report.changed, report.unchanged) == (0, 0, 40)
    assert AuditEvent.objects.count() == before
    assert list(Organization.objects.order_by("pk").values()) == rows


def test_the_statements_do_not_grow_with_the_file(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(60):
        load(generated(5, 5, 5))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_of_spreadsheet_programs(encoding: str) -> None:
    load(SMALL.replace("\n", "\r\n").encode(encoding))
    assert Organization.objects.filter(name="中共历山县委员会").exists()


def test_an_encoding_that_is_neither_is_said() -> None:
    assert wrong(b"\xff\xfe\x81\x00")[0][0] == 1


BAD = [
    ("", 1, "缺少列"),
    ("code,name\n1,a\n", 1, "缺少列：parent_code、level"),
    ("code,name,parent_code,level,colour\n", 1, "不认识的列：colour"),
    ("code,name,parent_code,level,level\n", 1, "重复的列名"),
    (HEAD, 1, "没有组织"),
    (SMALL + "370103,北山县,3799,county\n", 5, "没有 code 为 3799 的上级组织"),
    (SMALL + "3701,南山市,37,city\n", 5, "与第 3 行重复"),
    (SMALL + "38,西海省,,province\n", 5, "第二个最上级组织（第 2 行已有一个）"),
    (SMALL + "3702,,37,city\n", 5, "name 是空的"),
    (SMALL + "3702,南山市,37,town\n", 5, "level “town”不对"),
    (SMALL + "3702,南山市,3 7,city\n", 5, "parent_code 应为"),
    (SMALL + "3702,南山市,370102,city\n", 5, "level 比上级（第 4 行）还高"),
    (SMALL + ",南山市,37,city\n", 5, "code 应为"),
    (SMALL + "37 02,南山市,37,city\n", 5, "code 应为"),
    (SMALL + "3702,南山市,3702,city\n", 5, "parent_code 与自己的 code 相同"),
    (SMALL + "3702,南山市,37\n", 5, "应有 4 列，实际有 3 列"),
    (SMALL + "3702,南山市,37,city,x\n", 5, "应有 4 列，实际有 5 列"),
    (SMALL + "3702,南@山市,37,city\n", 5, "“中共南@山市委员会”"),
    (SMALL + f"3702,{'长' * 40},37,city\n", 5, "名称最多 40 个字"),
    (SMALL + '3702,"南山市,37,city\n', 5, "不是正确的 CSV"),
    (SMALL + "3702,南\0山市,37,city\n", 5, ""),
    (SMALL + "a,甲县,b,county\nb,乙县,c,county\nc,丙县,a,county\n", 5, "成了一个圈"),
]


@pytest.mark.parametrize(("text", "number", "words"), BAD)
def test_every_bad_row_is_said_with_its_number(text: str, number: int, words: str) -> None:
    said = wrong(text)
    assert any(row == number and words in message for row, message in said), said


def test_all_bad_rows_are_said_at_once() -> None:
    said = wrong(SMALL + "3702,,37,city\n3703,平山市,9,city\n3704,东山市,37,x\n")
    assert {row for row, _ in said} == {5, 6, 7}
    circle = wrong(SMALL + "a,甲县,b,county\nb,乙县,a,county\nd,丁县,a,county\n")
    assert {row for row, message in circle if "圈" in message} == {5, 6}


def test_the_pattern_needs_its_place() -> None:
    for pattern in ("中共委员会", "{name}{name}"):
        with pytest.raises(InvalidInput):
            chainfile.read(SMALL.encode(), pattern)


def test_blank_lines_and_quotes_are_fine() -> None:
    load(HEAD + '37,"东海省",,province\n\n , , , \n3701, 临江市 ,37,city\n')
    assert Organization.objects.filter(name="中共临江市委员会").exists()


def test_a_part_can_be_added_below_what_is_there() -> None:
    load(SMALL)
    report = load(HEAD + "370103,北山县,3701,county\n370103001,北山镇,370103,township\n")
    assert report.created == 2
    check_whole()


def test_what_stands_differently_is_refused() -> None:
    load(SMALL)
    said = wrong(SMALL, "{name}委员会")
    assert len(said) == 3
    assert "名称是“中共东海省委员会”" in said[0][1]
    moved = SMALL.replace("370102,历山县,3701", "370102,历山县,37")
    assert "已由别的上级认证" in wrong(moved)[0][1]
    assert "最上级组织已经是" in wrong(HEAD + "38,西海省,,province\n")[0][1]


def test_a_level_may_change_and_is_reported() -> None:
    load(SMALL)
    report = load(SMALL.replace("历山县,3701,county", "历山县,3701,"))
    assert (report.created, report.changed, report.unchanged) == (0, 1, 2)
    assert Organization.objects.get(code="370102").level == ""


def test_one_that_left_the_chain_comes_back_with_its_new_name() -> None:
    load(SMALL)
    county = Organization.objects.get(code="370102")
    chain.decertify(Operator(), county.pk, "调整")
    report = load(SMALL.replace("历山县", "历山区"))
    assert (report.created, report.changed) == (0, 1)
    county.refresh_from_db()
    assert county.name == "中共历山区委员会"
    assert county.is_certified
    assert [one.name for one in county.former_names.all()] == ["中共历山县委员会"]


def test_a_dissolved_code_is_said() -> None:
    load(SMALL)
    county = Organization.objects.get(code="370102")
    chain.decertify(Operator(), county.pk, "调整")
    settings_actions.dissolve_organization(Operator(), county.pk, county.name)
    assert "已解散" in wrong(SMALL)[0][1]
    assert "没有 code 为 370102" in wrong(HEAD + "9,甲镇,370102,township\n")[0][1]


def test_a_waiting_application_ends_when_the_import_certifies(cast: Cast) -> None:
    sent = apply(cast.newcomer_admin, cast.newcomer, invite(cast.owner, cast.county))
    Organization.objects.filter(pk=cast.newcomer.pk).update(code="n1")
    Organization.objects.filter(pk=cast.city.pk).update(code="c1")
    load(HEAD + f"n1,{cast.newcomer.name},c1,\n", "{name}")
    sent.refresh_from_db()
    assert sent.state == "withdrawn"
    cast.newcomer.refresh_from_db()
    assert cast.newcomer.superior == cast.city
    with pytest.raises(StateConflict):
        applications.approve_application(cast.owner, sent.pk)


ADMINS = (
    "code,name,parent_code,level,admin_name,admin_phone\n"
    "37,东海省,,province,李明,+86 138 0000 0001\n"
    "3701,临江市,37,city,,\n"
)


def test_administrators_are_named_and_the_rest_wait_to_be_claimed() -> None:
    report = load(ADMINS)
    assert (report.admins_named, report.unclaimed) == (1, 1)
    seat = Membership.objects.get()
    assert (seat.phone, seat.name, seat.state) == ("13800000001", "李明", "invited")
    assert RoleGrant.objects.get().membership == seat
    again = load(ADMINS)
    assert (again.changed, again.admins_named) == (0, 0)
    later = load(ADMINS.replace("city,,", "city,王秀英,13800000002"))
    assert (later.changed, later.admins_named, later.unclaimed) == (1, 1, 0)


def test_a_wrong_number_is_corrected_while_nobody_has_come() -> None:
    load(ADMINS)
    right = ADMINS.replace("138 0000 0001", "138 0000 0009")
    report = load(right)
    assert (report.changed, report.admins_named) == (1, 0)
    assert RoleGrant.objects.get().membership.phone == "13800000009"
    assert load(right).changed == 0
    Membership.objects.update(state="active", user=UserFactory(phone="13800000009"))
    assert load(ADMINS).changed == 0
    assert Membership.objects.get().phone == "13800000009"


def test_a_registered_administrator_is_active_at_once() -> None:
    user = UserFactory(phone="13800000001")
    load(ADMINS)
    assert Membership.objects.get(user=user).state == "active"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("李明,1380000000", "admin_phone"),
        ("李明,", "要么都填"),
        (",13800000001", "要么都填"),
        (f"{'长' * 21},13800000001", "最多 20 个字"),
    ],
)
def test_bad_administrators_are_said(cells: str, words: str) -> None:
    said = wrong(ADMINS.replace("city,,", f"city,{cells}"))
    assert [row for row, message in said if words in message] == [3]


def test_nothing_stays_when_it_breaks_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(roles, "name_main_admin", break_down)
    with pytest.raises(KeyboardInterrupt):
        load(ADMINS)
    assert not Organization.objects.exists()
    assert not AuditEvent.objects.exists()


# --- the root ---


def test_the_root_is_named_once() -> None:
    root, changed = setup.name_root(Operator(), "中共东海省委员会")
    assert changed
    assert root.is_root
    assert setup.name_root(Operator(), "中共东海省委员会") == (root, False)
    with pytest.raises(StateConflict) as told:
        setup.name_root(Operator(), "中共西海省委员会")
    assert told.value.code == "root-named"
    assert Organization.objects.count() == 1


def test_the_root_may_be_an_organisation_that_is_there(cast: Cast) -> None:
    Organization.objects.update(superior=None, chain_path=None, certified_at=None)
    root, changed = setup.name_root(Operator(), cast.newcomer.name)
    assert (root, changed) == (cast.newcomer, True)


def test_two_of_one_name_are_ambiguous(cast: Cast) -> None:
    Organization.objects.update(superior=None, chain_path=None, certified_at=None, name="同名组织")
    with pytest.raises(StateConflict) as told:
        setup.name_root(Operator(), "同名组织")
    assert told.value.code == "name-ambiguous"


def test_a_bad_root_name_is_refused() -> None:
    with pytest.raises(InvalidInput):
        setup.name_root(Operator(), "名 称！")


def test_an_import_takes_the_root_named_before() -> None:
    root, _ = setup.name_root(Operator(), "中共东海省委员会")
    report = load(SMALL)
    assert (report.created, report.changed) == (2, 1)
    root.refresh_from_db()
    assert root.code == "37"
    check_whole()


# --- the command ---


def test_the_command_tells_what_it_did(tmp_path: Path) -> None:
    file = tmp_path / "chain.csv"
    file.write_text(SMALL)
    first = CliRunner().invoke(command, ["import", str(file), "--name", "中共{name}委员会"])
    assert first.exit_code == 0, first.output
    assert "新建 3，改动 0，未变 0" in first.output
    second = CliRunner().invoke(command, ["import", str(file), "--name", "中共{name}委员会"])
    assert "新建 0，改动 0，未变 3" in second.output
    file.write_text(SMALL + "3702,,37,city\n")
    third = CliRunner().invoke(command, ["import", str(file), "--name", "中共{name}委员会"])
    assert third.exit_code == 1
    assert "第 5 行" in third.output
    link = CliRunner().invoke(command, ["claim", "3701"])
    assert re.match(re.escape(settings.SITE_URL) + r"/claim/[\w-]{32}/\n$", link.output)
    named = CliRunner().invoke(command, ["root", "中共东海省委员会"])
    assert "没有改动" in named.output


def _divisions() -> bytes:
    """The real divisions where the machine has them, else a chain as large."""
    beside = settings.BASE_DIR.parent / "shared" / "data" / "shandong_divisions.csv"
    path = Path(os.environ.get("LIANXUE_DIVISIONS", beside))
    return path.read_bytes() if path.exists() else generated(16, 9, 13).encode()


@pytest.mark.slow
def test_a_whole_province() -> None:
    content = _divisions()
    lines = len(content.decode("utf-8-sig").split("\n")) - 2
    report = load(content)
    assert report.created == lines > 2000
    again = load(content)
    assert (again.created, again.changed) == (0, 0)
    root = Organization.objects.get(superior=None)
    assert descendant_count(root) == lines - 1
