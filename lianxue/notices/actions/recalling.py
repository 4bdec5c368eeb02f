"""撤回: what was sent, or passed on, is taken back with everything below it; a trace stays.

Readers keep the title, who took it back, when and why. It can't be undone: 再发一次 makes a new
draft. The rows written are the relays' own, in one UPDATE; nobody's inbox is written to.
"""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from lianxue.accounts.models import Actor
from lianxue.audit.actions import register_details, register_events
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict
from lianxue.shared.ids import path_end

from .. import policy
from ..models import Notice, Relay
from ..rules import tidy_line
from . import texting
from .common import locked_place, note
from .locks import hold_for_recall

register_events({"notice.recalled": "撤回了通知", "relay.recalled": "撤回了传达"})
register_details({"recalled": "一起撤回的传达（个组织）"})

MAX_REASON = 200


@transaction.atomic
def recall(actor: Actor, organization_id: int, notice_id: int, reason: str) -> Relay:
    """Take back what the organisation sent or passed on, and every relay below it.

    The sender's own recall ends the notice for everybody, those too who left the chain since; an
    organisation between ends it for itself and for those below. The relay that comes back says
    when. Raises NotFound, PermissionDenied, InvalidInput at ``reason``, StateConflict when it is
    recalled already, by this organisation or from above.
    """
    place = locked_place(actor, organization_id)
    # Alone from here on: who passes it on at this moment has finished, or will find it recalled
    # (locks.py says why the UPDATE below can't miss anybody).
    hold_for_recall(notice_id)
    rows = policy.overseen_relays(place).select_related("notice__scope", "notice__organization")
    relay: Relay | None = rows.filter(notice__id=notice_id).first()  # an id of any size
    if relay is None:
        raise NotFound
    policy.need_governs(place.power, relay)
    if relay.recalled_at is not None:
        raise StateConflict("这条通知已经撤回，不需要再次撤回。")
    reason = tidy_reason(reason)
    relay.recalled_at = now()
    ended = _with_all_below(relay).filter(recalled_at=None)
    count = ended.update(
        recalled_at=relay.recalled_at,
        recalled_from=relay,
        recalled_by_name=actor.name[:60],
        recall_reason=reason,
    )
    own = relay.organization_id == relay.notice.organization_id
    if own:
        Notice.objects.filter(pk=notice_id).update(state=Notice.State.RECALLED)
    texting.stop(Relay.objects.filter(recalled_from=relay))
    note(
        actor,
        "notice.recalled" if own else "relay.recalled",
        organization_id,
        relay,
        reason=reason,
        recalled=count,
    )
    relay.refresh_from_db()
    return relay


def _with_all_below(relay: Relay) -> QuerySet[Relay, Any]:
    """The relays that a recall of ``relay`` ends, itself too."""
    every = Relay.objects.filter(notice=relay.notice_id)
    if relay.organization_id == relay.notice.organization_id:
        return every
    path = relay.organization.chain_path
    below = Q(organization__chain_path__gt=path, organization__chain_path__lt=path_end(path or "0"))
    return every.filter(Q(pk=relay.pk) | below if path else Q(pk=relay.pk))


def tidy_reason(text: str) -> str:
    """The reason that readers will see, in one line. Raises InvalidInput at ``reason``."""
    reason = tidy_line(text)
    if not reason:
        raise InvalidInput.at(
            "reason", "请填写撤回的原因，看过的人会看到，例如“时间有变，另行通知”。"
        )
    if len(reason) > MAX_REASON:
        raise InvalidInput.at("reason", f"原因最多 {MAX_REASON} 个字，现在是 {len(reason)} 个字。")
    return reason
