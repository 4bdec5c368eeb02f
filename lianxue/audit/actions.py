"""The one way to leave an audit event."""

from collections.abc import Mapping
from typing import Any, Protocol

from django.db import models, transaction

from lianxue.shared.clock import now

from .models import AuditEvent, AuditHead, event_hash

#: Every kind of event with its text on screen; each app registers its own (``register_events``).
EVENTS: dict[str, str] = {}


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
    if organization_id is not None:
        stream = f"org:{organization_id}"
    else:
        stream = f"user:{actor_id}" if actor_id is not None else "site"
    AuditHead.objects.bulk_create([AuditHead(stream=stream)], ignore_conflicts=True)
    head = AuditHead.objects.select_for_update().get(stream=stream)
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("an audit event needs its action's transaction")
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
