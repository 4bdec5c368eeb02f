"""Plain text by its bytes: in UTF-8, UTF-16 with its mark, or GB18030, and no markup."""

import codecs
from enum import Enum
from typing import IO

_CHUNK = 64 * 1024
#: Control characters that texts have: tab, line feed, form feed, return, end of file.
_FINE = "\t\n\v\f\r\x1a"
_MARKUP = (
    *("<!doctype", "<html", "<head", "<body", "<script", "<svg", "<?xml", "<?php", "<%"),
    *("<iframe", "<!--", "<table", "<a ", "<img"),
)


class Looks(Enum):
    """What bytes look like."""

    TEXT = 1
    MARKUP = 2
    OTHER = 3


def look(file: IO[bytes]) -> Looks:
    """What ``file`` looks like, read piece by piece."""
    file.seek(0)
    mark = file.read(2)
    wide = mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    for encoding in ["utf-16"] if wide else ["utf-8-sig", "gb18030"]:
        beginning = _decoded(file, encoding)
        if beginning is not None:
            return Looks.MARKUP if beginning.lstrip().lower().startswith(_MARKUP) else Looks.TEXT
    return Looks.OTHER


def _decoded(file: IO[bytes], encoding: str) -> str | None:
    """The first words of a whole text in ``encoding``; None when it isn't one."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    beginning = ""
    while True:
        data = file.read(_CHUNK)
        try:
            piece = decoder.decode(data, final=not data)
        except UnicodeError:
            return None
        if any(char < " " and char not in _FINE for char in set(piece)):
            return None
        if len(beginning) < 1000:
            beginning += piece[:1000]
        if not data:
            return beginning
