"""What a learning task asks for, and what it may ask for."""

from typing import Any

from django.db.models import Q, QuerySet

from lianxue.notices.models import Notice
from lianxue.organizations.models import Organization
from lianxue.shared.ids import STEP

from ..models import ContentItem, TaskContent


def contents_of(notice: Notice | int) -> list[TaskContent]:
    """The contents of a task in their order, each with its ``item``; what was withdrawn since, too.
    One statement."""
    rows = TaskContent.objects.filter(task=notice if isinstance(notice, int) else notice.pk)
    return list(rows.select_related("item__organization").order_by("position", "pk"))


def criterion(items: int, quiz: bool) -> str:
    """What completes a task of so many items that are still there, in words; "" when nothing is
    left of it."""
    said = [f"学完全部 {items} 项内容"] if items else []
    return "，并且".join([*said, "测验及格"] if quiz else said)


def choosable(organization: Organization) -> QuerySet[ContentItem, Any]:
    """What an organisation may ask its people to learn: what it sees as a member of the chain, its
    own and what the organisations above published for all below; the newest first.
    """
    path = organization.chain_path or ""
    above = [path[:end] for end in range(STEP, len(path), STEP)]
    seen = Q(organization=organization) | Q(
        reach=ContentItem.Reach.CHAIN, organization__chain_path__in=above
    )
    rows = ContentItem.objects.filter(seen, state=ContentItem.State.PUBLISHED)
    return rows.select_related("organization").order_by("-published_at", "-pk")
