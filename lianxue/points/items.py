"""What points are given for: each app above registers its items, with the site's first rule.

By event (finished, passed, attended), never by minutes, likes or shares: the rules against
formalism of 2023 and 2026.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: The item of the caps on a person's whole day and year.
TOTAL = ""


@dataclass(frozen=True)
class Item:
    """``label`` as people read it (读完一篇文章). ``points``, ``day_cap``, ``year_cap``: the rule
    before anybody made one, in tenths of a point; caps None: none.
    """

    key: str
    label: str
    points: int
    day_cap: int | None = None
    year_cap: int | None = None


ITEMS: dict[str, Item] = {TOTAL: Item(TOTAL, "全部项目合计", 0)}


def register_items(items: Iterable[Item]) -> None:
    """Make items known, in this order."""
    ITEMS.update({item.key: item for item in items})


def label_of(key: str) -> str:
    """What an item is called; one whose app is gone keeps its entries."""
    item = ITEMS.get(key)
    return item.label if item else "其他项目"


#: For the kind of a source its page's URL name, which takes the source's id.
SOURCES: dict[str, str] = {}


def register_sources(pages: Mapping[str, str]) -> None:
    """Make known where what points were given for is seen: ``learning.contentitem``: its page."""
    SOURCES.update(pages)
