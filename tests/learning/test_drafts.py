"""Writing contents: who may, what is kept, what is refused, what the log says."""

from typing import Any

import pytest

from lianxue.audit.models import AuditEvent
from lianxue.files.models import StoredFile
from lianxue.learning import rules
from lianxue.learning.actions import drafts, gallery, publishing
from lianxue.learning.actions.drafts import ContentText
from lianxue.learning.models import ContentItem
from lianxue.learning.policy import library
from lianxue.shared.actors import Operator
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, StateConflict
from tests.cast import Cast
from tests.learning.makers import Kind, column, content, picture, record, stored_file

HUGE = 2**63


def events() -> list[str]:
    """What the log says happened to contents, the oldest first."""
    found = AuditEvent.objects.filter(action__startswith="content.").order_by("pk")
    return list(found.values_list("action", flat=True))


def draft(cast: Cast, kind: str = Kind.ARTICLE, **values: Any) -> ContentItem:
    """A draft of 县 that its scoped learning administrator has begun."""
    return content(cast.county, cast.colleague, kind=kind, published=False, **values)


def write(cast: Cast, item: ContentItem, **values: Any) -> ContentItem:
    """A save of the form by who began the draft."""
    text = ContentText(**{"title": item.title, "body": item.body, **values})
    return drafts.change(cast.colleague, item.pk, text, item.version)


def test_from_nothing_to_the_library(cast: Cast) -> None:
    item = drafts.create(cast.colleague, cast.county.pk, "article")
    text = ContentText(
        title="读懂基层治理", body="<h1>一</h1><p onclick=x>正文</p>", tags=("党建",)
    )
    item = drafts.change(cast.colleague, item.pk, text, item.version)
    assert item.body == "<h2>一</h2><p>正文</p>"
    assert item.text == "一\n正文"
    publishing.publish(cast.owner, item.pk)
    assert list(library(cast.member)) == [item]
    assert item.tags.get().name == "党建"
    assert events() == ["content.drafted", "content.changed", "content.published"]


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("owner", None),
        ("whole_admin", None),
        ("colleague", None),
        ("outsider_admin", None),  # any administrator writes drafts
        ("member", PermissionDenied),
        ("city_admin", NotFound),
        ("other_member", NotFound),
        ("stranger", NotFound),
    ],
)
def test_who_writes_drafts(cast: Cast, who: str, error: type[Exception] | None) -> None:
    actor, item = getattr(cast, who), draft(cast)
    tries = [
        lambda: drafts.create(actor, cast.county.pk, "article"),
        lambda: drafts.change(actor, item.pk, ContentText(title="新"), item.version),
        lambda: drafts.add_picture(actor, item.pk, stored_file(actor)),
        lambda: gallery.arrange(actor, item.pk, []),
        lambda: drafts.remove_picture(actor, item.pk, 1),
    ]
    for one in tries:
        if error is None:
            one()
        else:
            with pytest.raises(error):
                one()


@pytest.mark.parametrize("who", ["colleague", "outsider_admin"])
def test_what_is_published_is_corrected_by_who_publishes(cast: Cast, who: str) -> None:
    item, actor = content(cast.county, cast.colleague), getattr(cast, who)
    with pytest.raises(PermissionDenied):
        drafts.change(actor, item.pk, ContentText(title="新"), item.version)
    with pytest.raises(PermissionDenied):
        publishing.withdraw(actor, item.pk, "重复")
    drafts.change(cast.owner, item.pk, ContentText(title="新", body="<p>新</p>"), item.version)
    item.refresh_from_db()
    assert (item.title, item.version, item.state) == ("新", 2, "published")


def test_an_unknown_or_huge_id_is_not_found(cast: Cast) -> None:
    for pk in (0, 987_654, HUGE):
        with pytest.raises(NotFound):
            drafts.change(cast.owner, pk, ContentText(), 1)
        with pytest.raises(NotFound):
            drafts.discard(cast.owner, pk)
    with pytest.raises(NotFound):
        drafts.create(cast.owner, HUGE, "article")
    with pytest.raises(InvalidInput):
        drafts.create(cast.owner, cast.county.pk, "film")


def test_an_older_form_does_not_overwrite(cast: Cast) -> None:
    item = draft(cast)
    write(cast, item, title="第一次")
    with pytest.raises(StateConflict) as caught:
        write(cast, item, title="第二次")
    assert caught.value.code == "content-changed"
    item.refresh_from_db()
    assert item.title == "第一次"


def test_the_same_again_leaves_nothing(cast: Cast) -> None:
    item = write(cast, draft(cast), title="标题", tags=("党建", "学习"))
    before, version = events(), item.version
    again = write(cast, item, title=" 标题 ", tags=("#党建", "学习", "党建"))
    assert (events(), again.version) == (before, version)
    write(cast, item, tags=("学习", "党建"))  # another order
    assert len(events()) == len(before) + 1


def test_what_is_kept_by_itself_leaves_no_event(cast: Cast) -> None:
    item, before = draft(cast), events()
    text = ContentText(title="写到一半")
    drafts.change(cast.colleague, item.pk, text, item.version, by_itself=True)
    assert events() == before


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": "长" * 101}, "title"),
        ({"summary": "长" * 201}, "summary"),
        ({"source": "长" * 61}, "source"),
        ({"body": "长" * 400_001}, "body"),
        ({"body": "&" * 100_000}, "body"),  # 500,000 as it is kept
        ({"tags": ("长" * 11,)}, "tags"),
        ({"tags": tuple(f"标签{n}" for n in range(11))}, "tags"),
        ({"reach": "world"}, "reach"),
        ({"column_id": HUGE}, "column_id"),
        ({"column_id": 0}, "column_id"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "example.cn"}, "link"),
        ({"link": "https://"}, "link"),
        ({"link": "https://a:b@evil.cn"}, "link"),
        ({"link": "https://a.cn/ x"}, "link"),
        ({"link": "https://a.cn:99999/"}, "link"),
        ({"link": "https://[::1/"}, "link"),
        ({"link": "https://a.cn/" + "x" * 500}, "link"),
    ],
)
def test_what_can_not_be_kept(cast: Cast, values: dict[str, Any], field: str) -> None:
    item = draft(cast)
    with pytest.raises(InvalidInput) as caught:
        write(cast, item, **values)
    assert list(caught.value.fields) == [field]
    item.refresh_from_db()
    assert item.version == 1


def test_all_that_is_wrong_at_once(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as caught:
        write(cast, draft(cast), title="长" * 101, link="x", tags=("长" * 11,))
    assert set(caught.value.fields) == {"title", "link", "tags"}


def test_odd_characters_do_no_harm(cast: Cast) -> None:
    item = write(
        cast,
        draft(cast),
        title="党\x00 建\ud800\n标题",
        summary="\x01",
        body="<p>\x00\ud800字</p>",
        tags=("\x00", "#"),
        link="https://例子.cn/学习?一=1#二",
    )
    assert (item.title, item.summary, item.body) == ("党 建 标题", "", "<p>字</p>")
    assert item.link == "https://例子.cn/学习?一=1#二"
    assert not item.tags.exists()


def test_a_column_of_the_own_organisation_alone(cast: Cast) -> None:
    item = draft(cast)
    with pytest.raises(InvalidInput):
        write(cast, item, column_id=column(cast.city).pk)
    mine = column(cast.county)
    assert write(cast, item, column_id=mine.pk).column_id == mine.pk


def test_down_the_chain_takes_a_certification(cast: Cast) -> None:
    item = content(cast.newcomer, cast.newcomer_admin, published=False)
    with pytest.raises(StateConflict):
        drafts.change(cast.newcomer_admin, item.pk, ContentText(reach="chain"), item.version)


# ---------- files and pictures ----------


@pytest.mark.parametrize(
    ("kind", "media", "fits"),
    [
        (Kind.AUDIO, "audio/mpeg", True),
        (Kind.AUDIO, "audio/mp4", True),
        (Kind.AUDIO, "video/mp4", False),
        (Kind.VIDEO, "video/mp4", True),
        (Kind.VIDEO, "video/webm", True),
        (Kind.DOCUMENT, "application/pdf", True),
        (Kind.DOCUMENT, "application/zip", False),
    ],
)
def test_the_file_of_a_kind(cast: Cast, kind: str, media: str, fits: bool) -> None:
    item = draft(cast, kind, file=None)
    file = stored_file(cast.colleague, media)
    if not fits:
        with pytest.raises(InvalidInput) as caught:
            drafts.set_file(cast.colleague, item.pk, file)
        assert "file" in caught.value.fields
        return
    found = drafts.set_file(cast.colleague, item.pk, file)
    assert (found.file, found.length, found.version) == (file, 0, 2)  # its bytes are nowhere
    file.refresh_from_db()
    assert file.attached_at is not None
    assert drafts.set_file(cast.colleague, item.pk, file).version == 2


@pytest.mark.parametrize("kind", [Kind.ARTICLE, Kind.PICTURES, Kind.LINK])
def test_other_kinds_have_no_file(cast: Cast, kind: str) -> None:
    with pytest.raises(StateConflict):
        drafts.set_file(cast.colleague, draft(cast, kind).pk, stored_file(cast.colleague))


def test_nobody_attaches_what_another_uploaded(cast: Cast) -> None:
    theirs = stored_file(cast.owner, "video/mp4")
    with pytest.raises(NotFound):
        drafts.set_file(cast.colleague, draft(cast, Kind.VIDEO).pk, theirs)
    with pytest.raises(NotFound):
        drafts.add_picture(cast.colleague, draft(cast).pk, stored_file(cast.owner))


def test_another_recording_is_played_anew(cast: Cast) -> None:
    """What was played of the first one says nothing about the second; what was finished stays."""
    item = content(cast.county, cast.owner, kind=Kind.VIDEO, length=100)
    begun = record(cast.member, item, seen=[[0, 80]], covered=80, position=80)
    done = record(cast.colleague, item, seen=[[0, 90]], covered=90, finished=True)
    drafts.set_file(cast.owner, item.pk, stored_file(cast.owner, "video/mp4", "新片.mp4"))
    begun.refresh_from_db()
    done.refresh_from_db()
    assert (begun.seen, begun.covered, begun.position) == ([], 0, 0)
    assert (done.covered, bool(done.finished_at)) == (90, True)


def test_pictures_come_and_go(cast: Cast) -> None:
    item = draft(cast)
    first = drafts.add_picture(cast.colleague, item.pk, stored_file(cast.colleague), " 封 面 ")
    second = drafts.add_picture(cast.colleague, item.pk, stored_file(cast.colleague))
    assert [(one.position, one.caption) for one in (first, second)] == [(0, "封 面"), (1, "")]
    gallery.arrange(cast.colleague, item.pk, [(second.file_id, "会场"), (HUGE, "无")])
    kept = item.pictures.order_by("position").values_list("file", "caption")
    assert list(kept) == [(second.file_id, "会场"), (first.file_id, "封 面")]
    before = events()
    gallery.arrange(cast.colleague, item.pk, [(second.file_id, "会场")])
    assert events() == before
    body = f'<p>一<img src="/learn/{item.pk}/files/{first.file_id}/"></p>'
    assert "<img" in write(cast, item, body=body).body
    drafts.remove_picture(cast.colleague, item.pk, first.file_id)
    item.refresh_from_db()
    assert item.body == "<p>一</p>"
    drafts.remove_picture(cast.colleague, item.pk, first.file_id)  # gone already
    assert item.pictures.count() == 1


def test_a_picture_browsers_show_not_too_many(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    item = draft(cast)
    with pytest.raises(InvalidInput):
        drafts.add_picture(cast.colleague, item.pk, stored_file(cast.colleague, "image/heic"))
    with pytest.raises(InvalidInput):
        drafts.add_picture(cast.colleague, item.pk, stored_file(cast.colleague), "长" * 101)
    monkeypatch.setattr(rules, "MAX_PICTURES", 1)
    drafts.add_picture(cast.colleague, item.pk, stored_file(cast.colleague))
    with pytest.raises(InvalidInput):
        drafts.add_picture(cast.colleague, item.pk, stored_file(cast.colleague))


def test_a_published_gallery_is_never_empty(cast: Cast) -> None:
    item = content(cast.county, cast.owner, kind=Kind.PICTURES)
    kept = picture(item)
    with pytest.raises(InvalidInput):
        drafts.remove_picture(cast.owner, item.pk, kept.file_id)
    assert item.pictures.count() == 1


# ---------- discarding ----------


def test_who_throws_a_draft_away(cast: Cast) -> None:
    item = draft(cast, tags=("党建",))
    file = picture(item).file_id
    for who in (cast.outsider_admin, cast.member):
        with pytest.raises(PermissionDenied):
            drafts.discard(who, item.pk)
    drafts.discard(cast.colleague, item.pk)
    assert not ContentItem.objects.exists()
    assert StoredFile.objects.filter(pk=file).exists()  # purged when nothing refers to it
    drafts.discard(cast.whole_admin, draft(cast).pk)
    drafts.discard(Operator(), draft(cast).pk)
    assert events() == ["content.discarded"] * 3


def test_what_was_published_is_not_thrown_away(cast: Cast) -> None:
    item = content(cast.county, cast.owner)
    with pytest.raises(StateConflict):
        drafts.discard(cast.owner, item.pk)
    publishing.withdraw(cast.owner, item.pk, "重复")
    with pytest.raises(StateConflict):
        drafts.discard(cast.owner, item.pk)
