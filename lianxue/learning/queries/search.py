"""Looking for contents by words of any length (``learning.words``)."""

from typing import Any

from django.db.models import Q, QuerySet

from lianxue.accounts.models import User

from .. import policy
from ..models import ContentItem, ContentToken
from ..rules import tidy_line
from ..words import LONGEST, ranges_of
from .library import with_records


def matching(rows: QuerySet[ContentItem, Any], text: str) -> QuerySet[ContentItem, Any]:
    """Those of ``rows`` that are published and have every word of ``text``; nothing typed: none."""
    ranges = ranges_of(text)
    for low, high in ranges:
        tokens = ContentToken.objects.filter(token__gte=low, token__lt=high)
        rows = rows.filter(pk__in=tokens.values("item_id"))
    return rows if ranges else rows.none()


def search(user: User, text: str) -> QuerySet[ContentItem, Any]:
    """What of the reader's library has every word of ``text`` in its title, summary, source, tags
    or text: those with the words in the title first, then the newest. As ``library.contents``.
    """
    found = with_records(user, matching(policy.library(user), text))
    words = tidy_line(text)[:LONGEST].split()
    titled = Q(*[Q(title__icontains=word) for word in words]) if words else Q(pk__in=[])
    return found.annotate(titled=titled).order_by("-titled", "-published_at", "-pk")
