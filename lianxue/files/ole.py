"""Compound files (Word, Excel, PowerPoint before 2007, WPS): which streams stand in them.

The layout is [MS-CFB]; the signs of encryption [MS-DOC] 2.5.2, [MS-XLS] 2.4.117, [MS-PPT] 2.1.
"""

from dataclasses import dataclass
from struct import error, unpack_from
from typing import IO

MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_END = 0xFFFFFFFA  # this and above are no sectors
_MACROS = {"vba", "macros", "_vba_project", "_vba_project_cur", "_vba_project_cur "}
_MOST_SECTORS = 4096  # of the directory: 16,384 entries and more
_MOST_LISTS = 64  # of the table's own list; four of them are enough for 20 MB


class Broken(Exception):
    """It begins as a compound file and is none."""


@dataclass(frozen=True)
class Inside:
    """``names``: of all streams and storages, in small letters."""

    names: frozenset[str]
    encrypted: bool
    macros: bool


def read(file: IO[bytes]) -> Inside:
    """What stands in ``file``. Raises Broken."""
    try:
        book = _Book(file)
        entries = dict(book.entries())
    except (error, IndexError, UnicodeError, ValueError):
        raise Broken from None
    names = frozenset(entries)
    encrypted = bool(names & {"encryptedpackage", "encryptedsummary"}) or _locked(book, entries)
    return Inside(names, encrypted, bool(names & _MACROS))


class _Book:
    """The sectors of a compound file."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        file.seek(0)
        head = file.read(512)
        (shift,) = unpack_from("<H", head, 30)
        if shift not in (9, 12):
            raise ValueError("sectors are of 512 or 4,096 bytes")
        self.size = 1 << shift
        (self.first,) = unpack_from("<I", head, 48)
        self.table = [sector for sector in unpack_from("<109I", head, 76) if sector < _END]
        more, count = unpack_from("<II", head, 68)
        if count > _MOST_LISTS:  # a list that leads back to itself would fill the memory
            raise ValueError("a table without an end")
        for _ in range(count):
            if more >= _END:
                break
            *sectors, more = unpack_from(f"<{self.size // 4}I", self.sector(more))
            self.table += [sector for sector in sectors if sector < _END]

    def sector(self, number: int) -> bytes:
        self.file.seek((number + 1) * self.size)
        return self.file.read(self.size)

    def following(self, number: int) -> int:
        """The sector behind this one in its stream."""
        block, at = divmod(number, self.size // 4)
        found: int = unpack_from("<I", self.sector(self.table[block]), at * 4)[0]
        return found

    def entries(self) -> list[tuple[str, int]]:
        """(name in small letters, first sector) of all that stands in the directory."""
        found, sector, seen = [], self.first, 0
        while sector < _END:
            seen += 1
            if seen > _MOST_SECTORS:
                raise ValueError("a directory without an end")
            data = self.sector(sector)
            for at in range(0, self.size, 128):
                length, kind = unpack_from("<HB", data, at + 64)
                if kind and 2 <= length <= 64:
                    name = data[at : at + length - 2].decode("utf-16-le")
                    found.append((name.lower(), unpack_from("<I", data, at + 116)[0]))
            sector = self.following(sector)
        return found


def _locked(book: _Book, entries: dict[str, int]) -> bool:
    """Whether a Word or Excel stream says that it is encrypted."""
    word = entries.get("worddocument")
    if word is not None:
        head = book.sector(word)
        return len(head) > 12 and bool(unpack_from("<H", head, 10)[0] & 0x0100)
    excel = entries.get("workbook", entries.get("book"))
    if excel is None:
        return False
    data, at = book.sector(excel), 0
    while at + 4 <= len(data):
        record, length = unpack_from("<HH", data, at)
        if record == 0x002F:  # FilePass
            return True
        at += 4 + length
    return False
