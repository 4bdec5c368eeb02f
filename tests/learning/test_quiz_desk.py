"""Setting a quiz up by its pages, on both faces, as without scripts."""

from typing import Any

import pytest
from django.urls import reverse

from lianxue.learning.models import BankQuestion, QuestionBank, Quiz, QuizPart
from lianxue.notices.actions import sending
from lianxue.notices.models import Notice
from tests.cast import Cast, sign_in
from tests.notices.makers import WHOLE, draft

from .quiz_makers import bank, question
from .task_makers import in_days

pytestmark = pytest.mark.django_db

RULES = {"pass_percent": "60", "attempts": "3", "answers": "after_deadline"}


@pytest.fixture
def own(cast: Cast) -> QuestionBank:
    made = bank(cast.county)
    for kind in ("single", "single", "multiple", "judge", "fill"):
        question(made, kind)
    return made


@pytest.fixture
def notice(cast: Cast) -> Notice:
    return draft(cast.owner, cast.county, "learning", title="党章知识测验")


def page(name: str, notice: Notice, face: str = "") -> str:
    return reverse(f"learning:{face}{name}", args=[notice.organization_id, notice.pk])


def row(
    at: int, source: str = "", count: int = 1, score: int = 5, named: Any = ""
) -> dict[str, Any]:
    return {
        f"p{at}-source": source,
        f"p{at}-count": str(count),
        f"p{at}-score": str(score),
        f"p{at}-question": str(named),
    }


@pytest.mark.parametrize("face", ["", "console_"])
def test_parts_are_added_turned_and_saved(
    cast: Cast, own: QuestionBank, notice: Notice, face: str
) -> None:
    client, here = sign_in(cast.owner), page("quiz_edit", notice, face)
    shown = client.get(here).content.decode()
    assert f"单选题（2 道）· {own.name}" in shown
    one, two = row(0, f"{own.pk}-single", 2), row(1, f"{own.pk}-judge", 1, 10)
    for act, has in (
        ("add", 'name="p2-source"'),
        ("up-1", f'<option value="{own.pk}-judge" selected>'),
        ("remove-0", 'name="count" value="1"'),
        ("remove-x", 'name="count" value="2"'),
        ("down-7", "满分 20 分，12 分及格"),
    ):
        answer = client.post(here, {**RULES, **one, **two, "count": "2", "act": act})
        assert answer.status_code == 200
        assert has in answer.content.decode()
    assert not Quiz.objects.exists()
    client.post(here, {**RULES, **one, **two, "count": "2", "act": "save"})
    parts = QuizPart.objects.order_by("position").values_list("kind", "count", "score")
    assert list(parts) == [("single", 2, 5), ("judge", 1, 10)]
    assert Quiz.objects.get().attempts == 3
    answer = client.post(here, {**RULES, **one, "count": "1", "act": "sample"})
    assert answer["Location"] == page("quiz_sample", notice, face)
    shown = client.get(answer["Location"]).content.decode()
    assert "测验 2 题，满分 10 分" in shown
    assert shown.count("正确答案") == 2


@pytest.mark.parametrize("face", ["", "console_"])
def test_questions_are_chosen_one_by_one(
    cast: Cast, own: QuestionBank, notice: Notice, face: str
) -> None:
    client, here = sign_in(cast.owner), page("quiz_edit", notice, face)
    pick = page("quiz_pick", notice, face)
    empty = {**RULES, **row(0, count=5), "count": "1", "act": "pick"}
    assert client.post(here, empty)["Location"] == pick
    chosen = list(BankQuestion.objects.filter(kind__in=["multiple", "fill"]))
    answer = client.post(pick, {"question": [one.pk for one in chosen], "score": "4"})
    assert answer["Location"] == here
    parts = QuizPart.objects.order_by("position").values_list("question", "score")
    assert list(parts) == [(one.pk, 4) for one in chosen]
    shown = client.get(pick).content.decode()
    assert shown.count('name="question"') == 3  # what is chosen already is not offered again
    client.post(pick, {"question": [chosen[0].pk, own.questions.first().pk], "score": "2"})
    assert QuizPart.objects.count() == 3
    shown = client.get(f"{pick}?source={own.pk}-judge&q=第").content.decode()
    assert shown.count('name="question"') == 1
    for junk in ("?source=x", f"?source={'9' * 30}-single", "?q=%00", "?page=x"):
        assert client.get(pick + junk).status_code == 200


def test_a_quiz_is_taken_away(cast: Cast, own: QuestionBank, notice: Notice) -> None:
    client, here = sign_in(cast.owner), page("quiz_edit", notice)
    client.post(here, {**RULES, **row(0, f"{own.pk}-single"), "count": "1", "act": "save"})
    assert page("quiz_remove", notice) in client.get(here).content.decode()
    client.post(page("quiz_remove", notice))
    assert not Quiz.objects.exists()


def test_once_sent_it_is_shown_and_not_changed(
    cast: Cast, own: QuestionBank, notice: Notice
) -> None:
    client, here = sign_in(cast.owner), page("quiz_edit", notice)
    form = {**RULES, **row(0, f"{own.pk}-single", 2), "count": "1", "act": "save"}
    client.post(here, form)
    Notice.objects.filter(pk=notice.pk).update(deadline=in_days(7))
    sending.send(cast.owner, notice.pk, WHOLE)
    shown = client.get(here).content.decode()
    assert "任务已经发出" in shown
    assert "单选题 2 道" in shown
    assert client.post(here, form).status_code == 409
    assert client.post(page("quiz_remove", notice)).status_code == 409
    assert client.get(page("quiz_pick", notice)).status_code == 409
    assert client.get(page("quiz_sample", notice)).status_code == 200


def test_without_banks_it_says_what_to_do_first(cast: Cast, notice: Notice) -> None:
    client = sign_in(cast.owner)
    for name in ("quiz_edit", "quiz_pick"):
        assert "题库里还没有题目" in client.get(page(name, notice)).content.decode()
    assert "还没有题目" in client.get(page("quiz_sample", notice)).content.decode()


@pytest.mark.parametrize("name", ["quiz_edit", "quiz_pick", "quiz_sample"])
def test_only_for_learning_tasks_of_ones_own(cast: Cast, own: QuestionBank, name: str) -> None:
    plain = draft(cast.owner, cast.county)
    theirs = draft(cast.city_admin, cast.city, "learning")
    client = sign_in(cast.owner)
    assert client.get(page(name, plain)).status_code == 404
    assert client.get(page(name, theirs)).status_code == 404
    address = reverse(f"learning:{name}", args=[cast.county.pk, theirs.pk])
    assert client.get(address).status_code == 404
    assert own.pk


@pytest.mark.parametrize("face", ["", "console_"])
def test_no_question_of_another_organisation_is_shown_by_its_id(
    cast: Cast, own: QuestionBank, notice: Notice, face: str
) -> None:
    """The form carries ids; whoever turns its parts must not read other people's banks by them."""
    foreign = question(bank(cast.city), text="市里的试题，不对外。")
    mine = own.questions.first()
    assert mine
    parts = {**row(0, named=foreign.pk), **row(1, named=mine.pk), "count": "2"}
    for act in ("add", "save"):
        answer = sign_in(cast.owner).post(
            page("quiz_edit", notice, face), {**RULES, **parts, "act": act}
        )
        shown = answer.content.decode()
        assert foreign.text not in shown
        assert mine.text in shown


def test_the_editor_takes_as_many_statements_however_many_parts(
    cast: Cast, notice: Notice, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(cast.owner)
    many = bank(cast.county, "很多")
    asked = [question(many) for _ in range(30)]
    client.post(page("quiz_pick", notice), {"question": [one.pk for one in asked], "score": "2"})
    assert QuizPart.objects.count() == 30
    for name in ("quiz_edit", "quiz_pick", "quiz_sample"):
        with django_assert_max_num_queries(30):
            client.get(page(name, notice))
