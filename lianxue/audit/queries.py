"""Reads of the audit log."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from .models import AuditEvent, AuditHead, event_hash


@dataclass(frozen=True)
class Verdict:
    """What a check of one stream found: ``events`` that hold, ``broken_at`` the first bad number.

    ``broken_at`` None: the chain is whole.
    """

    stream: str
    events: int
    broken_at: int | None


def check_stream(stream: str) -> Verdict:
    """Follow ``stream``'s chain from its first event to its head, with constant memory.

    Detects changed, missing, cut-off and added events, and events whose head is gone (then nothing
    vouches for any of them). Whoever writes to the stream meanwhile does not make it look broken:
    the head is read first, and what stands beyond it is asked in one statement.
    """
    head = AuditHead.objects.filter(stream=stream).first() or AuditHead(stream=stream)
    previous, sound = "", 0
    rows = AuditEvent.objects.filter(stream=stream, seq__lte=head.seq).order_by("seq")
    for event in rows.iterator():
        right = event.seq == sound + 1 and event.previous_hash == previous
        if not right or event.hash != event_hash(event):
            return Verdict(stream, sound, sound + 1)
        previous, sound = event.hash, event.seq
    if sound != head.seq or previous != head.hash:
        return Verdict(stream, sound, sound + 1)
    end = AuditHead.objects.filter(stream=OuterRef("stream")).values("seq")
    beyond = AuditEvent.objects.filter(stream=stream, seq__gt=Coalesce(Subquery(end), 0))
    return Verdict(stream, sound, beyond.order_by("seq").values_list("seq", flat=True).first())


def first_broken_link(stream: str) -> int | None:
    """The sequence number at which ``stream`` stops being whole, or None when it is whole."""
    return check_stream(stream).broken_at


def streams() -> Iterator[str]:
    """Every stream's name, one at a time: those with a head, then those that have lost it."""
    yield from AuditHead.objects.order_by("stream").values_list("stream", flat=True).iterator()
    lost = AuditEvent.objects.exclude(
        Exists(AuditHead.objects.filter(stream=OuterRef("stream")))
    ).order_by("stream")
    yield from lost.values_list("stream", flat=True).distinct().iterator()


def has_stream(stream: str) -> bool:
    """Whether anything stands under this name."""
    return (
        AuditHead.objects.filter(stream=stream).exists()
        or AuditEvent.objects.filter(stream=stream).exists()
    )


def organization_stream(organization_id: int) -> str:
    """The name of an organisation's stream."""
    return f"org:{organization_id}"


def longer_than(stream: str, events: int) -> bool:
    """Whether ``stream`` has more than so many events; looks at no more than it must."""
    return AuditEvent.objects.filter(stream=stream).order_by("seq")[events : events + 1].exists()


@dataclass(frozen=True)
class LogFilter:
    """What to show of a log; empty means everything. Both days belong to it (the site's zone)."""

    action: str = ""
    name: str = ""
    since: date | None = None
    until: date | None = None


def organization_log(organization_id: int, cut: LogFilter) -> QuerySet[AuditEvent, Any]:
    """The organisation's events, newest first, cut to ``cut``."""
    rows = AuditEvent.objects.filter(stream=organization_stream(organization_id))
    if cut.action:
        rows = rows.filter(action=cut.action)
    if cut.name:
        rows = rows.filter(actor_name__icontains=cut.name)
    if cut.since:
        rows = rows.filter(at__gte=_midnight(cut.since))
    if cut.until:
        rows = rows.filter(at__lt=_midnight(cut.until + timedelta(days=1)))
    return rows.order_by("-seq")


def events_about(
    target: Model, organization_id: int, actions: Iterable[str]
) -> QuerySet[AuditEvent, Any]:
    """The organisation's events of these kinds about one thing, newest first."""
    return AuditEvent.objects.filter(
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        organization_id=organization_id,
        action__in=list(actions),
    ).order_by("-at", "-pk")


def kinds_in(organization_id: int) -> list[str]:
    """The kinds of events that the organisation's log holds."""
    rows = AuditEvent.objects.filter(stream=organization_stream(organization_id))
    return list(rows.order_by("action").values_list("action", flat=True).distinct())


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
