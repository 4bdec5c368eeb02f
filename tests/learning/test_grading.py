"""Whether an answer is right."""

import unicodedata
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lianxue.learning.grading import LONGEST, answer_in_words, clean, in_words, is_right, plain
from lianxue.shared.errors import InvalidInput

pytestmark = pytest.mark.once

WORDS = st.text(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5) | st.sampled_from("aB3"),
    min_size=1,
    max_size=8,
)


@dataclass
class Q:
    """A question without a database."""

    kind: str
    answer: Any
    options: list[str] = field(default_factory=lambda: ["甲", "乙", "丙", "丁"])


def fill(*blanks: list[str]) -> Q:
    return Q("fill", list(blanks))


@given(st.sets(st.integers(0, 3), min_size=1), st.sets(st.integers(0, 3)))
def test_a_multiple_choice_takes_all_that_is_right_and_nothing_else(
    right: set[int], chosen: set[int]
) -> None:
    question = Q("multiple", sorted(right))
    assert is_right(question, clean(question, list(chosen))) == (right == chosen)


@given(st.integers(0, 3), st.integers(0, 3))
def test_a_single_choice(right: int, chosen: int) -> None:
    question = Q("single", [right])
    assert is_right(question, clean(question, [chosen])) == (right == chosen)


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("chosen", [True, False])
def test_true_or_false(right: bool, chosen: bool) -> None:
    question = Q("judge", [right])
    assert is_right(question, clean(question, [chosen])) == (right is chosen)


@pytest.mark.parametrize("kind", ["single", "multiple", "judge", "fill"])
@pytest.mark.parametrize("nothing", [None, []])
def test_nothing_given_is_wrong(kind: str, nothing: Any) -> None:
    answers = {"single": [0], "multiple": [0, 1], "judge": [False], "fill": [["甲"]]}
    question = Q(kind, answers[kind])
    assert clean(question, nothing) is None
    assert not is_right(question, None)


def _written(word: str, draw: Any) -> str:
    """The same word as somebody may type it."""
    wide = "".join(
        chr(ord(one) + 0xFEE0) if "!" <= one <= "~" and draw(st.booleans()) else one for one in word
    )
    cased = wide.upper() if draw(st.booleans()) else wide.lower()
    space = draw(st.sampled_from(["", " ", "　", "\u200b", "\t", " \n "]))
    around = draw(st.sampled_from([("", ""), ("《", "》"), ("“", "”"), ("", "。"), (" ", "；")]))
    return around[0] + space.join(cased) + around[1]


@given(st.lists(WORDS, min_size=1, max_size=4), st.data())
def test_a_blank_takes_any_accepted_word_however_it_is_typed(words: list[str], data: Any) -> None:
    word = data.draw(st.sampled_from(words))
    question = fill(words)
    assert is_right(question, clean(question, [_written(word, data.draw)]))


@given(st.lists(WORDS, min_size=1, max_size=4), WORDS)
def test_a_blank_takes_no_other_word(words: list[str], other: str) -> None:
    assume(plain(other) not in {plain(word) for word in words})
    assert not is_right(fill(words), [other])


@given(st.lists(WORDS, min_size=2, max_size=4, unique_by=plain), st.data())
def test_blanks_are_in_order(words: list[str], data: Any) -> None:
    question = fill(*([word] for word in words))
    given_ = data.draw(st.permutations(words))
    assert is_right(question, given_) == (list(given_) == words)


@given(st.lists(WORDS, min_size=2, max_size=4, unique_by=plain), st.data())
def test_blanks_that_accept_the_same_words_take_them_in_any_order_each_once(
    words: list[str], data: Any
) -> None:
    question = fill(*([words] * len(words)))
    given_ = data.draw(st.lists(st.sampled_from(words), min_size=len(words), max_size=len(words)))
    assert is_right(question, given_) == (len(set(given_)) == len(words))


def test_one_word_for_two_blanks_may_stand_in_both() -> None:
    assert is_right(fill(["人民"], ["人民"]), ["人民", "人民"])
    assert not is_right(fill(["人民"], ["人民"]), ["人民", ""])


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("三会一课", True),
        (" 三 会 一 课 。", True),
        ("《三会一课》", True),
        ("三会1课", False),
        ("三会", False),
        ("", False),
        ("\0", False),
    ],
)
def test_as_people_type_it(typed: str, right: bool) -> None:
    question = fill(["三会一课"])
    assert is_right(question, clean(question, [typed])) is right


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("２０２２", "2022", True),
        ("ＡＢｃ", "abC", True),
        ("５０％", "50%", True),
        ("-5", "5", False),
        ("。", "！", False),
        ("一", "二", False),
    ],
)
def test_plain(one: str, other: str, same: bool) -> None:
    assert (plain(one) == plain(other)) is same


@given(st.text(max_size=20))
def test_how_wide_a_text_is_written_makes_no_difference(text: str) -> None:
    assume(not any(unicodedata.category(one) in {"Cs", "Cn"} for one in text))
    assert plain(unicodedata.normalize("NFKC", text)) == plain(text)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(st.sampled_from(["single", "multiple", "judge", "fill"]), JUNK)
def test_junk_is_refused_or_harmless(kind: str, junk: Any) -> None:
    answers = {"single": [0], "multiple": [0, 1], "judge": [True], "fill": [["甲"], ["乙"]]}
    question = Q(kind, answers[kind])
    try:
        cleaned = clean(question, junk)
    except InvalidInput:
        return
    assert clean(question, cleaned) == cleaned
    assert is_right(question, cleaned) in {True, False}


@pytest.mark.parametrize(
    ("question", "given_"),
    [
        (Q("single", [0]), [0, 1]),
        (Q("single", [0]), [4]),
        (Q("single", [0]), [-1]),
        (Q("single", [0]), [True]),
        (Q("single", [0]), ["0"]),
        (Q("multiple", [0]), [0, 0]),
        (Q("judge", [True]), [1]),
        (Q("judge", [True]), [True, False]),
        (fill(["甲"]), ["甲", "乙"]),
        (fill(["甲"]), ["长" * (LONGEST + 1)]),
        (fill(["甲"]), "甲"),
    ],
)
def test_what_can_not_be_an_answer(question: Q, given_: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        clean(question, given_, "q3")
    assert list(caught.value.fields) == ["q3"]


def test_in_words() -> None:
    assert in_words(Q("multiple", [0, 2]), [0, 2]) == "A、C"
    assert in_words(Q("judge", [True]), [False]) == "错"
    assert in_words(fill(["甲"], ["乙"]), ["甲", ""]) == "甲；（空）"
    assert in_words(fill(["甲"]), None) == ""
    assert answer_in_words(fill(["党课", "上党课"], ["三会一课"])) == "党课 或 上党课；三会一课"
    either = ["支部委员会", "党小组会"]
    assert (
        answer_in_words(fill(either, either, ["党课"])) == "支部委员会、党小组会（不分先后）；党课"
    )
    assert answer_in_words(fill(["人民"], ["人民"])) == "人民；人民"
    assert answer_in_words(Q("single", [1])) == "B"
