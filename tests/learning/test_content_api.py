"""What the API of contents gives and does: the same as the pages."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lianxue.learning.models import ContentItem, LearningRecord
from tests.api.doors import BASE, ask, call
from tests.cast import Cast, sign_in
from tests.files.makers import PDF, upload
from tests.files.makers import picture as png
from tests.learning.makers import CHAIN, Kind, column, comments_are, content

DOCUMENTS = Path(__file__).parent / "documents"


@pytest.fixture
def owner(cast: Cast) -> Client:
    return sign_in(cast.owner)


def here(cast: Cast, path: str = "") -> str:
    return f"/organizations/{cast.county.pk}/learning{path}"


def fields(answer: Any) -> set[str]:
    assert answer.status_code == 422, answer.content.decode()
    return {one["field"] for one in answer.json()["errors"]}


def test_from_nothing_to_read(cast: Cast, owner: Client) -> None:
    made = call(owner, "POST", here(cast), {"kind": "article"}).json()
    path = here(cast, f"/{made['id']}")
    assert fields(call(owner, "POST", f"{path}/publish")) == {"title", "body"}
    added = owner.post(f"{BASE}{path}/pictures", {"file": upload(png("PNG"), "图.png")}).json()
    source = f"/learn/{made['id']}/files/{added['id']}/"
    body = f"<h1>一</h1><p onclick=x>党建</p><img src='{source}'><script>x</script>"
    changed = call(
        owner, "PATCH", path, {"title": "读懂基层", "body": body, "tags": ["党建"], "version": 1}
    ).json()
    assert changed["body"] == f'<h2>一</h2><p>党建</p><img src="{source}?view=1">'
    again = call(owner, "PATCH", path, {"summary": "摘要", "version": changed["version"]}).json()
    assert (again["title"], again["tags"], again["summary"]) == ("读懂基层", ["党建"], "摘要")
    assert call(owner, "PATCH", path, {"title": "旧", "version": 1}).status_code == 409
    assert ask(owner, f"{path}/reach") == {"people": 5, "organizations": 0, "people_below": 0}
    assert call(owner, "POST", f"{path}/publish").json()["state"] == "published"
    member = sign_in(cast.member)
    assert [one["id"] for one in ask(member, "/learning", q="党建")["items"]] == [made["id"]]
    shown = ask(member, f"/learning/{made['id']}")
    assert (shown["record"], shown["favourite"], shown["may_comment"]) == (None, False, True)
    file = member.get(f"{BASE}/learning/{made['id']}/files/{added['id']}")
    assert b"".join(file).startswith(b"\x89PNG")
    assert call(owner, "DELETE", path).status_code == 409
    assert call(owner, "POST", f"{path}/withdraw", {"reason": "有更新"}).json()["withdrawn_at"]
    assert member.get(f"{BASE}/learning/{made['id']}").status_code == 404


def test_a_document_comes_in(cast: Cast, owner: Client) -> None:
    data = (DOCUMENTS / "notice.docx").read_bytes()
    path = f"{BASE}{here(cast, '/import')}"
    made = owner.post(path, {"file": upload(data, "通知.docx")})
    assert made.status_code == 201
    assert made.json()["title"] == "关于开展“读懂基层”主题学习的通知"
    assert "只有链接" in made.json()["left_out"][0]
    assert fields(owner.post(path, {"file": upload(PDF, "通知.docx")})) == {"file"}
    assert fields(owner.post(path)) == {"file"}
    for who, status in ((cast.member, 403), (cast.stranger, 404), (None, 401)):
        answer = sign_in(who).post(path, {"file": upload(data, "通知.docx")})
        assert answer.status_code == status


def test_a_document_with_its_file(cast: Cast, owner: Client) -> None:
    item = content(cast.county, cast.owner, kind=Kind.DOCUMENT, published=False, file=None)
    path = f"{BASE}{here(cast, f'/{item.pk}')}/file"
    assert fields(owner.post(path, {"file": upload(png("PNG"), "图.png")})) == {"file"}
    answer = owner.post(path, {"file": upload(PDF, "材料.pdf")}).json()
    assert (answer["file"]["name"], answer["version"]) == ("材料.pdf", 2)
    for who, status in ((cast.member, 403), (cast.city_admin, 404), (None, 401)):
        answer = sign_in(who).post(path, {"file": upload(PDF, "材料.pdf")})
        assert answer.status_code == status


def test_looking_leaves_no_record(cast: Cast) -> None:
    item = content(cast.city, reach=CHAIN)
    member, path = sign_in(cast.member), f"/learning/{item.pk}"
    ask(member, path)
    assert not LearningRecord.objects.exists()
    assert call(member, "POST", f"{path}/open").json()["finished_at"] is None
    assert call(member, "POST", f"{path}/reached", {"position": 400}).json()["position"] == 400
    [line] = ask(member, "/learning")["items"]
    assert (line["position"], line["finished_at"]) == (400, None)
    assert call(member, "POST", f"{path}/finish").json()["finished_at"]
    [record] = ask(member, "/learning/records")["items"]
    assert (record["content_id"], record["opens"]) == (item.pk, True)
    assert call(member, "POST", f"{path}/played", {"position": 1, "parts": []}).status_code == 409
    assert LearningRecord.objects.get().organization == cast.county


def test_a_film_is_not_finished_by_saying_so(cast: Cast) -> None:
    item = content(cast.county, kind=Kind.VIDEO, length=100)
    member, path = sign_in(cast.member), f"/learning/{item.pk}"
    all_of_it = {"position": 100, "parts": [[0, 100]]}
    assert call(member, "POST", f"{path}/played", all_of_it).json()["covered"] < 90
    assert call(member, "POST", f"{path}/finish").status_code == 409
    for parts in ([[5]], [["x", 1]], [[-1, 5]], "x"):
        bad = call(member, "POST", f"{path}/played", {"position": 1, "parts": parts})
        assert bad.status_code == 422


def test_kept_and_said(cast: Cast) -> None:
    item = content(cast.city, reach=CHAIN)
    member, path = sign_in(cast.member), f"/learning/{item.pk}"
    assert call(member, "PUT", f"{path}/favourite", {"kept": True}).json() == {"kept": True}
    assert ask(member, "/learning/favourites")["total"] == 1
    assert call(member, "PUT", f"{path}/favourite", {"kept": False}).json() == {"kept": False}
    said = call(member, "POST", f"{path}/comments", {"text": "学得好"}).json()
    assert (said["state"], said["author"], said["mine"]) == ("waiting", "刘洋", True)
    owner = sign_in(cast.owner)
    assert ask(owner, f"{path}/comments")["items"] == []
    [waiting] = ask(owner, here(cast, "/comments"), state="waiting")["items"]
    shown = call(owner, "POST", here(cast, f"/comments/{waiting['id']}/show")).json()
    assert (shown["state"], shown["branch"]) == ("shown", "第一党支部")
    [line] = ask(owner, f"{path}/comments")["items"]
    assert (line["author"], line["mine"]) == ("刘洋", False)
    assert ask(sign_in(cast.city_admin), f"{path}/comments")["items"] == []
    hide = here(cast, f"/comments/{waiting['id']}/hide")
    assert fields(call(owner, "POST", hide, {"reason": ""})) == {"reason"}
    assert call(owner, "POST", hide, {"reason": "广告"}).json()["reason"] == "广告"
    comments_are(cast.county, "off")
    closed = ask(member, f"{path}/comments")
    assert (closed["items"], bool(closed["closed"])) == ([], True)
    assert call(member, "POST", f"{path}/comments", {"text": "再说"}).status_code == 409


def test_columns_and_settings(cast: Cast, owner: Client) -> None:
    first = call(owner, "POST", here(cast, "/columns"), {"name": "理论"}).json()["id"]
    second = call(owner, "POST", here(cast, "/columns"), {"name": "党史"}).json()["id"]
    content(cast.county, column_id=second)
    body = {"column_ids": [second, 987_654]}
    ordered = call(owner, "PUT", here(cast, "/columns"), body).json()
    assert [(one["id"], one["contents"]) for one in ordered] == [(second, 1), (first, 0)]
    assert fields(call(owner, "POST", here(cast, "/columns"), {"name": "党史"})) == {"name"}
    [mine] = ask(sign_in(cast.member), "/learning/columns")
    assert mine["id"] == second
    assert ask(owner, here(cast, "/settings")) == {"comments": "moderated"}
    assert call(owner, "PUT", here(cast, "/settings"), {"comments": "x"}).status_code == 422
    theirs = column(cast.city)
    assert call(owner, "DELETE", here(cast, f"/columns/{theirs.pk}")).status_code == 404


def test_an_item_of_another_organisation_is_not_found_here(cast: Cast, owner: Client) -> None:
    theirs = content(cast.city, reach=CHAIN)
    for verb, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"title": "新", "version": 1}),
        ("POST", "/publish", None),
        ("POST", "/withdraw", {"reason": "x"}),
    ):
        assert call(owner, verb, here(cast, f"/{theirs.pk}{path}"), body).status_code == 404


@pytest.mark.parametrize("query", ["kind=film", "column=0", f"column={2**63}", "page=0", "state=x"])
def test_a_query_that_is_none(cast: Cast, owner: Client, query: str) -> None:
    path = here(cast) if query != "column=0" else "/learning"
    assert owner.get(f"{BASE}{path}?{query}").status_code == 422


def test_lists_ask_the_same_at_ten_and_a_thousand(cast: Cast, owner: Client) -> None:
    first = content(cast.county, cast.owner)
    copied = ("organization_id", "state", "created_at", "changed_at", "published_at")
    values = {field: getattr(first, field) for field in copied}

    def statements() -> list[int]:
        found = []
        for client, path in (
            (sign_in(cast.member), "/learning"),
            (sign_in(cast.member), "/learning?q=党"),
            (owner, here(cast)),
        ):
            with CaptureQueriesContext(connection) as seen:
                assert client.get(f"{BASE}{path}").status_code == 200
            found.append(len(seen))
        return found

    def more(number: int) -> None:
        ContentItem.objects.bulk_create(
            [ContentItem(**values, title=f"第{n}篇", author_name="") for n in range(number)]
        )

    more(9)
    few = statements()
    more(990)
    assert statements() == few
