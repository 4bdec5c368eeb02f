"""Publishing what was written, and taking it down again."""

from django.db import transaction

from lianxue.accounts.models import Actor
from lianxue.shared.clock import now
from lianxue.shared.errors import StateConflict

from .. import policy, rules
from ..models import ContentItem
from . import tokens
from .common import locked_item, note


@transaction.atomic
def publish(actor: Actor, item_id: int) -> ContentItem:
    """Let readers have an item, or have it again; published already is no error.

    Raises NotFound, PermissionDenied, StateConflict for CHAIN without a certification,
    InvalidInput at what is still missing.
    """
    item, place = locked_item(actor, item_id)
    policy.need_publishes(place.power)
    if item.state == ContentItem.State.PUBLISHED:
        return item
    policy.need_reach(item.reach, place.organization)
    rules.need_complete(rules.Complete(item, item.pictures.count()))
    item.state, item.published_at = ContentItem.State.PUBLISHED, now()
    item.withdrawn_at, item.withdrawal_reason = None, ""
    item.save(update_fields=["state", "published_at", "withdrawn_at", "withdrawal_reason"])
    tokens.index(item)
    note(actor, "content.published", item, reach=item.get_reach_display())
    return item


@transaction.atomic
def withdraw(actor: Actor, item_id: int, reason: str) -> ContentItem:
    """Take an item down (下架): readers find it no more, records and points stay.

    Raises NotFound, PermissionDenied, InvalidInput at ``reason``, StateConflict for a draft.
    """
    item, place = locked_item(actor, item_id)
    policy.need_publishes(place.power)
    if item.state == ContentItem.State.DRAFT:
        raise StateConflict("这条内容还没有发布，不需要下架。")
    if item.state == ContentItem.State.WITHDRAWN:
        return item
    item.withdrawal_reason = rules.tidy_reason(reason)
    item.state, item.withdrawn_at = ContentItem.State.WITHDRAWN, now()
    item.save(update_fields=["state", "withdrawn_at", "withdrawal_reason"])
    tokens.forget(item)
    note(actor, "content.withdrawn", item, reason=item.withdrawal_reason)
    return item
