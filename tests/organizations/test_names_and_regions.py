"""Rules for names (settings), and the current divisions of GB/T 2260."""

import os
import subprocess
import sys
import time

import pytest
from django.conf import settings

from lianxue.organizations import regions
from lianxue.organizations.actions.organizations import check_name, tidy_name
from lianxue.organizations.newcomers import tidy_person_name
from lianxue.organizations.web.adding import parse_line
from lianxue.shared.errors import InvalidInput


def test_a_good_name_has_no_warning_and_a_long_one_warns_without_blocking() -> None:
    assert check_name("中共历山县委宣传部") == []
    long = "中共某某市某某区委宣传部机关委员会第一党总支部"
    assert len(long) > settings.ENV.org_name_warn
    (warning,) = check_name(long)
    assert f"{len(long)} 个字" in warning
    assert "也可以继续使用" in warning


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "请填写"),
        ("县", "太短"),
        ("中共" + "某" * 39, "最多 40 个字"),
        ("中共 历山县委", "去掉空格"),
        ("中共历山县委<b>", "去掉空格"),
        ("中共历山县委\n宣传部", "去掉空格"),
    ],
)
def test_a_bad_name_is_refused_at_its_field(name: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_name(name)
    assert words in caught.value.fields["name"]


def test_the_rules_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.ENV, "org_name_pattern", "^中共.+$")
    monkeypatch.setattr(settings.ENV, "org_name_rule", "名称请以“中共”开头。")
    with pytest.raises(InvalidInput) as caught:
        check_name("历山县委宣传部")
    assert caught.value.fields == {"name": "名称请以“中共”开头。"}
    assert check_name("中共历山县委宣传部") == []


def test_a_bad_expression_stops_the_start() -> None:
    command = [sys.executable, "-c", "import config.settings"]
    run = subprocess.run(
        command,
        env=os.environ | {"LIANXUE_ORG_NAME_PATTERN": "("},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "LIANXUE_ORG_NAME_PATTERN" in run.stderr
    assert "regular expression" in run.stderr


def test_names_are_tidied_but_chinese_brackets_stay() -> None:
    assert tidy_name("  中共Ａ市（直属）委员会 ") == "中共A市（直属）委员会"


@pytest.mark.parametrize("name", ["王秀英", "买买提·艾合买提", "Anna Smith", "欧阳 明"])
def test_names_of_people(name: str) -> None:
    assert tidy_person_name(f" {name} ") == name


@pytest.mark.parametrize("name", ["", "  ", "王" * 21, "王3", "<script>", "王\x00英", "--"])
def test_bad_names_of_people(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        tidy_person_name(name, "x")
    assert list(caught.value.fields) == ["x"]


@pytest.mark.parametrize(
    ("line", "name", "phone"),
    [
        ("王秀英 13800001000", "王秀英", "13800001000"),
        ("王秀英\t138 0000 1000", "王秀英", "138 0000 1000"),
        ("王秀英，+86 138-0000-1000", "王秀英", "+86 138-0000-1000"),
        ("１３８００００１０００ 王秀英", "王秀英", "13800001000"),
        ("欧阳 明 13800001000", "欧阳 明", "13800001000"),
    ],
)
def test_pasted_lines(line: str, name: str, phone: str) -> None:
    person = parse_line(line)
    assert person is not None
    assert (person.name, person.phone.strip()) == (name, phone)


@pytest.mark.parametrize("line", ["王秀英", "13800001000", "王秀英 李明", "，，"])
def test_lines_that_make_no_sense(line: str) -> None:
    assert parse_line(line) is None


def test_regions_are_the_current_ones() -> None:
    assert len(regions.provinces()) == 34
    assert regions.full_name("370102") == "山东省济南市历下区"
    assert regions.full_name("110101") == "北京市东城区"
    assert regions.full_name("429004") == "湖北省仙桃市"
    assert regions.full_name("130103") == ""  # 桥东区, abolished in 2014
    assert regions.full_name("110100") == ""  # 市辖区 is no place
    for nonsense in ("", "37", "3701020", "abcdef", "990000"):
        assert regions.full_name(nonsense) == ""


def test_every_region_can_be_reached_by_the_selects_once() -> None:
    reached = []
    for province in regions.provinces():
        reached.append(province.code)
        for city in regions.children(province.code):
            reached.append(city.code)
            reached += [county.code for county in regions.children(city.code)]
    assert len(reached) == len(set(reached))
    assert 3000 < len(reached) < 3600
    for code in reached:
        assert regions.full_name(code)


def test_no_two_choices_of_a_select_read_alike() -> None:
    for province in regions.provinces():
        names = [one.name for one in regions.children(province.code)]
        assert len(names) == len(set(names)), province.name


@pytest.mark.parametrize(
    "line", ["1" + " " * 20_000 + "+", "王" + " " * 20_000 + "x", "1 " * 20_000]
)
def test_a_long_line_takes_no_longer_than_it_is(line: str) -> None:
    """It took half a minute for 2,000 spaces: one person could have stopped the site."""
    start = time.perf_counter()
    assert parse_line(line) is None
    assert time.perf_counter() - start < 1
