"""Reading files from outside in a process of its own (``document_child``, ``length_child``)."""

import io
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

log = logging.getLogger(__name__)
#: The program that reads each kind; what it imports stays out of the server's memory.
_PROGRAMS = {
    "docx": "document_child.py",
    "markdown": "document_child.py",
    "pdf": "length_child.py",
    "media": "length_child.py",
}
#: What a program exits with when there is more in a file than anybody wrote by hand.
TOO_BIG = 5
_CHUNK = 2**20


class Unreadable(Exception):
    """The program gave up; ``code`` is what it exited with, negative: the signal that ended it, 0:
    it took too long."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def run(what: str, file: IO[bytes]) -> dict[str, Any]:
    """What the program for ``what`` finds in ``file``, which is read from its beginning.

    Raises Unreadable.
    """
    program = Path(__file__).with_name(_PROGRAMS[what])
    with _real(file) as real:
        try:
            done = subprocess.run(  # noqa: S603 - our own program, the file at its standard input
                [sys.executable, "-I", str(program), what],
                stdin=real,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=90,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unreadable(0) from None
    file.seek(0)
    if done.returncode != 0:
        log.info("a file was not read as %s: %s", what, done.returncode)
        raise Unreadable(done.returncode)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def _real(file: IO[bytes]) -> Iterator[int]:
    """The number of an open file of the system's, at its beginning: ``file`` itself, else a copy of
    what stands in memory or in a storage elsewhere."""
    file.seek(0)
    try:
        number = file.fileno()
    except (AttributeError, io.UnsupportedOperation):
        number = -1
    if number >= 0:
        os.lseek(number, 0, os.SEEK_SET)
        yield number
        return
    with tempfile.TemporaryFile() as copy:
        while data := file.read(_CHUNK):
            copy.write(data)
        copy.flush()
        os.lseek(copy.fileno(), 0, os.SEEK_SET)
        yield copy.fileno()
