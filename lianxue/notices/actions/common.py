"""What the actions share: the words of their audit events, and a place with its lock."""

from typing import Any

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import record, register_details, register_events
from lianxue.organizations.actions import organizations
from lianxue.shared.errors import NotFound

from .. import policy
from ..models import Notice, Relay
from ..policy import Place

register_events(
    {
        "notice.drafted": "起草了通知",
        "notice.changed": "修改了通知草稿",
        "notice.file_added": "给通知草稿添加了附件",
        "notice.file_removed": "移除了通知草稿的附件",
        "notice.discarded": "删除了通知草稿",
        "notice.copied": "由以前的通知复制了草稿",
        "notice.sent": "发送了通知",
        "relay.received": "查看了上级通知",
        "relay.confirmed": "确认收到上级通知",
        "relay.passed": "传达了上级通知",
        "relay.closed": "不再传达上级通知",
    }
)
register_details(
    {
        "notice_kind": "种类",
        "origin": "发出组织",
        "audience": "发给",
        "remark": "传达意见",
        "deadline": "截止时间",
        "urgent": "紧急",
        "sms": "短信",
        "file": "附件",
        "changed": "改动",
    }
)


def locked_place(actor: Actor, organization_id: int) -> Place:
    """The actor's place, its organisation locked and the power read under the lock.

    Raises NotFound, PermissionDenied as ``policy.place_of``.
    """
    policy.place_of(actor, organization_id)
    organizations.lock(organization_id)
    return policy.place_of(actor, organization_id)


def note(
    actor: Actor, action: str, organization_id: int, thing: Notice | Relay, **data: Any
) -> None:
    """An event in the organisation's log; empty details are left out."""
    notice = thing if isinstance(thing, Notice) else thing.notice
    told = {
        "name": notice.title or "（还没有标题）",
        "notice_kind": notice.get_kind_display(),
        **{key: value for key, value in data.items() if value},
    }
    record(actor, action, target=thing, organization_id=organization_id, data=told)


def person(actor: Actor) -> User | None:
    """The actor's account; none for the operator."""
    return actor if isinstance(actor, User) else None


def lock_notice(place: Place, notice_id: int) -> Notice:
    """A notice of the place's organisation, its row locked, that the actor may keep.

    Raises NotFound, PermissionDenied.
    """
    rows = Notice.objects.select_for_update(of=("self",)).select_related("scope", "organization")
    found: Notice | None = rows.filter(pk=notice_id, organization=place.organization).first()
    if found is None:
        raise NotFound
    policy.need_keeps(place.power, found)
    return found
