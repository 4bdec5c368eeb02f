"""Questions from a sheet: looked at, taken in at once, taken back at once."""

from datetime import timedelta
from typing import Any

import pytest

from lianxue.learning.actions import banks, importing_questions
from lianxue.learning.actions.quizzes import PartSpec
from lianxue.learning.jobs import forget_question_imports
from lianxue.learning.models import BankQuestion, QuestionBank, QuestionImport
from lianxue.learning.question_sheet import Faulty, corrected, read
from lianxue.learning.questions import Typed
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, StateConflict
from tests.cast import Cast

from .bank_makers import CAPITAL, FAULTY, HEAD, ROUND, xlsx
from .quiz_makers import sent_quiz

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(cast: Cast) -> QuestionBank:
    return banks.create(cast.owner, cast.county.pk, "题库")


def _prepared(cast: Cast, bank: QuestionBank, *rows: list[str]) -> QuestionImport:
    return importing_questions.prepare(cast.owner, bank.pk, xlsx(*rows), "题目.xlsx")


def _texts(bank: QuestionBank) -> list[str]:
    return [row.text for row in bank.questions.filter(retired_at=None).order_by("pk")]


def test_looking_writes_nothing(cast: Cast, bank: QuestionBank) -> None:
    batch = _prepared(cast, bank, ["某县学习题"], HEAD, CAPITAL, [], ROUND, FAULTY, ROUND)
    assert batch.counts == {"new": 2, "error": 2}
    assert [(row["number"], row["outcome"]) for row in batch.rows] == [
        (3, "new"),
        (5, "new"),
        (6, "error"),
        (7, "error"),
    ]
    assert batch.rows[2]["errors"].keys() == {"options"}
    assert "第 5 行" in batch.rows[3]["errors"]["text"]
    assert _texts(bank) == []


def test_rows_in_error_stop_it_unless_they_are_left_out(cast: Cast, bank: QuestionBank) -> None:
    batch = _prepared(cast, bank, HEAD, CAPITAL, FAULTY)
    with pytest.raises(InvalidInput) as caught:
        importing_questions.confirm(cast.owner, batch.pk)
    assert caught.value.fields.keys() == {"leave_out"}
    assert _texts(bank) == []
    importing_questions.confirm(cast.owner, batch.pk, leave_out=True)
    assert _texts(bank) == ["首都是哪里？"]
    with pytest.raises(StateConflict):
        importing_questions.confirm(cast.owner, batch.pk, leave_out=True)


def test_again_it_adds_nothing_and_corrects_what_changed(cast: Cast, bank: QuestionBank) -> None:
    importing_questions.confirm(cast.owner, _prepared(cast, bank, HEAD, CAPITAL, ROUND).pk)
    same = _prepared(cast, bank, HEAD, CAPITAL, ROUND)
    assert same.counts == {"same": 2}
    with pytest.raises(StateConflict):
        importing_questions.confirm(cast.owner, same.pk)
    other = _prepared(cast, bank, HEAD, [*CAPITAL[:5], "B", ""], ROUND)
    assert other.counts == {"changed": 1, "same": 1}
    importing_questions.confirm(cast.owner, other.pk)
    capital = bank.questions.get(text="首都是哪里？", retired_at=None)
    assert capital.answer == [1]
    assert capital.replaces.answer == [0]
    importing_questions.undo(cast.owner, other.pk)
    assert bank.questions.get(text="首都是哪里？").answer == [0]
    assert bank.questions.filter(retired_at=None).count() == 2


def test_what_was_changed_since_is_not_taken_back(cast: Cast, bank: QuestionBank) -> None:
    batch = importing_questions.confirm(cast.owner, _prepared(cast, bank, HEAD, CAPITAL).pk)
    question = BankQuestion.objects.get()
    banks.correct(cast.owner, question.pk, Typed("single", "首都？", ("北京", "上海"), "A"))
    with pytest.raises(StateConflict):
        importing_questions.undo(cast.owner, batch.pk)
    assert _texts(bank) == ["首都？"]


def test_the_bank_may_change_between_looking_and_taking_in(cast: Cast, bank: QuestionBank) -> None:
    batch = _prepared(cast, bank, HEAD, CAPITAL, ROUND)
    banks.add(cast.owner, bank.pk, Typed("single", "首都是哪里？", ("北京", "上海"), "A"))
    done = importing_questions.confirm(cast.owner, batch.pk)
    assert done.counts == {"same": 1, "new": 1}
    assert len(_texts(bank)) == 2


def test_the_rows_in_error_can_be_mended_and_come_again(cast: Cast, bank: QuestionBank) -> None:
    batch = _prepared(cast, bank, HEAD, FAULTY, CAPITAL)
    bad = [row for row in batch.rows if row["outcome"] == "error"]
    data = corrected(Faulty(row["number"], row["cells"], row["errors"]) for row in bad)
    (row,) = read(data, "需要修改的题目.xlsx")
    assert row.cells["text"] == "没有选项的题"
    assert row.cells["answer"] == "C"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["姓名", "手机号"], ["李明", "13800001000"]], "没有找到"),
        ([HEAD], "没有题目"),
        ([[*HEAD, "正确答案"], CAPITAL], "有几列"),
    ],
)
def test_a_file_without_questions_is_told(
    cast: Cast, bank: QuestionBank, rows: list[list[str]], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        _prepared(cast, bank, *rows)
    assert caught.value.fields.keys() == {"file"}


def test_many_questions_take_few_statements(
    cast: Cast, bank: QuestionBank, django_assert_max_num_queries: Any
) -> None:
    rows = [["判断题", f"第{number}题", "", "", "", "对", ""] for number in range(400)]
    batch = _prepared(cast, bank, HEAD, *rows)
    with django_assert_max_num_queries(25):
        importing_questions.confirm(cast.owner, batch.pk)
    assert len(_texts(bank)) == 400


def test_words_that_changed_a_little_are_a_correction(cast: Cast, bank: QuestionBank) -> None:
    importing_questions.confirm(cast.owner, _prepared(cast, bank, HEAD, CAPITAL).pk)
    batch = _prepared(cast, bank, HEAD, [CAPITAL[0], "首都，是哪里", *CAPITAL[2:]])
    assert batch.counts == {"new": 1}
    other = _prepared(cast, bank, HEAD, [CAPITAL[0], "《首都是哪里》", *CAPITAL[2:]])
    assert other.counts == {"changed": 1}


def test_each_kind_in_a_sheet_of_its_own(cast: Cast, bank: QuestionBank) -> None:
    data = xlsx(HEAD, CAPITAL, 判断=[HEAD, ROUND, ROUND], 说明=[["共两题"]])
    batch = importing_questions.prepare(cast.owner, bank.pk, data, "C:\\题\\题目.xlsx")
    assert batch.file_name == "题目.xlsx"
    assert [(row["sheet"], row["number"], row["outcome"]) for row in batch.rows] == [
        ("题目", 2, "new"),
        ("判断", 2, "new"),
        ("判断", 3, "error"),
    ]
    assert "“判断”表第 2 行" in batch.rows[2]["errors"]["text"]
    done = importing_questions.confirm(cast.owner, batch.pk, leave_out=True)
    assert [bool(row["made"]) for row in done.rows] == [True, True, False]
    importing_questions.undo(cast.owner, batch.pk)
    assert _texts(bank) == []


def test_what_a_sent_task_may_draw_is_not_taken_back(cast: Cast, bank: QuestionBank) -> None:
    importing_questions.confirm(cast.owner, _prepared(cast, bank, HEAD, CAPITAL).pk)
    first, second = QuestionImport.objects.get(), _prepared(cast, bank, HEAD, ROUND)
    sent_quiz(cast.owner, cast.county, [PartSpec(bank_id=bank.pk, kind="single", count=1, score=5)])
    with pytest.raises(StateConflict, match="用在测验"):
        importing_questions.undo(cast.owner, first.pk)
    importing_questions.confirm(cast.owner, second.pk)
    importing_questions.undo(cast.owner, second.pk)
    assert _texts(bank) == ["首都是哪里？"]


def test_old_imports_are_forgotten(cast: Cast, bank: QuestionBank) -> None:
    done = importing_questions.confirm(cast.owner, _prepared(cast, bank, HEAD, CAPITAL).pk)
    _prepared(cast, bank, HEAD, ROUND)
    QuestionImport.objects.update(created_at=now() - importing_questions.KEPT - timedelta(days=1))
    fresh = _prepared(cast, bank, HEAD, ROUND)
    forget_question_imports.func()
    assert set(QuestionImport.objects.values_list("pk", flat=True)) == {done.pk, fresh.pk}
    done.refresh_from_db()
    assert (done.rows, done.counts) == ([], {"new": 1})
    with pytest.raises(StateConflict, match="30 天"):
        importing_questions.undo(cast.owner, done.pk)
    assert _texts(bank) == ["首都是哪里？"]
