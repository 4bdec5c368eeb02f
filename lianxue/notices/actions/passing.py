"""传达: what an organisation does with a notice that its superior passed to it."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from lianxue.accounts.models import Actor
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, StateConflict

from .. import policy
from ..models import Notice, Relay, SmsRun
from ..queries.keeping import Incoming, get_incoming, incoming_in
from ..rules import tidy_remark
from . import texting
from .audiences import Audience, checked
from .common import locked_place, note, person
from .locks import hold_for_passing
from .sending import need_urgent, put_passed


class Step(StrEnum):
    """What an organisation's administrator does with it."""

    OPEN = "open"
    CONFIRM = "confirm"
    RELAY = "relay"
    CLOSE = "close"


_State = Relay.State
#: Where each step leads; what is not here is refused. A closed one may be passed on after all.
TRANSITIONS: dict[tuple[str, Step], str] = {
    (_State.RECEIVED, Step.OPEN): _State.RECEIVED,
    (_State.PASSED, Step.OPEN): _State.PASSED,
    (_State.CLOSED, Step.OPEN): _State.CLOSED,
    (_State.RECEIVED, Step.CONFIRM): _State.RECEIVED,
    (_State.PASSED, Step.CONFIRM): _State.PASSED,
    (_State.CLOSED, Step.CONFIRM): _State.CLOSED,
    (_State.RECEIVED, Step.RELAY): _State.PASSED,
    (_State.CLOSED, Step.RELAY): _State.PASSED,
    (_State.RECEIVED, Step.CLOSE): _State.CLOSED,
}

_DONE = {
    _State.PASSED: "本组织已经传达过这条通知，不用再传达。",
    _State.CLOSED: "本组织已经选择不再传达；如需传达，可以现在传达。",
}


@dataclass(frozen=True)
class Passing:
    """To whom a notice is passed on, with which remark (传达意见), and whether by text message."""

    audience: Audience
    remark: str = ""
    sms: bool = False


@transaction.atomic
def open_incoming(actor: Actor, organization_id: int, notice_id: int) -> Relay:
    """That the organisation has seen it (已查看): the first look makes its relay, later ones change
    nothing. A recalled notice is seen as recalled.

    Raises NotFound; PermissionDenied for who does not administer the whole organisation.
    """
    own = get_incoming(actor, organization_id, notice_id).own
    return own or _seen(actor, _locked(actor, organization_id, notice_id))


@transaction.atomic
def confirm_incoming(actor: Actor, organization_id: int, notice_id: int) -> Relay:
    """确认收到 for the organisation; the first time counts, a second changes nothing.

    Raises NotFound, PermissionDenied; StateConflict when it asks for none, was recalled, or comes
    from above no more.
    """
    incoming = _locked(actor, organization_id, notice_id)
    _need_open(incoming)
    if not incoming.notice.needs_confirmation:
        raise StateConflict("这条通知不要求确认收到。")
    relay = _seen(actor, incoming)
    _step(relay, Step.CONFIRM)
    if relay.confirmed_at is None:
        relay.confirmed_at, relay.confirmed_by = now(), person(actor)
        relay.save(update_fields=["confirmed_at", "confirmed_by"])
        note(actor, "relay.confirmed", organization_id, relay, origin=_origin(incoming.notice))
    return relay


@transaction.atomic
def pass_on(actor: Actor, organization_id: int, notice_id: int, passing: Passing) -> Relay:
    """传达: to own members, own branches, subordinates, with a remark. O(1) rows.

    Raises NotFound, PermissionDenied; StateConflict when it was passed on already, was recalled,
    comes from above no more, or is for administrators alone; InvalidInput at ``remark``, ``sms`` or
    the audience's fields (``audiences.checked``).
    """
    incoming = _locked(actor, organization_id, notice_id)
    _need_open(incoming)
    notice = incoming.notice
    if not (notice.pass_on or notice.is_task):
        raise StateConflict("这条通知只发给各组织的管理员，不需要传达。")
    relay = incoming.own or _new(incoming)
    _step(relay, Step.RELAY)
    remark = tidy_remark(passing.remark)
    need_urgent(notice, passing.sms)
    found = checked(incoming.place, passing.audience, notice)
    put_passed(actor, relay, found, remark)
    note(
        actor,
        "relay.passed",
        organization_id,
        relay,
        origin=_origin(notice),
        audience=found.words,
        remark=remark,
        sms="同时发短信" if passing.sms else "",
    )
    if passing.sms:
        texting.start(actor, relay, SmsRun.Purpose.SENT)
    return relay


@transaction.atomic
def close(actor: Actor, organization_id: int, notice_id: int, remark: str) -> Relay:
    """不再传达, with the reason in ``remark``, which the superior sees. It may be passed on later.

    Raises NotFound, PermissionDenied; StateConflict when it was passed on or closed already, was
    recalled, or comes from above no more; InvalidInput at ``remark`` (1 to 500 characters).
    """
    incoming = _locked(actor, organization_id, notice_id)
    _need_open(incoming)
    relay = incoming.own or _new(incoming)
    _step(relay, Step.CLOSE)
    reason = tidy_remark(remark)
    if not reason:
        raise InvalidInput.at("remark", "请写明不再传达的原因，上级会看到。")
    relay.remark = reason
    if relay.seen_at is None:
        relay.seen_at, relay.seen_by = now(), person(actor)
    relay.save()
    note(
        actor,
        "relay.closed",
        organization_id,
        relay,
        origin=_origin(incoming.notice),
        reason=reason,
    )
    return relay


def _locked(actor: Actor, organization_id: int, notice_id: int) -> Incoming:
    """What came from above, read behind the locks: of the organisation, so that it is neither
    certified elsewhere nor handled twice meanwhile, and of the notice, so that no recall is missed.

    Raises NotFound, PermissionDenied.
    """
    policy.need_passes_on(policy.place_of(actor, organization_id).power)
    place = locked_place(actor, organization_id)
    policy.need_passes_on(place.power)
    hold_for_passing(notice_id)
    return incoming_in(place, notice_id)


def _need_open(incoming: Incoming) -> None:
    """Raises StateConflict for what was recalled, or does not come from above any more."""
    recalled = incoming.recalled
    if recalled is not None:
        if recalled.recalled_from_id == getattr(incoming.own, "pk", 0):
            raise StateConflict("本组织已经撤回了传达，不能再次传达；如需再发，请另写一条通知。")
        raise StateConflict("这条通知已经撤回，不用再处理。", code="notice-recalled")
    if incoming.relay is None:
        raise StateConflict(
            "上级已不再把这条通知发给本组织（例如认证已经解除），不能再处理。", code="not-incoming"
        )


def _step(relay: Relay, step: Step) -> None:
    """Move the relay along the table. Raises StateConflict."""
    found = TRANSITIONS.get((relay.state, step))
    if found is None:
        raise StateConflict(_DONE[_State(relay.state)], code="relay-decided")
    relay.state = found


def _new(incoming: Incoming) -> Relay:
    return Relay(notice=incoming.notice, organization=incoming.place.organization)


def _seen(actor: Actor, incoming: Incoming) -> Relay:
    """The organisation's own relay, made at the first look."""
    if incoming.own is not None:
        return incoming.own
    relay, above = _new(incoming), incoming.relay
    relay.seen_at, relay.seen_by = now(), person(actor)
    if above is not None and above.recalled_at:  # what the recall would have written here
        relay.recalled_at, relay.recalled_from = above.recalled_at, above.recalled_from
        relay.recalled_by_name = above.recalled_by_name
        relay.recall_reason = above.recall_reason
    relay.save()
    origin = _origin(incoming.notice)
    note(actor, "relay.received", incoming.place.organization.pk, relay, origin=origin)
    return relay


def _origin(notice: Notice) -> str:
    return notice.organization.name
