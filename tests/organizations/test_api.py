"""The API of organisations: shapes, pages of lists, problems with fields. Doors: test_doors.py."""

from typing import Any

import pytest
from django.test import Client

from lianxue.audit.models import AuditEvent
from lianxue.organizations.models import Branch, Membership
from tests.cast import Cast, sign_in

BASE = "/api/v1/organizations"


def send(browser: Client, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = getattr(browser, method)(BASE + path, body, content_type="application/json")
    return answer.status_code, answer.json() if answer.content else None


def test_create_and_read(cast: Cast) -> None:
    browser = sign_in(cast.stranger)
    body = {"name": "中共新县委员会", "division_code": "370102"}
    status, made = send(browser, "post", "", body)
    assert status == 201
    assert made["warnings"] == []
    assert made["region"] == "山东省济南市历下区"
    status, mine = send(browser, "get", "")
    assert (status, mine["total"], mine["items"][0]["id"]) == (200, 1, made["id"])
    status, one = send(browser, "get", f"/{made['id']}")
    assert (one["members"], one["active"], one["branches"]) == (1, 1, 0)
    assert one["administered"] is True
    status, problem = send(browser, "post", "", body)
    assert (status, problem["code"]) == (409, "state-conflict")
    long = body | {"name": "中共某某市某某区委宣传部机关委员会第一党总支部"}
    assert "建议" in send(browser, "post", "", long)[1]["warnings"][0]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "", "division_code": "370102"}, "name"),
        ({"name": "中共新县委员会", "division_code": "1"}, "division_code"),
        ({"name": "中共新县委员会"}, "body.division_code"),
    ],
)
def test_bad_creation_names_the_field(cast: Cast, body: dict[str, str], field: str) -> None:
    status, problem = send(sign_in(cast.stranger), "post", "", body)
    assert status == 422
    assert problem["errors"][0]["field"] in {field, field.removeprefix("body.")}


def test_creation_needs_a_real_name(cast: Cast) -> None:
    body = {"name": "中共新县委员会", "division_code": "370102"}
    status, problem = send(sign_in(cast.member), "post", "", body)
    assert (status, problem["code"]) == (403, "real-name-required")


def test_branches(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    status, listed = send(browser, "get", f"/{cast.county.pk}/branches")
    assert [row["name"] for row in listed["items"]] == ["第一党总支", "第一党支部", "第二党支部"]
    first = listed["items"][1]
    assert (first["parent_id"], first["depth"]) == (cast.general_branch.pk, 2)
    assert (first["members"], first["active"]) == (2, 1)
    assert "联合党支部" in first["advice"]
    body = {"name": "第一党小组", "kind": "group", "parent_id": cast.first_branch.pk}
    status, made = send(browser, "post", f"/{cast.county.pk}/branches", body)
    assert (status, made["parent_id"], made["depth"]) == (201, cast.first_branch.pk, 3)
    path = f"/branches/{made['id']}"
    status, changed = send(browser, "patch", path, {"name": "第二党小组"})
    assert (changed["name"], changed["kind"]) == ("第二党小组", "group")
    status, changed = send(browser, "patch", path, {"kind": "branch"})
    assert (changed["name"], changed["kind"]) == ("第二党小组", "branch")
    status, changed = send(browser, "patch", path, {"parent_id": None})
    assert changed["depth"] == 1
    status, problem = send(browser, "patch", path, {"name": "x", "parent_id": None})
    assert (status, problem["errors"][0]["field"]) == (422, "parent_id")
    status, merged = send(browser, "post", f"{path}/merge", {"target_id": cast.first_branch.pk})
    assert (status, merged["id"]) == (200, cast.first_branch.pk)
    assert not Branch.objects.filter(pk=made["id"]).exists()
    status, problem = send(browser, "delete", f"/branches/{cast.first_branch.pk}")
    assert status == 409


def test_members(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    people = [{"name": "钱多", "phone": "136"}, {"name": "", "phone": "13600000002"}]
    path = f"/{cast.county.pk}/members"
    status, problem = send(browser, "post", path, {"branch_id": None, "people": people})
    assert status == 422
    assert {row["field"] for row in problem["errors"]} == {"people.0.phone", "people.1.name"}
    people = [{"name": "钱多", "phone": "13600000001"}]
    status, added = send(browser, "post", path, {"people": people})
    assert (status, added["active"], added["items"][0]["state"]) == (201, 0, "invited")
    assert "13600000001" not in str(added)
    pk = added["items"][0]["id"]
    status, listed = send(browser, "get", f"{path}?branch_id={cast.general_branch.pk}")
    assert listed["total"] == 3
    assert send(browser, "get", f"{path}?q=钱")[1]["total"] == 1
    assert send(browser, "get", f"{path}?state=invited")[1]["total"] == 2
    for bad in ("state=x", "page=0", "page=x", "branch_id=x"):
        assert send(browser, "get", f"{path}?{bad}")[0] == 422
    body = {"members": [pk], "branch_id": cast.second_branch.pk}
    assert send(browser, "post", f"{path}/move", body)[1][0]["branch"] == "第二党支部"
    status, row = send(browser, "put", f"/members/{pk}/phone", {"phone": cast.stranger.phone})
    assert (status, row["state"]) == (200, "active")
    assert send(browser, "post", f"/members/{pk}/reveal")[1] == {"phone": cast.stranger.phone}
    status, row = send(browser, "post", f"/members/{pk}/remove", {"reason": "组织关系转出"})
    assert row["state"] == "ended"
    assert send(browser, "get", f"/members/{pk}")[0] == 404
    assert AuditEvent.objects.filter(action="member.removed").exists()


def test_offices(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    seat = cast.memberships[cast.member.pk].pk
    path = f"/{cast.county.pk}/roles"
    body = {"membership_id": seat, "scope_id": cast.first_branch.pk}
    status, office = send(browser, "post", path, body)
    assert (status, office["scope"]) == (201, "第一党支部")
    status, listed = send(browser, "get", path)
    assert [row["role"] for row in listed["items"]][:2] == ["main_admin", "learning_admin"]
    assert send(browser, "delete", f"/roles/{office['id']}")[0] == 204
    foreign = {"membership_id": cast.memberships[cast.other_member.pk].pk}
    assert send(browser, "post", path, foreign)[0] == 404
    whole = cast.memberships[cast.whole_admin.pk].pk
    status, offer = send(browser, "post", f"/{cast.county.pk}/handovers", {"membership_id": whole})
    assert (status, offer["state"]) == (201, "offered")
    taker = sign_in(cast.whole_admin)
    status, offer = send(taker, "post", f"/handovers/{offer['id']}/answer", {"accept": True})
    assert offer["state"] == "accepted"
    assert Membership.objects.get(role_grants__role="main_admin", organization=cast.county).pk == (
        whole
    )


@pytest.mark.parametrize("path", ["/999999", "/branches/999999", "/members/999999"])
def test_what_is_not_there(cast: Cast, path: str) -> None:
    method = "patch" if "branches" in path else "get"
    status, problem = send(
        sign_in(cast.owner), method, path, {"name": "x"} if "b" in path else None
    )
    assert (status, problem["code"]) == (404, "not-found")
