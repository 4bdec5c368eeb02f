"""What the actions on content share: the words of their audit events, an item with its locks."""

from typing import Any

from django.db.models import Model

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import record, register_details, register_events
from lianxue.files.models import StoredFile
from lianxue.organizations.actions import organizations
from lianxue.shared.clock import now
from lianxue.shared.errors import NotFound, StateConflict

from .. import policy
from ..models import ContentItem
from ..policy import Place

register_events(
    {
        "content.drafted": "起草了学习内容",
        "content.imported": "由文件导入了学习内容",
        "content.changed": "修改了学习内容",
        "content.file_set": "上传了学习内容的文件",
        "content.picture_added": "给学习内容添加了图片",
        "content.picture_removed": "移除了学习内容的图片",
        "content.discarded": "删除了学习内容草稿",
        "content.published": "发布了学习内容",
        "content.withdrawn": "下架了学习内容",
        "column.added": "添加了栏目",
        "column.renamed": "修改了栏目名称",
        "column.removed": "删除了栏目",
        "column.ordered": "调整了栏目顺序",
        "learning.comments_set": "修改了评论设置",
        "comment.shown": "通过了评论",
        "comment.hidden": "隐藏了评论",
    }
)
register_details(
    {
        "content_kind": "内容类型",
        "reach": "谁能看到",
        "column": "栏目",
        "columns": "栏目顺序",
        "picture": "图片",
        "comments": "评论",
    }
)

MOVED_ON = "这条内容刚刚被别人修改过，请重新打开，核对后再保存。"


def locked_place(actor: Actor, organization_id: int) -> Place:
    """The actor's place, its organisation locked and the power read under the lock.

    Raises NotFound, PermissionDenied as ``policy.place_of``.
    """
    policy.place_of(actor, organization_id)
    organizations.lock(organization_id)
    return policy.place_of(actor, organization_id)


def locked_item(actor: Actor, item_id: int) -> tuple[ContentItem, Place]:
    """An item that the actor may change as it stands now, it and its organisation locked.

    Raises NotFound, PermissionDenied.
    """
    seen = ContentItem.objects.filter(pk=item_id).values_list("organization_id", flat=True).first()
    if seen is None:
        raise NotFound(policy.GONE)
    place = locked_place(actor, seen)
    rows = ContentItem.objects.select_for_update(of=("self",)).select_related("organization")
    item = rows.filter(pk=item_id, organization=place.organization).first()
    if item is None:
        raise NotFound(policy.GONE)
    policy.need_changes(place.power, item)
    return item, place


def need_draft(item: ContentItem) -> None:
    """Raises StateConflict for what was published once."""
    if item.state != ContentItem.State.DRAFT:
        raise StateConflict("这条内容已经发布过，不能删除。不想再让人看到，请下架。")


def note(actor: Actor, action: str, item: ContentItem, **data: Any) -> None:
    """An event about an item in its organisation's log; empty details are left out."""
    told = {
        "name": item.title or "（还没有标题）",
        "content_kind": item.get_kind_display(),
        **{key: value for key, value in data.items() if value},
    }
    record(actor, action, target=item, organization_id=item.organization_id, data=told)


def note_here(
    actor: Actor, action: str, organization_id: int, thing: Model | None = None, **data: Any
) -> None:
    """An event about something else of the organisation."""
    told = {key: value for key, value in data.items() if value}
    record(actor, action, target=thing, organization_id=organization_id, data=told)


def person(actor: Actor) -> User | None:
    """The actor's account; none for the operator."""
    return actor if isinstance(actor, User) else None


def begin(actor: Actor, organization_id: int, kind: str, **values: str) -> ContentItem:
    """The row of a new draft; the caller has asked who may."""
    moment = now()
    return ContentItem.objects.create(
        organization_id=organization_id,
        kind=kind,
        author=person(actor),
        author_name=actor.name[:60],
        created_at=moment,
        changed_at=moment,
        **values,
    )


def need_own(actor: Actor, stored_file: StoredFile) -> None:
    """Nobody attaches what another uploaded. Raises NotFound."""
    if stored_file.owner_id != (actor.pk or 0):
        raise NotFound("没有找到这个文件，请重新上传。")
