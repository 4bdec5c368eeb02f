"""Quizzes over the API: every door by everybody, and what is given and done there."""

from typing import Any

import pytest

from lianxue.learning.actions.quizzes import QuizSettings
from lianxue.learning.models import Attempt, QuizPart, WrongQuestion
from lianxue.notices.actions import recalling
from tests.api.doors import STRANGERS, Door, ask, call, try_door
from tests.cast import Cast, sign_in

from .quiz_makers import bank, question, right_answers, sent_quiz
from .quiz_world import quiz_world

pytestmark = pytest.mark.django_db

DRAFT = "/organizations/{org}/notices/{quiz_draft_id}/quiz"
REACHED = {"member": 200, "owner": 200, "colleague": 200, "outsider_admin": 200, **STRANGERS}
OWN = {"member": 200, "owner": 404, "colleague": 404, **STRANGERS}
KEPT = {"owner": 200, "whole_admin": 200, "colleague": 403, "member": 403, **STRANGERS}
PAPER = "/learning/papers/{attempt_id}"


def _body(ids: dict[str, Any]) -> dict[str, Any]:
    return {"parts": [{"question_id": ids["question_id"], "score": 3}], "pass_percent": 80}


DOORS = [
    Door("GET", "/learning/tasks/{quiz_id}/quiz", REACHED, bad=("quiz_id",)),
    Door("POST", "/learning/tasks/{quiz_id}/quiz/papers", REACHED, bad=("quiz_id",)),
    Door("GET", PAPER, OWN, bad=("attempt_id",)),
    Door("PUT", PAPER + "/answers", OWN, {"answers": []}, bad=("attempt_id",)),
    Door("POST", PAPER + "/submit", OWN, {"answers": []}, bad=("attempt_id",)),
    Door("GET", "/learning/practice", {**dict.fromkeys(REACHED, 200)}, bad=()),
    Door("POST", "/learning/practice/{question_id}", OWN, {"given": [0]}, bad=("question_id",)),
    Door("GET", DRAFT, KEPT, bad=("org", "quiz_draft_id")),
    Door("PUT", DRAFT, KEPT, _body, bad=("org", "quiz_draft_id")),
    Door(
        "DELETE",
        DRAFT,
        {who: 204 if status == 200 else status for who, status in KEPT.items()},
        bad=("org", "quiz_draft_id"),
    ),
]


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_every_door(cast: Cast, door: Door) -> None:
    try_door(cast, door, {"org": cast.county.pk, **quiz_world(cast)})


def test_a_quiz_from_beginning_to_end(cast: Cast) -> None:
    relay = sent_quiz(cast.owner, cast.county, settings=QuizSettings(attempts=2))
    client, here = sign_in(cast.member), f"/learning/tasks/{relay.notice_id}/quiz"
    mine = ask(client, here)
    assert (mine["questions"], mine["full"], mine["needed"], mine["left"]) == (4, 4, 3, 2)
    paper = call(client, "POST", f"{here}/papers").json()
    assert call(client, "POST", f"{here}/papers").json()["id"] == paper["id"]
    for sheet in paper["sheets"]:
        assert sheet["answer"] is sheet["right"] is sheet["given"] is None
        assert sheet["explanation"] == ""
    assert [one["blanks"] for one in paper["sheets"]] == [0, 0, 0, 1]
    right = right_answers(Attempt.objects.get(), wrong=1)
    answers = [{"number": number, "given": given} for number, given in right.items()]
    path = f"/learning/papers/{paper['id']}"
    kept = call(client, "PUT", f"{path}/answers", {"answers": answers[:2]}).json()
    assert [one["given"] for one in kept["sheets"]] == [[1], [0, 2], None, None]
    done = call(client, "POST", f"{path}/submit", {"answers": answers[2:]}).json()
    assert (done["score"], done["passed"], done["shows_answers"]) == (3, True, True)
    assert [one["right"] for one in done["sheets"]] == [False, True, True, True]
    assert [one["answer"] for one in done["sheets"]] == [[0], [0, 2], [True], [["三会一课"]]]
    again = call(client, "POST", f"{path}/submit", {"answers": []})
    assert (again.status_code, again.json()["code"]) == (409, "paper-submitted")
    mine = ask(client, here)
    assert (mine["left"], mine["passed"], len(mine["papers"])) == (1, True, 1)
    wrong = ask(client, "/learning/practice")
    assert wrong["total"] == 1
    practised = call(
        client, "POST", f"/learning/practice/{wrong['items'][0]['question_id']}", {"given": [0]}
    )
    assert practised.json()["right"]
    assert ask(client, "/learning/practice", tab="mastered")["total"] == 1
    recalling.recall(cast.owner, cast.county.pk, relay.notice_id, "发错了")
    assert client.get(f"/api/v1{here}").status_code == 409
    assert ask(client, path)["score"] == 3


@pytest.mark.parametrize(
    "given", [["0"], [True], [9], [0, 0], [[0]], [{}], "0", 0, [0.5], ["长" * 300], [0] * 30]
)
def test_an_answer_that_can_not_be(cast: Cast, given: Any) -> None:
    relay = sent_quiz(cast.owner, cast.county)
    client = sign_in(cast.member)
    paper = call(client, "POST", f"/learning/tasks/{relay.notice_id}/quiz/papers").json()
    body = {"answers": [{"number": 1, "given": given}]}
    for verb, path in (("PUT", "answers"), ("POST", "submit")):
        answer = call(client, verb, f"/learning/papers/{paper['id']}/{path}", body)
        assert answer.status_code == 422, answer.content
    assert Attempt.objects.get().state == "open"


def test_answers_are_held_back_until_the_deadline(cast: Cast) -> None:
    relay = sent_quiz(cast.owner, cast.county, settings=QuizSettings(answers="after_deadline"))
    client = sign_in(cast.member)
    paper = call(client, "POST", f"/learning/tasks/{relay.notice_id}/quiz/papers").json()
    done = call(client, "POST", f"/learning/papers/{paper['id']}/submit").json()
    assert done["score"] == 0
    assert not done["shows_answers"]
    for sheet in done["sheets"]:
        assert sheet["answer"] is sheet["right"] is None
        assert sheet["explanation"] == ""
    assert ask(client, "/learning/practice")["held_back"] == 4
    asked = WrongQuestion.objects.first()
    assert asked is not None
    answer = call(client, "POST", f"/learning/practice/{asked.question_id}", {"given": [0]})
    assert answer.status_code == 404


def test_a_quiz_is_set_up(cast: Cast) -> None:
    ids = quiz_world(cast)
    own = bank(cast.county, "另一个题库")
    for _ in range(3):
        question(own)
    path = DRAFT.format(org=cast.county.pk, **ids)
    client = sign_in(cast.owner)
    body: dict[str, Any] = {"parts": [{"bank_id": own.pk, "count": 3, "score": 2}]}
    made = call(client, "PUT", path, body).json()
    assert (made["questions"], made["full"], made["needed"]) == (3, 6, 4)
    assert ask(client, path) == made
    body["parts"][0]["count"] = 4
    refused = call(client, "PUT", path, body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "p0-count"
    assert QuizPart.objects.get(bank=own).count == 3
    assert call(client, "DELETE", path).status_code == 204
    assert client.get(f"/api/v1{path}").status_code == 404
    sent = f"/organizations/{cast.county.pk}/notices/{ids['quiz_id']}/quiz"
    assert call(client, "PUT", sent, {"parts": []}).status_code == 409
