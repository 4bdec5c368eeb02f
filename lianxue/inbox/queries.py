"""Reads of the inbox, always by the places that the reader holds."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, QuerySet

from .models import InboxItem


def open_todos(places: Iterable[str]) -> QuerySet[InboxItem, Any]:
    """What waits at these places, oldest first."""
    return InboxItem.objects.filter(
        place__in=list(places), kind=InboxItem.Kind.TODO, done_at=None
    ).order_by("created_at", "pk")


def messages_of(place: str) -> QuerySet[InboxItem, Any]:
    """The messages at one place, newest first, read ones too."""
    return InboxItem.objects.filter(place=place, kind=InboxItem.Kind.MESSAGE).order_by(
        "-created_at", "-pk"
    )


def count_waiting(places: Iterable[str]) -> int:
    """Open todos and unread messages together: the badge on 消息."""
    return InboxItem.objects.filter(place__in=list(places), done_at=None).count()


def waiting_by_topic(places: Iterable[str]) -> dict[str, int]:
    """Open todos per topic, in one statement."""
    rows = open_todos(places).order_by().values_list("topic").annotate(n=Count("pk"))
    return dict(rows)
