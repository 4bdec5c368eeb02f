"""What a reader finds: contents by column, kind and tag, an item, what is kept, what was begun."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from lianxue.accounts.models import User
from lianxue.files.models import StoredFile
from lianxue.shared.errors import NotFound

from .. import policy
from ..models import Column, ContentFile, ContentItem, ContentTag, Favourite, LearningRecord


def contents(
    user: User, column: int | None = None, kind: str | None = None, tag: str | None = None
) -> QuerySet[ContentItem, Any]:
    """The reader's library, the newest first, cut to a column (its id), a kind and a tag.

    Each with its ``organization`` and ``column``, and of the reader's own record ``position``
    (None: not begun) and ``finished_at``.
    """
    rows = policy.library(user)
    if column is not None:
        rows = rows.filter(column__id=column)
    if kind:
        rows = rows.filter(kind=kind)
    if tag:
        rows = rows.filter(Exists(ContentTag.objects.filter(item=OuterRef("pk"), name=tag)))
    return with_records(user, rows).order_by("-published_at", "-pk")


def newest(user: User, many: int) -> list[ContentItem]:
    """The first of ``contents``. Found by their ids before anything else of them is read: a library
    of 10,000 is sorted for it."""
    rows = contents(user)
    ids = list(rows.values_list("pk", flat=True)[:many])
    return list(rows.filter(pk__in=ids))


def with_records(user: User, rows: QuerySet[ContentItem, Any]) -> QuerySet[ContentItem, Any]:
    """``rows`` as a list shows them: with the reader's ``position`` and ``finished_at``; the body
    stays where it is."""
    mine = LearningRecord.objects.filter(user=user, item=OuterRef("pk"))
    return (
        rows.annotate(
            position=Subquery(mine.values("position")[:1]),
            finished_at=Subquery(mine.values("finished_at")[:1]),
        )
        .select_related("organization", "column")
        .defer("body", "text")
    )


def get_readable(user: User, item_id: int) -> ContentItem:
    """An item that the reader may open, with its organisation, column and file. Raises NotFound."""
    rows = policy.readable(user).select_related("organization", "column", "file")
    found: ContentItem | None = rows.filter(pk=item_id).first()
    if found is None:
        raise NotFound(policy.GONE)
    return found


def pictures_of(item: ContentItem) -> list[ContentFile]:
    """The pictures of an item in their order, each with its ``file``."""
    return list(item.pictures.select_related("file").order_by("position", "pk"))


def file_for(user: User, item_id: int, file_id: int) -> StoredFile:
    """The file or a picture of an item, for its readers, and for the administrators of its
    organisation while it is a draft or withdrawn. Raises NotFound.
    """
    item = policy.readable(user).filter(pk=item_id).first()
    if item is None:
        item = ContentItem.objects.filter(pk=item_id).select_related("organization").first()
        if item is None or not policy.keeps(user, item):
            raise NotFound(policy.GONE)
    pictures = ContentFile.objects.filter(item=item).values("file")
    own = Q(pk__in=pictures) | Q(pk=item.file_id) if item.file_id else Q(pk__in=pictures)
    found = StoredFile.objects.filter(own, pk=file_id).first()
    if found is None:
        raise NotFound
    return found


def columns_for(user: User) -> QuerySet[Column, Any]:
    """The columns in which the reader finds anything, by organisation, in the order that it gave
    them; each with its ``organization``."""
    inside = policy.library(user).filter(column=OuterRef("pk"))
    rows = Column.objects.filter(Exists(inside)).select_related("organization")
    return rows.order_by("organization_id", "position", "pk")


def get_column(user: User, column_id: int) -> Column:
    """One of ``columns_for``. Raises NotFound."""
    found: Column | None = columns_for(user).filter(pk=column_id).first()
    if found is None:
        raise NotFound("没有找到这个栏目，可能已被删除，或里面已经没有内容。")
    return found


def tags_of(item: ContentItem) -> list[str]:
    """The tags of an item in their order."""
    return list(item.tags.order_by("pk").values_list("name", flat=True))


def favourites(user: User) -> QuerySet[ContentItem, Any]:
    """What the reader keeps and may still open, the last kept first; as ``contents``, with
    ``kept_at``."""
    mine = Favourite.objects.filter(user=user)
    rows = policy.readable(user).filter(pk__in=mine.values("item"))
    at = mine.filter(item=OuterRef("pk")).values("at")[:1]
    return with_records(user, rows).annotate(kept_at=Subquery(at)).order_by("-kept_at", "-pk")


def is_favourite(user: User, item: ContentItem) -> bool:
    """Whether the reader keeps it."""
    return Favourite.objects.filter(user=user, item=item).exists()


def records(user: User) -> QuerySet[LearningRecord, Any]:
    """我的学习记录, the last touched first; each with its ``item`` and ``opens`` (bool): whether
    the reader may still open that."""
    return _records(user).annotate(opens=_opens(user))


def going_on(user: User, many: int) -> list[LearningRecord]:
    """The last of ``records`` that were begun, not finished, and still open."""
    return list(_records(user).filter(_opens(user), finished_at=None)[:many])


def _records(user: User) -> QuerySet[LearningRecord, Any]:
    return (
        LearningRecord.objects.filter(user=user)
        .select_related("item__organization", "item__column")
        .defer("item__body", "item__text")
        .order_by("-changed_at", "-pk")
    )


def _opens(user: User) -> Exists:
    """Whether the reader may open a record's item; asked of each row that is shown."""
    return Exists(policy.readable(user).filter(pk=OuterRef("item")))
