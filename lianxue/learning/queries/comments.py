"""Comments as the members of one organisation read them, and as its administrators find them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from lianxue.accounts.models import Actor, User
from lianxue.organizations.models import Membership
from lianxue.organizations.policy import visible_members
from lianxue.shared.errors import InvalidInput

from .. import policy
from ..models import Comment, ContentItem, LearningSettings

State = Comment.State


def comments_of(organization_id: int) -> str:
    """What becomes of comments there: a ``LearningSettings.Comments``."""
    found = LearningSettings.objects.filter(pk=organization_id)
    return (
        found.values_list("comments", flat=True).first()
        or LearningSettings._meta.get_field("comments").get_default()
    )


@dataclass(frozen=True)
class Thread:
    """The comments below an item as one reader sees them.

    ``seat``: the reader's own, in whose organisation the comments stand. ``closed``: why nothing
    can be said here, or "". ``moderated``: what is said waits for an administrator.
    """

    seat: Membership
    closed: str
    moderated: bool
    rows: QuerySet[Comment, Any]


def thread(user: User, item: ContentItem) -> Thread:
    """The comments of the reader's own organisation on ``item``, the newest first: those shown, and
    the reader's own in any state. None where comments are closed.

    Each has ``author`` (the name, None for whom the reader does not see in the organisation) and
    its ``membership``. Raises NotFound for an item that the reader may not open.
    """
    seat = policy.seat_for(user, item)
    setting = comments_of(seat.organization_id)
    closed = ""
    if not item.allows_comments:
        closed = "这条内容没有开放评论。"
    elif setting == LearningSettings.Comments.OFF:
        closed = "您所在的组织没有开放评论。"
    rows = Comment.objects.filter(item=item, organization=seat.organization)
    rows = rows.filter(Q(state=State.SHOWN) | Q(membership=seat))
    names = visible_members(user, seat.organization).filter(pk=OuterRef("membership"))
    rows = rows.annotate(author=Subquery(names.values("name")[:1])).select_related("membership")
    return Thread(
        seat=seat,
        closed=closed,
        moderated=setting == LearningSettings.Comments.MODERATED,
        rows=rows.none() if closed else rows.order_by("-pk"),
    )


def to_decide(
    actor: Actor, organization_id: int, state: str = State.WAITING
) -> QuerySet[Comment, Any]:
    """The organisation's comments in ``state`` ("": all) that the actor decides about, the newest
    first; each with ``item``, ``membership`` and its branch.

    Raises NotFound, PermissionDenied, InvalidInput at ``state``.
    """
    place = policy.place_of(actor, organization_id)
    if state and state not in State.values:
        raise InvalidInput.at("state", "请选择评论的状态。")
    rows = policy.decidable_comments(place)
    if state:
        rows = rows.filter(state=state)
    joined = rows.select_related("item", "membership__branch", "decided_by")
    return joined.defer("item__body", "item__text").order_by("-pk")


def waiting_comments(actor: Actor, organization_id: int) -> int:
    """How many wait for the actor's decision. Raises NotFound, PermissionDenied."""
    found = to_decide(actor, organization_id).aggregate(n=Count("pk"))
    return int(found["n"])
