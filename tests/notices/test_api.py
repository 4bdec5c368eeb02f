"""What the API of notices gives and does: the same as the pages."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lianxue.notices.actions import drafts, receipts
from lianxue.notices.models import Notice, Receipt, Relay
from tests.api.doors import BASE, ask, call
from tests.cast import Cast, sign_in
from tests.factories import OrganizationFactory, make_many, put_in_chain
from tests.files.makers import PDF, stored, upload
from tests.notices.makers import ALL, BELOW, WHOLE, draft, passed, sent, to_branches


@pytest.fixture
def owner(cast: Cast) -> Client:
    return sign_in(cast.owner)


def here(cast: Cast, path: str = "") -> str:
    return f"/organizations/{cast.county.pk}{path}"


def copies(relay: Relay, number: int) -> None:
    """The same notice so many times more, each passed on as ``relay``; without the actions."""
    notices = Notice.objects.bulk_create(
        [
            Notice(
                organization_id=relay.notice.organization_id,
                state="sent",
                author_name="李明",
                title=f"通知{n}",
                body="正文",
                created_at=relay.passed_at,
                changed_at=relay.passed_at,
                sent_at=relay.passed_at,
            )
            for n in range(number)
        ]
    )
    Relay.objects.bulk_create(
        [
            Relay(
                notice=one,
                organization_id=relay.organization_id,
                state="passed",
                own=relay.own,
                below=relay.below,
                passed_at=relay.passed_at,
                open_until=relay.open_until,
            )
            for one in notices
        ]
    )


def statements(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        ask(client, path)
    return len(seen)


def test_looking_is_no_reading(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, WHOLE, needs_confirmation=True)
    member, path = sign_in(cast.member), f"/notices/{relay.notice_id}"
    [line] = ask(member, "/notices", tab="unread")["items"]
    assert (line["id"], line["unread"], line["unconfirmed"]) == (relay.notice_id, True, True)
    shown = ask(member, path)
    assert (shown["read_at"], shown["to_confirm"]) == (None, True)
    assert not Receipt.objects.filter(membership__user=cast.member).exists()
    assert call(member, "POST", f"{path}/read").json()["read_at"]
    assert Receipt.objects.filter(membership__user=cast.member).count() == 1
    assert call(member, "PUT", f"{path}/archive", {"archived": True}).status_code == 409
    assert call(member, "POST", f"{path}/confirm").json()["to_confirm"] is False
    assert call(member, "PUT", f"{path}/archive", {"archived": True}).json()["archived_at"]
    assert ask(member, "/notices")["items"] == []
    assert ask(member, "/notices", tab="archived")["total"] == 1
    assert call(member, "PUT", f"{path}/archive", {"archived": False}).json()["archived_at"] is None


def test_of_what_is_recalled_the_trace_alone(cast: Cast, owner: Client) -> None:
    relay = sent(cast.owner, cast.county, WHOLE, body="秘密的正文")
    receipts.read(cast.member, relay.notice_id)
    path = here(cast, f"/notices/{relay.notice_id}/recall")
    assert call(owner, "POST", path, {"reason": ""}).json()["errors"][0]["field"] == "reason"
    assert call(owner, "POST", path, {"reason": "时间有变"}).json()["reason"] == "时间有变"
    assert call(owner, "POST", path, {"reason": "又"}).status_code == 409
    member = sign_in(cast.member)
    shown = ask(member, f"/notices/{relay.notice_id}")
    assert (shown["state"], shown["body"], shown["files"]) == ("recalled", "", [])
    assert shown["recall"]["reason"] == "时间有变"
    assert ask(member, "/notices")["items"][0]["recalled"] is True
    assert ask(member, "/notices", q="秘密")["items"] == []
    assert call(member, "POST", f"/notices/{relay.notice_id}/confirm").status_code == 409


def test_from_the_draft_to_the_figures(cast: Cast, owner: Client) -> None:
    made = call(owner, "POST", here(cast, "/notices"), {"title": "开会", "urgent": True})
    path = here(cast, f"/notices/{made.json()['id']}")
    assert call(owner, "POST", f"{path}/send", {"audience": {"own": "whole"}}).status_code == 422
    changed = call(owner, "PATCH", path, {"body": "一楼会议室", "needs_confirmation": True}).json()
    assert (changed["title"], changed["body"], changed["urgent"]) == ("开会", "一楼会议室", True)
    added = owner.post(f"{BASE}{path}/files", {"file": upload(PDF, "方案.pdf")})
    assert added.status_code == 201
    assert [one["name"] for one in ask(owner, path)["files"]] == ["方案.pdf"]
    reach = call(owner, "POST", f"{path}/preview", {"own": "whole"}).json()
    assert reach["audience"] == "本组织全体"
    assert reach["reach"] == {"expected": 5, "inactive": 1, "organizations": 0, "branches": 0}
    assert reach["sms"]["people"] == 5
    done = call(owner, "POST", f"{path}/send", {"audience": {"own": "whole"}})
    assert done.json()["audience"] == "本组织全体"
    assert call(owner, "PATCH", path, {"title": "晚了"}).status_code == 409
    assert owner.post(f"{BASE}{path}/files", {"file": upload(PDF, "二.pdf")}).status_code == 409
    member = sign_in(cast.member)
    notice = made.json()["id"]
    file = ask(member, f"/notices/{notice}")["files"][0]["id"]
    served = member.get(f"{BASE}/notices/{notice}/files/{file}")
    assert b"".join(served) == PDF
    call(member, "POST", f"/notices/{notice}/confirm")
    [line] = ask(owner, here(cast, "/notices"), state="sent")["items"]
    assert line["figures"] == {"expected": 5, "inactive": 1, "read": 2, "confirmed": 2}
    picture = ask(owner, f"{path}/chain")
    assert picture["own"]["total"] == line["figures"]
    people = ask(owner, f"{path}/people", state="confirmed")
    assert {one["name"] for one in people["items"]} == {"李明", "刘洋"}
    assert people["counts"]["unread"] == 3
    again = call(owner, "POST", f"{path}/copy").json()
    assert (again["state"], again["title"]) == ("draft", "开会")
    assert [one["name"] for one in again["files"]] == ["方案.pdf"]


def test_what_an_audience_lacks_is_said_at_its_field(cast: Cast, owner: Client) -> None:
    path = here(cast, f"/notices/{draft(cast.owner, cast.county).pk}/preview")
    for body, field in [
        ({}, "own"),
        ({"own": "branches"}, "branch_ids"),
        ({"own": "branches", "branch_ids": [987_654]}, "branch_ids"),
        ({"below": "chosen"}, "organization_ids"),
        ({"own": "units"}, "own"),
        ({"own": "branches", "branch_ids": [2**63]}, "branch_ids.0"),
    ]:
        answer = call(owner, "POST", path, body)
        assert answer.status_code == 422, body
        assert answer.json()["errors"][0]["field"] == field
    assert call(owner, "POST", path, {"below": "all"}).status_code == 422  # there is nobody below


def test_a_file_that_is_none(cast: Cast, owner: Client) -> None:
    path = BASE + here(cast, f"/notices/{draft(cast.owner, cast.county).pk}/files")
    for answer in (owner.post(path), owner.post(path, {"file": upload(b"MZ", "x.exe")})):
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "file"
    assert sign_in(cast.member).post(path, {"file": upload(PDF, "x.pdf")}).status_code == 403


def test_passed_on_with_a_remark(cast: Cast, owner: Client) -> None:
    above = sent(cast.city_admin, cast.city, BELOW, needs_confirmation=True)
    path = here(cast, f"/incoming/{above.notice_id}")
    assert ask(owner, here(cast, "/incoming"))["items"][0]["own_state"] == ""
    assert ask(owner, path)["own"] is None  # looking is not opening
    assert not Relay.objects.filter(organization=cast.county).exists()
    assert call(owner, "POST", f"{path}/open").json()["own"]["state"] == "received"
    assert call(owner, "POST", f"{path}/confirm").json()["own"]["confirmed_at"]
    reach = call(owner, "POST", f"{path}/preview", {"own": "whole"}).json()
    assert reach["reach"]["expected"] == 5
    body = {"audience": {"own": "whole"}, "remark": "请结合实际"}
    done = call(owner, "POST", f"{path}/pass", body).json()
    assert (done["own"]["state"], done["own"]["audience"]) == ("passed", "本组织全体")
    assert call(owner, "POST", f"{path}/pass", body).status_code == 409
    assert call(owner, "POST", f"{path}/close", {"remark": "不"}).status_code == 409
    shown = ask(sign_in(cast.member), f"/notices/{above.notice_id}")
    assert shown["passed_on"][0]["remark"] == "请结合实际"
    assert ask(owner, here(cast, "/incoming"))["items"] == []
    assert ask(owner, here(cast, "/incoming"), which="done")["total"] == 1


def test_below_there_are_numbers_only(cast: Cast) -> None:
    top = sent(cast.province_admin, cast.province, BELOW)
    passed(cast.city_admin, cast.city, top.notice, ALL)
    passed(cast.owner, cast.county, top.notice, WHOLE, "请看")
    receipts.read(cast.member, top.notice_id)
    admin = sign_in(cast.province_admin)
    path = f"/organizations/{cast.province.pk}/notices/{top.notice_id}"
    [line] = ask(admin, f"{path}/chain")["below"]["items"]
    assert (line["name"], line["state"]) == (cast.city.name, "passed")
    assert (line["expected"], line["read"], line["organizations"]) == (6, 3, 2)
    down = ask(admin, f"{path}/chain", at=cast.city.pk)
    assert [one["name"] for one in down["way"]] == [cast.province.name, cast.city.name]
    assert down["own"] is None
    assert down["below"]["items"][0]["read"] == 2
    assert "刘洋" not in str(ask(admin, f"{path}/chain", at=cast.county.pk))
    assert admin.get(f"{BASE}{path}/chain", {"at": cast.other.pk}).status_code == 404
    assert admin.get(f"{BASE}{path}/chain", {"at": 2**63}).status_code == 422


def test_reminded_once_an_hour(cast: Cast, owner: Client) -> None:
    relay = sent(cast.owner, cast.county, WHOLE)
    path = here(cast, f"/notices/{relay.notice_id}/nudge")
    assert call(owner, "POST", path, {"whom": "own"}).json()["nudged_at"]
    again = call(owner, "POST", path, {"whom": "own"})
    assert (again.status_code, again.json()["code"]) == (409, "nudged-lately")
    assert call(owner, "POST", path, {"whom": "x"}).status_code == 422


def test_a_scoped_administrators_picture(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, WHOLE)
    path = here(cast, f"/notices/{relay.notice_id}")
    colleague = sign_in(cast.colleague)
    assert ask(colleague, f"{path}/chain")["own"]["total"]["expected"] == 2
    names = {one["name"] for one in ask(colleague, f"{path}/people", state="expected")["items"]}
    assert names == {"王秀英", "刘洋"}
    outside = {"branch_id": cast.second_branch.pk}
    assert colleague.get(f"{BASE}{path}/people", outside).status_code == 404
    mine = call(colleague, "POST", here(cast, "/notices"), {"title": "支部", "body": "文"}).json()
    send = here(cast, f"/notices/{mine['id']}/send")
    refused = call(colleague, "POST", send, {"audience": {"own": "whole"}})
    assert refused.status_code == 403
    branch = {"own": "branches", "branch_ids": [cast.first_branch.pk]}
    assert call(colleague, "POST", send, {"audience": branch}).status_code == 200


def test_lists_ask_the_same_at_ten_and_a_thousand(cast: Cast, owner: Client) -> None:
    own, above = sent(cast.owner, cast.county, WHOLE), sent(cast.city_admin, cast.city, BELOW)
    member = sign_in(cast.member)
    lists: list[tuple[Any, str]] = [
        (member, "/notices"),
        (member, "/notices?tab=unread"),
        (owner, here(cast, "/notices")),
        (owner, here(cast, "/incoming")),
        (owner, here(cast, "/incoming?which=done")),
    ]
    copies(own, 9)
    copies(above, 9)
    few = [statements(*one) for one in lists]
    copies(own, 990)
    copies(above, 990)
    assert [statements(*one) for one in lists] == few
    assert ask(member, "/notices")["total"] == 1000
    assert len(ask(owner, here(cast, "/incoming"))["items"]) == 50
    assert max(few) <= 20


def test_people_and_branches_ask_the_same_however_many(cast: Cast, owner: Client) -> None:
    relay = sent(cast.owner, cast.county, to_branches(cast.first_branch))
    path = here(cast, f"/notices/{relay.notice_id}")
    asked = (f"{path}/people", f"{path}/chain")
    make_many(cast.county, (f"成员{n}" for n in range(10)), branch=cast.first_branch)
    few = [statements(owner, one) for one in asked]
    make_many(cast.county, (f"党员{n}" for n in range(990)), branch=cast.first_branch)
    assert [statements(owner, one) for one in asked] == few
    assert ask(owner, f"{path}/people?state=inactive")["total"] >= 1000


def test_subordinates_ask_the_same_however_many(cast: Cast) -> None:
    relay = sent(cast.city_admin, cast.city, BELOW)
    admin = sign_in(cast.city_admin)
    path = f"/organizations/{cast.city.pk}/notices/{relay.notice_id}/chain"
    put_in_chain(OrganizationFactory(), cast.city)
    few = statements(admin, path)
    for _ in range(20):
        put_in_chain(OrganizationFactory(), cast.city)
    assert statements(admin, path) == few
    assert ask(admin, path)["below"]["counts"]["all"] == 22


def test_a_draft_takes_a_file_off_again(cast: Cast, owner: Client) -> None:
    unsent = draft(cast.owner, cast.county)
    file = stored(cast.owner)
    drafts.add_file(cast.owner, unsent.pk, file)
    path = here(cast, f"/notices/{unsent.pk}")
    assert call(owner, "DELETE", f"{path}/files/{file.pk}").status_code == 204
    assert ask(owner, path)["files"] == []
    assert call(owner, "DELETE", path).status_code == 204
    assert owner.get(f"{BASE}{path}").status_code == 404
