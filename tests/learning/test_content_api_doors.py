"""Every door of the API of contents, by everybody whom it can meet."""

from typing import Any

import pytest

from tests.api.doors import STRANGERS, Door, try_door
from tests.cast import Cast
from tests.learning.makers import Kind, column, comment, content, picture

HERE = "/organizations/{org}/learning"
DRAFT = HERE + "/{draft}"
OUT = HERE + "/{item}"

NO_POWER = {"member": 403, **STRANGERS}
#: Who administers the whole organisation.
WHOLE = {"owner": 200, "whole_admin": 200, "colleague": 403, "outsider_admin": 403, **NO_POWER}
#: Any administrator of the place.
ANY = {"owner": 200, "whole_admin": 200, "colleague": 200, "outsider_admin": 200, **NO_POWER}
#: Within whose scope the comment's author stands.
SCOPE = {"owner": 200, "colleague": 200, "outsider_admin": 404, **NO_POWER}
READERS = {"owner": 200, "colleague": 200, "member": 200, **STRANGERS}
EVERYBODY = {"owner": 200, "member": 200, "stranger": 200}


def _as(who: dict[str, int], done: int) -> dict[str, int]:
    return {role: done if status == 200 else status for role, status in who.items()}


def _alone(role: str, who: dict[str, int], done: int) -> dict[str, int]:
    """Only one of those who may, because what is done once is gone."""
    return {name: status for name, status in who.items() if status >= 400} | {role: done}


ITEM = "/learning/{item}"
DOORS = [
    Door("GET", "/learning", EVERYBODY, bad=()),
    Door("GET", "/learning/columns", EVERYBODY, bad=()),
    Door("GET", "/learning/favourites", EVERYBODY, bad=()),
    Door("GET", "/learning/records", EVERYBODY, bad=()),
    Door("GET", ITEM, READERS, bad=("item",)),
    Door("POST", ITEM + "/open", READERS, bad=("item",)),
    Door("POST", ITEM + "/reached", READERS, {"position": 500}, bad=("item",)),
    Door("POST", ITEM + "/finish", READERS, bad=("item",)),
    Door(
        "POST",
        "/learning/{film}/played",
        READERS,
        {"position": 5, "parts": [[0, 5]]},
        bad=("film",),
    ),
    Door("PUT", ITEM + "/favourite", READERS, {"kept": True}, bad=("item",)),
    Door("GET", ITEM + "/comments", READERS, bad=("item",)),
    Door("POST", ITEM + "/comments", _as(READERS, 201), {"text": "好"}, bad=("item",)),
    Door(
        "DELETE",
        "/learning/comments/{comment}",
        {"member": 204, "owner": 404, **STRANGERS},
        bad=("comment",),
    ),
    Door("GET", HERE, ANY, bad=("org",)),
    Door("POST", HERE, _as(ANY, 201), {"kind": "article"}, bad=("org",)),
    Door("GET", DRAFT, ANY, bad=("org", "draft")),
    Door(
        "PATCH",
        DRAFT,
        {"outsider_admin": 200, **NO_POWER},
        {"title": "新", "version": 1},
        bad=("org", "draft"),
    ),
    Door(
        "PATCH",
        OUT,
        {"owner": 200, "colleague": 403, **NO_POWER},
        {"title": "新", "version": 1},
        bad=("org", "item"),
    ),
    Door("DELETE", DRAFT, {"colleague": 204, "outsider_admin": 403, **NO_POWER}, bad=("draft",)),
    Door("PUT", DRAFT + "/pictures", ANY, {"pictures": []}, bad=("org", "draft")),
    Door("DELETE", DRAFT + "/pictures/{picture}", _as(ANY, 204), bad=("org", "draft")),
    Door("GET", DRAFT + "/reach", ANY, bad=("org", "draft")),
    Door("POST", DRAFT + "/publish", WHOLE, bad=("org", "draft")),
    Door("POST", OUT + "/withdraw", WHOLE, {"reason": "重复"}, bad=("org", "item")),
    Door("GET", HERE + "/columns", ANY, bad=("org",)),
    Door("POST", HERE + "/columns", _alone("owner", WHOLE, 201), {"name": "党史"}, bad=("org",)),
    Door("PUT", HERE + "/columns", WHOLE, {"column_ids": []}, bad=("org",)),
    Door("PATCH", HERE + "/columns/{column}", WHOLE, {"name": "党史"}, bad=("org", "column")),
    Door("DELETE", HERE + "/columns/{column}", _alone("owner", WHOLE, 204), bad=("column",)),
    Door("GET", HERE + "/settings", ANY, bad=("org",)),
    Door("PUT", HERE + "/settings", WHOLE, {"comments": "open"}, bad=("org",)),
    Door("GET", HERE + "/comments", ANY, bad=("org",)),
    Door("POST", HERE + "/comments/{comment}/show", SCOPE, bad=("org", "comment")),
    Door(
        "POST",
        HERE + "/comments/{comment}/hide",
        SCOPE,
        {"reason": "广告"},
        bad=("org", "comment"),
    ),
]


@pytest.fixture
def ids(cast: Cast) -> dict[str, Any]:
    """县 has a published article and film, a draft with a picture, and a comment that waits."""
    item = content(cast.county, cast.owner)
    draft = content(cast.county, cast.colleague, published=False)
    said = comment(cast.memberships[cast.member.pk], item, state="waiting")
    return {
        "org": cast.county.pk,
        "item": item.pk,
        "film": content(cast.county, cast.owner, kind=Kind.VIDEO).pk,
        "draft": draft.pk,
        "picture": picture(draft).file_id,
        "column": column(cast.county).pk,
        "comment": said.pk,
    }


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_door(cast: Cast, ids: dict[str, Any], door: Door) -> None:
    try_door(cast, door, ids)
