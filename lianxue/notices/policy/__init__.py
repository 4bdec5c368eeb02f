"""Who is reached by a notice (``audience``), and who may see and do what with it (``powers``)."""

from .audience import Seat, reached_by, reaching, recipients, seats_of, standing
from .powers import (
    Place,
    incoming,
    kept_notices,
    need_keeps,
    need_passes_on,
    need_send_below,
    need_send_to,
    place_of,
    visible_relays,
    waiting_here,
)

__all__ = [
    "Place",
    "Seat",
    "incoming",
    "kept_notices",
    "need_keeps",
    "need_passes_on",
    "need_send_below",
    "need_send_to",
    "place_of",
    "reached_by",
    "reaching",
    "recipients",
    "seats_of",
    "standing",
    "visible_relays",
    "waiting_here",
]
