"""提醒: once an hour at most, and one row however many are reminded.

The moment stands on the relay: who has not read it (or, below, not passed it on) sees it at the
top of the list, with 管理员 09:12 提醒查看. A text message on top of that is ``texting``'s.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from lianxue.accounts.models import Actor
from lianxue.audit.actions import register_events
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict

from .. import policy
from ..models import Notice, Receipt, Relay, SmsRun
from ..policy import Place
from . import texting
from .common import locked_place, note

register_events(
    {"notice.nudged": "提醒了还没有看通知的成员", "notice.nudged_below": "提醒了下级组织传达"}
)

#: At most one reminder in this time, to the own members and to the organisations below each.
AGAIN_AFTER = timedelta(hours=1)
#: Whom a reminder is for.
OWN, BELOW = "own", "below"
_COLUMN = {OWN: "nudged_at", BELOW: "nudged_below_at"}


@transaction.atomic
def nudge(
    actor: Actor, organization_id: int, notice_id: int, whom: str, *, sms: bool = False
) -> Relay:
    """Remind the own members who have not read it (``OWN``), or the direct subordinates that have
    not passed it on (``BELOW``); with ``sms`` the members also by text message, if it is urgent.

    Raises NotFound, PermissionDenied, InvalidInput for another ``whom``; StateConflict: recalled,
    nobody left to remind, within an hour of the last, or what ``texting.start`` raises (then
    nothing is done at all).
    """
    place = locked_place(actor, organization_id)
    rows = policy.overseen_relays(place).select_related("notice__scope", "organization")
    relay: Relay | None = rows.filter(notice__id=notice_id).first()  # an id of any size
    if relay is None:
        raise NotFound
    policy.need_governs(place.power, relay)
    if whom not in _COLUMN:
        raise InvalidInput("请选择提醒本组织成员，还是提醒下级组织。")
    _need_somebody(place, relay, whom)
    column, moment = _COLUMN[whom], now()
    free = Q(**{column: None}) | Q(**{f"{column}__lte": moment - AGAIN_AFTER})
    if not Relay.objects.filter(free, pk=relay.pk, recalled_at=None).update(**{column: moment}):
        _refuse(Relay.objects.get(pk=relay.pk), column)
    if sms and whom == OWN:
        if not relay.notice.urgent:
            raise StateConflict("只有紧急通知才能发短信提醒。")
        texting.start(actor, relay, SmsRun.Purpose.NUDGE)
    setattr(relay, column, moment)
    action = "notice.nudged" if whom == OWN else "notice.nudged_below"
    note(actor, action, organization_id, relay)
    return relay


def next_nudge(relay: Relay, whom: str) -> datetime | None:
    """When the next reminder is possible; None: now."""
    last = relay.nudged_at if whom == OWN else relay.nudged_below_at
    if last is None or last + AGAIN_AFTER <= now():
        return None
    return last + AGAIN_AFTER


def _refuse(relay: Relay, column: str) -> None:
    """Why the conditional update found nothing. Raises StateConflict."""
    if relay.recalled_at is not None:
        raise StateConflict("这条通知已经撤回，不能再提醒。")
    last: Any = getattr(relay, column)
    raise StateConflict(
        f"{_clock(last)} 刚提醒过，{_clock(last + AGAIN_AFTER)} 以后可以再次提醒。",
        code="nudged-lately",
    )


def _need_somebody(place: Place, relay: Relay, whom: str) -> None:
    """Raises StateConflict when nobody is left who could be reminded."""
    if whom == BELOW:
        policy.need_looks_down(place.power)
        if not waiting_below(relay).exists():
            raise StateConflict("下级组织都已经处理，不需要提醒。")
        return
    # who has read a task may still owe the answer
    read = Receipt.objects.filter(relay=relay, membership=OuterRef("pk"))
    people = policy.recipients(relay.pk)
    if relay.notice.kind == Notice.Kind.NOTICE:
        people = people.filter(~Exists(read))
    if not people.exists():
        raise StateConflict("大家都已经看过，不需要提醒。")


def waiting_below(relay: Relay) -> Any:
    """The direct subordinates that have still to deal with what ``relay`` hands to them."""
    theirs = Relay.objects.filter(notice=relay.notice_id, organization=OuterRef("pk"))
    if relay.notice.pass_on:
        theirs = theirs.exclude(state=Relay.State.RECEIVED)
    return policy.handed_to(relay).filter(~Exists(theirs))


def _clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"
