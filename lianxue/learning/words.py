"""What an item is searched by: its words from each character on (decision 7).

``tokens_of`` and ``ranges_of`` belong together. A text is cut into runs without marks or blanks
between, a run into units: a Chinese character, or a word of Latin letters and digits. A token is
four units in a row, from each unit on; a search text of up to four units is the beginning of one,
so that it is exactly one index range; a longer one is each of its fours.
"""

import re
from collections.abc import Iterable, Iterator

from lianxue.shared.names import MAX_TOKEN, plain

#: Units in a token.
WIDTH = 4
#: Of a search text, so many words count.
MAX_WORDS = 6
LONGEST = 60
_RUN = re.compile(r"\w+")
_UNIT = re.compile(r"[a-z0-9]+|.", re.DOTALL)


def _runs(text: str) -> Iterator[list[str]]:
    """The units of each run."""
    for run in _RUN.findall(text):
        units = _UNIT.findall(plain(run))
        if units:
            yield units


def tokens_of(texts: Iterable[str]) -> set[bytes]:
    """All that ``texts`` may be found by."""
    return {
        "".join(units[start : start + WIDTH]).encode("utf-8", "ignore")[:MAX_TOKEN]
        for text in texts
        for units in _runs(text)
        for start in range(len(units))
    } - {b""}


def ranges_of(text: str) -> list[tuple[bytes, bytes]]:
    """The bounds (from, before) of the tokens that what ``text`` finds must all have, for each word
    of it; none when it says nothing."""
    found: dict[tuple[bytes, bytes], None] = {}
    for units in list(_runs(text[:LONGEST]))[:MAX_WORDS]:
        for start in range(max(1, len(units) - WIDTH + 1)):
            low = "".join(units[start : start + WIDTH]).encode("utf-8", "ignore")[:MAX_TOKEN]
            found[low, low + b"\xff"] = None
    return [bounds for bounds in found if bounds[0]]
