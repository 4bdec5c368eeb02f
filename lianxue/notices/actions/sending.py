"""Sending: a draft becomes what its audience sees. O(1) rows however many people it reaches."""

from datetime import datetime

from django.db import transaction

from lianxue.accounts.models import Actor, User
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput
from lianxue.shared.jinja import full_time

from .. import policy, rules
from ..extensions import extension_of
from ..models import Notice, Receipt, Relay, SmsRun
from ..queries.keeping import get_kept
from ..queries.reach import Checked
from . import texting
from .audiences import Audience, checked, covering_scope, keep_audience
from .common import lock_notice, locked_place, note, person
from .drafts import need_draft


@transaction.atomic
def send(actor: Actor, notice_id: int, audience: Audience, sms: bool = False) -> Relay:
    """Send a draft to an audience; ``sms``: an urgent one by text message, too.

    Raises NotFound, PermissionDenied; StateConflict when it was sent meanwhile, when the
    organisation has no subordinates to write to, or the month's text messages do not suffice;
    InvalidInput at ``title``, ``body``, ``deadline``, ``sms``, at the audience's fields
    (``audiences.checked``), or at what the notice's kind asks for (its extension).
    """
    seen, _ = get_kept(actor, notice_id)
    place = locked_place(actor, seen.organization_id)
    notice = lock_notice(place, notice_id)
    need_draft(notice)
    rules.need_complete(notice)
    need_urgent(notice, sms)
    extension_of(notice).check(notice)
    found = checked(place, audience, notice)
    notice.state, notice.sent_at = Notice.State.SENT, now()
    notice.author, notice.author_name = person(actor), actor.name[:60]
    notice.scoped = not place.power.whole
    notice.scope = covering_scope(place, found.branches)
    notice.save()
    relay = Relay(notice=notice, organization=place.organization)
    put_passed(actor, relay, found)
    note(
        actor,
        "notice.sent",
        place.organization.pk,
        notice,
        audience=found.words,
        deadline=full_time(notice.deadline) if notice.deadline else "",
        urgent="是" if notice.urgent else "",
        sms="同时发短信" if sms else "",
    )
    if sms:
        texting.start(actor, relay, SmsRun.Purpose.SENT)
    return relay


def need_urgent(notice: Notice, sms: bool) -> None:
    """Text messages are for what is urgent. Raises InvalidInput at ``sms``."""
    if sms and not notice.urgent:
        raise InvalidInput.at("sms", "只有标为“紧急”的才能同时发短信。")


def put_passed(actor: Actor, relay: Relay, found: Checked, remark: str = "") -> None:
    """Write that ``relay`` was passed on now to this audience, and that the actor has read it."""
    moment = now()
    relay.state, relay.passed_at, relay.remark = Relay.State.PASSED, moment, remark
    relay.passed_by, relay.passed_by_name = person(actor), actor.name[:60]
    relay.own, relay.role, relay.below = found.own, found.role, found.below
    relay.open_until = rules.open_until(relay.notice, moment)
    if relay.seen_at is None:
        relay.seen_at, relay.seen_by = moment, person(actor)
    if relay.notice.needs_confirmation and relay.confirmed_at is None:
        relay.confirmed_at, relay.confirmed_by = moment, person(actor)
    relay.save()
    keep_audience(relay, found)
    _own_receipt(actor, relay, moment)


def _own_receipt(actor: Actor, relay: Relay, moment: datetime) -> None:
    """Who sends or passes on has read it, where the own audience holds that person."""
    if not isinstance(actor, User):
        return
    mine = policy.recipients(relay.pk).filter(user=actor).values_list("pk", flat=True)
    confirmed = moment if relay.notice.needs_confirmation else None
    Receipt.objects.bulk_create(
        [
            Receipt(relay=relay, membership_id=pk, read_at=moment, confirmed_at=confirmed)
            for pk in mine
        ],
        ignore_conflicts=True,
    )
