"""Writing, publishing and taking down contents over the API."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, File, Query, Router, Schema, Status, UploadedFile

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.files.actions import store
from lianxue.organizations.schemas import page_of
from lianxue.shared.errors import NotFound
from lianxue.shared.pagination import paginate
from lianxue.shared.uploads import uploaded

from .. import schemas as s
from ..actions import drafts, gallery, publishing
from ..actions.drafts import ContentText
from ..models import ContentItem
from ..queries import desk
from ..queries.library import pictures_of, tags_of

router = Router(tags=["learning"])

ITEM = "/{int:organization_id}/learning/{int:content_id}"
#: Whose address takes recordings (``register_large``).
FILE_ADDRESS = "content_recording"


class ContentIn(Schema):
    """The text of an item. When it is changed, a key that is left out stays."""

    title: str = Field("", max_length=400, description="标题, at most 100 characters")
    summary: str = Field("", max_length=800, description="摘要, at most 200 characters")
    source: str = Field("", max_length=240, description="来源, at most 60 characters")
    body: str = Field("", max_length=400_000, description="HTML; what is not allowed is dropped")
    link: str = Field("", max_length=2000, description="of a link: http or https")
    column_id: s.Id | None = None
    tags: list[str] = Field([], max_length=50, description="at most 10, of 10 characters each")
    reach: s.Reach = Field("own", description="chain: for all organisations below, too")
    allows_comments: bool = True

    def over(self, text: ContentText) -> ContentText:
        """``text`` with what was sent in its place."""
        sent = {
            key: getattr(self, key) for key in self.model_fields_set & set(ContentIn.model_fields)
        }
        if "tags" in sent:
            sent["tags"] = tuple(sent["tags"])
        return replace(text, **sent)


class Cut(Schema):
    """What a list is cut to."""

    state: s.State | None = None
    kind: s.Kind | None = None
    column: s.Id | None = None
    q: str = Field("", max_length=40, description="part of the title")


class NewContentIn(Schema):
    """A new draft."""

    kind: s.Kind


class ChangedIn(ContentIn):
    """What changes, with the version that it was read in."""

    version: int = Field(ge=1, le=2**31 - 1)


class KeptContent(s.ContentHead):
    """An item as its organisation's administrators have it, without its text."""

    state: s.State
    reach: s.Reach
    author: str
    version: int
    created_at: datetime
    changed_at: datetime
    withdrawn_at: datetime | None
    withdrawal_reason: str


class KeptContentOut(KeptContent):
    """With its text, file and pictures."""

    body: str
    link: str
    tags: list[str]
    allows_comments: bool
    file: s.FileOut | None
    pictures: list[s.CaptionedOut]


class ImportedOut(KeptContentOut):
    """A draft made of a document."""

    left_out: list[str] = Field(description="what was not taken, in words")


class KeptContentPage(Schema):
    """One page of what the organisation has, the last touched first."""

    items: list[KeptContent]
    page: int
    pages: int
    total: int


class PictureIn(Schema):
    """A picture and what stands below it."""

    file_id: s.Id
    caption: str = Field("", max_length=400, description="图片说明, at most 100 characters")


class PicturesIn(Schema):
    """Their order; those left out come behind, as they stood."""

    pictures: list[PictureIn] = Field(max_length=200)


class ReasonIn(Schema):
    """Why."""

    reason: str = Field(max_length=800, description="at most 200 characters")


class ReachOut(Schema):
    """Who sees it, or would, at this moment."""

    people: int = Field(description="active members of the own organisation")
    organizations: int = Field(description="below it")
    people_below: int = Field(description="active members of those")


@router.get("/{int:organization_id}/learning", response=KeptContentPage, operation_id="contents")
def contents(
    request: HttpRequest, organization_id: int, cut: Query[Cut], page: s.PageNumber = 1
) -> Any:
    """Drafts, what is published, and what was taken down; ``q`` stands in the title."""
    rows = desk.kept(
        current_user(request),
        organization_id,
        state=cut.state or "",
        kind=cut.kind or "",
        column_id=cut.column,
        text=cut.q,
    )
    return page_of(paginate(rows, page, s.SIZE), _kept)


@router.post(
    "/{int:organization_id}/learning",
    response={201: KeptContentOut},
    operation_id="create_content",
)
def create_content(request: HttpRequest, organization_id: int, body: NewContentIn) -> Any:
    """A new, empty draft."""
    made = drafts.create(current_user(request), organization_id, body.kind)
    return Status(201, _whole(made))


@router.post(
    "/{int:organization_id}/learning/import",
    response={201: ImportedOut},
    operation_id="import_content",
)
def import_content(
    request: HttpRequest, organization_id: int, file: File[UploadedFile | None] = None
) -> Any:
    """A draft of an article from a .docx or Markdown file."""
    user = current_user(request)
    desk.kept(user, organization_id)  # who may, before the file is looked at
    made = drafts.take_in(user, organization_id, uploaded(request))
    return Status(201, _whole(made.item) | {"left_out": made.left_out})


@router.get(ITEM, response=KeptContentOut, operation_id="kept_content")
def kept_content(request: HttpRequest, organization_id: int, content_id: int) -> Any:
    """An item in whatever state, for the organisation's administrators."""
    return _whole(_here(current_user(request), organization_id, content_id))


@router.patch(ITEM, response=KeptContentOut, operation_id="change_content")
def change_content(
    request: HttpRequest, organization_id: int, content_id: int, body: ChangedIn
) -> Any:
    """Change its text; 409 when somebody else has changed it since ``version``."""
    user = current_user(request)
    item = _here(user, organization_id, content_id)
    stays = ContentText(
        title=item.title,
        summary=item.summary,
        source=item.source,
        body=item.body,
        link=item.link,
        column_id=item.column_id,
        tags=tuple(tags_of(item)),
        reach=item.reach,
        allows_comments=item.allows_comments,
    )
    return _whole(drafts.change(user, content_id, body.over(stays), body.version))


@router.delete(ITEM, response={204: None}, operation_id="discard_content")
def discard_content(request: HttpRequest, organization_id: int, content_id: int) -> Any:
    """Throw a draft away; 409 for what was published."""
    user = current_user(request)
    _here(user, organization_id, content_id)
    drafts.discard(user, content_id)
    return Status(204, None)


@router.post(
    f"{ITEM}/file",
    response=KeptContentOut,
    operation_id="set_content_file",
    url_name=FILE_ADDRESS,
)
def set_content_file(
    request: HttpRequest,
    organization_id: int,
    content_id: int,
    file: File[UploadedFile | None] = None,
) -> Any:
    """The recording or PDF of an item, in the place of the one before."""
    user = current_user(request)
    _here(user, organization_id, content_id)
    stored = store(user, uploaded(request), large=True)
    return _whole(drafts.set_file(user, content_id, stored))


@router.post(f"{ITEM}/pictures", response={201: s.FileOut}, operation_id="add_content_picture")
def add_content_picture(
    request: HttpRequest,
    organization_id: int,
    content_id: int,
    file: File[UploadedFile | None] = None,
) -> Any:
    """A picture for the gallery or the text: JPG, PNG or WebP, 20 MB at most."""
    user = current_user(request)
    _here(user, organization_id, content_id)
    added = drafts.add_picture(user, content_id, store(user, uploaded(request)))
    return Status(201, s.file_of(added.file))


@router.put(
    f"{ITEM}/pictures", response=list[s.CaptionedOut], operation_id="arrange_content_pictures"
)
def arrange_content_pictures(
    request: HttpRequest, organization_id: int, content_id: int, body: PicturesIn
) -> Any:
    """Their order and captions."""
    user = current_user(request)
    item = _here(user, organization_id, content_id)
    gallery.arrange(user, content_id, [(one.file_id, one.caption) for one in body.pictures])
    return [s.captioned(one) for one in pictures_of(item)]


@router.delete(
    f"{ITEM}/pictures/{{int:file_id}}",
    response={204: None},
    operation_id="remove_content_picture",
)
def remove_content_picture(
    request: HttpRequest, organization_id: int, content_id: int, file_id: int
) -> Any:
    """Take a picture off, out of the text too; one that is gone is no error."""
    user = current_user(request)
    _here(user, organization_id, content_id)
    drafts.remove_picture(user, content_id, file_id)
    return Status(204, None)


@router.get(f"{ITEM}/reach", response=ReachOut, operation_id="content_reach")
def content_reach(request: HttpRequest, organization_id: int, content_id: int) -> Any:
    """Who sees it, or would see it if it were published as it stands."""
    reach = desk.reach_of(_here(current_user(request), organization_id, content_id))
    return {
        "people": reach.people,
        "organizations": reach.organizations,
        "people_below": reach.people_below,
    }


@router.post(f"{ITEM}/publish", response=KeptContentOut, operation_id="publish_content")
def publish_content(request: HttpRequest, organization_id: int, content_id: int) -> Any:
    """发布; 422 says what is still missing."""
    user = current_user(request)
    _here(user, organization_id, content_id)
    return _whole(publishing.publish(user, content_id))


@router.post(f"{ITEM}/withdraw", response=KeptContentOut, operation_id="withdraw_content")
def withdraw_content(
    request: HttpRequest, organization_id: int, content_id: int, body: ReasonIn
) -> Any:
    """下架: readers find it no more; records and points stay. 409 for a draft."""
    user = current_user(request)
    _here(user, organization_id, content_id)
    return _whole(publishing.withdraw(user, content_id, body.reason))


def _here(user: User, organization_id: int, content_id: int) -> ContentItem:
    """An item of this organisation. Raises NotFound, PermissionDenied."""
    item, _ = desk.get_kept(user, content_id)
    if item.organization_id != organization_id:
        raise NotFound
    return item


def _kept(row: ContentItem) -> dict[str, Any]:
    return s.head_of(row) | {
        "state": row.state,
        "reach": row.reach,
        "author": row.author_name,
        "version": row.version,
        "created_at": row.created_at,
        "changed_at": row.changed_at,
        "withdrawn_at": row.withdrawn_at,
        "withdrawal_reason": row.withdrawal_reason,
    }


def _whole(row: ContentItem) -> dict[str, Any]:
    return _kept(row) | {
        "body": row.body,
        "link": row.link,
        "tags": tags_of(row),
        "allows_comments": row.allows_comments,
        "file": s.file_or_none(row.file),
        "pictures": [s.captioned(one) for one in pictures_of(row)],
    }
