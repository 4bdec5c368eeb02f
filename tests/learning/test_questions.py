"""A question is the same whether it is typed, stands in a sheet, or is written out again."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxue.learning.models import BankQuestion
from lianxue.learning.questions import MOST_OPTIONS, Typed, as_typed, clean
from lianxue.shared.errors import InvalidInput

pytestmark = pytest.mark.once
OPTIONS = ("北京", "上海", "天津", "重庆")
_WORDS = st.text(alphabet="学习组织党员支部 a1", min_size=1, max_size=12).filter(str.strip)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (Typed("单选", "首都是哪里？", OPTIONS, "A"), [0]),
        (Typed("single", "首都是哪里？", OPTIONS, " ｂ "), [1]),
        (Typed("多选题", "直辖市有哪些？", OPTIONS, "A、B,D"), [0, 1, 3]),
        (Typed("多选", "直辖市有哪些？", OPTIONS, "dba"), [0, 1, 3]),
        (Typed("判断题", "地球是圆的。", (), "√"), [True]),
        (Typed("判断", "地球是方的。", ("对", "错"), "错误"), [False]),
        (Typed("填空题", "“三会一课”的课指（  ）。", (), "党课|上党课"), [["党课", "上党课"]]),
        (Typed("填空", "____和__", (), "甲；乙 | 丙"), [["甲"], ["乙", "丙"]]),
    ],
)
def test_what_is_understood(typed: Typed, answer: list[object]) -> None:
    assert clean(typed).answer == answer


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        (Typed("问答题", "为什么？"), {"kind"}),
        (Typed("", ""), {"kind", "text"}),
        (Typed("single", "哪里？", OPTIONS, "E"), {"answer"}),
        (Typed("single", "哪里？", OPTIONS, "AB"), {"answer"}),
        (Typed("single", "哪里？", OPTIONS, ""), {"answer"}),
        (Typed("single", "哪里？", ("北京",), "A"), {"options"}),
        (Typed("single", "哪里？", ("北京", "", "上海"), "A"), {"options"}),
        (Typed("single", "哪里？", ("北京", "“北京”"), "A"), {"options"}),
        (Typed("multiple", "哪里？", ("x",) * (MOST_OPTIONS + 1), "A"), {"options"}),
        (Typed("judge", "对吗？", (), "也许"), {"answer"}),
        (Typed("fill", "没有空", (), "甲"), {"text"}),
        (Typed("fill", "____和____", (), "甲"), {"answer"}),
        (Typed("fill", "____", (), "|"), {"answer"}),
        (Typed("fill", "____", (), "字" * 101), {"answer"}),
        (Typed("single", "题" * 501, OPTIONS, "A", "解" * 501), {"text", "explanation"}),
    ],
)
def test_what_is_told_at_its_field(typed: Typed, fields: set[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        clean(typed)
    assert caught.value.fields.keys() == fields


def test_labels_and_spaces_are_no_part_of_an_option() -> None:
    question = clean(Typed("single", "  首都 \n是？", ("A. 北京", "B、上海 ", "Ｃ．天津", ""), "C"))
    assert (question.text, question.options) == ("首都 是？", ["北京", "上海", "天津"])


def test_the_same_question_has_the_same_key() -> None:
    one = clean(Typed("single", "首都是哪里?", OPTIONS, "A"))
    assert one.key == clean(Typed("单选", "首都 是哪里？", OPTIONS, "B", "解析")).key
    assert one.key != clean(Typed("single", "首都是哪里?", OPTIONS[:3], "A")).key
    assert one.key != clean(Typed("multiple", "首都是哪里?", OPTIONS, "A")).key


@st.composite
def _questions(draw: st.DrawFn) -> Typed:
    kind = draw(st.sampled_from(BankQuestion.Kind.values))
    text = draw(_WORDS)
    if kind == "judge":
        return Typed(kind, text, (), draw(st.sampled_from(["对", "错"])))
    if kind == "fill":
        blanks = draw(st.integers(1, 6))
        words = st.lists(_WORDS, min_size=1, max_size=3)
        answer = "；".join("|".join(draw(words)) for _ in range(blanks))
        return Typed(kind, text + "____是" * blanks, (), answer)
    options = draw(
        st.lists(_WORDS, min_size=2, max_size=8, unique_by=lambda word: "".join(word.split()))
    )
    most = 1 if kind == "single" else len(options)
    places = draw(st.sets(st.integers(0, len(options) - 1), min_size=1, max_size=most))
    return Typed(kind, text, tuple(options), "".join(chr(65 + place) for place in places))


@given(_questions())
def test_written_out_it_is_the_same_question(typed: Typed) -> None:
    question = clean(typed)
    assert clean(as_typed(question)) == question
    assert BankQuestion.Kind(question.kind) == typed.kind


@given(st.builds(Typed, *[st.text(max_size=20)] * 2, st.lists(st.text(max_size=9)).map(tuple),
                 st.text(max_size=20), st.text(max_size=20)))  # fmt: skip
def test_anything_is_a_question_or_told(typed: Typed) -> None:
    with contextlib.suppress(InvalidInput):
        assert clean(typed).answer
