"""Tasks over the API: every door by everybody, and what is given and done there."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lianxue.accounts.models import User
from lianxue.notices.models import Receipt, Relay
from lianxue.organizations.models import Membership
from lianxue.worktasks.models import Answer, Question
from tests.api.doors import BASE, STRANGERS, Door, ask, call, try_door
from tests.cast import Cast, sign_in
from tests.factories import OrganizationFactory, make_many, put_in_chain
from tests.files.makers import PDF, upload
from tests.notices.makers import ALL, BELOW, WHOLE, draft, passed, sent, to_branches

from .makers import SPECS, draft_task, put_answer, questions, sent_task, submitted, values, who
from .world import task_world

HERE = "/organizations/{org}"
DRAFT = HERE + "/notices/{task_draft_id}/questions"
TASK = HERE + "/tasks/{task_id}"
REVIEW = HERE + "/answers/{answer_id}"
MINE = "/answers/{relay_id}/{respondent}"

NO_POWER = {"member": 403, **STRANGERS}
#: 刘洋's answer: its owner alone fills it in.
OWN = {"member": 200, "owner": 404, "colleague": 404, "outsider_admin": 404, **STRANGERS}
#: Any administrator of the place, each within the own scope.
ANY = {"owner": 200, "colleague": 200, "outsider_admin": 200, **NO_POWER}
#: One answer of 第一党支部.
SCOPED = {"owner": 200, "colleague": 200, "outsider_admin": 403, **NO_POWER}
KEPT = {"owner": 200, "colleague": 403, "outsider_admin": 403, **NO_POWER}
ASKED = {"member": 200, "owner": 200, "colleague": 200, "outsider_admin": 200, **STRANGERS}


def version(ids: dict[str, Any]) -> dict[str, Any]:
    return {"version": ids["answer_version"]}


def once(who: dict[str, int], last: str) -> dict[str, int]:
    """Only one of them may do it: it can't be done twice."""
    return {role: status for role, status in who.items() if status >= 400 or role == last}


DOORS = [
    Door("GET", "/tasks/{task_id}", ASKED, bad=("task_id",)),
    Door("POST", "/tasks/{task_id}/open", ASKED, bad=("task_id",)),
    Door("GET", MINE, OWN, bad=("relay_id", "respondent")),
    Door("PUT", MINE, {**OWN, "member": 409}, bad=()),
    Door("POST", MINE + "/submit", {**OWN, "member": 409}, bad=()),
    Door("POST", MINE + "/fill-earlier", {**OWN, "member": 409}, bad=()),
    Door("POST", MINE + "/take-back", OWN, bad=("relay_id", "respondent")),
    Door("GET", MINE + "/files/{own_file}", OWN, bad=("relay_id", "own_file")),
    Door("DELETE", MINE + "/files/{own_file}", {**OWN, "member": 409}, bad=()),
    Door("GET", DRAFT, KEPT, bad=("org", "task_draft_id")),
    Door("PUT", DRAFT, KEPT, {"questions": []}, bad=("org", "task_draft_id")),
    Door("GET", TASK + "/progress", ANY, bad=("org", "task_id")),
    Door("GET", TASK + "/answers", ANY, bad=("org", "task_id")),
    Door("GET", TASK + "/silent", ANY, bad=("org", "task_id")),
    Door("GET", REVIEW, SCOPED, bad=("org", "answer_id")),
    Door("GET", REVIEW + "/files/{own_file}", SCOPED, bad=("org", "answer_id", "own_file")),
    Door("POST", REVIEW + "/accept", once(SCOPED, "colleague"), version, bad=("org", "answer_id")),
    Door(
        "POST",
        REVIEW + "/return",
        once(SCOPED, "owner"),
        lambda ids: version(ids) | {"remark": "请改"},
        bad=("org", "answer_id"),
    ),
    Door(
        "POST",
        REVIEW + "/reopen",
        {**NO_POWER, "outsider_admin": 403, "owner": 409},
        lambda ids: version(ids) | {"remark": "请改"},
        bad=(),
    ),
    Door(
        "POST",
        TASK + "/accept",
        {**NO_POWER, "outsider_admin": 409, "owner": 200},
        lambda ids: {"answers": [{"id": ids["answer_id"], **version(ids)}]},
        bad=("org", "task_id"),
    ),
]


@pytest.fixture
def ids(cast: Cast) -> dict[str, Any]:
    world = task_world(cast)
    file = Answer.objects.get(pk=world["answer_id"]).files.get()
    return {**world, "org": cast.county.pk, "own_file": file.pk}


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_door(cast: Cast, ids: dict[str, Any], door: Door) -> None:
    try_door(cast, door, ids)


@pytest.mark.parametrize("role", ["member", "owner", "stranger"])
def test_everybodys_own_list(cast: Cast, ids: dict[str, Any], role: str) -> None:
    assert sign_in(None).get(f"{BASE}/tasks").status_code == 401
    client = sign_in(getattr(cast, role))
    totals = [ask(client, "/tasks", tab=tab)["total"] for tab in ("waiting", "submitted")]
    assert totals == {"member": [0, 1], "owner": [1, 0], "stranger": [0, 0]}[role]


def fill(relay: Relay, **more: str) -> list[dict[str, Any]]:
    return [{"question_id": pk, "text": text} for pk, text in values(relay, **more).items()]


def test_from_the_questions_to_the_acceptance(cast: Cast) -> None:
    owner, member = sign_in(cast.owner), sign_in(cast.member)
    here = f"/organizations/{cast.county.pk}"
    text = {"kind": "form", "title": "报送", "body": "请填", "deadline": "2027-03-01T18:00:00"}
    notice = call(owner, "POST", f"{here}/notices", text).json()["id"]
    path = f"{here}/notices/{notice}"
    assert ask(owner, f"{path}/questions")["questions"] == []
    send = {"audience": {"own": "whole"}}
    assert call(owner, "POST", f"{path}/send", send).status_code == 409  # it asks nothing
    asked = {"respondents": "members", "questions": [{"kind": "number", "label": ""}]}
    wrong = call(owner, "PUT", f"{path}/questions", asked)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "q0-label")
    asked["questions"] = [{"kind": "number", "label": "人数", "unit": "人"}]
    [question] = call(owner, "PUT", f"{path}/questions", asked).json()["questions"]
    assert call(owner, "POST", f"{path}/send", send).status_code == 200
    assert call(owner, "PUT", f"{path}/questions", asked).status_code == 409

    [line] = ask(member, "/tasks")["items"]
    assert (line["title"], line["state"]) == ("报送", "")
    assert ask(member, f"/tasks/{notice}")["body"] == "请填"
    assert not Receipt.objects.filter(membership__user=cast.member).exists()
    call(member, "POST", f"/tasks/{notice}/open")
    assert Receipt.objects.filter(membership__user=cast.member).exists()
    mine = f"/answers/{line['relay_id']}/{line['respondent']}"
    form = ask(member, mine)
    assert (form["version"], form["may_edit"], form["questions"]) == (0, True, [question])
    bad = {"values": [{"question_id": question["id"], "text": "很多"}], "version": 0}
    refused = call(member, "PUT", mine, bad)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (
        422,
        f"q{question['id']}",
    )
    assert call(member, "POST", f"{mine}/submit", {}).status_code == 422
    good = {"values": [{"question_id": question["id"], "text": "１２人"}], "version": 0}
    kept = call(member, "PUT", mine, good).json()
    assert (kept["state"], kept["values"][0]["text"]) == ("draft", "12")
    late = call(member, "POST", f"{mine}/submit", good)
    assert (late.status_code, late.json()["code"]) == (409, "answer-changed")
    done = call(member, "POST", f"{mine}/submit", {"version": kept["version"]}).json()
    assert (done["state"], done["may_edit"], done["may_take_back"]) == ("submitted", False, True)


def test_reviewed_as_it_was_seen(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    seat, notice = cast.memberships[cast.member.pk], relay.notice_id
    submitted(cast.member, relay, seat, "12")
    owner, member = sign_in(cast.owner), sign_in(cast.member)
    here, mine = f"/organizations/{cast.county.pk}", f"/answers/{relay.pk}/{who(seat)}"
    [row] = ask(owner, f"{here}/tasks/{notice}/answers")["items"]
    review = f"{here}/answers/{row['id']}"
    seen = ask(owner, review)
    assert (seen["name"], seen["values"][0]["text"], seen["may_review"]) == ("刘洋", "12", True)
    empty = call(owner, "POST", f"{review}/return", {"version": seen["version"]})
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (422, "remark")
    back = call(owner, "POST", f"{review}/return", {"version": seen["version"], "remark": "请核对"})
    assert back.json()["state"] == "returned"
    assert ask(member, mine)["remark"] == "请核对"
    again = call(member, "POST", f"{mine}/submit", {}).json()
    old = call(owner, "POST", f"{review}/accept", {"version": seen["version"]})
    assert (old.status_code, old.json()["code"]) == (409, "answer-changed")
    accepted = call(owner, "POST", f"{review}/accept", {"version": again["version"]}).json()
    assert accepted["state"] == "accepted"
    assert [one["what"] for one in accepted["steps"]][-1] == "accepted"
    counts = ask(owner, f"{here}/tasks/{notice}/progress")["counts"]
    assert (counts["asked"], counts["accepted"], counts["silent"]) == (5, 1, 4)
    names = {one["name"] for one in ask(owner, f"{here}/tasks/{notice}/silent")["items"]}
    assert "刘洋" not in names
    assert len(names) == 4


def test_files_of_an_answer(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    member, asked = sign_in(cast.member), questions(relay.notice_id)
    path = f"/answers/{relay.pk}/{who(cast.memberships[cast.member.pk])}"

    def send(question: Question, name: str = "照片.pdf") -> Any:
        form = {"question_id": question.pk, "file": upload(PDF, name)}
        return member.post(f"{BASE}{path}/files", form)

    assert send(asked["text"]).status_code == 404
    made = send(asked["file"])
    assert made.status_code == 201
    served = member.get(f"{BASE}{path}/files/{made.json()['id']}")
    assert b"".join(served) == PDF
    assert ask(member, path)["files"] == [made.json()]
    stranger = {"question_id": asked["file"].pk, "file": upload(PDF, "x.pdf")}
    for other in (cast.owner, cast.stranger):
        assert sign_in(other).post(f"{BASE}{path}/files", stranger).status_code == 404
    assert member.post(f"{BASE}{path}/files", {"question_id": asked["file"].pk}).status_code == 422
    assert member.post(f"{BASE}{path}/files", {"question_id": 2**63}).status_code == 422
    assert call(member, "DELETE", f"{path}/files/{made.json()['id']}").status_code == 204
    assert ask(member, path)["files"] == []
    done = call(member, "POST", f"{path}/submit", {"values": fill(relay)})
    assert done.status_code == 200
    assert send(asked["file"]).status_code == 409


def test_what_was_answered_before_is_offered(cast: Cast) -> None:
    first, second = (sent_task(cast.city_admin, cast.city, BELOW) for _ in range(2))
    submitted(cast.owner, first, cast.county, "77")
    owner, path = sign_in(cast.owner), f"/answers/{second.pk}/{who(cast.county)}"
    offers = {one["text"] for one in ask(owner, path)["offers"]}
    assert offers == {"77", "已开展"}
    filled = call(owner, "POST", f"{path}/fill-earlier", {"version": 0}).json()
    assert {one["text"] for one in filled["values"]} == offers
    assert filled["offers"] == []


def test_a_unit_opens_and_answers_a_branch_does_not(cast: Cast) -> None:
    relay = sent_task(cast.city_admin, cast.city, BELOW)
    owner = sign_in(cast.owner)
    task = call(owner, "POST", f"/tasks/{relay.notice_id}/open").json()
    assert [one["respondent"] for one in task["answers"]] == [who(cast.county)]
    assert Relay.objects.get(notice=relay.notice_id, organization=cast.county).state == "received"
    path = f"/answers/{relay.pk}/{who(cast.county)}"
    for role, status in {
        "member": 403,
        "colleague": 403,
        "city_admin": 404,
        "stranger": 404,
    }.items():
        client = sign_in(getattr(cast, role))
        assert call(client, "POST", f"{path}/submit", {"values": fill(relay)}).status_code == status
    assert call(owner, "POST", f"{path}/submit", {"values": fill(relay)}).status_code == 200
    for none in ("o:0", "x:1", "o:9999999999999999999", f"b:{cast.county.pk}", "%00"):
        assert owner.get(f"{BASE}/answers/{relay.pk}/{none}").status_code == 404


def test_units_further_down_open_members_are_numbers(cast: Cast) -> None:
    top = sent_task(cast.province_admin, cast.province, BELOW)
    low = passed(cast.city_admin, cast.city, top.notice, BELOW)
    submitted(cast.owner, low, cast.county)
    admin, path = sign_in(cast.province_admin), f"/organizations/{cast.province.pk}"
    down = ask(admin, f"{path}/tasks/{top.notice_id}/progress", at=cast.city.pk)
    assert (down["counts"]["asked"], down["counts"]["submitted"]) == (1, 1)
    [row] = ask(admin, f"{path}/tasks/{top.notice_id}/answers", at=cast.city.pk)["items"]
    seen = ask(admin, f"{path}/answers/{row['id']}")
    assert seen["may_review"] is False
    assert {one["by"] for one in seen["steps"]} == {""}
    accept = call(admin, "POST", f"{path}/answers/{row['id']}/accept", {"version": row["version"]})
    assert accept.status_code == 404

    own = sent_task(cast.city_admin, cast.city, ALL, SPECS, "members")
    passed(cast.owner, cast.county, own.notice, WHOLE)
    city = f"/organizations/{cast.city.pk}/tasks/{own.notice_id}"
    client = sign_in(cast.city_admin)
    assert ask(client, f"{city}/progress")["below"][0]["asked"] == 5
    for name in ("answers", "silent"):
        assert client.get(f"{BASE}{city}/{name}", {"at": cast.county.pk}).status_code == 404


def test_many_at_once_but_what_changed(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    rows = [
        submitted(one, relay, cast.memberships[one.pk]) for one in (cast.member, cast.colleague)
    ]
    path = f"/organizations/{cast.county.pk}/tasks/{relay.notice_id}/accept"
    marks = [{"id": rows[0].pk, "version": rows[0].version}, {"id": rows[1].pk, "version": 0}]
    done = call(sign_in(cast.owner), "POST", path, {"answers": [*marks, {"id": 9, "version": 1}]})
    assert done.json() == {"done": [rows[0].pk], "left_out": sorted([rows[1].pk, 9])}
    assert call(sign_in(cast.owner), "POST", path, {"answers": []}).status_code == 409
    assert call(sign_in(cast.owner), "POST", path, {"answers": [{"id": 1}]}).status_code == 422


def test_a_plain_notice_is_no_task(cast: Cast, ids: dict[str, Any]) -> None:
    owner, here = sign_in(cast.owner), f"/organizations/{cast.county.pk}"
    plain = sent(cast.owner, cast.county, WHOLE)
    for name in ("progress", "answers", "silent"):
        assert owner.get(f"{BASE}{here}/tasks/{plain.notice_id}/{name}").status_code == 404
    Receipt.objects.all().delete()
    assert call(owner, "POST", f"/tasks/{plain.notice_id}/open").status_code == 404
    assert not Receipt.objects.exists()
    unsent = draft(cast.owner, cast.county)
    assert owner.get(f"{BASE}{here}/notices/{unsent.pk}/questions").status_code == 404


def _statements(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        ask(client, path)
    return len(seen)


def test_lists_ask_the_same_at_ten_and_a_thousand(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, to_branches(cast.first_branch), SPECS, "members")
    owner = sign_in(cast.owner)
    path = f"/organizations/{cast.county.pk}/tasks/{relay.notice_id}"
    paths = [f"{path}/{name}" for name in ("answers", "silent", "progress")]

    def more(number: int) -> None:
        names = [f"党员{n}" for n in range(number)]
        people = make_many(cast.county, names, branch=cast.first_branch)
        start = User.objects.count()
        users = User.objects.bulk_create(
            [User(phone=f"135{start + n:08d}", name=name) for n, name in enumerate(names)]
        )
        for person, user in zip(people, users, strict=True):
            person.user, person.state, person.activated_at = user, "active", relay.passed_at
        Membership.objects.bulk_update(people, ["user", "state", "activated_at"])
        Answer.objects.bulk_create([put_answer(relay, one) for one in people[::2]])

    more(10)
    few = [_statements(owner, one) for one in paths]
    more(990)
    assert [_statements(owner, one) for one in paths] == few
    assert ask(owner, paths[0])["total"] == 500
    assert ask(owner, paths[1])["total"] == 501


def test_my_list_asks_the_same_however_long(cast: Cast) -> None:
    member = sign_in(cast.member)
    for _ in range(2):
        sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    few = _statements(member, "/tasks")
    for _ in range(10):
        sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    assert _statements(member, "/tasks") == few


def test_units_below_ask_the_same_however_many(cast: Cast) -> None:
    relay = sent_task(cast.city_admin, cast.city, BELOW)
    path = f"/organizations/{cast.city.pk}/tasks/{relay.notice_id}"
    admin = sign_in(cast.city_admin)
    few = [_statements(admin, f"{path}/{name}") for name in ("progress", "silent")]
    for _ in range(20):
        put_in_chain(OrganizationFactory(), cast.city)
    assert [_statements(admin, f"{path}/{name}") for name in ("progress", "silent")] == few


def test_a_draft_keeps_its_questions_when_copied(cast: Cast) -> None:
    notice = draft_task(cast.owner, cast.county)
    owner, here = sign_in(cast.owner), f"/organizations/{cast.county.pk}/notices"
    made = call(owner, "POST", f"{here}/{notice.pk}/copy").json()["id"]
    kinds = [one["kind"] for one in ask(owner, f"{here}/{made}/questions")["questions"]]
    assert kinds == [one.kind for one in SPECS]
