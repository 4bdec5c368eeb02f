"""Names in pinyin: the order A to Z, and that a name is found by every part of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxue.shared.names import (
    MAX_READINGS,
    MAX_SORT_KEY,
    MAX_TOKEN,
    letter_of,
    letter_range,
    plain,
    query_range,
    search_tokens,
    sort_key,
)

pytestmark = pytest.mark.once

CHARS = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
NAMES = st.text(CHARS, min_size=1, max_size=20)
ANYTHING = st.text(max_size=30)


def found(name: str, query: str) -> bool:
    """Whether a search for ``query`` finds ``name``, as the databases compare."""
    low, high = query_range(query)
    return any(low <= token < high for token in search_tokens(name))


@given(ANYTHING, st.data())
def test_every_part_of_a_name_finds_it(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name)))
    end = data.draw(st.integers(start, len(name)))
    if plain(name[start:end]):
        assert found(name, name[start:end])
        assert found(name, name[start:end].upper())


@given(NAMES, st.data())
def test_pinyin_and_initials_from_any_syllable_on_find_it(name: str, data: st.DataObject) -> None:
    key = sort_key(name)
    if len(key) == MAX_SORT_KEY:
        return
    syllables = [one for one in key.translate(str.maketrans("12345", "     ")).split() if one]
    start = data.draw(st.integers(0, len(syllables) - 1))
    end = data.draw(st.integers(start + 1, len(syllables)))
    if len(syllables) == len(plain(name)):
        assert found(name, "".join(syllables[start:end]))
        assert found(name, " ".join(syllables[start:end]))
        assert found(name, "".join(one[0] for one in syllables[start:end]))


@given(NAMES, NAMES)
def test_what_is_no_part_of_a_name_does_not_find_it(name: str, query: str) -> None:
    assert found(name, query) == (plain(query) in plain(name) or len(query.encode()) > MAX_TOKEN)


@given(ANYTHING)
def test_plain_text_stays_as_it_is(name: str) -> None:
    assert plain(plain(name)) == plain(name)


@given(ANYTHING)
def test_keys_and_tokens_fit_their_columns(name: str) -> None:
    key = sort_key(name)
    assert key.isascii()
    assert len(key) <= MAX_SORT_KEY
    assert letter_of(key) in "ABCDEFGHIJKLMNOPQRSTUVWXYZ#"
    tokens = search_tokens(name)
    assert all(0 < len(token) <= MAX_TOKEN for token in tokens)
    assert len(tokens) <= len(plain(name)) * (1 + 2 * MAX_READINGS)
    bounds = letter_range(letter_of(key))
    assert bounds is not None
    assert bounds[0] <= key < bounds[1]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("王秀英", "wang2xiu4ying1"),
        ("单田芳", "shan4tian2fang1"),
        ("曾国华", "zeng1guo2hua2"),
        ("解缙", "xie4jin4"),
        ("仇英", "qiu2ying1"),
        ("区志强", "ou1zhi4qiang2"),
        ("任明", "ren2ming2"),
        ("华罗", "hua4luo2"),
        ("盖聂", "ge3nie4"),
        ("查良", "zha1liang2"),
        ("朴正", "piao2zheng4"),
        ("翟明", "zhai2ming2"),
        ("乐嘉", "yue4jia1"),
        ("万俟雪", "mo4qi2xue3"),
        ("尉迟恭", "yu4chi2gong1"),
        ("长孙明", "zhang3sun1ming2"),
        ("澹台静", "tan2tai2jing4"),
        ("令狐冲", "ling2hu2chong1"),
        ("王长春", "wang2chang2chun1"),
        ("王曾", "wang2ceng2"),  # a surname's reading is the surname's alone
        ("吕布", "lv3bu4"),
        ("李A明", "li3aming2"),
        ("Ｔｏｍ", "tom"),
        ("", ""),
    ],
)
def test_surnames_are_read_as_people_read_them(name: str, key: str) -> None:
    assert sort_key(name) == key


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        (
            "欧阳秀英",
            ["欧", "阳", "秀英", "英", "ouyang", "xiuying", "oyxy", "xy", "yangxiu", "OUYANG"],
        ),
        ("单田芳", ["shan", "dan", "stf", "dtf", "tianf"]),
        ("曾乐", ["zengle", "zengyue", "cengle", "zl", "zy", "le", "yue"]),
        ("任行", ["renxing", "renhang", "rx", "rh"]),
        ("吕绿", ["lv", "lu", "lyu", "lü", "ll"]),
        (
            "阿不都热依木·买买提",
            ["买买提", "木买", "木·买", "maimaiti", "abdr", "abudu", "a bu du"],
        ),
        ("王秀英", ["王 秀", "wang xiu", "wang'xiu", "ｗａｎｇ", "wangx", "wangxi"]),
        ("中共历山县委宣传部", ["历山", "宣传部", "lishan", "xuanchuan", "xcb", "lsxw"]),
        ("重庆市行政学院", ["chongqing", "xingzheng", "cqsxzxy"]),
        ("第4中学（筹）", ["4中", "第４中学", "筹", "di4", "d4zx"]),
    ],
)
def test_the_ways_one_looks_for_somebody(name: str, queries: list[str]) -> None:
    assert [query for query in queries if not found(name, query)] == []


def test_rare_readings_of_the_dictionary_find_nobody() -> None:
    assert not found("王英", "yu")
    assert not found("王英", "yang")


def test_nothing_said_finds_nobody() -> None:
    for nothing in ("", "  ", "·", "\0", "。，", "\ud800"):
        low, high = query_range(nothing)
        assert low == high
        assert not found("王秀英", nothing)


def test_letters() -> None:
    assert letter_of("wang2") == "W"
    assert letter_of(sort_key("㐂")) == "#"
    assert letter_of("") == "#"
    assert letter_range("W") == ("w", "x")
    for bad in ("", "w", "WW", "王", "1", "["):
        assert letter_range(bad) is None


def test_the_order_goes_by_syllables() -> None:
    names = ["梁明", "李响", "力生", "连山", "李安", "㐂乐"]
    ordered = ["㐂乐", "李安", "李响", "力生", "连山", "梁明"]
    assert sorted(names, key=sort_key) == ordered
