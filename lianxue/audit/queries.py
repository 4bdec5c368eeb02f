"""Reads of the audit log."""

from .models import AuditEvent, AuditHead, event_hash


def first_broken_link(stream: str) -> int | None:
    """The sequence number at which ``stream`` stops being whole, or None when it is whole.

    Detects changed, missing and cut-off events (the head remembers how many there must be).
    """
    previous, expected = "", 0
    for event in AuditEvent.objects.filter(stream=stream).order_by("seq").iterator():
        expected += 1
        if event.seq != expected or event.previous_hash != previous:
            return expected
        if event.hash != event_hash(event):
            return expected
        previous = event.hash
    head = AuditHead.objects.filter(stream=stream).first()
    if head is not None and (head.seq != expected or head.hash != previous):
        return expected + 1
    return None
