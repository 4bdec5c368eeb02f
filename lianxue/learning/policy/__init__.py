"""Who reads what (``content``), and who writes, publishes and decides (``powers``)."""

from .content import GONE, PUBLISHED, library, readable, seat_for
from .powers import (
    Place,
    decidable_comments,
    keeps,
    kept_contents,
    need_changes,
    need_discards,
    need_publishes,
    need_reach,
    need_settings,
    need_writes,
    place_of,
)

__all__ = [
    "GONE",
    "PUBLISHED",
    "Place",
    "decidable_comments",
    "keeps",
    "kept_contents",
    "library",
    "need_changes",
    "need_discards",
    "need_publishes",
    "need_reach",
    "need_settings",
    "need_writes",
    "place_of",
    "readable",
    "seat_for",
]
