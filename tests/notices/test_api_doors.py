"""Every door of the API of notices, by everybody whom it can meet."""

from typing import Any

import pytest

from lianxue.notices.actions import drafts, receipts, sending
from tests.api.doors import STRANGERS, Door, try_door
from tests.cast import Cast
from tests.files.makers import stored
from tests.notices.makers import BELOW, draft, sent, to_branches

HERE = "/organizations/{org}"
DRAFT = HERE + "/notices/{draft}"
SENT = HERE + "/notices/{notice}"
INCOMING = HERE + "/incoming/{incoming}"

NO_POWER = {"member": 403, **STRANGERS}
#: What the whole organisation's administrators alone may do.
WHOLE = {"owner": 200, "colleague": 403, "outsider_admin": 403, **NO_POWER}
#: What lies in one branch's scope: its administrator sees it, the other doesn't.
SCOPED = {"owner": 200, "whole_admin": 200, "colleague": 200, "outsider_admin": 404, **NO_POWER}
#: Kept by who administers the whole: the colleague may look, and not do.
ACT = {"owner": 200, "colleague": 403, "outsider_admin": 404, **NO_POWER}
#: Any administrator of the place.
ANY = {"owner": 200, "colleague": 200, "outsider_admin": 200, **NO_POWER}
READERS = {"colleague": 200, "member": 200, "owner": 404, "outsider_admin": 404, **STRANGERS}

AUDIENCE = {"own": "whole"}


def _made(who: dict[str, int]) -> dict[str, int]:
    return {role: 201 if status == 200 else status for role, status in who.items()}


def _gone(who: dict[str, int]) -> dict[str, int]:
    return {role: 204 if status == 200 else status for role, status in who.items()}


DOORS = [
    Door("GET", "/notices/{notice}", READERS),
    Door("POST", "/notices/{notice}/read", READERS),
    Door("POST", "/notices/{notice}/confirm", READERS),
    Door(
        "PUT",
        "/notices/{read}/archive",
        {**READERS, "colleague": 409},
        {"archived": True},
        bad=("read",),
    ),
    Door(
        "GET",
        "/notices/{notice}/files/{file}",
        {**READERS, "owner": 200},
        bad=("notice", "file"),
    ),
    Door("GET", HERE + "/notices", ANY, bad=("org",)),
    Door("POST", HERE + "/notices", _made(ANY), {"title": "开会"}, bad=("org",)),
    Door("GET", DRAFT, WHOLE, bad=("org", "draft")),
    Door("PATCH", DRAFT, WHOLE, {"title": "改"}, bad=("org", "draft")),
    Door("DELETE", DRAFT, _gone(WHOLE), bad=("org", "draft")),
    Door("POST", DRAFT + "/copy", _made(WHOLE), bad=("org", "draft")),
    Door("DELETE", DRAFT + "/files/{file}", _gone(WHOLE), bad=("org", "draft")),
    Door("POST", DRAFT + "/preview", WHOLE, AUDIENCE, bad=("org", "draft")),
    Door("POST", DRAFT + "/send", WHOLE, {"audience": AUDIENCE}, bad=("org", "draft")),
    Door("GET", HERE + "/incoming", WHOLE, bad=("org",)),
    Door("GET", INCOMING, WHOLE, bad=("org", "incoming")),
    Door("POST", INCOMING + "/open", WHOLE, bad=("org", "incoming")),
    Door("POST", INCOMING + "/confirm", WHOLE, bad=("org", "incoming")),
    Door("POST", INCOMING + "/preview", WHOLE, AUDIENCE, bad=("org", "incoming")),
    Door("POST", INCOMING + "/pass", WHOLE, {"audience": AUDIENCE}, bad=("org", "incoming")),
    Door("POST", INCOMING + "/close", WHOLE, {"remark": "无关"}, bad=("org", "incoming")),
    Door("GET", SENT + "/chain", SCOPED, bad=("org", "notice")),
    Door("GET", SENT + "/people", SCOPED, bad=("org", "notice")),
    Door("POST", SENT + "/nudge", ACT, {"whom": "own"}, bad=("org", "notice")),
    Door("POST", SENT + "/recall", ACT, {"reason": "写错了"}, bad=("org", "notice")),
]


@pytest.fixture
def ids(cast: Cast) -> dict[str, Any]:
    """县 has a draft with a file, a notice for 第一党总支, and one from 市 that nobody opened."""
    unsent = draft(cast.owner, cast.county)
    going = draft(cast.owner, cast.county, needs_confirmation=True)
    file = stored(cast.owner)
    drafts.add_file(cast.owner, going.pk, file)
    relay = sending.send(cast.owner, going.pk, to_branches(cast.general_branch))
    done = sent(cast.owner, cast.county, to_branches(cast.general_branch))
    receipts.read(cast.member, done.notice_id)
    above = sent(cast.city_admin, cast.city, BELOW, needs_confirmation=True)
    return {
        "org": cast.county.pk,
        "draft": unsent.pk,
        "notice": relay.notice_id,
        "read": done.notice_id,
        "incoming": above.notice_id,
        "file": file.pk,
    }


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_door(cast: Cast, ids: dict[str, Any], door: Door) -> None:
    try_door(cast, door, ids)
