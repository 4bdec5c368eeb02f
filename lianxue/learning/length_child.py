"""``python -I length_child.py pdf|media < file``: how long a file is, as JSON.

{"length": pages of a PDF, or seconds of a recording}. A program of its own, with bounded memory and
time, for the reasons of ``document_child``.
"""

import json
import resource
import signal
import struct
import sys
from typing import IO, Any

import mutagen
from pypdf import PdfReader

MEMORY = 1024 * 1024 * 1024
SECONDS = 20
UNREADABLE = 3
#: A WebM (Matroska) file; its Info, in that TimestampScale and Duration.
EBML, _INFO, _SCALE, _DURATION = b"\x1aE\xdf\xa3", b"\x15I\xa9f", b"*\xd7\xb1", b"D\x89"


def main() -> int:
    """Read standard input, write the length."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(2 * SECONDS)
    try:
        length = {"pdf": _pages, "media": _seconds}[sys.argv[1]](sys.stdin.buffer)
    except BaseException:  # noqa: BLE001 - also the readers' own faults and endless recursion
        return UNREADABLE
    sys.stdout.write(json.dumps({"length": length}))
    return 0


def _pages(file: IO[bytes]) -> float:
    return PdfReader(file).get_num_pages()


def _seconds(file: IO[bytes]) -> float:
    if file.read(4) == EBML:
        return _webm(file.read(2**20))
    file.seek(0)
    found: Any = mutagen.File(file)
    return float(found.info.length) if found is not None else 0


def _webm(head: bytes) -> float:
    """By the Duration in its Info, in units of TimestampScale (nanoseconds; a million when it is
    not said). Recorded in a browser, it says none."""
    info = head.find(_INFO)
    at = head.find(_DURATION, max(info, 0), info + 500)
    if info < 0 or at < 0:
        return 0
    scale, said = 1_000_000, head.find(_SCALE, info, info + 500)
    if said >= 0:
        size = head[said + 3] & 0x7F
        scale = int.from_bytes(head[said + 4 : said + 4 + size], "big")
    form = {0x84: ">f", 0x88: ">d"}[head[at + 2]]
    return float(struct.unpack_from(form, head, at + 3)[0]) * scale / 1e9


if __name__ == "__main__":
    sys.exit(main())
