"""Where in its text an item says what was looked for."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Value
from django.db.models.functions import Greatest, Lower, StrIndex, Substr

from ..models import ContentItem
from ..rules import tidy_line
from ..words import LONGEST

#: Characters before what was found, and in all.
_BEFORE, _LENGTH = 10, 40


@dataclass(frozen=True)
class Excerpt:
    """A few words of a text: ``found`` between what stands before and after it; ``begins``: nothing
    of the text stands before these."""

    before: str
    found: str
    after: str
    begins: bool


def excerpts(item_ids: Iterable[int], text: str) -> dict[int, Excerpt]:
    """Around the first of the words in ``text``, for the items in whose own text it stands (others
    have it in their title, tags or source). One statement; the texts stay where they are.
    """
    words = tidy_line(text)[:LONGEST].split()
    if not words:
        return {}
    word = words[0].lower()
    at = StrIndex(Lower("text"), Value(word))
    rows = (
        ContentItem.objects.filter(pk__in=list(item_ids))
        .annotate(at=at)
        .filter(at__gt=0)
        .annotate(part=Substr("text", Greatest(F("at") - _BEFORE, 1), _LENGTH))
        .values_list("pk", "at", "part")
    )
    return {pk: _cut(str(part), min(at - 1, _BEFORE), len(word), at) for pk, at, part in rows}


def _cut(part: str, start: int, length: int, at: int) -> Excerpt:
    line = "".join(" " if letter.isspace() else letter for letter in part)
    end = start + length
    return Excerpt(line[:start], line[start:end], line[end:], at <= _BEFORE + 1)
