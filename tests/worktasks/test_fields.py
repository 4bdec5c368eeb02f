"""What a form may ask, and what an answer must look like. No database."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxue.shared.errors import InvalidInput
from lianxue.worktasks import fields
from lianxue.worktasks.fields import QuestionSpec, clean_number, clean_value, question_key
from lianxue.worktasks.models import Question

pytestmark = pytest.mark.once


def _question(kind: str, **values: object) -> Question:
    return Question(pk=1, kind=kind, label="问题", **values)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("128", "128"),
        (" １２８ ", "128"),
        ("1,234,567.50", "1234567.5"),
        ("１，２３４", "1234"),
        ("12．5", "12.5"),
        ("－3", "-3"),
        ("−3.10", "-3.1"),
        ("-0.00", "0"),
        ("007", "7"),
        ("128人", "128"),
        ("128 人", "128"),
        ("999999999999.99", "999999999999.99"),
        ("", ""),
    ],
)
def test_numbers_as_people_type_them(typed: str, kept: str) -> None:
    assert clean_value(_question("number", unit="人"), typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "一百",
        "12,34",
        "1.2.3",
        "1234567890123",
        "1.234",
        "128个",
        "1e5",
        "--3",
        "10²",
        "٣",
        ",5",
        "NaN",
    ],
)
def test_what_is_no_number_is_said(typed: str) -> None:
    with pytest.raises(InvalidInput):
        clean_value(_question("number", unit="人"), typed)


@given(st.decimals(min_value=Decimal("-999999999999"), max_value=Decimal("999999999999"), places=2))
def test_every_number_comes_back_as_itself(number: Decimal) -> None:
    for text in (f"{number:f}", f"{number:,f}"):
        kept = clean_number(text)
        assert Decimal(kept) == number
        assert clean_number(kept) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2026-03-05", "2026-03-05"),
        ("2026年3月5日", "2026-03-05"),
        ("２０２６年３月５日", "2026-03-05"),
        ("2026/3/5", "2026-03-05"),
        ("2026.3.5", "2026-03-05"),
        ("20260305", "2026-03-05"),
    ],
)
def test_dates_as_people_type_them(typed: str, kept: str) -> None:
    assert clean_value(_question("date"), typed) == kept


@pytest.mark.parametrize(
    "typed", ["2026-02-30", "2026年3月", "昨天", "46000", "1234-01-01", "3月5日", "2026-03-0²"]
)
def test_what_is_no_date_is_said(typed: str) -> None:
    with pytest.raises(InvalidInput):
        clean_value(_question("date"), typed)


def test_choices_are_one_of_the_options() -> None:
    question = _question("choice", options=["已开展", "未开展"])
    assert clean_value(question, "已开展") == "已开展"
    with pytest.raises(InvalidInput):
        clean_value(question, "不清楚")


def test_text_is_kept_whole_up_to_its_limit() -> None:
    question = _question("text")
    assert clean_value(question, " 一\r\n二\0 ") == "一\n二"
    assert len(clean_value(question, "字" * fields.MAX_TEXT)) == fields.MAX_TEXT
    with pytest.raises(InvalidInput):
        clean_value(question, "字" * (fields.MAX_TEXT + 1))


@given(st.sampled_from(["text", "number", "date", "choice", "file"]), st.text(max_size=40))
def test_whatever_is_typed_is_an_answer_or_is_said(kind: str, text: str) -> None:
    question = _question(kind, unit="人", options=["甲", "乙"])
    try:
        kept = clean_value(question, text)
    except InvalidInput:
        return
    assert clean_value(question, kept) == kept
    assert "\0" not in kept


def test_the_same_question_has_the_same_key_however_it_is_written() -> None:
    key = question_key(QuestionSpec("number", "党员人数", unit="人"))
    assert question_key(QuestionSpec("number", " 党员 人数：", unit="人")) == key
    assert question_key(QuestionSpec("number", "党员人数", unit="人", hint="截至今天")) == key
    assert question_key(QuestionSpec("number", "党员人数", unit="名")) != key
    assert question_key(QuestionSpec("text", "党员人数")) != key
    choice = QuestionSpec("choice", "是否开展", options=("是", "否"))
    turned = QuestionSpec("choice", "是否开展", options=("否", "是"))
    other = QuestionSpec("choice", "是否开展", options=("是", "否", "不清楚"))
    assert question_key(choice) == question_key(turned) != question_key(other)


def test_files_and_labels_that_say_nothing_are_never_the_same() -> None:
    assert question_key(QuestionSpec("file", "学习照片")) == ""
    assert question_key(QuestionSpec("text", "情况说明：")) == ""
    assert question_key(QuestionSpec("text", "！？")) == ""


def test_every_fault_of_the_questions_stands_at_its_field() -> None:
    specs = [
        QuestionSpec("text", ""),
        QuestionSpec("number", "人" * 61, unit="位" * 11),
        QuestionSpec("choice", "选", options=("甲", " ")),
        QuestionSpec("choice", "选！", options=("甲", "甲")),
        QuestionSpec("sound", "录音", hint="说" * 101),
    ]
    with pytest.raises(InvalidInput) as caught:
        fields.clean_specs(specs)
    assert set(caught.value.fields) == {
        "q0-label",
        "q1-label",
        "q1-unit",
        "q2-options",
        "q3-label",
        "q3-options",
        "q4-kind",
        "q4-hint",
    }
    with pytest.raises(InvalidInput) as caught:
        fields.clean_specs([QuestionSpec("text", f"问{n}") for n in range(31)])
    assert set(caught.value.fields) == {"questions"}


def test_questions_are_tidied() -> None:
    (spec,) = fields.clean_specs(
        [QuestionSpec("choice", " 是否\n开展\0 ", unit="人", options=(" 是 ", "", "否"))]
    )
    assert spec == QuestionSpec("choice", "是否 开展", options=("是", "否"))


def test_a_task_of_words_and_files_is_no_form() -> None:
    text, file = QuestionSpec("text", "做法"), QuestionSpec("file", "照片")
    assert fields.kind_of([]) == fields.kind_of([text]) == fields.kind_of([file, text]) == "task"
    assert fields.kind_of([text, text]) == fields.kind_of([QuestionSpec("date", "日")]) == "form"


@pytest.mark.parametrize(
    ("period", "start"),
    [("month", date(2026, 11, 1)), ("quarter", date(2026, 10, 1)), ("year", date(2026, 1, 1))],
)
def test_periods_begin_at_midnight_here(period: str, start: date) -> None:
    found = fields.period_start(period, date(2026, 11, 23))
    assert found.isoformat() == f"{start.isoformat()}T00:00:00+08:00"
