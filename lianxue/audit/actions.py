"""The one way to leave an audit event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import models, transaction

from lianxue.shared.clock import now

from .models import AuditEvent, AuditHead, event_hash
from .queries import organization_stream

#: Every kind of event with its text on screen; each app registers its own (``register_events``).
EVENTS: dict[str, str] = {}

#: The words for what an event's ``data`` holds, by key; a key without words is not shown.
DETAILS: dict[str, str] = {}


class Subject(Protocol):
    """Who can act: a user, or the operator at the command line (no ``pk``)."""

    @property
    def pk(self) -> Any:
        """The account's id, None for the operator."""

    @property
    def name(self) -> str:
        """What the event calls the actor."""


def register_events(texts: Mapping[str, str]) -> None:
    """Make kinds of events known, with the Chinese text that says what happened."""
    EVENTS.update(texts)


def register_details(words: Mapping[str, str]) -> None:
    """Give keys of ``data`` their Chinese words on screen; what has none stays unshown."""
    DETAILS.update(words)


def record(
    actor: Subject | None,
    action: str,
    *,
    target: models.Model | None = None,
    organization_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Leave one event, in the caller's transaction (raises TransactionManagementError outside one).

    ``actor`` None means somebody not signed in. ``data`` must be JSON and must not hold a full
    phone or ID number. Raises KeyError for an action that no app registered.
    """
    EVENTS[action]
    actor_id = actor.pk if actor else None
    stream = _stream(actor, organization_id)
    AuditHead.objects.bulk_create([AuditHead(stream=stream)], ignore_conflicts=True)
    head = AuditHead.objects.select_for_update().get(stream=stream)
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "an audit event needs its action's transaction"
        )
    event = AuditEvent(
        stream=stream,
        seq=head.seq + 1,
        at=now(),
        actor_id=actor_id,
        actor_name=actor.name[:60] if actor else "",
        action=action,
        organization_id=organization_id,
        target_type=target._meta.label_lower if target is not None else "",
        target_id=str(target.pk) if target is not None else "",
        data=dict(data or {}),
        previous_hash=head.hash,
    )
    event.hash = event_hash(event)
    event.save(force_insert=True)
    AuditHead.objects.filter(stream=stream).update(seq=event.seq, hash=event.hash)
    return event


@dataclass(frozen=True)
class Entry:
    """One event for ``record_many``; the fields are those of ``record``."""

    action: str
    target: models.Model | None = None
    organization_id: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def record_many(actor: Subject, entries: Sequence[Entry]) -> None:
    """Leave many events, each at the end of its own stream, in a handful of statements.

    The heads are locked in the order of their names, so two callers can't wait for one another.
    Raises as ``record`` does.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "an audit event needs its action's transaction"
        )
    streams = sorted({_stream(actor, entry.organization_id) for entry in entries})
    AuditHead.objects.bulk_create(
        [AuditHead(stream=stream) for stream in streams], ignore_conflicts=True
    )
    locked = AuditHead.objects.select_for_update().filter(stream__in=streams).order_by("stream")
    heads = {head.stream: head for head in locked}
    moment, events = now(), []
    for entry in entries:
        EVENTS[entry.action]
        head = heads[_stream(actor, entry.organization_id)]
        event = AuditEvent(
            stream=head.stream,
            seq=head.seq + 1,
            at=moment,
            actor_id=actor.pk,
            actor_name=actor.name[:60],
            action=entry.action,
            organization_id=entry.organization_id,
            target_type=entry.target._meta.label_lower if entry.target is not None else "",
            target_id=str(entry.target.pk) if entry.target is not None else "",
            data=dict(entry.data),
            previous_hash=head.hash,
        )
        event.hash = event_hash(event)
        head.seq, head.hash = event.seq, event.hash
        events.append(event)
    AuditEvent.objects.bulk_create(events, batch_size=500)
    AuditHead.objects.bulk_update(heads.values(), ["seq", "hash"], batch_size=100)


def hold(stream: str = "site") -> None:
    """Wait until nobody else writes to ``stream``, and keep it until the transaction ends."""
    AuditHead.objects.bulk_create([AuditHead(stream=stream)], ignore_conflicts=True)
    AuditHead.objects.select_for_update().get(stream=stream)


def _stream(actor: Subject | None, organization_id: int | None) -> str:
    if organization_id is not None:
        return organization_stream(organization_id)
    return f"user:{actor.pk}" if actor is not None and actor.pk is not None else "site"
