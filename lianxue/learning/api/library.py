"""The library over the API. Looking at an item leaves no record: that is ``POST …/open``."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Field, P, QueryEx, Router, Schema, Status

from lianxue.accounts.current import current_user
from lianxue.files.web import serve
from lianxue.organizations.schemas import page_of
from lianxue.shared.pagination import paginate

from .. import schemas as s
from ..actions import commenting, favourites, records
from ..models import Comment, LearningRecord
from ..queries import library, search
from ..queries.comments import thread

router = Router(tags=["learning"])

ColumnId = QueryEx[s.Id | None, P(description="of this column alone")]
Tag = QueryEx[str, P(max_length=40, description="with this tag alone")]
KindOf = QueryEx[s.Kind | None, P(description="of this kind alone")]


#: A place in a recording.
Second = Annotated[int, Field(ge=0, le=10**6)]


class ContentLine(s.ContentHead):
    """A line of my library."""

    organization: str = Field(description="who published it")
    position: int | None = Field(description="where I stopped; null: not begun")
    finished_at: datetime | None


class ContentPage(Schema):
    """One page of my library, newest first; of a search, first those found in the title."""

    items: list[ContentLine]
    page: int
    pages: int
    total: int


class RecordOut(Schema):
    """How far I have come. No minutes are kept."""

    position: int = Field(
        description="seconds of a recording, page of a document, per mille of an article"
    )
    covered: int = Field(description="seconds of a recording that were really played")
    started_at: datetime
    changed_at: datetime
    finished_at: datetime | None


class ContentOut(s.ContentHead):
    """An item as I read it; ``body`` is clean HTML."""

    organization: str
    column: str
    body: str
    link: str
    tags: list[str]
    file: s.FileOut | None = Field(description="the recording or document")
    pictures: list[s.CaptionedOut]
    record: RecordOut | None
    favourite: bool
    may_comment: bool


class RecordLine(RecordOut):
    """A line of 我的学习记录."""

    content_id: int
    title: str
    kind: s.Kind
    organization: str
    opens: bool = Field(description="whether I may still open it")


class RecordPage(Schema):
    """One page of my records, the last touched first."""

    items: list[RecordLine]
    page: int
    pages: int
    total: int


class PlayedIn(Schema):
    """What a player reports, every 15 seconds or so."""

    position: int = Field(ge=0, le=10**6, description="seconds")
    parts: list[tuple[Second, Second]] = Field(
        max_length=500, description="what was played since the last report: from, to"
    )


class ReachedIn(Schema):
    """Where a reader stands."""

    position: int = Field(ge=0, le=10**6, description="per mille of an article, or a page")


class KeptIn(Schema):
    """收藏, or not."""

    kept: bool


class SaidIn(Schema):
    """A comment."""

    text: str = Field(max_length=2000, description="at most 300 characters")


class CommentOut(Schema):
    """A comment in my own organisation."""

    id: int
    author: str | None = Field(description="null: somebody whom I don't see there")
    text: str
    at: datetime
    state: s.CommentState
    reason: str = Field(description="why it is hidden; for its author")
    mine: bool


class CommentPage(Schema):
    """One page of comments, newest first."""

    items: list[CommentOut]
    page: int
    pages: int
    total: int
    closed: str = Field(description="why nothing can be said here, or empty")
    moderated: bool = Field(description="what is said waits for an administrator")


@router.get("", response=ContentPage, operation_id="library")
def my_library(
    request: HttpRequest,
    q: s.Words = "",
    column: ColumnId = None,
    kind: KindOf = None,
    tag: Tag = "",
    page: s.PageNumber = 1,
) -> Any:
    """What my organisations and those above them have published for me; ``q`` searches in title,
    summary, source, tags and text, and then the other filters are left aside."""
    user = current_user(request)
    if q.strip():
        rows = search.search(user, q)
    else:
        rows = library.contents(user, column=column, kind=kind, tag=tag.replace("\0", ""))
    return page_of(paginate(rows, page, s.SIZE), _line)


@router.get("/columns", response=list[s.ColumnOut], operation_id="library_columns")
def my_columns(request: HttpRequest) -> Any:
    """The columns in which there is anything for me; the first 200."""
    return [s.column_of(row) for row in library.columns_for(current_user(request))[:200]]


@router.get("/favourites", response=ContentPage, operation_id="favourites")
def my_favourites(request: HttpRequest, page: s.PageNumber = 1) -> Any:
    """我的收藏, the last kept first."""
    return page_of(paginate(library.favourites(current_user(request)), page, s.SIZE), _line)


@router.get("/records", response=RecordPage, operation_id="learning_records")
def my_records(request: HttpRequest, page: s.PageNumber = 1) -> Any:
    """我的学习记录."""
    rows = paginate(library.records(current_user(request)), page, s.SIZE)
    return page_of(
        rows,
        lambda row: (
            _record(row)
            | {
                "content_id": row.item_id,
                "title": row.item.title,
                "kind": row.item.kind,
                "organization": row.item.organization.name,
                "opens": row.opens,
            }
        ),
    )


@router.get("/{int:content_id}", response=ContentOut, operation_id="content")
def content(request: HttpRequest, content_id: int) -> Any:
    """One item. It leaves no record."""
    user = current_user(request)
    item = library.get_readable(user, content_id)
    record = LearningRecord.objects.filter(user=user, item=item).first()
    return s.head_of(item) | {
        "organization": item.organization.name,
        "column": item.column.name if item.column else "",
        "body": item.body,
        "link": item.link,
        "tags": library.tags_of(item),
        "file": s.file_or_none(item.file),
        "pictures": [s.captioned(one) for one in library.pictures_of(item)],
        "record": _record(record) if record else None,
        "favourite": library.is_favourite(user, item),
        "may_comment": not thread(user, item).closed,
    }


@router.get(
    "/{int:content_id}/files/{int:file_id}",
    operation_id="content_file",
    openapi_extra=s.binary(),
)
def content_file(request: HttpRequest, content_id: int, file_id: int) -> HttpResponseBase:
    """The recording, the document or a picture; whole, or a range of it (``Range``)."""
    return serve(request, library.file_for(current_user(request), content_id, file_id))


@router.post("/{int:content_id}/open", response=RecordOut, operation_id="open_content")
def open_content(request: HttpRequest, content_id: int) -> Any:
    """That I have begun with it: the record."""
    return _record(records.open_item(current_user(request), content_id))


@router.post("/{int:content_id}/played", response=RecordOut, operation_id="content_played")
def content_played(request: HttpRequest, content_id: int, body: PlayedIn) -> Any:
    """What was played of a recording. More than the time that went by counts for nothing; when
    90 % were played, it is finished. 409 for what is no recording."""
    found = records.played(current_user(request), content_id, body.position, body.parts)
    return _record(found)


@router.post("/{int:content_id}/reached", response=RecordOut, operation_id="content_reached")
def content_reached(request: HttpRequest, content_id: int, body: ReachedIn) -> Any:
    """Where I stand; the end of an article finishes it. 409 for a recording."""
    return _record(records.reached(current_user(request), content_id, body.position))


@router.post("/{int:content_id}/finish", response=RecordOut, operation_id="finish_content")
def finish_content(request: HttpRequest, content_id: int) -> Any:
    """读完了 / 看完了. 409 for a recording of which too little was played."""
    return _record(records.finish(current_user(request), content_id))


@router.put("/{int:content_id}/favourite", response=KeptIn, operation_id="keep_content")
def keep_content(request: HttpRequest, content_id: int, body: KeptIn) -> Any:
    """收藏, or no longer."""
    user = current_user(request)
    if body.kept:
        favourites.keep(user, content_id)
    else:
        library.get_readable(user, content_id)
        favourites.drop(user, content_id)
    return {"kept": body.kept}


@router.get("/{int:content_id}/comments", response=CommentPage, operation_id="content_comments")
def content_comments(request: HttpRequest, content_id: int, page: s.PageNumber = 1) -> Any:
    """What members of my own organisation have said about it, and what I have, in any state."""
    user = current_user(request)
    found = thread(user, library.get_readable(user, content_id))
    rows = paginate(found.rows, page, s.SIZE)
    shown = page_of(rows, lambda row: _comment(row, row.author, found.seat.pk))
    return shown | {"closed": found.closed, "moderated": found.moderated}


@router.post(
    "/{int:content_id}/comments", response={201: CommentOut}, operation_id="comment_on_content"
)
def comment_on_content(request: HttpRequest, content_id: int, body: SaidIn) -> Any:
    """Say something; 409 where comments are closed."""
    said = commenting.comment(current_user(request), content_id, body.text)
    return Status(201, _comment(said, said.membership.name, said.membership_id))


@router.delete("/comments/{int:comment_id}", response={204: None}, operation_id="remove_comment")
def remove_comment(request: HttpRequest, comment_id: int) -> Any:
    """Take my own comment back."""
    commenting.remove(current_user(request), comment_id)
    return Status(204, None)


def _line(row: Any) -> dict[str, Any]:
    return s.head_of(row) | {
        "organization": row.organization.name,
        "position": row.position,
        "finished_at": row.finished_at,
    }


def _record(row: LearningRecord) -> dict[str, Any]:
    return {
        "position": row.position,
        "covered": row.covered,
        "started_at": row.started_at,
        "changed_at": row.changed_at,
        "finished_at": row.finished_at,
    }


def _comment(row: Comment, author: str | None, mine: int) -> dict[str, Any]:
    return {
        "id": row.pk,
        "author": author,
        "text": row.text,
        "at": row.at,
        "state": row.state,
        "reason": row.reason,
        "mine": row.membership_id == mine,
    }
