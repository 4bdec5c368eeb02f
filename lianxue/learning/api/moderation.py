"""Columns, settings and the comments to decide about, over the API."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, P, QueryEx, Router, Schema, Status

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.organizations.schemas import page_of
from lianxue.shared.errors import NotFound
from lianxue.shared.pagination import paginate

from .. import policy
from .. import schemas as s
from ..actions import columns, commenting, settings
from ..models import Comment
from ..queries import comments as reads
from ..queries import desk
from .desk import ReasonIn

router = Router(tags=["learning"])

HERE = "/{int:organization_id}/learning"
StateOf = QueryEx[s.CommentState | None, P(description="in this state; null: all")]


class KeptColumn(s.ColumnOut):
    """A column as the organisation's administrators have it."""

    contents: int = Field(description="items in it, drafts too")


class ColumnIn(Schema):
    """A column's name."""

    name: str = Field(max_length=80, description="栏目名称, at most 20 characters")


class OrderIn(Schema):
    """The order of the columns; those left out come behind, as they stood."""

    column_ids: list[s.Id] = Field(max_length=200)


class SettingsOut(Schema):
    """What becomes of the own members' comments."""

    comments: Literal["off", "moderated", "open"]


class DecidedComment(Schema):
    """A comment as administrators have it."""

    id: int
    content_id: int
    title: str
    author: str
    branch: str
    text: str
    at: datetime
    state: s.CommentState
    reason: str
    decided_at: datetime | None


class DecidedPage(Schema):
    """One page of comments, newest first."""

    items: list[DecidedComment]
    page: int
    pages: int
    total: int


@router.get(f"{HERE}/columns", response=list[KeptColumn], operation_id="kept_columns")
def kept_columns(request: HttpRequest, organization_id: int) -> Any:
    """The organisation's columns in their order."""
    return _columns(current_user(request), organization_id)


@router.post(f"{HERE}/columns", response={201: s.ColumnOut}, operation_id="add_column")
def add_column(request: HttpRequest, organization_id: int, body: ColumnIn) -> Any:
    """A new column, behind the others."""
    made = columns.add(current_user(request), organization_id, body.name)
    return Status(201, s.column_of(made))


@router.put(f"{HERE}/columns", response=list[KeptColumn], operation_id="order_columns")
def order_columns(request: HttpRequest, organization_id: int, body: OrderIn) -> Any:
    """Put them in order."""
    user = current_user(request)
    columns.order(user, organization_id, body.column_ids)
    return _columns(user, organization_id)


@router.patch(
    f"{HERE}/columns/{{int:column_id}}", response=s.ColumnOut, operation_id="rename_column"
)
def rename_column(
    request: HttpRequest, organization_id: int, column_id: int, body: ColumnIn
) -> Any:
    """Another name."""
    user = current_user(request)
    _need_column(user, organization_id, column_id)
    return s.column_of(columns.rename(user, column_id, body.name))


@router.delete(
    f"{HERE}/columns/{{int:column_id}}", response={204: None}, operation_id="remove_column"
)
def remove_column(request: HttpRequest, organization_id: int, column_id: int) -> Any:
    """Delete a column; its contents stay, in no column."""
    user = current_user(request)
    _need_column(user, organization_id, column_id)
    columns.remove(user, column_id)
    return Status(204, None)


@router.get(f"{HERE}/settings", response=SettingsOut, operation_id="learning_settings")
def learning_settings(request: HttpRequest, organization_id: int) -> Any:
    """The organisation's settings, for its administrators."""
    place = policy.place_of(current_user(request), organization_id)
    return {"comments": reads.comments_of(place.organization.pk)}


@router.put(f"{HERE}/settings", response=SettingsOut, operation_id="set_learning_settings")
def set_learning_settings(request: HttpRequest, organization_id: int, body: SettingsOut) -> Any:
    """Change them; ``off`` shows no comments, ``moderated`` after an administrator looked."""
    settings.set_comments(current_user(request), organization_id, body.comments)
    return {"comments": body.comments}


@router.get(f"{HERE}/comments", response=DecidedPage, operation_id="comments_to_decide")
def comments_to_decide(
    request: HttpRequest, organization_id: int, state: StateOf = None, page: s.PageNumber = 1
) -> Any:
    """The comments of whom I administer."""
    rows = reads.to_decide(current_user(request), organization_id, state or "")
    return page_of(paginate(rows, page, s.SIZE), _decided)


@router.post(
    f"{HERE}/comments/{{int:comment_id}}/show",
    response=DecidedComment,
    operation_id="show_comment",
)
def show_comment(request: HttpRequest, organization_id: int, comment_id: int) -> Any:
    """通过: the organisation's members see it."""
    user = current_user(request)
    _need_comment(user, organization_id, comment_id)
    commenting.show(user, comment_id)
    return _decided(_need_comment(user, organization_id, comment_id))


@router.post(
    f"{HERE}/comments/{{int:comment_id}}/hide",
    response=DecidedComment,
    operation_id="hide_comment",
)
def hide_comment(
    request: HttpRequest, organization_id: int, comment_id: int, body: ReasonIn
) -> Any:
    """隐藏, with a reason that its author is told."""
    user = current_user(request)
    _need_comment(user, organization_id, comment_id)
    commenting.hide(user, comment_id, body.reason)
    return _decided(_need_comment(user, organization_id, comment_id))


def _columns(user: User, organization_id: int) -> list[dict[str, Any]]:
    rows = desk.columns(user, organization_id)
    return [s.column_of(row) | {"contents": row.contents_count} for row in rows]


def _need_column(user: User, organization_id: int, column_id: int) -> None:
    if not desk.columns(user, organization_id).filter(pk=column_id).exists():
        raise NotFound


def _need_comment(user: User, organization_id: int, comment_id: int) -> Comment:
    found: Comment | None = reads.to_decide(user, organization_id, "").filter(pk=comment_id).first()
    if found is None:
        raise NotFound
    return found


def _decided(row: Comment) -> dict[str, Any]:
    branch = row.membership.branch
    return {
        "id": row.pk,
        "content_id": row.item_id,
        "title": row.item.title,
        "author": row.membership.name,
        "branch": branch.name if branch else "",
        "text": row.text,
        "at": row.at,
        "state": row.state,
        "reason": row.reason,
        "decided_at": row.decided_at,
    }
