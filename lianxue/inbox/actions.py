"""Posting to the inbox and clearing it. Callers hold the transaction of their own write."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from lianxue.audit.actions import Subject
from lianxue.shared.clock import now
from lianxue.shared.errors import NotFound

from .models import InboxItem


@dataclass(frozen=True)
class Note:
    """What an item says. ``subject`` names the thing (``application:7``), ``link`` is a path."""

    topic: str
    title: str
    body: str = ""
    link: str = ""
    organization_id: int | None = None
    subject: str = ""


#: The place of those who serve the whole site.
OPERATORS_PLACE = "site:operators"


def user_place(user_id: int) -> str:
    """The place of one person."""
    return f"user:{user_id}"


def post_todo(place: str, note: Note) -> None:
    """Ask ``place`` to do something; asking again while it is open changes nothing."""
    InboxItem.objects.bulk_create([_item(InboxItem.Kind.TODO, place, note)], ignore_conflicts=True)


def post_message(user_id: int, note: Note) -> None:
    """Tell one person something."""
    _item(InboxItem.Kind.MESSAGE, user_place(user_id), note).save(force_insert=True)


def post_messages(user_ids: Iterable[int], note: Note) -> None:
    """Tell many the same thing, in batches."""
    rows = [_item(InboxItem.Kind.MESSAGE, user_place(user_id), note) for user_id in user_ids]
    InboxItem.objects.bulk_create(rows, batch_size=500)


def close_todos(actor: Subject, *, topic: str, subject: str) -> None:
    """The thing is dealt with: its open todos are done, for everybody who held them."""
    InboxItem.objects.filter(
        kind=InboxItem.Kind.TODO, topic=topic, subject=subject, done_at=None
    ).update(done_at=now(), done_by_id=actor.pk)


@transaction.atomic
def mark_read(actor: Subject, item_id: int) -> InboxItem:
    """``actor`` has read an own message; reading twice keeps the first time. Raises NotFound."""
    item = InboxItem.objects.filter(
        pk=item_id, kind=InboxItem.Kind.MESSAGE, place=user_place(int(actor.pk))
    ).first()
    if item is None:
        raise NotFound
    InboxItem.objects.filter(pk=item.pk, done_at=None).update(
        done_at=now(), done_by_id=int(actor.pk)
    )
    return item


def _item(kind: str, place: str, note: Note) -> InboxItem:
    values: dict[str, Any] = {
        "topic": note.topic,
        "title": note.title[:120],
        "body": note.body[:300],
        "link": note.link,
        "organization_id": note.organization_id,
        "subject": note.subject,
    }
    return InboxItem(kind=kind, place=place, created_at=now(), **values)
