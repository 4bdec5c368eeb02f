"""Question banks: what stands in one never changes, a correction takes its place."""

import pytest

from lianxue.audit.models import AuditEvent
from lianxue.learning.actions import banks
from lianxue.learning.models import BankQuestion
from lianxue.learning.questions import Typed
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, StateConflict
from tests.cast import Cast

pytestmark = pytest.mark.django_db
CAPITAL = Typed("single", "首都是哪里？", ("北京", "上海"), "A")


def _standing(bank_id: int) -> list[tuple[str, list[object]]]:
    rows = BankQuestion.objects.filter(bank=bank_id, retired_at=None).order_by("pk")
    return [(row.text, row.answer) for row in rows]


def test_a_correction_takes_the_place_of_the_old_one(cast: Cast) -> None:
    bank = banks.create(cast.colleague, cast.county.pk, " 基础  知识 ")
    assert bank.name == "基础 知识"
    old = banks.add(cast.colleague, bank.pk, CAPITAL)
    new = banks.correct(cast.owner, old.pk, Typed("single", "首都是？", ("上海", "北京"), "B"))
    assert _standing(bank.pk) == [("首都是？", [1])]
    old.refresh_from_db()
    assert (old.text, new.replaces_id) == ("首都是哪里？", old.pk)
    assert old.retired_at is not None
    assert (
        banks.correct(cast.owner, new.pk, Typed("单选题", "首都是？", ("上海", "北京"), "b")) == new
    )
    for again in (
        lambda: banks.correct(cast.owner, old.pk, CAPITAL),
        lambda: banks.retire(cast.owner, old.pk),
    ):
        with pytest.raises(StateConflict):
            again()
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == [
        "bank.created",
        "bank.question_added",
        "bank.question_corrected",
    ]


def test_the_same_question_stands_once(cast: Cast) -> None:
    bank = banks.create(cast.owner, cast.county.pk, "一")
    first = banks.add(cast.owner, bank.pk, CAPITAL)
    other = banks.add(cast.owner, bank.pk, Typed("judge", "地球是圆的", (), "对"))
    with pytest.raises(InvalidInput) as caught:
        banks.add(cast.owner, bank.pk, Typed("single", "首都是哪里?", ("北京", "上海"), "B"))
    assert caught.value.fields.keys() == {"text"}
    with pytest.raises(InvalidInput):
        banks.correct(cast.owner, other.pk, CAPITAL)
    other.refresh_from_db()
    assert other.retired_at is None
    banks.retire(cast.owner, first.pk)
    banks.add(cast.owner, bank.pk, CAPITAL)
    assert len(_standing(bank.pk)) == 2


@pytest.mark.parametrize("name", ["", " \0 ", "题" * 41, "一"])
def test_a_name_is_needed_and_taken_once(cast: Cast, name: str) -> None:
    banks.create(cast.owner, cast.county.pk, "一")
    with pytest.raises(InvalidInput) as caught:
        banks.create(cast.owner, cast.county.pk, name)
    assert caught.value.fields.keys() == {"name"}
    banks.create(cast.city_admin, cast.city.pk, "一")


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("member", PermissionDenied),
        ("city_admin", NotFound),
        ("newcomer_admin", NotFound),
        ("stranger", NotFound),
    ],
)
def test_who_keeps_no_bank(cast: Cast, who: str, error: type[Exception]) -> None:
    bank = banks.create(cast.owner, cast.county.pk, "一")
    question, actor = banks.add(cast.owner, bank.pk, CAPITAL), getattr(cast, who)
    for act in (
        lambda: banks.create(actor, cast.county.pk, "二"),
        lambda: banks.rename(actor, bank.pk, "二"),
        lambda: banks.add(actor, bank.pk, Typed("judge", "对", (), "对")),
        lambda: banks.correct(actor, question.pk, CAPITAL),
        lambda: banks.retire(actor, question.pk),
    ):
        with pytest.raises(error):
            act()
    assert _standing(bank.pk) == [("首都是哪里？", [0])]
