"""Who may write, publish and withdraw an organisation's learning content, and decide on comments.

Any administrator writes drafts; what readers see of the organisation (publishing, withdrawing,
correcting what is published, columns, settings) takes power over the whole of it.
"""

from typing import Any

from django.db.models import QuerySet

from lianxue.accounts.models import Actor
from lianxue.notices.policy import Place, place_of
from lianxue.organizations.models import Organization
from lianxue.organizations.policy import Power, manageable_members, power_in
from lianxue.shared.errors import PermissionDenied, StateConflict

from ..models import Comment, ContentItem

__all__ = [
    "Place",
    "decidable_comments",
    "keeps",
    "kept_contents",
    "need_changes",
    "need_discards",
    "need_publishes",
    "need_reach",
    "need_settings",
    "need_writes",
    "place_of",
]


def need_writes(power: Power) -> None:
    """Drafts are written by any administrator. Raises PermissionDenied."""
    power.need_administers()


def need_publishes(power: Power) -> None:
    """Publishing and withdrawing speak for the organisation. Raises PermissionDenied."""
    power.need_whole()


def need_settings(power: Power) -> None:
    """Columns and settings are the whole organisation's. Raises PermissionDenied."""
    power.need_whole()


def need_changes(power: Power, item: ContentItem) -> None:
    """A draft is changed by any administrator, what was published by whom it takes to publish.

    Raises PermissionDenied.
    """
    if item.state == ContentItem.State.DRAFT:
        need_writes(power)
    else:
        need_publishes(power)


def need_discards(actor: Actor, power: Power, item: ContentItem) -> None:
    """A draft is thrown away by who began it, or who administers the whole. Raises
    PermissionDenied."""
    power.need_administers()
    if not power.whole and (actor.pk is None or item.author_id != actor.pk):
        raise PermissionDenied("这份草稿由别人起草，删除请联系起草人或负责整个组织的管理员。")


def need_reach(reach: str, organization: Organization) -> None:
    """Down the chain publishes a certified organisation. Raises StateConflict."""
    if reach == ContentItem.Reach.CHAIN and not organization.is_certified:
        raise StateConflict("本组织还没有认证，认证以后才能发布给下级组织。")


def kept_contents(place: Place) -> QuerySet[ContentItem, Any]:
    """The contents that the place's administrators see at their desk, in whatever state."""
    return ContentItem.objects.filter(organization=place.organization)


def keeps(actor: Actor, item: ContentItem) -> bool:
    """Whether ``actor`` administers any of the item's organisation, and so sees drafts too."""
    return power_in(actor, item.organization).administers


def decidable_comments(place: Place) -> QuerySet[Comment, Any]:
    """The comments that the place's administrator decides about: of whom the own power covers."""
    rows = Comment.objects.filter(organization=place.organization)
    if place.power.whole:
        return rows
    return rows.filter(membership__in=manageable_members(place.power, place.organization))
