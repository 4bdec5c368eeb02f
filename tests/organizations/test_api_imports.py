"""Members in bulk, export and 名册信息 over the API, by everybody whom a door can meet."""

import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from lianxue.audit.models import AuditEvent
from lianxue.organizations.actions import imports
from lianxue.organizations.models import MemberImport, Membership
from lianxue.shared import uploads
from tests.cast import Cast, sign_in

from .imports_help import upload, workbook

BASE = "/api/v1/organizations"
ROSTER = [["钱多", "13600000001", "第一党总支/第一党支部"], ["吴错", "1360", ""]]


def call(client: Client, verb: str, path: str, body: Any = None) -> Any:
    return client.generic(verb, f"{BASE}{path}", json.dumps(body or {}), "application/json")


def send(client: Client, cast: Cast, data: bytes | None = None, **more: str) -> Any:
    data = workbook(ROSTER) if data is None else data
    form = {"file": SimpleUploadedFile("名册.xlsx", data), **more}
    return client.post(f"{BASE}/{cast.county.pk}/imports", form)


@pytest.fixture
def owner(cast: Cast) -> Client:
    return sign_in(cast.owner)


@pytest.fixture
def batch(cast: Cast) -> MemberImport:
    return imports.prepare(cast.owner, cast.county.pk, upload(ROSTER))


def sheet(data: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def test_from_the_upload_to_the_undoing(cast: Cast, owner: Client) -> None:
    made = send(owner, cast)
    assert made.status_code == 201
    one = made.json()
    assert (one["state"], one["new"], one["error"]) == ("ready", 1, 1)
    assert one["columns"] == {"name": "姓名", "phone": "手机号", "branch": "所在党支部"}
    path = f"/imports/{one['id']}"
    rows = owner.get(f"{BASE}{path}/rows", {"outcome": "error"}).json()
    assert [row["number"] for row in rows["items"]] == [3]
    assert "11 位" in rows["items"][0]["errors"]["phone"]
    assert owner.get(f"{BASE}{path}/rows").json()["total"] == 2
    mend = owner.get(f"{BASE}{path}/corrected")
    assert sheet(mend.content)[1][1:3] == ["吴错", "1360"]
    assert call(owner, "POST", f"{path}/confirm").status_code == 409
    queued = call(owner, "POST", f"{path}/confirm", {"leave_out_errors": True})
    assert queued.status_code == 202
    assert queued.json()["state"] == "queued"
    imports.apply(one["id"])
    done = owner.get(f"{BASE}{path}").json()
    assert (done["state"], done["progress"]) == ("done", 1)
    assert Membership.objects.get(phone="13600000001").name == "钱多"
    assert call(owner, "POST", f"{path}/drop").status_code == 409
    undone = call(owner, "POST", f"{path}/undo")
    assert undone.json()["state"] == "undone"
    listed = owner.get(f"{BASE}/{cast.county.pk}/imports").json()
    assert [row["id"] for row in listed["items"]] == [one["id"]]


def test_missing_branches_on_demand_then_dropped(cast: Cast, owner: Client) -> None:
    rows = [["钱多", "13600000001", "新设党支部"]]
    one = send(owner, cast, workbook(rows)).json()
    assert one["error"] == 1
    again = call(owner, "POST", f"/imports/{one['id']}/replan", {"make_branches": True}).json()
    assert (again["error"], again["new"], again["make_branches"]) == (0, 1, True)
    made = owner.get(f"{BASE}/imports/{one['id']}/rows").json()["items"][0]["make_branch"]
    assert made == "新设党支部"
    assert call(owner, "POST", f"/imports/{one['id']}/drop").json()["state"] == "dropped"
    assert send(owner, cast, workbook(rows), make_branches="true").json()["new"] == 1


def test_a_file_that_is_none(cast: Cast, owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{BASE}/{cast.county.pk}/imports"
    for answer in (owner.post(path), send(owner, cast, b""), send(owner, cast, b"MZ")):
        assert answer.status_code == 422
        assert answer["Content-Type"].startswith("application/problem+json")
        assert answer.json()["errors"][0]["field"] == "file"
    monkeypatch.setattr(uploads, "MAX_BYTES", 1000)
    assert "超过" in send(owner, cast, b"x" * 1001).json()["errors"][0]["message"]


def test_templates(cast: Cast, owner: Client) -> None:
    path = f"{BASE}/{cast.county.pk}/imports/template"
    assert len(sheet(owner.get(path).content)[0]) == 3
    assert len(sheet(owner.get(path, {"kind": "full"}).content)[0]) == 17
    assert owner.get(path, {"kind": "x"}).status_code == 422


def test_export(cast: Cast, owner: Client) -> None:
    path = f"/{cast.county.pk}/members/export"
    answer = call(owner, "POST", path, {"state": "invited"})
    rows = sheet(b"".join(answer.streaming_content))
    assert "导出人：李明" in rows[0][0]
    assert [row[0] for row in rows[2:]] == ["孙未来"]
    assert rows[2][1] == "137 **** 2222"
    csv = call(owner, "POST", path, {"format": "csv", "phones": "full", "reason": "核对"})
    assert csv["Content-Type"].startswith("text/csv")
    assert "13711112222" in b"".join(csv.streaming_content).decode()
    refused = call(owner, "POST", path, {"phones": "full"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "reason"
    assert call(owner, "POST", path, {"branch_id": 999_999}).status_code == 404
    assert AuditEvent.objects.filter(action="members.exported").count() == 2


def test_details_and_name(cast: Cast, owner: Client) -> None:
    path = f"/members/{cast.memberships[cast.member.pk].pk}"
    values = {"ethnicity": "汉", "birth_date": "1990.5.4"}
    assert call(owner, "PATCH", f"{path}/details", {"values": values}).status_code == 200
    shown = call(owner, "POST", f"{path}/details/reveal").json()
    assert shown["values"] == {"ethnicity": "汉族", "birth_date": "1990-05-04"}
    old = shown["version"]
    changed = call(owner, "PATCH", f"{path}/details", {"values": {"ethnicity": ""}, "version": old})
    assert changed.json()["version"] != old
    late = call(owner, "PATCH", f"{path}/details", {"values": {"post": "x"}, "version": old})
    assert late.status_code == 409
    wrong = call(owner, "PATCH", f"{path}/details", {"values": {"gender": "x", "no": "1"}})
    assert {one["field"] for one in wrong.json()["errors"]} == {"gender", "no"}
    named = call(owner, "PUT", f"{path}/name", {"name": "刘洋洋"})
    assert named.json()["name"] == "刘洋洋"
    assert call(owner, "PUT", f"{path}/name", {"name": ""}).status_code == 422


@pytest.mark.parametrize(
    ("who", "places", "own"),
    [
        ("whole_admin", 200, 200),
        ("colleague", 200, 404),
        ("outsider_admin", 200, 404),
        ("member", 403, 403),
        ("city_admin", 404, 404),
        ("other_member", 404, 404),
        ("stranger", 404, 404),
        ("operator", 404, 404),
    ],
)
def test_who_may(cast: Cast, batch: MemberImport, who: str, places: int, own: int) -> None:
    """``places``: the organisation's doors; ``own``: those of a roster that another uploaded."""
    client = sign_in(getattr(cast, who))
    here = f"{BASE}/{cast.county.pk}"
    assert client.get(f"{here}/imports").status_code == places
    assert client.get(f"{here}/imports/template").status_code == places
    assert send(client, cast).status_code == (201 if places == 200 else places)
    assert call(client, "POST", f"/{cast.county.pk}/members/export").status_code == places
    path = f"/imports/{batch.pk}"
    for part in ("", "/rows", "/corrected"):
        assert client.get(f"{BASE}{path}{part}").status_code == own, part
    acting = 403 if own == 200 else own
    confirmed = call(client, "POST", f"{path}/confirm", {"leave_out_errors": True})
    assert confirmed.status_code == acting
    assert call(client, "POST", f"{path}/replan").status_code == acting
    assert call(client, "POST", f"{path}/undo").status_code == (409 if own == 200 else own)
    assert call(client, "POST", f"{path}/drop").status_code == own


@pytest.mark.parametrize(
    ("who", "status"),
    [("colleague", 200), ("outsider_admin", 403), ("member", 403), ("stranger", 404)],
)
def test_whose_details(cast: Cast, who: str, status: int) -> None:
    client = sign_in(getattr(cast, who))
    path = f"/members/{cast.memberships[cast.member.pk].pk}"
    looks = 200 if who == "member" else status  # one's own
    assert call(client, "POST", f"{path}/details/reveal").status_code == looks
    assert call(client, "PATCH", f"{path}/details", {"values": {}}).status_code == status
    assert call(client, "PUT", f"{path}/name", {"name": "刘阳"}).status_code == status
