"""The names behind the numbers: of the own organisation alone, and of the own scope."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lianxue.accounts.models import User
from lianxue.notices.actions import receipts
from lianxue.notices.models import Relay
from lianxue.notices.queries import chain
from lianxue.notices.queries.people import STATES, Asked, people
from lianxue.organizations.actions import security
from lianxue.organizations.queries.security import choices_of, settings_of
from lianxue.shared.errors import NotFound, PermissionDenied
from tests.cast import Cast, sign_in
from tests.factories import make_many

from .makers import ALL, WHOLE, passed, sent, to_branches


def names(user: User, relay: Relay, state: str, **more: Any) -> set[str]:
    found = people(user, relay.organization_id, relay.notice_id, Asked(state, **more))
    assert found.rows.count() == found.counts[state] or more.get("text")
    return {one.name for one in found.rows}


def test_each_number_has_its_names(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, WHOLE, needs_confirmation=True)
    receipts.read(cast.member, own.notice_id)
    receipts.confirm(cast.colleague, own.notice_id)
    assert names(cast.owner, own, "unread") == {"张建国", "陈静"}
    assert names(cast.owner, own, "read") == {"刘洋", "王秀英", "李明"}
    assert names(cast.owner, own, "confirmed") == {"王秀英", "李明"}
    assert names(cast.owner, own, "unconfirmed") == {"刘洋", "张建国", "陈静"}
    assert names(cast.owner, own, "inactive") == {"孙未来"}
    assert len(names(cast.owner, own, "expected")) == 5
    total = chain.own_part(chain.stand(cast.owner, cast.county.pk, own.notice_id)).total
    counts = people(cast.owner, cast.county.pk, own.notice_id, Asked()).counts
    assert (counts["expected"], counts["inactive"]) == (total.expected, total.inactive)
    assert (counts["read"], counts["confirmed"]) == (total.read, total.confirmed)


def test_by_branch_and_by_name(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, WHOLE)
    at = {"branch_id": cast.general_branch.pk}
    assert names(cast.owner, own, "expected", **at) == {"王秀英", "刘洋"}
    assert names(cast.owner, own, "expected", direct=True, **at) == {"王秀英"}
    assert names(cast.owner, own, "expected", direct=True) == {"李明", "陈静"}
    assert names(cast.owner, own, "expected", text=" 刘 ") == {"刘洋"}


def test_the_role_and_the_branches_that_were_told(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, to_branches(cast.general_branch, role="learning_admin"))
    assert names(cast.owner, own, "expected") == {"王秀英"}
    assert names(cast.owner, own, "inactive") == set()


def test_the_scope(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, WHOLE)
    assert names(cast.colleague, own, "unread") == {"王秀英", "刘洋"}
    assert names(cast.outsider_admin, own, "unread") == {"张建国"}
    assert names(cast.colleague, own, "expected", direct=True) == set()
    with pytest.raises(NotFound):
        names(cast.colleague, own, "unread", branch_id=cast.second_branch.pk)
    for state in STATES:
        text = (
            sign_in(cast.colleague)
            .get(f"/orgs/{cast.county.pk}/notices/{own.notice_id}/people/?state={state}")
            .text
        )
        assert "张建国" not in text
        assert "陈静" not in text


def test_who_may(cast: Cast) -> None:
    own = sent(cast.city_admin, cast.city, ALL)
    passed(cast.owner, cast.county, own.notice)
    with pytest.raises(PermissionDenied):
        people(cast.member, cast.county.pk, own.notice_id, Asked())
    for user in (cast.city_admin, cast.province_admin, cast.stranger):
        with pytest.raises(NotFound):
            people(user, cast.county.pk, own.notice_id, Asked())
    with pytest.raises(NotFound):
        people(cast.owner, cast.county.pk, own.notice_id, Asked("everybody"))
    with pytest.raises(NotFound):
        people(cast.owner, cast.county.pk, own.notice_id, Asked(branch_id=999_999))


def test_the_page_in_both_faces(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, WHOLE, needs_confirmation=True)
    client = sign_in(cast.owner)
    for face in ("", "/console"):
        base = f"{face}/orgs/{cast.county.pk}/notices/{own.notice_id}/people/"
        text = client.get(base).text
        assert "未读的成员" in text
        assert "刘洋" in text
        assert "查看人：李明" in text, "the watermark"
        assert cast.member.phone not in text
        assert "没有找到" in client.get(f"{base}?q=无此人").text
        assert "孙未来" in client.get(f"{base}?state=inactive").text
        for bad in ("state=x", "branch=x", "branch=99999999999999999999"):
            assert client.get(f"{base}?{bad}").status_code == 404
        for bad in ("page=x", "q=%00", "direct=x"):
            assert client.get(f"{base}?{bad}").status_code == 200


def test_no_watermark_where_it_is_off(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, WHOLE)
    now = choices_of(settings_of(cast.county))
    wanted = type(now)(**{**vars(now), "watermark": False})
    security.change(cast.owner, cast.county.pk, wanted)
    base = f"/orgs/{cast.county.pk}/notices/{own.notice_id}/people/"
    assert "查看人：" not in sign_in(cast.owner).get(base).text


def test_everybody_has_read_it(cast: Cast) -> None:
    own = sent(cast.colleague, cast.county, to_branches(cast.first_branch))
    receipts.read(cast.member, own.notice_id)
    base = f"/orgs/{cast.county.pk}/notices/{own.notice_id}/people/"
    assert "大家都已经看过" in sign_in(cast.owner).get(base).text


@pytest.mark.parametrize("many", [10, 1000])
def test_as_many_statements_for_a_thousand(cast: Cast, many: int) -> None:
    own = sent(cast.owner, cast.county, WHOLE)
    make_many(cast.county, [f"名字{n}" for n in range(many)])
    with CaptureQueriesContext(connection) as asked:
        found = people(cast.owner, cast.county.pk, own.notice_id, Asked("inactive"))
        rows = list(found.rows[:20])
    assert len(asked) == 5
    assert len(rows) == min(20, many + 1)
    assert found.counts["inactive"] == many + 1
