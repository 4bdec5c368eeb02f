"""Several administrators at one bank at the same moment (PostgreSQL)."""

from functools import partial

import pytest

from lianxue.learning.actions import banks, importing_questions
from lianxue.learning.models import BankQuestion, QuestionImport
from lianxue.learning.questions import Typed
from lianxue.shared.errors import InvalidInput, StateConflict
from tests.cast import Cast
from tests.organizations.test_concurrency import at_once, good, people

from .bank_makers import CAPITAL, HEAD, ROUND, prepared, xlsx
from .quiz_makers import bank, question

__all__ = ["people"]

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_one_import_is_taken_in_once(people: Cast) -> None:
    own = bank(people.county)
    batch = prepared(people.owner, own)
    confirm = partial(importing_questions.confirm, people.owner, batch.pk, leave_out=True)
    results = at_once([confirm] * 4)
    assert len(good(results)) == 1
    assert [type(one) for one in results].count(StateConflict) == 3
    assert BankQuestion.objects.count() == 1


def test_the_same_sheet_twice_adds_each_question_once(people: Cast) -> None:
    own, data = bank(people.county), xlsx(HEAD, CAPITAL, ROUND)
    batches = [
        importing_questions.prepare(people.owner, own.pk, data, f"{number}.xlsx")
        for number in range(3)
    ]
    results = at_once(
        [partial(importing_questions.confirm, people.owner, one.pk) for one in batches]
    )
    assert len(good(results)) == 1
    assert BankQuestion.objects.count() == 2
    assert QuestionImport.objects.filter(state="ready").count() == 2


def test_a_question_is_corrected_by_one(people: Cast) -> None:
    old = question(bank(people.county), "judge", "对吗？")
    texts = ("甲对吗？", "乙对吗？", "丙对吗？")
    results = at_once(
        [
            partial(banks.correct, people.owner, old.pk, Typed("judge", one, (), "对"))
            for one in texts
        ]
    )
    assert len(good(results)) == 1
    assert all(isinstance(one, BankQuestion | StateConflict | InvalidInput) for one in results)
    assert BankQuestion.objects.filter(retired_at=None).count() == 1
