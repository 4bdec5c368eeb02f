"""How a recall can't be escaped by an organisation that is passing the notice on at that moment.

A recall is one UPDATE over the relays below; a relay that is inserted by a transaction still
running would not be in its snapshot. So who passes on (or makes a relay at all) holds the notice
shared, together with all others that do so, and reads the superior's relay again behind it; who
recalls holds it alone. Then either the passing on was committed before, and the UPDATE, whose
snapshot begins behind the lock, takes it along; or it waits, and finds its superior's relay
recalled. Order: organisations by id, then this, then rows (the house's order of locks).
"""

from lianxue.shared.dbtools import lock_name, lock_name_shared


def hold_for_passing(notice_id: int) -> None:
    """Hold the notice together with everybody else who passes it on, until the transaction ends."""
    lock_name_shared(_name(notice_id))


def hold_for_recall(notice_id: int) -> None:
    """Hold the notice alone, until the transaction ends; waits for all who are passing it on."""
    lock_name(_name(notice_id))


def _name(notice_id: int) -> str:
    return f"notice:{notice_id}"
