"""Files as offices have them, made byte by byte; none longer than it must be."""

import io
import zipfile
from collections.abc import Iterable
from struct import pack

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from lianxue.accounts.models import User
from lianxue.files import actions
from lianxue.files.models import StoredFile

_OOXML = "application/vnd.openxmlformats-officedocument"
MAIN = {
    "docx": f"{_OOXML}.wordprocessingml.document.main+xml",
    "xlsx": f"{_OOXML}.spreadsheetml.sheet.main+xml",
    "pptx": f"{_OOXML}.presentationml.presentation.main+xml",
    "docm": "application/vnd.ms-word.document.macroEnabled.main+xml",
}
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def archive(parts: dict[str, bytes | str]) -> bytes:
    """A zip of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    return target.getvalue()


def office(kind: str, more: dict[str, bytes | str] | None = None, types: str = "") -> bytes:
    """An Office file of today with nothing but its list of parts."""
    listed = f'<Override PartName="/main.xml" ContentType="{MAIN[kind]}"/>{types}'
    return archive({"[Content_Types].xml": f"<Types>{listed}</Types>", **(more or {})})


def compound(names: Iterable[str], streams: dict[str, bytes] | None = None) -> bytes:
    """A compound file whose directory holds these names; each stream has one sector."""
    entries = [("Root Entry", 0xFFFFFFFE), *((name, 0xFFFFFFFE) for name in names)]
    bodies = []
    for name, data in (streams or {}).items():
        bodies.append(data.ljust(512, b"\0"))
        entries.append((name, len(bodies)))  # sector 0 is the table
    directory = b""
    for name, first in entries:
        text = name.encode("utf-16-le")
        kind = b"\x02" if first != 0xFFFFFFFE else b"\x01"
        entry = text.ljust(64, b"\0") + pack("<H", len(text) + 2) + kind + b"\0" * 49
        directory += entry + pack("<IQ", first, 512)
    directory = directory.ljust(-(-len(directory) // 512) * 512, b"\0")
    start, count = 1 + len(bodies), len(directory) // 512
    table = [0xFFFFFFFD, *[0xFFFFFFFE] * len(bodies)]
    table += [*range(start + 1, start + count), 0xFFFFFFFE]
    table += [0xFFFFFFFF] * (128 - len(table))
    head = bytes.fromhex("d0cf11e0a1b11ae1").ljust(24, b"\0")
    head += pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6).ljust(20, b"\0")
    head += pack("<IIIIIIII", 1, start, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return head + pack("<128I", *table) + b"".join(bodies) + directory


def picture(kind: str) -> bytes:
    """A picture of two points: PNG, JPEG or WEBP."""
    target = io.BytesIO()
    Image.new("RGB", (2, 1), "#b3261e").save(target, kind)
    return target.getvalue()


def upload(data: bytes, name: str) -> SimpleUploadedFile:
    """``data`` as a form brings it; what the browser says of its kind is never asked."""
    return SimpleUploadedFile(name, data, content_type="text/html")


def stored(owner: User, name: str = "方案.pdf", data: bytes = PDF) -> StoredFile:
    """A file that was taken in."""
    return actions.store(owner, upload(data, name))
