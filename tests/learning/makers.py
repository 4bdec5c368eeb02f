"""Contents for tests: rows straight in the database, as the actions would leave them."""

from typing import Any

from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.files.models import StoredFile
from lianxue.learning.actions import tokens
from lianxue.learning.html import text_of
from lianxue.learning.models import (
    Column,
    Comment,
    ContentFile,
    ContentItem,
    ContentTag,
    LearningRecord,
    LearningSettings,
)
from lianxue.organizations.models import Membership, Organization
from lianxue.shared.ids import new_token

Kind = ContentItem.Kind
CHAIN = ContentItem.Reach.CHAIN
_MEDIA = {
    Kind.AUDIO: ("audio/mpeg", "党课录音.mp3"),
    Kind.VIDEO: ("video/mp4", "专题片.mp4"),
    Kind.DOCUMENT: ("application/pdf", "学习材料.pdf"),
}


def content(
    org: Organization,
    author: User | None = None,
    *,
    kind: str = Kind.ARTICLE,
    published: bool = True,
    tags: tuple[str, ...] = (),
    **values: Any,
) -> ContentItem:
    """An item of ``org``; ``values``: columns of it (reach, title, body, column, length …).

    A recording or document has a file whose bytes are nowhere. Searchable when published.
    """
    moment = timezone.now()
    values = {
        "title": "主题党日活动怎样开展",
        "body": "<p>请各支部认真组织学习。</p>" if kind == Kind.ARTICLE else "",
        "link": "https://example.cn/a" if kind == Kind.LINK else "",
        "author": author,
        "author_name": author.name if author else "",
        "created_at": moment,
        "changed_at": moment,
        "published_at": moment if published else None,
        **values,
    }
    if kind in _MEDIA and "file" not in values:
        values["file"] = stored_file(author, *_MEDIA[Kind(kind)])
        values.setdefault("length", 100)
    state = ContentItem.State.PUBLISHED if published else ContentItem.State.DRAFT
    item = ContentItem.objects.create(
        **{
            "organization": org,
            "kind": kind,
            "state": state,
            "text": text_of(values["body"]),
            **values,
        }
    )
    ContentTag.objects.bulk_create([ContentTag(item=item, name=name) for name in tags])
    if item.state == ContentItem.State.PUBLISHED:
        tokens.index(item)
    return item


def stored_file(
    owner: User | None, kind: str = "image/png", name: str = "图片.png", size: int = 10
) -> StoredFile:
    """A file that ``owner`` uploaded; its bytes are nowhere."""
    return StoredFile.objects.create(
        key=f"test/{new_token()}",
        name=name,
        kind=kind,
        size=size,
        sha256="0" * 64,
        owner_id=owner.pk if owner else 0,
        created_at=timezone.now(),
    )


def picture(item: ContentItem, caption: str = "") -> ContentFile:
    """A picture of an item, whose bytes are nowhere."""
    file = stored_file(item.author)
    at = item.pictures.count()
    return ContentFile.objects.create(item=item, file=file, position=at, caption=caption)


def column(org: Organization, name: str = "理论学习") -> Column:
    """A column of ``org``, behind the others."""
    return Column.objects.create(organization=org, name=name, position=org.columns.count())


def record(
    user: User, item: ContentItem, org: Organization | None = None, **values: Any
) -> LearningRecord:
    """How far ``user`` has come; ``finished=True``: to the end."""
    moment = timezone.now()
    finished = values.pop("finished", False)
    values = {
        "organization": org or item.organization,
        "started_at": moment,
        "changed_at": moment,
        "finished_at": moment if finished else None,
        **values,
    }
    return LearningRecord.objects.create(user=user, item=item, **values)


def comment(seat: Membership, item: ContentItem, text: str = "学得很好", **values: Any) -> Comment:
    """A comment of who sits there; SHOWN unless ``state`` says otherwise."""
    values = {"state": Comment.State.SHOWN, "at": timezone.now(), **values}
    return Comment.objects.create(
        item=item, organization_id=seat.organization_id, membership=seat, text=text, **values
    )


def comments_are(org: Organization, setting: str) -> LearningSettings:
    """The organisation's setting of comments: off, moderated or open."""
    found, _ = LearningSettings.objects.update_or_create(
        organization=org, defaults={"comments": setting}
    )
    return found
