"""Taking a quiz by its pages alone, as without scripts."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lianxue.learning.actions import papers
from lianxue.learning.actions.quizzes import PartSpec, QuizSettings
from lianxue.learning.models import Attempt, WrongQuestion
from lianxue.notices.actions import recalling
from lianxue.notices.models import Notice, Relay
from tests.cast import Cast, sign_in

from .quiz_makers import bank, question, right_answers, sent_quiz

pytestmark = pytest.mark.django_db

#: What answers the four questions of ``sent_quiz`` rightly, as the form sends it.
RIGHT: list[dict[str, Any]] = [
    {"given": "0"},
    {"given": ["0", "2"]},
    {"given": "true"},
    {"blank0": " 三会一课 "},
]


def page(name: str, *args: Any) -> str:
    return reverse(f"learning:{name}", args=args)


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.fixture
def relay(cast: Cast) -> Relay:
    return sent_quiz(cast.owner, cast.county)


@pytest.fixture
def client(cast: Cast) -> Client:
    return sign_in(cast.member)


def _begun(client: Client, relay: Relay) -> Attempt:
    answer = client.post(page("quiz", relay.notice_id))
    attempt = Attempt.objects.get(state="open")
    assert answer["Location"] == page("paper", attempt.pk)
    return attempt


def test_from_the_first_question_to_the_result(client: Client, relay: Relay) -> None:
    shown = text(client, page("quiz", relay.notice_id))
    assert "4 题" in shown
    assert "3 分（满分 4 分）" in shown
    attempt = _begun(client, relay)
    here = page("paper", attempt.pk)
    for number, form in enumerate(RIGHT, 1):
        shown = text(client, f"{here}?at={number}")
        assert f"第 {number} 题，共 4 题" in shown
        act = "check" if number == 4 else "next"
        answer = client.post(here, {"number": number, "act": act, **form})
        to = page("hand_in", attempt.pk) if number == 4 else f"{here}?at={number + 1}"
        assert answer["Location"] == to
    assert "4 / 4 题" in text(client, page("hand_in", attempt.pk))
    answer = client.post(page("hand_in", attempt.pk))
    assert answer["Location"] == page("result", attempt.pk)
    shown = text(client, page("result", attempt.pk))
    assert "测验已经及格" in shown
    assert shown.count("答对了") == 4
    assert "见党章第五章。" in shown
    assert "已及格" in text(client, page("quiz", relay.notice_id))


def test_a_page_that_was_left_goes_on_where_it_stopped(client: Client, relay: Relay) -> None:
    attempt = _begun(client, relay)
    here = page("paper", attempt.pk)
    client.post(here, {"number": 1, "act": "next", **RIGHT[0]})
    client.post(here, {"number": 2, "act": "go-4", **RIGHT[1]})
    assert "继续答题" in text(client, page("quiz", relay.notice_id))
    assert "第 3 题，共 4 题" in text(client, here)  # the first that is not answered
    shown = text(client, f"{here}?at=2")
    assert shown.count(" checked") == 2
    shown = text(client, page("hand_in", attempt.pk))
    assert "还有 2 题没有答完：第 3、4 题" in shown
    assert shown.count("number-done") == 2


@pytest.mark.parametrize(
    ("act", "to"), [("previous", 1), ("next", 3), ("go-4", 4), ("go-99", 4), ("go-x", 2), ("x", 3)]
)
def test_every_button_keeps_the_answer(client: Client, relay: Relay, act: str, to: int) -> None:
    attempt = _begun(client, relay)
    here = page("paper", attempt.pk)
    answer = client.post(here, {"number": 2, "act": act, **RIGHT[1]})
    assert answer["Location"] == f"{here}?at={to}"
    assert attempt.answers.get(position=2).given == [0, 2]


def test_kept_by_itself_it_says_so(client: Client, relay: Relay) -> None:
    attempt = _begun(client, relay)
    here = page("paper", attempt.pk)
    answer = client.post(here, {"number": 1, "act": "keep", **RIGHT[0]})
    assert answer.status_code == 200
    assert "已保存" in answer.content.decode()
    assert attempt.answers.get(position=1).given == [0]
    answer = client.post(here, {"number": 1, "act": "keep", "given": "9"})
    assert answer.status_code == 422
    assert "请从列出的选项中选择" in answer.content.decode()


@pytest.mark.parametrize("at", ["", "0", "99", "x", "1" * 40, "-1"])
def test_any_number_in_the_address_is_a_question(client: Client, relay: Relay, at: str) -> None:
    attempt = _begun(client, relay)
    assert "题，共 4 题" in text(client, f"{page('paper', attempt.pk)}?at={at}")


def test_handed_in_in_another_window(client: Client, cast: Cast, relay: Relay) -> None:
    attempt = _begun(client, relay)
    papers.submit(cast.member, attempt.pk, right_answers(attempt))
    done = page("result", attempt.pk)
    here = page("paper", attempt.pk)
    assert client.get(here)["Location"] == done
    assert client.post(here, {"number": 1, "given": "1"})["Location"] == done
    assert client.post(page("hand_in", attempt.pk))["Location"] == done
    assert "这份答卷已经交了" in text(client, done)
    assert Attempt.objects.get().score == 4


def test_after_a_recall(client: Client, cast: Cast, relay: Relay) -> None:
    done = papers.begin(cast.member, relay.notice_id)
    papers.submit(cast.member, done.pk, right_answers(done, 1))
    attempt = _begun(client, relay)
    recalling.recall(cast.owner, cast.county.pk, relay.notice_id, "发错了")
    for name, which in (("quiz", relay.notice_id), ("paper", attempt.pk), ("hand_in", attempt.pk)):
        assert "已经撤回" in text(client, page(name, which), 409)
        assert client.post(page(name, which), {"number": 1}).status_code == 409
    shown = text(client, page("result", done.pk))  # what one has done stays one's own
    assert "再做一次" not in shown


def test_what_was_wrong_alone(client: Client, cast: Cast, relay: Relay) -> None:
    attempt = papers.begin(cast.member, relay.notice_id)
    papers.submit(cast.member, attempt.pk, right_answers(attempt, 1))
    address = page("result", attempt.pk)
    assert text(client, address).count("card card-pad graded") == 4
    shown = text(client, f"{address}?only=wrong")
    assert shown.count("card card-pad graded") == 1
    assert "您选的" in shown


def test_answers_are_shown_when_the_setting_says(client: Client, cast: Cast) -> None:
    relay = sent_quiz(cast.owner, cast.county, settings=QuizSettings(60, 1, "after_deadline"))
    attempt = papers.begin(cast.member, relay.notice_id)
    papers.submit(cast.member, attempt.pk, right_answers(attempt, 3))
    address = page("result", attempt.pk)
    for shown in (text(client, address), text(client, f"{address}?only=wrong")):
        assert "正确答案和解析在任务截止以后" in shown
        for told in ("答对了", "答错了", "见党章", "option-right"):
            assert told not in shown
        assert "1</span> 分" in shown
        assert "可以答的次数已经用完" in shown
        assert shown.count("card card-pad graded") == 4
    assert "另有 3 道错题" in text(client, page("wrong"))
    Notice.objects.update(deadline=timezone.now() - timedelta(minutes=1))
    assert "见党章" in text(client, address)
    client.post(page("quiz", relay.notice_id))
    assert Attempt.objects.count() == 1


def test_no_paper_shows_what_is_right(client: Client, relay: Relay) -> None:
    attempt = _begun(client, relay)
    for number in range(1, 5):
        shown = text(client, f"{page('paper', attempt.pk)}?at={number}")
        assert "三会一课" not in shown
        assert "见党章" not in shown


def test_practice(client: Client, cast: Cast, relay: Relay) -> None:
    assert "没有要练习的错题" in text(client, page("wrong"))
    attempt = papers.begin(cast.member, relay.notice_id)
    papers.submit(cast.member, attempt.pk, right_answers(attempt, 4))
    ids = [row.question_id for row in WrongQuestion.objects.order_by("question_id")]
    shown = text(client, page("wrong"))
    assert page("practise", ids[0]) in shown
    here = page("practise", ids[1])
    answer = client.post(here, {"given": ["0", "1"]})
    assert answer.status_code == 302
    shown = text(client, answer["Location"])
    assert "没有答对" in shown
    assert "A．支部建在连上" in shown
    answer = client.post(here, {"given": ["0", "2"]})
    for _ in range(2):  # looked at again, it is practised no second time
        assert "答对了，这道题已掌握" in text(client, answer["Location"])
    assert WrongQuestion.objects.get(question=ids[1]).times == 2
    shown = text(client, page("wrong") + "?tab=mastered")
    assert page("practise", ids[1]) in shown
    answer = client.post(page("practise", ids[3]), {"blank0": "三会一课"})
    assert "已掌握" in text(client, answer["Location"])
    assert client.post(here, {}).status_code == 422
    assert "请先作答" in client.post(page("practise", ids[3]), {"blank0": " "}).content.decode()
    for junk in ("?given=x", "?given=99", "?blank0=x", "?given=0&given=0"):
        assert client.get(here + junk).status_code == 200


@pytest.mark.parametrize("many", [10, 40])
def test_a_page_takes_as_many_statements_however_many_questions(
    cast: Cast, client: Client, many: int, django_assert_max_num_queries: Any
) -> None:
    own = bank(cast.county)
    for _ in range(many):
        question(own)
    relay = sent_quiz(cast.owner, cast.county, [PartSpec(own.pk, "single", count=many)])
    attempt = papers.begin(cast.member, relay.notice_id)
    names = [("paper", attempt.pk), ("hand_in", attempt.pk), ("quiz", relay.notice_id)]
    for name, which in names:
        with django_assert_max_num_queries(18):
            client.get(page(name, which))
    with django_assert_max_num_queries(45):
        client.post(page("hand_in", attempt.pk))
    with django_assert_max_num_queries(18):
        client.get(page("result", attempt.pk))
    with django_assert_max_num_queries(18):
        client.get(page("wrong"))
