"""Which part of a file a browser asks for (RFC 9110, 14: range requests)."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Part:
    """``start``: the first byte; ``end``: the first behind it. ``open_ended``: all that follows."""

    start: int
    end: int
    open_ended: bool = False

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.end - self.start

    def first(self, most: int) -> "Part":
        """Its beginning: a server may send less than was asked for (15.3.7)."""
        return Part(self.start, min(self.end, self.start + most))


class Unsatisfiable(Exception):
    """Asked for what lies behind the end (416)."""


def part_of(header: str, size: int) -> Part | None:
    """The part of a file of ``size`` bytes that a Range header names.

    None: the whole, because there is no header, it is none that we know, or it asks for several
    parts at once (a server may ignore it, 14.2). Raises Unsatisfiable.
    """
    found = _ONE.fullmatch(header)
    first, last = found.groups() if found else ("", "")
    if not first and not last:
        return None
    if not first:  # the last so many bytes
        if not int(last) or not size:
            raise Unsatisfiable
        return Part(max(0, size - int(last)), size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return Part(start, min(size, int(last) + 1) if last else size, open_ended=not last)
