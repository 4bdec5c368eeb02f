"""Points over the API: every door, and what it gives."""

import json
from typing import Any

import pytest

from lianxue.points.actions import ranking
from lianxue.points.actions.crediting import credit
from tests.api.doors import STRANGERS, Door, ask, call, try_door
from tests.cast import Cast, sign_in

from .makers import READ, TASK, did, items

__all__ = ["items"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("items")]

HERE = "/organizations/{org}/points"
ANY = {
    "owner": 200,
    "whole_admin": 200,
    "colleague": 200,
    "outsider_admin": 200,
    "member": 403,
    **STRANGERS,
}
MEMBERS = dict.fromkeys(("owner", "colleague", "outsider_admin", "member"), 200) | STRANGERS

DOORS = [
    Door("GET", "/points", {"owner": 200, "member": 200, "stranger": 200}, bad=()),
    Door("GET", "/points/entries", {"owner": 200, "member": 200, "stranger": 200}, bad=()),
    Door(
        "GET",
        "/points/entries/{entry}",
        {"member": 200, "owner": 404, "stranger": 404},
        bad=("entry",),
    ),
    Door("GET", HERE, ANY, bad=("org",)),
    Door("GET", HERE + "/people", ANY, bad=("org",)),
    Door("GET", HERE + "/members/{seat}", ANY | {"outsider_admin": 404}, bad=("org", "seat")),
    Door("GET", HERE + "/rules", MEMBERS, bad=("org",)),
    Door("GET", HERE + "/ranking", MEMBERS, bad=("org",)),
    Door(
        "POST",
        HERE + "/entries/{entry}/reverse",
        {"owner": 201, "outsider_admin": 404, "member": 403, **STRANGERS},
        {"reason": "由他人代学"},
        bad=("org", "entry"),
    ),
    Door(
        "POST",
        HERE + "/rules",
        {"owner": 201, "colleague": 403, "outsider_admin": 403, "member": 403, **STRANGERS},
        {"item": READ, "points": 15, "reason": "提高分值"},
        bad=("org",),
    ),
    Door(
        "PUT",
        HERE + "/ranking",
        ANY | {"whole_admin": 403, "colleague": 403, "outsider_admin": 403},
        {"on": False, "reason": "减负"},
        bad=("org",),
    ),
]


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_door(cast: Cast, door: Door) -> None:
    ranking.switch(cast.owner, cast.county.pk, True, "试")
    entry = credit(did(cast.member, cast.county, 1))
    ids = {
        "org": cast.county.pk,
        "entry": entry.pk,
        "seat": cast.memberships[cast.member.pk].pk,
    }
    try_door(cast, door, ids)


def _answers(cast: Cast, who: str, path: str, **query: Any) -> Any:
    return ask(sign_in(getattr(cast, who)), path, **query)


def test_the_own(cast: Cast) -> None:
    for number in range(1, 4):
        credit(did(cast.member, cast.county, number))
    mine = _answers(cast, "member", "/points")
    assert (mine["total"], mine["this_year"]) == (25, 25)
    assert mine["organizations"] == [
        {
            "organization_id": cast.county.pk,
            "name": cast.county.name,
            "points": 25,
            "ranking": False,
        }
    ]
    page = _answers(cast, "member", "/points/entries")
    assert [(one["earned"], one["amount"]) for one in page["items"]] == [
        (10, 5),
        (10, 10),
        (10, 10),
    ]
    found = _answers(cast, "member", f"/points/entries/{page['items'][0]['id']}")
    assert found["terms"]["day_cap"] == 25
    assert [one["had"] for one in found["steps"] if one["met"]] == [20]
    assert "这一项当日已到上限" in found["told"]
    assert _answers(cast, "member", "/points/entries", year=2001)["items"] == []


def test_an_organisations(cast: Cast) -> None:
    credit(did(cast.member, cast.county, 1, TASK))
    base = f"/organizations/{cast.county.pk}/points"
    found = _answers(cast, "owner", base)
    assert found["total"] == {"people": 5, "points": 15, "average": "0.30"}
    assert found["branches"][0] == {
        "branch_id": cast.general_branch.pk,
        "branch": "第一党总支",
        "people": 2,
        "points": 15,
        "average": "0.75",
    }
    inside = _answers(cast, "owner", base, branch_id=cast.general_branch.pk)
    assert inside["total"]["people"] == 2
    people = _answers(cast, "colleague", f"{base}/people", q="刘")
    assert [(one["name"], one["points"]) for one in people["items"]] == [("刘洋", 15)]
    seat = people["items"][0]["membership_id"]
    assert _answers(cast, "colleague", f"{base}/members/{seat}")["total"] == 1
    rules = _answers(cast, "member", f"{base}/rules")["items"]
    assert rules[-1]["item"] == ""
    assert {"test.read", "test.task"} <= {one["item"] for one in rules}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"item": READ, "points": 99_999, "reason": "试"}, "points"),
        ({"item": READ, "points": 1, "reason": ""}, "reason"),
        (
            {"item": READ, "points": 1, "effective_from": "2001-01-01", "reason": "试"},
            "effective_from",
        ),
    ],
)
def test_errors_stand_at_their_fields(cast: Cast, body: dict[str, Any], field: str) -> None:
    path = f"/organizations/{cast.county.pk}/points/rules"
    answer = call(sign_in(cast.owner), "POST", path, body)
    assert answer.status_code == 422
    assert field in {one["field"] for one in json.loads(answer.content)["errors"]}
