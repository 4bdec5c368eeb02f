"""The administrators' pages: the desk, writing, importing, previewing, publishing, comments."""

import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from lianxue.audit.models import AuditEvent
from lianxue.learning.models import Column, Comment, ContentItem, LearningSettings
from lianxue.learning.web import plain
from lianxue.organizations.models import Organization
from tests.cast import Cast, sign_in
from tests.files.makers import PDF
from tests.notices.test_desk_pages import text_of

from . import makers
from .test_importing import sample

pytestmark = pytest.mark.django_db
_TEXT = {"title": "读懂基层治理", "body": "第一段。\n第二段。", "reach": "own"}
Kind, State = ContentItem.Kind, ContentItem.State


def at(place: Organization, rest: str = "", console: bool = False) -> str:
    return f"{'/console' if console else ''}/orgs/{place.pk}/learning/{rest}"


def image(name: str = "会场.png") -> SimpleUploadedFile:
    target = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(target, "PNG")
    return SimpleUploadedFile(name, target.getvalue())


@pytest.fixture
def owner(cast: Cast) -> Client:
    return sign_in(cast.owner)


def draft_of(cast: Cast, **values: Any) -> ContentItem:
    return makers.content(cast.county, cast.owner, published=False, **values)


def saved(client: Client, item: ContentItem, change: dict[str, Any] | None = None) -> Any:
    form = _TEXT | {"version": str(item.version), "go": "save"} | (change or {})
    return client.post(at(item.organization, f"{item.pk}/edit/"), form)


# ---------- the desk ----------


@pytest.mark.parametrize("console", [False, True])
def test_the_tabs_and_what_cuts_them(cast: Cast, owner: Client, console: bool) -> None:
    column = makers.column(cast.county, "理论学习")
    makers.content(cast.county, cast.owner, title="发布了的文章", column=column)
    makers.content(cast.county, cast.owner, title="发布了的视频", kind=Kind.VIDEO)
    draft_of(cast, title="还在写的")
    page = text_of(owner.get(at(cast.county, console=console)))
    assert "发布了的文章" in page
    assert "还在写的" not in page
    assert "已发布 2" in page
    assert "草稿 1" in page
    drafts = text_of(owner.get(at(cast.county, "?tab=draft", console)))
    assert "还在写的" in drafts
    assert "发布了的文章" not in drafts
    for query in (f"column={column.pk}", "kind=article", "q=文章"):
        cut = text_of(owner.get(at(cast.county, f"?{query}", console)))
        assert "发布了的文章" in cut
        assert "发布了的视频" not in cut
    assert "没有找到" in text_of(owner.get(at(cast.county, "?q=没有这样的", console)))
    assert owner.get(at(cast.county, "?tab=x&kind=x&column=x&page=x", console)).status_code == 200


def test_the_desk_costs_the_same_at_any_length(cast: Cast, owner: Client) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert owner.get(at(cast.county)).status_code == 200
        return len(seen)

    few = [makers.content(cast.county, cast.owner, title=f"第{n}篇") for n in range(10)]
    owner.get(at(cast.county))
    before = statements()
    template = few[0]
    ContentItem.objects.bulk_create(
        ContentItem(
            organization=cast.county,
            kind=template.kind,
            state=template.state,
            title=f"又一篇{n}",
            author_name="李明",
            created_at=template.created_at,
            changed_at=template.changed_at,
            published_at=template.published_at,
        )
        for n in range(1000)
    )
    assert statements() == before


# ---------- writing ----------


def test_a_draft_begins_with_its_kind(cast: Cast, owner: Client) -> None:
    answer = owner.post(at(cast.county, "new/"), {"kind": "article"})
    item = ContentItem.objects.get(kind="article", organization=cast.county)
    assert answer.headers["Location"] == at(cast.county, f"{item.pk}/edit/")
    assert item.state == State.DRAFT
    page = owner.get(answer.headers["Location"])
    assert "js/editor.js" in page.text
    assert "vendor/editor/squire.js" in page.text


def test_without_scripts_lines_become_paragraphs(cast: Cast, owner: Client) -> None:
    item = draft_of(cast)
    answer = saved(
        owner, item, {"body": "第一段 <b>。\r\n\r\n 第二段。", "tags": "基层，治理 廉洁"}
    )
    assert answer.status_code == 302
    item.refresh_from_db()
    assert item.body == "<p>第一段 &lt;b&gt;。</p><p>第二段。</p>"
    assert [tag.name for tag in item.tags.order_by("pk")] == ["基层", "治理", "廉洁"]
    assert item.version == 2
    page = owner.get(at(cast.county, f"{item.pk}/edit/")).text
    assert "第一段 &lt;b&gt;。\n第二段。</textarea>" in page
    assert 'name="format" value="text"' in page


def test_formatted_text_stays_formatted(cast: Cast, owner: Client) -> None:
    item = draft_of(cast)
    body = "<h2>一、到群众中去</h2><p>听<strong>真话</strong>。</p>"
    saved(owner, item, {"body": body + "<script>alert(1)</script>", "format": "html"})
    item.refresh_from_db()
    assert item.body == body
    page = owner.get(at(cast.county, f"{item.pk}/edit/")).text
    assert 'name="format" value="html"' in page
    assert "&lt;h2&gt;一、到群众中去" in page


@pytest.mark.once
@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("", ""),
        ("<p>一</p><p>二 &amp; 三</p>", "一\n二 & 三"),
        ("<p>一<br>二</p>", "一\n二"),
        ("<p>一<strong>二</strong></p>", None),
        ("<ul><li>一</li></ul>", None),
    ],
)
def test_plain_lines(html: str, lines: str | None) -> None:
    assert plain.lines_of(html) == lines
    if lines is not None:
        assert plain.lines_of(plain.paragraphs(lines)) == lines


def test_somebody_elses_newer_words_are_never_written_over_unseen(
    cast: Cast, owner: Client
) -> None:
    item = draft_of(cast)
    assert saved(sign_in(cast.whole_admin), item, {"title": "陈静的标题"}).status_code == 302
    answer = saved(owner, item, {"title": "李明的标题"})
    assert answer.status_code == 409
    assert "现在的标题是“陈静的标题”" in answer.text
    assert 'value="李明的标题"' in answer.text
    item.refresh_from_db()
    assert item.title == "陈静的标题"
    assert saved(owner, item, {"title": "李明的标题"}).status_code == 302  # having been told
    item.refresh_from_db()
    assert item.title == "李明的标题"


def test_a_draft_keeps_itself_while_one_types(cast: Cast, owner: Client) -> None:
    item = draft_of(cast)
    events = AuditEvent.objects.count()
    answer = saved(owner, item, {"go": "auto", "title": "自己存下的"})
    assert answer.status_code == 200
    assert json.loads(answer.content) == {"version": 2}
    item.refresh_from_db()
    assert item.title == "自己存下的"
    assert AuditEvent.objects.count() == events
    old = saved(owner, item, {"go": "auto", "version": "1", "title": "晚到的"})
    assert old.status_code == 409
    assert json.loads(old.content)["code"] == "content-changed"
    wrong = saved(owner, item, {"go": "auto", "title": "长" * 101})
    assert wrong.status_code == 422
    assert "最多 100 个字" in json.loads(wrong.content)["message"]


def test_what_is_published_changes_at_a_tap_alone(cast: Cast, owner: Client) -> None:
    item = makers.content(cast.county, cast.owner, title="原来的")
    assert saved(owner, item, {"go": "auto", "title": "改了的"}).status_code == 409
    item.refresh_from_db()
    assert item.title == "原来的"
    answer = saved(owner, item, {"title": "改了的"})
    assert answer.headers["Location"] == at(cast.county, f"{item.pk}/")
    item.refresh_from_db()
    assert item.title == "改了的"
    assert item.state == State.PUBLISHED
    assert sign_in(cast.colleague).get(at(cast.county, f"{item.pk}/edit/")).status_code == 403


# ---------- pictures and files ----------


def test_a_picture_for_the_text(cast: Cast, owner: Client) -> None:
    item = draft_of(cast)
    where = at(cast.county, f"{item.pk}/pictures/")
    answer = owner.post(where, {"file": image(), "caption": "会场"})
    assert answer.status_code == 201
    told = json.loads(answer.content)
    kept = item.pictures.get()
    assert told == {"address": f"/learn/{item.pk}/files/{kept.file_id}/?view=1", "caption": "会场"}
    assert owner.get(told["address"]).status_code == 200
    body = f'<p><img src="{told["address"]}" alt="会场"></p>'
    saved(owner, item, {"body": body, "format": "html"})
    item.refresh_from_db()
    assert item.body == body
    refused = owner.post(where, {"file": SimpleUploadedFile("a.svg", b"<svg/>")})
    assert refused.status_code == 422
    assert "不能上传" in json.loads(refused.content)["message"]
    assert owner.post(where, {}).status_code == 422
    stranger = sign_in(cast.newcomer_admin)
    assert stranger.post(where, {"file": image()}).status_code == 404
    assert sign_in(cast.member).post(where, {"file": image()}).status_code == 403
    assert item.pictures.count() == 1


def test_pictures_without_scripts_come_at_the_end(cast: Cast, owner: Client) -> None:
    item = draft_of(cast)
    answer = saved(owner, item, {"go": "files", "pictures": [image()]})
    assert answer.headers["Location"] == at(cast.county, f"{item.pk}/edit/")
    item.refresh_from_db()
    picture = item.pictures.get()
    assert item.body.endswith(
        f'<img src="/learn/{item.pk}/files/{picture.file_id}/?view=1" alt=""></p>'
    )
    assert item.body.startswith("<p>第一段。</p>")


def test_a_gallery_in_its_order(cast: Cast, owner: Client) -> None:
    item = draft_of(cast, kind=Kind.PICTURES)
    bad = SimpleUploadedFile("说明.txt", "不是图片".encode())
    answer = saved(owner, item, {"pictures": [image("1.png"), bad, image("2.png")]})
    assert answer.status_code == 422
    assert "“说明.txt”没有上传" in text_of(answer)
    item.refresh_from_db()
    assert item.title == _TEXT["title"], "the words are kept beside a refused picture"
    first, second = item.pictures.order_by("position")
    words = {f"caption-{first.file_id}": "先", f"caption-{second.file_id}": "后"}
    saved(owner, item, {"go": f"up-{second.file_id}", **words})
    rows = item.pictures.order_by("position").values_list("file_id", "caption")
    assert list(rows) == [(second.file_id, "后"), (first.file_id, "先")]
    long = saved(owner, item, {f"caption-{first.file_id}": "长" * 101})
    assert long.status_code == 422
    assert "最多 100 个字" in long.text
    assert "长" * 101 in long.text
    saved(owner, item, {"go": f"remove-{first.file_id}"})
    assert [one.file_id for one in item.pictures.all()] == [second.file_id]
    assert saved(owner, item, {"go": "down-999999999999999999"}).status_code == 302


def test_a_document_and_its_next_one(cast: Cast, owner: Client) -> None:
    item = draft_of(cast, kind=Kind.DOCUMENT, file=None)
    wrong = saved(owner, item, {"file": image()})
    assert wrong.status_code == 422
    assert "请上传 PDF 文档" in text_of(wrong)
    item.refresh_from_db()
    answer = saved(owner, item, {"go": "files", "file": SimpleUploadedFile("材料.pdf", PDF)})
    assert answer.status_code == 302
    item.refresh_from_db()
    assert item.file is not None
    assert item.file.name == "材料.pdf"
    assert "材料.pdf" in owner.get(at(cast.county, f"{item.pk}/edit/")).text
    assert "材料.pdf" in owner.get(at(cast.county, f"{item.pk}/")).text


@pytest.mark.parametrize("console", [False, True])
def test_a_word_document_becomes_a_draft(cast: Cast, owner: Client, console: bool) -> None:
    answer = owner.post(at(cast.county, "import/", console), {"file": sample("notice.docx")})
    item = ContentItem.objects.get()
    assert answer.headers["Location"] == at(cast.county, f"{item.pk}/edit/", console)
    assert item.title == "关于开展“读懂基层”主题学习的通知"
    page = text_of(owner.get(answer.headers["Location"]))
    assert "已导入为草稿" in page
    assert "只有链接" in page, "what was left out is said"
    refused = owner.post(
        at(cast.county, "import/", console), {"file": SimpleUploadedFile("旧.doc", b"x" * 9)}
    )
    assert refused.status_code == 422
    assert ContentItem.objects.count() == 1


# ---------- publishing ----------


def test_the_preview_says_who_will_see_it(cast: Cast, owner: Client) -> None:
    item = draft_of(cast, reach="chain")
    page = text_of(owner.get(at(cast.county, f"{item.pk}/")))
    assert "本组织 5 名成员" in page
    item.organization = cast.city
    item.save()
    page = text_of(sign_in(cast.city_admin).get(at(cast.city, f"{item.pk}/")))
    assert "本组织 1 名成员，和 1 个下级组织的 5 名成员" in page
    assert "请各支部认真组织学习。" in page


def test_published_withdrawn_and_published_again(cast: Cast, owner: Client) -> None:
    item = draft_of(cast)
    here = at(cast.county, f"{item.pk}/")
    owner.post(f"{here}publish/")
    assert sign_in(cast.member).get(f"/learn/{item.pk}/").status_code == 200
    owner.post(f"{here}withdraw/", {"reason": "内容有误"})
    assert sign_in(cast.member).get(f"/learn/{item.pk}/").status_code == 404
    page = text_of(owner.get(here))
    assert "内容有误" in page
    assert "已下架" in page
    assert owner.get(f"{here}withdraw/").status_code == 302
    owner.post(f"{here}publish/")
    item.refresh_from_db()
    assert item.state == State.PUBLISHED


def test_what_is_missing_is_said(cast: Cast, owner: Client) -> None:
    item = draft_of(cast, title="", body="")
    here = at(cast.county, f"{item.pk}/")
    page = text_of(owner.get(here))
    assert "还不能发布" in page
    assert "确认发布" not in page
    answer = owner.post(f"{here}publish/")
    assert answer.status_code == 422
    assert "请填写标题。" in answer.text
    assert "请填写正文。" in answer.text
    item.refresh_from_db()
    assert item.state == State.DRAFT


def test_a_scoped_administrator_writes_and_another_publishes(cast: Cast) -> None:
    colleague = sign_in(cast.colleague)
    colleague.post(at(cast.county, "new/"), {"kind": "article"})
    item = ContentItem.objects.get()
    assert saved(colleague, item).status_code == 302
    here = at(cast.county, f"{item.pk}/")
    assert "请负责整个组织的管理员来发布" in colleague.get(here).text
    assert colleague.post(f"{here}publish/").status_code == 403
    assert sign_in(cast.outsider_admin).post(f"{here}discard/").status_code == 403
    assert colleague.post(f"{here}discard/").status_code == 302
    assert not ContentItem.objects.exists()


def test_another_organisations_item_is_not_here(cast: Cast, owner: Client) -> None:
    theirs = makers.content(cast.city, cast.city_admin, reach="chain")
    for page in ("", "edit/", "withdraw/"):
        assert owner.get(at(cast.county, f"{theirs.pk}/{page}")).status_code == 404
    assert owner.post(at(cast.county, f"{theirs.pk}/discard/")).status_code == 404
    assert owner.get(at(cast.county, "999999999999999999/")).status_code == 404


# ---------- columns, settings, comments ----------


def test_columns(cast: Cast, owner: Client) -> None:
    here = at(cast.county, "columns/")
    for name in ("理论学习", "身边榜样", "法治"):
        owner.post(here, {"act": "add", "name": name})

    def names() -> list[str]:
        return list(Column.objects.order_by("position").values_list("name", flat=True))

    ids = dict(Column.objects.values_list("name", "pk"))
    owner.post(here, {"act": "up", "column": ids["法治"]})
    assert names() == ["理论学习", "法治", "身边榜样"]
    owner.post(here, {"act": "down", "column": ids["理论学习"]})
    assert names() == ["法治", "理论学习", "身边榜样"]
    owner.post(here, {"act": "up", "column": ids["法治"]})  # the first stays
    assert names() == ["法治", "理论学习", "身边榜样"]
    owner.post(here, {"act": "rename", "column": ids["法治"], "name": "法治课堂"})
    item = makers.content(cast.county, cast.owner, column_id=ids["理论学习"])
    assert "1 条内容" in owner.get(here).text
    owner.post(here, {"act": "remove", "column": ids["理论学习"]})
    assert names() == ["法治课堂", "身边榜样"]
    item.refresh_from_db()
    assert item.column is None
    theirs = makers.column(cast.city, "市里的")
    gone = owner.post(here, {"act": "remove", "column": theirs.pk})
    assert gone.status_code == 404
    assert Column.objects.filter(pk=theirs.pk).exists()


def test_the_setting_of_comments(cast: Cast, owner: Client) -> None:
    here = at(cast.county, "settings/")
    assert 'value="moderated" checked' in owner.get(here).text
    owner.post(here, {"comments": "open"})
    assert LearningSettings.objects.get(pk=cast.county.pk).comments == "open"
    assert 'value="open" checked' in owner.get(here).text


def test_comments_are_let_through_or_not(cast: Cast, owner: Client) -> None:
    item = makers.content(cast.county, cast.owner)
    seat = cast.memberships[cast.member.pk]
    first, second = (
        makers.comment(seat, item, words, state=Comment.State.WAITING)
        for words in ("很受启发。", "与内容无关的话")
    )
    page = text_of(owner.get(at(cast.county, "comments/")))
    assert "待审核 2" in page
    assert "很受启发。" in page
    assert "刘洋" in page
    owner.post(at(cast.county, f"comments/{first.pk}/"), {"act": "show"})
    owner.post(at(cast.county, f"comments/{second.pk}/"), {"act": "hide", "reason": "与内容无关"})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (Comment.State.SHOWN, Comment.State.HIDDEN)
    assert "与内容无关" in text_of(owner.get(at(cast.county, "comments/?tab=hidden")))
    assert "很受启发。" in text_of(owner.get(at(cast.county, "comments/?tab=shown")))
    # out of the own branch, nothing is seen of it
    outside = sign_in(cast.outsider_admin)
    assert "刘洋" not in text_of(outside.get(at(cast.county, "comments/?tab=shown")))
    assert outside.get(at(cast.county, f"comments/{first.pk}/")).status_code == 404
