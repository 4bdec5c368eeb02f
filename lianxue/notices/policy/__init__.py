"""Who is reached by a notice (``audience``), and who may see and do what with it (``powers``)."""

from .audience import (
    REACHED,
    RelayId,
    Seat,
    among,
    reached_by,
    reaching,
    recipients,
    seats_of,
    standing,
)
from .files import may_open_files
from .oversight import (
    governs,
    handed_to,
    need_governs,
    need_looks_down,
    overseen_relays,
    standing_here,
)
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
    "REACHED",
    "Place",
    "RelayId",
    "Seat",
    "among",
    "governs",
    "handed_to",
    "incoming",
    "kept_notices",
    "may_open_files",
    "need_governs",
    "need_keeps",
    "need_looks_down",
    "need_passes_on",
    "need_send_below",
    "need_send_to",
    "overseen_relays",
    "place_of",
    "reached_by",
    "reaching",
    "recipients",
    "seats_of",
    "standing",
    "standing_here",
    "visible_relays",
    "waiting_here",
]
