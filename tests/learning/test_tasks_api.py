"""Learning tasks over the API: every door by everybody, and what is given and done there."""

from typing import Any

import pytest
from django.test import Client

from lianxue.learning.models import Completion
from lianxue.notices.models import Receipt
from tests.api.doors import STRANGERS, Door, ask, call, try_door
from tests.cast import Cast, sign_in
from tests.notices.makers import ALL, BELOW, WHOLE, draft, passed

from .task_makers import draft_learning, finish, hand_in, item, sent_learning

pytestmark = pytest.mark.django_db

HERE = "/organizations/{org}"
DRAFT = HERE + "/notices/{draft}/contents"
TASK = HERE + "/learning-tasks/{task}"
NO_POWER = {"member": 403, **STRANGERS}
ANY = {"owner": 200, "colleague": 200, "outsider_admin": 200, **NO_POWER}
KEPT = {"owner": 200, "colleague": 403, "outsider_admin": 403, **NO_POWER}
REACHED = {"member": 200, "owner": 200, "colleague": 200, **STRANGERS}

DOORS = [
    Door("GET", "/learning/tasks/{task}", REACHED, bad=("task",)),
    Door("POST", "/learning/tasks/{task}/open", REACHED, bad=("task",)),
    Door("GET", DRAFT, KEPT, bad=("org", "draft")),
    Door("GET", DRAFT + "/choices", KEPT, bad=("org", "draft")),
    Door("PUT", DRAFT, KEPT, {"items": []}, bad=("org", "draft")),
    Door("GET", TASK + "/progress", ANY, bad=("org", "task")),
    Door("GET", TASK + "/people", ANY, bad=("org", "task")),
]


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_every_door(cast: Cast, door: Door) -> None:
    one = item(cast.county)
    ids = {
        "org": cast.county.pk,
        "task": sent_learning(cast.owner, cast.county, [one], WHOLE).notice_id,
        "draft": draft_learning(cast.owner, cast.county, [one]).pk,
    }
    try_door(cast, door, ids)


@pytest.fixture
def member(cast: Cast) -> Client:
    return sign_in(cast.member)


@pytest.fixture
def owner(cast: Cast) -> Client:
    return sign_in(cast.owner)


def test_the_own_tasks(cast: Cast, member: Client) -> None:
    one, two = item(cast.county, "一"), item(cast.county, "二")
    relay = sent_learning(cast.owner, cast.county, [one, two], WHOLE, quiz=True)
    finish(cast.member, one)
    (line,) = ask(member, "/learning/tasks")["items"]
    assert (line["id"], line["kind"]) == (relay.notice_id, "learning")
    assert (line["done"], line["total"], line["progress"]) == (1, 3, "begun")
    found = ask(member, f"/learning/tasks/{relay.notice_id}")
    assert [bool(step["finished_at"]) for step in found["items"]] == [True, False]
    assert (found["quiz"]["questions"], found["quiz"]["passed"]) == (1, False)
    assert found["read_at"] is None
    finish(cast.member, two)
    hand_in(cast.member, relay.notice_id)
    found = ask(member, f"/learning/tasks/{relay.notice_id}")
    assert (found["done"], found["late"]) == (3, False)
    assert found["completed_at"]
    assert ask(member, "/learning/tasks")["total"] == 0
    assert ask(member, "/learning/tasks", tab="done")["total"] == 1


def test_opening_reads_and_completes(cast: Cast, member: Client) -> None:
    one = item(cast.county)
    finish(cast.member, one)
    relay = sent_learning(cast.owner, cast.county, [one], WHOLE)
    answer = call(member, "POST", f"/learning/tasks/{relay.notice_id}/open").json()
    assert answer["completed_at"]
    assert answer["read_at"]
    assert (
        Completion.objects.count() == Receipt.objects.filter(membership__user=cast.member).count()
    )


def test_contents_are_set_and_chosen_from(cast: Cast, owner: Client) -> None:
    one, above = item(cast.county, "本县的"), item(cast.city, "市里的", reach="chain")
    hidden = item(cast.city, "市里自己的")
    notice = draft(cast.owner, cast.county, "learning")
    path = f"/organizations/{cast.county.pk}/notices/{notice.pk}/contents"
    titles = {row["title"] for row in ask(owner, f"{path}/choices")["items"]}
    assert titles == {"本县的", "市里的"}
    answer = call(owner, "PUT", path, {"items": [above.pk, one.pk]})
    assert [row["title"] for row in answer.json()["items"]] == ["市里的", "本县的"]
    for bad in ([hidden.pk], [one.pk, one.pk], [2**62], list(range(1, 60))):
        answer = call(owner, "PUT", path, {"items": bad})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "items"
    assert len(ask(owner, path)["items"]) == 2
    plain = draft(cast.owner, cast.county)
    path = f"/organizations/{cast.county.pk}/notices/{plain.pk}/contents"
    assert owner.get(f"/api/v1{path}").status_code == 404
    assert call(owner, "PUT", path, {"items": []}).status_code == 404


def test_progress_and_names(cast: Cast, owner: Client) -> None:
    one = item(cast.city, reach="chain")
    above = sent_learning(cast.city_admin, cast.city, [one], ALL)
    passed(cast.owner, cast.county, above.notice_id)
    finish(cast.member, one)
    here = f"/organizations/{cast.county.pk}/learning-tasks/{above.notice_id}"
    found = ask(owner, f"{here}/progress")
    assert (found["counts"]["expected"], found["counts"]["completed"]) == (5, 1)
    lines = {row["branch"]["name"]: row for row in found["branches"] if row["branch"]}
    assert lines[cast.general_branch.name]["completed"] == 1
    (done,) = ask(owner, f"{here}/people", state="done")["items"]
    assert (done["name"], done["finished"], done["score"]) == (cast.member.name, 1, None)
    city: Any = sign_in(cast.city_admin)
    there = f"/organizations/{cast.city.pk}/learning-tasks/{above.notice_id}"
    (line,) = ask(city, f"{there}/progress")["below"]
    assert (line["name"], line["completed"], line["expected"]) == (cast.county.name, 1, 5)
    found = ask(city, f"{there}/progress", at=cast.county.pk)
    assert (found["counts"]["completed"], found["branches"]) == (1, [])
    assert found["counts"]["as_of"]
    assert cast.member.name not in city.get(f"/api/v1{there}/people?state=done").content.decode()


def test_what_is_no_learning_task_is_not_there(cast: Cast, owner: Client, member: Client) -> None:
    relay = sent_learning(cast.city_admin, cast.city, [item(cast.city)], BELOW)
    assert member.get(f"/api/v1/learning/tasks/{relay.notice_id}").status_code == 404
    here = f"/api/v1/organizations/{cast.county.pk}/learning-tasks/{relay.notice_id}"
    assert owner.get(f"{here}/progress").status_code == 404
