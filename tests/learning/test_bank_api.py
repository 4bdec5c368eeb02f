"""Question banks over the API: every door by everybody, and what is given and done there."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from lianxue.learning.models import BankQuestion, QuestionBank, QuestionImport
from lianxue.learning.question_sheet import read
from tests.api.doors import BASE, STRANGERS, Door, ask, call, try_door
from tests.cast import Cast, sign_in

from .bank_makers import CAPITAL, FAULTY, HEAD, prepared, xlsx
from .quiz_makers import bank, question

pytestmark = pytest.mark.django_db

KEPT = {"owner": 200, "colleague": 200, "outsider_admin": 200, "member": 403, **STRANGERS}
BANKS = "/organizations/{org}/banks"
BANK = BANKS + "/{bank}"
QUESTION = BANK + "/questions/{question}"
IMPORT = BANK + "/imports/{batch}"
JUDGED = {"kind": "judge", "text": "对吗？", "answer": "对"}


def only(status: int) -> dict[str, int]:
    """Tried by one of those who may, since it can be done once."""
    return {"colleague": status, "member": 403, **STRANGERS}


DOORS = [
    Door("GET", BANKS, KEPT, bad=("org",)),
    Door("POST", BANKS, only(201), {"name": "二"}, bad=("org",)),
    Door("GET", BANKS + "/template", KEPT, bad=("org",)),
    Door("PATCH", BANK, KEPT, {"name": "三"}, bad=("org", "bank")),
    Door("POST", BANK + "/export", KEPT, bad=("org", "bank")),
    Door("GET", BANK + "/questions", KEPT, bad=("org", "bank")),
    Door("POST", BANK + "/questions", only(201), JUDGED, bad=("org", "bank")),
    Door("GET", QUESTION, KEPT, bad=("org", "bank", "question")),
    Door("PUT", QUESTION, only(200), JUDGED, bad=("org", "bank", "question")),
    Door("POST", QUESTION + "/retire", only(200), bad=("org", "bank", "question")),
    Door("GET", BANK + "/imports", KEPT, bad=("org", "bank")),
    Door("GET", IMPORT, KEPT, bad=("org", "bank", "batch")),
    Door("GET", IMPORT + "/rows", KEPT, bad=("org", "bank", "batch")),
    Door("GET", IMPORT + "/corrected", KEPT, bad=("org", "bank", "batch")),
    Door("POST", IMPORT + "/confirm", only(200), {"leave_out": True}, bad=("bank", "batch")),
    Door("DELETE", IMPORT, only(204), bad=("org", "bank", "batch")),
]


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_every_door(cast: Cast, door: Door) -> None:
    own = bank(cast.county)
    ids = {"org": cast.county.pk, "bank": own.pk, "question": question(own).pk}
    try_door(cast, door, ids | {"batch": prepared(cast.owner, own).pk})


def test_a_bank_by_hand(cast: Cast) -> None:
    client, here = sign_in(cast.owner), f"/organizations/{cast.county.pk}/banks"
    made = call(client, "POST", here, {"name": " 党章 知识 "}).json()
    assert made["name"] == "党章 知识"
    questions = f"{here}/{made['id']}/questions"
    typed = {"kind": "single", "text": "首都？", "options": ["A. 北京", "上海"], "answer": "A"}
    one = call(client, "POST", questions, typed).json()
    assert (one["options"], one["answer"]) == (["北京", "上海"], [0])
    wrong = call(client, "POST", questions, typed | {"answer": "D"})
    assert wrong.status_code == 422
    assert [error["field"] for error in wrong.json()["errors"]] == ["answer"]
    new = call(client, "PUT", f"{questions}/{one['id']}", typed | {"text": "首都是？"}).json()
    assert new["replaces"] == one["id"]
    assert call(client, "PUT", f"{questions}/{one['id']}", typed).status_code == 409
    assert [row["text"] for row in ask(client, questions)["items"]] == ["首都是？"]
    assert [row["text"] for row in ask(client, questions, retired="true")["items"]] == ["首都？"]
    assert ask(client, here)["items"][0]["single"] == 1
    assert ask(client, questions, kind="fill")["total"] == 0


def test_a_sheet_from_the_upload_to_the_undoing(cast: Cast) -> None:
    client, own = sign_in(cast.owner), bank(cast.county)
    here = f"/organizations/{cast.county.pk}/banks/{own.pk}/imports"

    def upload(data: bytes) -> HttpResponse:
        return client.post(f"{BASE}{here}", {"file": SimpleUploadedFile("题目.xlsx", data)})

    assert upload(b"PK nothing").status_code == 422
    answer: Any = upload(xlsx(HEAD, CAPITAL, FAULTY))
    assert answer.status_code == 201
    batch = answer.json()
    assert (batch["state"], batch["new"], batch["error"]) == ("ready", 1, 1)
    (row,) = ask(client, f"{here}/{batch['id']}/rows", outcome="error")["items"]
    assert (row["number"], list(row["errors"])) == (3, ["options"])
    corrected = client.get(f"{BASE}{here}/{batch['id']}/corrected").content
    assert [one.cells["text"] for one in read(corrected, "x.xlsx")] == [FAULTY[1]]
    assert call(client, "POST", f"{here}/{batch['id']}/confirm").status_code == 422
    done = call(client, "POST", f"{here}/{batch['id']}/confirm", {"leave_out": True}).json()
    assert (done["state"], BankQuestion.objects.count()) == ("done", 1)
    assert call(client, "DELETE", f"{here}/{batch['id']}").status_code == 409
    assert call(client, "POST", f"{here}/{batch['id']}/undo").json()["state"] == "undone"
    assert BankQuestion.objects.count() == 0
    assert QuestionBank.objects.get() == own
    assert QuestionImport.objects.count() == 1
