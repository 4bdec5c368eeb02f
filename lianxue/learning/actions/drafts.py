"""Writing contents: the text, the file, the pictures; discarding a draft.

What was published may be corrected by whom it takes to publish; readers see the correction at
once, and records of who had read it stay.
"""

from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Max

from lianxue.accounts.models import Actor
from lianxue.files.actions import attach
from lianxue.files.models import StoredFile
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, StateConflict

from .. import html, media, policy, rules
from ..models import Column, ContentFile, ContentItem, ContentTag, LearningRecord
from . import tokens
from .common import MOVED_ON, begin, locked_item, locked_place, need_draft, need_own, note
from .importing import import_document as import_document
from .importing import take_in as take_in

_WORDS = {
    "title": "标题",
    "summary": "摘要",
    "source": "来源",
    "body": "正文",
    "link": "链接",
    "column_id": "栏目",
    "tags": "标签",
    "reach": "谁能看到",
    "allows_comments": "允许评论",
}


@dataclass(frozen=True)
class ContentText:
    """What is typed on the page of an item. ``body``: HTML from anywhere; ``reach``: a
    ``ContentItem.Reach``; ``column_id`` None: in no column."""

    title: str = ""
    summary: str = ""
    source: str = ""
    body: str = ""
    link: str = ""
    column_id: int | None = None
    tags: tuple[str, ...] = ()
    reach: str = ContentItem.Reach.OWN
    allows_comments: bool = True


def tidy(text: ContentText) -> ContentText:
    """As it is kept, but for the body (``html.clean``), which knows its pictures.

    Raises InvalidInput at its fields, all at once; empty fields are allowed.
    """
    tidied = replace(
        text,
        title=rules.tidy_line(text.title),
        summary=rules.tidy_line(text.summary),
        source=rules.tidy_line(text.source),
        link=text.link.strip(),
        tags=rules.tidy_tags(text.tags),
    )
    rules.raise_all(
        {
            "title": rules.line_error(tidied.title, "标题", rules.MAX_TITLE),
            "summary": rules.line_error(tidied.summary, "摘要", rules.MAX_SUMMARY),
            "source": rules.line_error(tidied.source, "来源", rules.MAX_SOURCE),
            "body": rules.body_error(tidied.body),
            "link": rules.link_error(tidied.link),
            "tags": rules.tags_error(tidied.tags),
            "reach": "" if tidied.reach in ContentItem.Reach.values else "请选择谁能看到这条内容。",
        }
    )
    return tidied


@transaction.atomic
def create(actor: Actor, organization_id: int, kind: str) -> ContentItem:
    """A new, empty draft. ``kind`` is a ``ContentItem.Kind``.

    Raises NotFound, PermissionDenied, InvalidInput at ``kind``.
    """
    place = locked_place(actor, organization_id)
    policy.need_writes(place.power)
    if kind not in ContentItem.Kind.values:
        raise InvalidInput.at("kind", "请选择内容的类型。")
    item = begin(actor, place.organization.pk, kind)
    note(actor, "content.drafted", item)
    return item


def change(
    actor: Actor, item_id: int, text: ContentText, version: int, *, by_itself: bool = False
) -> ContentItem:
    """Change what is typed; the same again changes nothing and leaves no event.

    ``version``: the item's when the form was opened. ``by_itself``: a draft kept every few seconds
    while one types leaves no event either; its beginning and its end do.
    Raises NotFound, PermissionDenied, StateConflict when somebody else changed it meanwhile, or for
    CHAIN without a certification; InvalidInput at the fields of ``ContentText``.
    """
    tidied = tidy(text)
    files = ContentFile.objects.filter(item__pk=item_id).values_list("file_id", flat=True)
    # a long text takes a moment to clean: before anything is locked
    body = html.clean(tidied.body, item_id, set(files))
    error = rules.body_error(body, clean=True)
    if error:
        raise InvalidInput.at("body", error)
    return _change(actor, item_id, replace(tidied, body=body), version, by_itself)


@transaction.atomic
def _change(
    actor: Actor, item_id: int, text: ContentText, version: int, by_itself: bool
) -> ContentItem:
    item, place = locked_item(actor, item_id)
    if item.version != version:
        raise StateConflict(MOVED_ON, code="content-changed")
    if text.column_id != item.column_id:
        _need_column(place.organization.pk, text.column_id)
    if text.reach != item.reach:
        policy.need_reach(text.reach, place.organization)
    changed = _put(item, text)
    if not changed:
        return item
    _touched(item)
    item.save()
    if item.state == ContentItem.State.PUBLISHED:
        _still_complete(item)
        tokens.index(item)
    if not by_itself or item.state != ContentItem.State.DRAFT:
        note(actor, "content.changed", item, changed="、".join(changed))
    return item


def _need_column(organization_id: int, column_id: int | None) -> None:
    if column_id is None:
        return
    if not Column.objects.filter(organization=organization_id, pk=column_id).exists():
        raise InvalidInput.at("column_id", "这个栏目已经不在了，请重新选择。")


def _put(item: ContentItem, text: ContentText) -> list[str]:
    """Set the columns and tags; the words of those that changed."""
    changed = []
    for field in ("title", "summary", "source", "body", "link", "column_id", "reach"):
        value = getattr(text, field)
        if getattr(item, field) != value:
            setattr(item, field, value)
            changed.append(_WORDS[field])
    if item.allows_comments != text.allows_comments:
        item.allows_comments = text.allows_comments
        changed.append(_WORDS["allows_comments"])
    item.text = html.text_of(item.body)
    had = item.tags.order_by("pk").values_list("name", flat=True)
    if list(had) != list(text.tags):
        item.tags.all().delete()
        ContentTag.objects.bulk_create([ContentTag(item=item, name=name) for name in text.tags])
        changed.append(_WORDS["tags"])
    return changed


def _touched(item: ContentItem) -> None:
    item.version += 1
    item.changed_at = now()


def _still_complete(item: ContentItem) -> None:
    """What readers see stays whole. Raises InvalidInput."""
    rules.need_complete(rules.Complete(item, item.pictures.count()))


def set_file(actor: Actor, item_id: int, stored_file: StoredFile) -> ContentItem:
    """Give an audio, video or document its file, in the place of the one before. Who had not
    finished that begins anew: what was played of another recording says nothing about this one.

    ``stored_file``: uploaded by the actor (``files.actions.store``). Raises NotFound,
    PermissionDenied, InvalidInput at ``file`` for another kind of file.
    """
    length = media.length_of(stored_file)  # reads the file: before anything is locked
    return _set_file(actor, item_id, stored_file, length)


@transaction.atomic
def _set_file(actor: Actor, item_id: int, stored_file: StoredFile, length: int) -> ContentItem:
    item, _ = locked_item(actor, item_id)
    if item.kind not in rules.FILES:
        raise StateConflict("这种内容没有文件，请把图片加在正文或图集里。")
    need_own(actor, stored_file)
    if stored_file.kind not in rules.FILES[item.kind]:
        raise InvalidInput.at("file", f"请上传 {rules.FILE_WORDS[item.kind]}。")
    if item.file_id == stored_file.pk:
        return item
    attach([stored_file.pk])
    item.file, item.length = stored_file, length
    _touched(item)
    item.save(update_fields=["file", "length", "version", "changed_at"])
    begun = LearningRecord.objects.filter(item=item, finished_at=None)
    begun.update(seen=[], covered=0, position=0)
    note(actor, "content.file_set", item, file=stored_file.name)
    return item


@transaction.atomic
def add_picture(
    actor: Actor, item_id: int, stored_file: StoredFile, caption: str = ""
) -> ContentFile:
    """Add a picture to the gallery, or for the text; the same one again gets the new caption.

    Raises NotFound, PermissionDenied, InvalidInput at ``file`` or ``caption``.
    """
    item, _ = locked_item(actor, item_id)
    caption = rules.tidy_line(caption)
    rules.raise_all({"caption": rules.line_error(caption, "图片说明", rules.MAX_CAPTION)})
    there = ContentFile.objects.filter(item=item)
    found = there.filter(file=stored_file).first()
    if found is not None:
        found.caption = caption or found.caption
        found.save(update_fields=["caption"])
        return found
    need_own(actor, stored_file)
    if stored_file.kind not in rules.PICTURES:
        raise InvalidInput.at("file", "图片请用 JPG、PNG 或 WebP 格式。")
    if there.count() >= rules.MAX_PICTURES:
        raise InvalidInput.at("file", f"图片最多 {rules.MAX_PICTURES} 张，请先移除不需要的。")
    attach([stored_file.pk])
    last = there.aggregate(last=Max("position"))["last"]
    added = ContentFile.objects.create(
        item=item,
        file=stored_file,
        position=0 if last is None else last + 1,
        caption=caption,
    )
    note(actor, "content.picture_added", item, picture=stored_file.name)
    return added


@transaction.atomic
def remove_picture(actor: Actor, item_id: int, file_id: int) -> None:
    """Take a picture (by its StoredFile's id) off, out of the text too; one that is gone is no
    error.

    Raises NotFound, PermissionDenied, InvalidInput when a published gallery would be left empty.
    """
    item, _ = locked_item(actor, item_id)
    found = item.pictures.filter(file__id=file_id).select_related("file").first()
    if found is None:
        return
    found.delete()  # the file itself is purged when nothing refers to it any more
    if file_id in html.pictures_in(item.body):
        left = item.pictures.values_list("file_id", flat=True)
        item.body = html.clean(item.body, item.pk, set(left))
        item.text = html.text_of(item.body)
        _touched(item)
        item.save(update_fields=["body", "text", "version", "changed_at"])
    if item.state == ContentItem.State.PUBLISHED:
        _still_complete(item)
    note(actor, "content.picture_removed", item, picture=found.file.name)


@transaction.atomic
def discard(actor: Actor, item_id: int) -> None:
    """Throw a draft away with its pictures; it can't be brought back.

    Raises NotFound, PermissionDenied (who did not begin it), StateConflict for what was published.
    """
    item, place = locked_item(actor, item_id)
    policy.need_discards(actor, place.power, item)
    need_draft(item)
    note(actor, "content.discarded", item)
    item.delete()
