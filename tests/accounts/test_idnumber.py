"""GB 11643: what is a well-formed number, and what each bad part is called."""

from datetime import date

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from lianxue.accounts import idnumber
from lianxue.shared.errors import InvalidInput

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002X",
        "440524188001010014",
        "11010519491231002x",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105-19491231-002X",
    ],
)
@time_machine.travel("2009-06-01")  # the standard's own example was born in 1880
def test_good_numbers_pass_however_they_are_typed(text: str) -> None:
    assert idnumber.faults(text) == []
    assert idnumber.require_well_formed(text) in {"11010519491231002X", "440524188001010014"}


def with_check(seventeen: str) -> str:
    return seventeen + ric.calc_check_digit(seventeen + "0")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "请填写"),
        ("   ", "请填写"),
        ("1101051949123100", "18 位，现在是 16 位"),
        ("11010519491231002XX", "18 位，现在是 19 位"),
        ("1101051949123100２中", "前 17 位应全是数字"),
        ("X1010519491231002X", "前 17 位应全是数字"),
        (with_check("99010519491231002"), "地区代码"),
        (with_check("11000019491231002"), "地区代码"),
        (with_check("11010519490231002"), "不是真实的日期"),
        (with_check("11010519491301002"), "不是真实的日期"),
        (with_check("11010500000000002"), "不是真实的日期"),
        (with_check("11010520991231002"), "在今天之后"),
        (with_check("11010517011231002"), "太早"),
        ("110105194912310021", "校验码"),
    ],
)
def test_each_bad_part_is_named(text: str, word: str) -> None:
    found = idnumber.faults(text)
    assert len(found) == 1, found
    assert word in found[0]


def test_every_bad_part_is_named_at_once() -> None:
    number = "99010520991331002"
    wrong = "0" if ric.calc_check_digit(number + "0") != "0" else "1"
    found = idnumber.faults(number + wrong)
    assert ["地区代码" in found[0], "出生日期" in found[1], "校验码" in found[2]] == [True] * 3
    with pytest.raises(InvalidInput) as caught:
        idnumber.require_well_formed(number + wrong)
    assert all(part in caught.value.fields["id_number"] for part in found)


@pytest.mark.parametrize("code", ["110103", "371202", "441900", "810000", "830000", "320283"])
def test_retired_codes_and_cities_without_districts_are_plausible(code: str) -> None:
    assert idnumber.faults(with_check(f"{code}19800229001")) == []


def test_born_today_is_possible_and_tomorrow_is_not() -> None:
    with time_machine.travel("2026-03-05 20:00+08:00"):
        assert idnumber.faults(with_check("11010520260305001")) == []
        assert "在今天之后" in idnumber.faults(with_check("11010520260306001"))[0]


@given(
    born=st.dates(date(1900, 1, 1), date(2020, 1, 1)),
    order=st.integers(0, 999),
    wrong=st.integers(0, 17),
    by=st.integers(1, 9),
)
def test_one_wrong_digit_is_always_found(born: date, order: int, wrong: int, by: int) -> None:
    number = with_check(f"110105{born:%Y%m%d}{order:03d}")
    assert idnumber.faults(number) == []
    digits = ["10" if c == "X" else c for c in number]
    changed = (int(digits[wrong]) + by) % (11 if wrong == 17 else 10)
    if str(changed) == digits[wrong]:
        return
    digits[wrong] = "X" if changed == 10 and wrong == 17 else str(changed)
    bad = "".join("X" if d == "10" else d for d in digits)
    assert idnumber.faults(bad)


@given(st.text(max_size=40))
def test_any_text_gets_an_answer(text: str) -> None:
    for fault in idnumber.faults(text):
        assert fault.endswith("。")


def test_the_mask_shows_first_and_last_alone() -> None:
    assert idnumber.mask("11010519491231002X") == "1****************X"
