"""``python -I document_child.py docx|markdown < file``: what a document says, as JSON.

A program of its own, with bounded memory and time: a document can claim gigabytes in a few bytes,
and a broken one may keep its reader going for ever; here that ends this process and nothing else.
It knows nothing of Lianxue, opens no other file and asks no network.

Output: {"html", "title", "pictures": [base64], "left_out": {why: how many}}; the HTML is raw, its
pictures ``/learn/0/files/<place>/``.
"""

import base64
import hashlib
import io
import json
import re
import resource
import signal
import sys
import zipfile
from typing import IO, Any

import mammoth
from mammoth import documents
from mammoth import html as written
from markdown_it import MarkdownIt

MEMORY = 1536 * 1024 * 1024
SECONDS = 40
UNREADABLE, TOO_BIG, DECLARES = 3, 5, 6
MAX_PARTS, MAX_UNPACKED, MAX_XML = 2000, 200 * 2**20, 30 * 2**20
MAX_PICTURES, MAX_PICTURE = 60, 10 * 2**20
#: Of all pictures together: what a file of 20 MB holds is not much larger unpacked, but a few bytes
#: of nothing can claim to be.
MAX_ALL_PICTURES = 50 * 2**20
#: Longer than this, a line at the beginning is no title.
MAX_TITLE = 100
#: What browsers show, by the first bytes.
_SHOWN = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
_HEADING = ["heading_open", "inline", "heading_close"]
_FRONT = re.compile(r"---\n(.*?\n)---\n", re.DOTALL)
_STYLES = "u => u\np[style-name='Quote'] => blockquote > p:fresh"


class TooBigError(Exception):
    """More than anybody wrote by hand."""


class DeclaresError(Exception):
    """An XML part declares a document type: no office program does."""


def main() -> int:
    """Read standard input, write what was found."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(2 * SECONDS)
    try:
        read = {"docx": _docx, "markdown": _markdown}[sys.argv[1]]
        found = read(sys.stdin.buffer)
    except (MemoryError, TooBigError):
        return TOO_BIG
    except DeclaresError:
        return DECLARES
    except BaseException:  # noqa: BLE001 - also the readers' own faults and endless recursion
        return UNREADABLE
    sys.stdout.write(json.dumps(found))
    return 0


def _docx(file: IO[bytes]) -> dict[str, Any]:
    data = file.read()
    _check_parts(data)
    taken, title = _Pictures(), list[str]()
    result = mammoth.convert_to_html(
        io.BytesIO(data),
        style_map=_STYLES,
        include_embedded_style_map=False,
        external_file_access=False,
        transform_document=lambda document: _without_title(document, title),
        convert_image=taken.take,
    )
    return {
        "html": result.value,
        "title": "".join(title),
        "pictures": [base64.b64encode(one).decode() for one in taken.data],
        "left_out": taken.left_out,
    }


def _check_parts(data: bytes) -> None:
    """Before anything is read: how much it would be; and no part declares entities."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise TooBigError
        texts = [part for part in parts if part.filename.lower().endswith((".xml", ".rels"))]
        if sum(part.file_size for part in texts) > MAX_XML:
            raise TooBigError
        for part in texts:
            words = archive.read(part).replace(b"\0", b"")  # in UTF-16, too
            if b"<!DOCTYPE" in words or b"<!ENTITY" in words:
                raise DeclaresError


def _without_title(document: Any, title: list[str]) -> Any:
    """The title, where a document begins with one: a heading, or a short line in the middle, as
    Chinese offices write it without any style."""
    styles = [(getattr(one, "style_name", None) or "").lower() for one in document.children]
    titles = {"title", "heading"}
    if styles.count("heading 1") == 1:
        titles.add("heading 1")  # else it heads one part of several
    for child, style in zip(document.children, styles, strict=True):
        words = " ".join(_words(child).split())
        if not words:
            continue
        headed = style in titles or getattr(child, "alignment", "") == "center"
        if len(words) > MAX_TITLE or not headed:
            break
        title.append(words)
        return document.copy(children=[one for one in document.children if one is not child])
    return document


def _words(element: Any) -> str:
    if isinstance(element, documents.Text):
        return str(element.value)
    if isinstance(element, documents.Tab | documents.Break):
        return " "
    return "".join(_words(child) for child in getattr(element, "children", []))


class _Pictures:
    """The pictures of a document, each once; what browsers don't show is counted instead."""

    def __init__(self) -> None:
        self.data: list[bytes] = []
        self.size = 0
        self.places: dict[bytes, int] = {}
        self.left_out: dict[str, int] = {}

    def take(self, image: Any) -> list[Any]:
        """What mammoth writes for one picture."""
        try:
            with image.open() as opened:
                data: bytes = opened.read()
        except (ValueError, KeyError):
            return self._leave("linked")  # stands somewhere else; nobody goes and gets it
        key = hashlib.sha256(data).digest()
        if key not in self.places:
            if not data.startswith(_SHOWN) or (data[:4] == b"RIFF" and data[8:12] != b"WEBP"):
                return self._leave("kind")
            if len(data) > MAX_PICTURE:
                return self._leave("large")
            if len(self.data) >= MAX_PICTURES or self.size + len(data) > MAX_ALL_PICTURES:
                return self._leave("many")
            self.places[key] = len(self.data)
            self.data.append(data)
            self.size += len(data)
        source = f"/learn/0/files/{self.places[key]}/"
        return [written.element("img", {"src": source, "alt": image.alt_text or ""})]

    def _leave(self, why: str) -> list[Any]:
        self.left_out[why] = self.left_out.get(why, 0) + 1
        return []


def _markdown(file: IO[bytes]) -> dict[str, Any]:
    text, title = _text(file.read()), ""
    front = _FRONT.match(text)
    if front:
        said = re.search(r"^title:[ \t]*(.+)$", front[1], re.MULTILINE)
        title, text = (said[1].strip().strip("\"'") if said else ""), text[front.end() :]
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    first = [one.type for one in tokens[:3]] == _HEADING and tokens[0].tag == "h1"
    if first and (not title or tokens[1].content == title):
        title, tokens = tokens[1].content, tokens[3:]
    pictures = [child for one in tokens for child in one.children or [] if child.type == "image"]
    return {
        "html": parser.renderer.render(tokens, parser.options, {}),
        "title": title,
        "pictures": [],
        "left_out": {"linked": len(pictures)} if pictures else {},
    }


def _text(data: bytes) -> str:
    """UTF-8 or UTF-16 with their marks, else UTF-8, else GB18030, as Windows' editors write."""
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ["utf-16"] if wide else ["utf-8-sig", "gb18030"]:
        try:
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise ValueError("no text")


if __name__ == "__main__":
    sys.exit(main())
