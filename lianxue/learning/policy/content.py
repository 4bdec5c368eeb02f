"""Who reads an item: one rule, as a condition on the items and as the seat through which it came.

- the library: published by an organisation in which the reader is an active member, or, down the
  chain, by one truly above it, as the chain stands now;
- and what a learning task that reaches the reader, and was not recalled, holds.

A withdrawn item is nobody's.
"""

from typing import Any

from django.db.models import Q, QuerySet

from lianxue.accounts.models import User
from lianxue.notices.policy import reaching, seats_of
from lianxue.organizations.models import Membership, Organization
from lianxue.shared.errors import NotFound
from lianxue.shared.ids import STEP

from ..models import ContentItem, TaskContent

GONE = "没有找到这条学习内容，可能已经下架，或不再对您开放。"
PUBLISHED = Q(state=ContentItem.State.PUBLISHED)


def _seats(user: User) -> QuerySet[Membership, Any]:
    return Membership.objects.filter(
        user=user, state=Membership.State.ACTIVE, organization__dissolved_at=None
    )


def _above(path: str | None) -> list[str]:
    """The chain paths of the organisations truly above the one at ``path``."""
    return [path[:end] for end in range(STEP, len(path), STEP)] if path else []


def _in_library(user: User) -> Q:
    """One statement for the reader's places; the condition itself asks one more, inside."""
    places = dict(_seats(user).values_list("organization_id", "organization__chain_path"))
    above = {one for path in places.values() for one in _above(path)}
    own = Q(organization__in=list(places))
    if not above:
        return PUBLISHED & own
    superiors = Organization.objects.filter(chain_path__in=sorted(above)).values("pk")
    return PUBLISHED & (own | Q(reach=ContentItem.Reach.CHAIN, organization__in=superiors))


def _through_task(user: User) -> Q:
    came = reaching(seats_of(user)).filter(recalled_at=None).values("notice")
    return PUBLISHED & Q(pk__in=TaskContent.objects.filter(task__in=came).values("item"))


def library(user: User) -> QuerySet[ContentItem, Any]:
    """What stands in the reader's library by membership: what lists and searches show."""
    return ContentItem.objects.filter(_in_library(user))


def readable(user: User) -> QuerySet[ContentItem, Any]:
    """What the reader may open: the library, and what came through a learning task."""
    return ContentItem.objects.filter(_in_library(user) | _through_task(user))


def seat_for(user: User, item: ContentItem) -> Membership:
    """The own active membership through which ``item`` came, with its organisation: of those that
    fit, the one with the smallest id. What is learned counts there. At most four statements.

    Raises NotFound for what the reader may not open.
    """
    if item.state != ContentItem.State.PUBLISHED:
        raise NotFound(GONE)
    rows = _seats(user).select_related("organization").order_by("pk")
    seats = {seat.pk: seat for seat in rows}
    fitting = {pk for pk, seat in seats.items() if _stands_in(item, seat.organization)}
    through = reaching(seats_of(user)).filter(
        recalled_at=None, notice__learning_task__contents__item=item
    )
    places = set(through.values_list("organization_id", flat=True))
    fitting |= {pk for pk, seat in seats.items() if seat.organization_id in places}
    if not fitting:
        raise NotFound(GONE)
    found: Membership = seats[min(fitting)]
    return found


def _stands_in(item: ContentItem, organization: Organization) -> bool:
    """Whether members of ``organization`` have ``item`` in their library."""
    if item.organization_id == organization.pk:
        return True
    if item.reach != ContentItem.Reach.CHAIN:
        return False
    return item.organization.chain_path in _above(organization.chain_path)
