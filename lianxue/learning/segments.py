"""The parts of a recording that were really played: [from, to) in whole seconds."""

import re
from collections.abc import Iterable, Sequence

from lianxue.shared.errors import InvalidInput

Segment = tuple[int, int]

#: A report brings no more, a record keeps no more: who plays a second here and a second there has
#: seen little.
MOST = 200
#: What has to be played of a recording until it counts as finished, in percent.
WHOLE = 90
_REPORT = re.compile(r"\d{1,6}-\d{1,6}(,\d{1,6}-\d{1,6})*")


def parse(text: str, field: str = "seen") -> list[Segment]:
    """``"0-15,40-52"`` as a player reports it; "" is none. Raises InvalidInput at ``field``."""
    if not text:
        return []
    if len(text) > MOST * 14 or not text.isascii() or not _REPORT.fullmatch(text):
        raise InvalidInput.at(field, "播放进度的格式不对，请刷新页面后继续播放。")
    pairs = [part.split("-") for part in text.split(",")]
    return [(int(start), int(end)) for start, end in pairs]


def merge(segments: Iterable[Sequence[int]], length: int = 0) -> list[Segment]:
    """The same seconds in order, each once; what lies outside ``length`` (0: not known) or runs
    backwards falls away, and of more than ``MOST`` parts the shortest.
    """
    merged: list[Segment] = []
    for start, end, *_ in sorted((int(one[0]), int(one[1])) for one in segments):
        first, last = max(0, start), min(end, length) if length else end
        if first >= last:
            continue
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    if len(merged) > MOST:
        merged = sorted(sorted(merged, key=lambda one: one[0] - one[1])[:MOST])
    return merged


def seconds(segments: Iterable[Sequence[int]]) -> int:
    """How long merged segments are together."""
    return sum(one[1] - one[0] for one in segments)


def first_of(segments: Iterable[Segment], most: int) -> list[Segment]:
    """The first ``most`` seconds of merged segments."""
    kept: list[Segment] = []
    for start, end in segments:
        if most <= 0:
            break
        kept.append((start, min(end, start + most)))
        most -= end - start
    return kept


def needed(length: int) -> int:
    """How many seconds of ``length`` have to be played (rounded up)."""
    return -(-length * WHOLE // 100)
