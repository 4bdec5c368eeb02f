"""Append-only events, chained by hash within a stream."""

import hashlib
import json

from django.db import models


class AuditHead(models.Model):
    """The end of one stream's chain; its row lock puts the stream's events in order.

    Personal data: none.
    """

    stream = models.CharField(max_length=40, primary_key=True)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    class Meta:
        verbose_name = "审计链尾"

    def __str__(self) -> str:
        return f"{self.stream}#{self.seq}"


class AuditEvent(models.Model):
    """Who did what to which thing, when, and with what result.

    Streams: one per organisation (``org:12``), one per person (``user:5``) for what touches no
    organisation, and ``site``. The database refuses UPDATE and DELETE (migration 0001).
    Ids are plain numbers, not foreign keys: an event outlives what it speaks of.

    Personal data: the actor's id and name; ``data`` holds masked phones at most.
    """

    stream = models.CharField(max_length=40)
    seq = models.BigIntegerField()
    at = models.DateTimeField(db_index=True)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=60)
    action = models.CharField(max_length=60)
    organization_id = models.BigIntegerField(null=True)
    target_type = models.CharField(max_length=40, default="")
    target_id = models.CharField(max_length=40, default="")
    data = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = "审计事件"
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="audit_event_place"),
        ]
        indexes = [
            models.Index(fields=["organization_id", "-at"], name="audit_event_org"),
            models.Index(fields=["actor_id", "-at"], name="audit_event_actor"),
            models.Index(fields=["target_type", "target_id", "-at"], name="audit_event_target"),
        ]

    def __str__(self) -> str:
        return f"{self.stream}#{self.seq} {self.action}"


def event_hash(event: AuditEvent) -> str:
    """SHA-256 over the event's content and the hash before it, as hex."""
    content = [
        event.stream,
        event.seq,
        event.at.isoformat(),
        event.actor_id,
        event.actor_name,
        event.action,
        event.organization_id,
        event.target_type,
        event.target_id,
        event.data,
        event.previous_hash,
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
