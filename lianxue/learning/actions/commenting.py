"""Comments: what members say about an item inside their own organisation, and what its
administrators decide about it. A member's own acts leave no audit event: the row is the trace."""

from datetime import timedelta

from django.db import transaction

from lianxue.accounts.models import Actor, User
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, RateLimited, StateConflict

from .. import policy, rules
from ..models import Comment, LearningSettings
from ..queries.comments import comments_of
from ..queries.library import get_readable
from .common import locked_place, note_here, person

State = Comment.State
_GONE = "没有找到这条评论，可能已被删除。"
#: So many in an hour are enough for anybody who reads in between.
MOST_IN_AN_HOUR = 20


@transaction.atomic
def comment(user: User, item_id: int, text: str) -> Comment:
    """Say something about an item; the same words again at once are the comment of before.

    WAITING or SHOWN as the own organisation has set. Raises NotFound, StateConflict where comments
    are closed, InvalidInput at ``text``, RateLimited.
    """
    item = get_readable(user, item_id)
    seat = policy.seat_for(user, item)
    setting = comments_of(seat.organization_id)
    if not item.allows_comments:
        raise StateConflict("这条内容没有开放评论。")
    if setting == LearningSettings.Comments.OFF:
        raise StateConflict("您所在的组织没有开放评论。")
    words = _tidy(text)
    mine = Comment.objects.filter(membership=seat, at__gt=now() - timedelta(hours=1))
    last = mine.order_by("-pk").first()
    if last is not None and last.item_id == item.pk and last.text == words:
        return last
    if mine.count() >= MOST_IN_AN_HOUR:
        raise RateLimited("评论发得太频繁，请过一会儿再发。", retry_after=600, field="text")
    opened = setting == LearningSettings.Comments.OPEN
    return Comment.objects.create(
        item=item,
        organization_id=seat.organization_id,
        membership=seat,
        text=words,
        state=State.SHOWN if opened else State.WAITING,
        at=now(),
    )


def _tidy(text: str) -> str:
    words = rules.tidy_text(text)
    if not words:
        raise InvalidInput.at("text", "请填写评论。")
    if len(words) > rules.MAX_COMMENT:
        raise InvalidInput.at(
            "text", f"评论最多 {rules.MAX_COMMENT} 个字，现在是 {len(words)} 个字。"
        )
    return words


@transaction.atomic
def remove(user: User, comment_id: int) -> None:
    """Take one's own comment back, whatever was decided about it. Raises NotFound."""
    gone, _ = Comment.objects.filter(pk=comment_id, membership__user=user).delete()
    if not gone:
        raise NotFound(_GONE)


@transaction.atomic
def show(actor: Actor, comment_id: int) -> Comment:
    """通过: let the organisation's members see it; shown already is no error.

    Raises NotFound (also for a comment out of the actor's scope), PermissionDenied.
    """
    found = _locked(actor, comment_id)
    if found.state == State.SHOWN:
        return found
    return _decide(actor, found, State.SHOWN, "")


@transaction.atomic
def hide(actor: Actor, comment_id: int, reason: str) -> Comment:
    """隐藏, with a reason that its author is told; hidden already is no error.

    Raises NotFound, PermissionDenied, InvalidInput at ``reason``.
    """
    found = _locked(actor, comment_id)
    why = rules.tidy_reason(reason, 100)
    if found.state == State.HIDDEN:
        return found
    return _decide(actor, found, State.HIDDEN, why)


def _locked(actor: Actor, comment_id: int) -> Comment:
    seen = Comment.objects.filter(pk=comment_id).values_list("organization_id", flat=True).first()
    if seen is None:
        raise NotFound(_GONE)
    place = locked_place(actor, seen)
    rows = policy.decidable_comments(place).select_for_update(of=("self",))
    found: Comment | None = rows.filter(pk=comment_id).select_related("item").first()
    if found is None:
        raise NotFound(_GONE)
    return found


def _decide(actor: Actor, found: Comment, state: str, reason: str) -> Comment:
    found.state, found.reason = state, reason
    found.decided_at, found.decided_by = now(), person(actor)
    found.save(update_fields=["state", "reason", "decided_at", "decided_by"])
    action = "comment.shown" if state == State.SHOWN else "comment.hidden"
    note_here(actor, action, found.organization_id, found, name=found.item.title, reason=reason)
    return found
