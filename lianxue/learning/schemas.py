"""What the API of learning contents takes and gives in more than one place."""

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Schema

from lianxue.files.models import StoredFile
from lianxue.notices.schemas import SIZE, FileOut, PageNumber, Words, binary, file_of
from lianxue.organizations.schemas import Id

from .models import Column, ContentFile, ContentItem

__all__ = [
    "SIZE",
    "CaptionedOut",
    "ColumnOut",
    "CommentState",
    "ContentHead",
    "FileOut",
    "Id",
    "Kind",
    "PageNumber",
    "Reach",
    "State",
    "Words",
    "binary",
    "captioned",
    "column_of",
    "file_of",
    "file_or_none",
    "head_of",
]

Kind = Literal["article", "pictures", "audio", "video", "document", "link"]
State = Literal["draft", "published", "withdrawn"]
Reach = Literal["own", "chain"]
CommentState = Literal["waiting", "shown", "hidden"]


class ColumnOut(Schema):
    """A heading of an organisation's library (栏目)."""

    id: int
    name: str
    organization_id: int


class CaptionedOut(FileOut):
    """A picture of a text or gallery; its bytes are at ``…/files/{id}``."""

    caption: str


class ContentHead(Schema):
    """An item without its text."""

    id: int
    organization_id: int
    kind: Kind = Field(description="文章, 图集, 音频, 视频, 文档, 链接")
    title: str
    summary: str
    source: str = Field(description="来源")
    column_id: int | None
    length: int = Field(description="seconds of a recording, pages of a document; 0: not known")
    published_at: datetime | None


def head_of(row: ContentItem) -> dict[str, Any]:
    """An item as ``ContentHead``."""
    return {
        "id": row.pk,
        "organization_id": row.organization_id,
        "kind": row.kind,
        "title": row.title,
        "summary": row.summary,
        "source": row.source,
        "column_id": row.column_id,
        "length": row.length,
        "published_at": row.published_at,
    }


def column_of(row: Column) -> dict[str, Any]:
    """A column as ``ColumnOut``."""
    return {"id": row.pk, "name": row.name, "organization_id": row.organization_id}


def captioned(row: ContentFile) -> dict[str, Any]:
    """A picture with its ``file`` as ``CaptionedOut``."""
    return file_of(row.file) | {"caption": row.caption}


def file_or_none(row: StoredFile | None) -> dict[str, Any] | None:
    """The file of an item, if it has one."""
    return file_of(row) if row is not None else None
