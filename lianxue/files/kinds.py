"""What a file is, by its bytes; what it is called has to agree.

Taken are the kinds that offices send around. What a browser would run (HTML, SVG, scripts),
programs, and Office files with macros or an opening password are refused: nobody can look into the
latter.
"""

import zipfile
import zlib
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

from lianxue.shared.errors import InvalidInput

from . import media, ole, text


@dataclass(frozen=True)
class Kind:
    """``media``: the media type; ``endings``: what a file of it may be called, the usual first."""

    media: str
    endings: tuple[str, ...]


_OOXML = "application/vnd.openxmlformats-officedocument."
PDF = Kind("application/pdf", ("pdf",))
DOCX = Kind(f"{_OOXML}wordprocessingml.document", ("docx", "wps"))
XLSX = Kind(f"{_OOXML}spreadsheetml.sheet", ("xlsx", "et"))
PPTX = Kind(f"{_OOXML}presentationml.presentation", ("pptx", "dps"))
DOC = Kind("application/msword", ("doc", "wps"))
XLS = Kind("application/vnd.ms-excel", ("xls", "et"))
PPT = Kind("application/vnd.ms-powerpoint", ("ppt", "dps"))
OFD = Kind("application/ofd", ("ofd",))
ZIP = Kind("application/zip", ("zip",))
JPEG = Kind("image/jpeg", ("jpg", "jpeg"))
PNG = Kind("image/png", ("png",))
WEBP = Kind("image/webp", ("webp",))
HEIC = Kind("image/heic", ("heic", "heif"))
MP3 = Kind("audio/mpeg", ("mp3",))
M4A = Kind("audio/mp4", ("m4a",))
MP4 = Kind("video/mp4", ("mp4",))
WEBM = Kind("video/webm", ("webm",))
TXT = Kind("text/plain", ("txt",))
CSV = Kind("text/csv", ("csv",))

KINDS = (
    *(PDF, DOCX, XLSX, PPTX, DOC, XLS, PPT, OFD, ZIP, JPEG, PNG, WEBP, HEIC),
    *(MP3, M4A, MP4, WEBM, TXT, CSV),
)
#: What is played; sound alone may come in a film's container, too.
RECORDINGS = (MP3, M4A, MP4, WEBM)
#: What may be larger than anything else (``actions.store``).
LARGE = (PDF, *RECORDINGS)
ENDINGS = frozenset(ending for kind in KINDS for ending in kind.endings)
#: What a file field's ``accept`` says, so that phones offer the right files.
ACCEPT = ",".join(f".{ending}" for kind in KINDS for ending in kind.endings)
#: What may be uploaded, for a field's help.
WORDS = "PDF、Word、Excel、PPT、WPS、OFD、文本、图片、音频、视频或 ZIP，一个不超过 20 MB"

_WEB = {"htm", "html", "xhtml", "mht", "mhtml", "svg", "svgz", "xml", "xsl", "xslt"}
_MACRO = {"docm", "dotm", "xlsm", "xltm", "xlam", "xlsb", "pptm", "potm", "ppsm", "ppam"}
_PROGRAM = {
    *("exe", "dll", "com", "msi", "scr", "bat", "cmd", "ps1", "vbs", "vbe", "js", "mjs", "jse"),
    *("wsf", "hta", "lnk", "jar", "apk", "app", "dmg", "pkg", "deb", "rpm", "sh", "py", "php"),
    *("asp", "aspx", "jsp", "cgi", "pl", "reg", "chm", "cpl", "inf"),
}
_NO_WEB = "网页和矢量图（HTML、SVG）不能上传，请转成 PDF 或图片再上传。"
_NO_PROGRAM = "程序和脚本不能上传。"
_NO_MACRO = "这个文件带有宏（程序），不能上传。请另存为不带宏的 .docx、.xlsx 或 .pptx 再上传。"
_LOCKED = "文件设了打开密码，请去掉密码，另存后再上传。"
_UNKNOWN = f"这种文件不能上传。可以上传{WORDS}。"
_BROKEN = "文件的内容与后缀不符，或已损坏。请用原来的程序打开，另存后再上传。"

#: A list of a zip's parts beyond this is no office's archive (46 bytes and a name for each).
_MOST_DIRECTORY = 4 * 2**20
_MOST_TYPES = 2**20


def find(file: IO[bytes], ending: str, field: str = "file") -> Kind:
    """The kind of ``file``, which is called ``….<ending>`` ("" for any).

    Raises InvalidInput at ``field``: not taken, or the name says otherwise than the bytes.
    """
    try:
        _refuse_by_name(ending)
        kind = _by_bytes(file, ending)
    except _Refused as error:
        raise InvalidInput.at(field, str(error)) from None
    finally:
        file.seek(0)
    if kind is None or (ending and ending not in kind.endings):
        known = not ending or ending in ENDINGS
        raise InvalidInput.at(field, _BROKEN if known else _UNKNOWN)
    return kind


class _Refused(Exception):
    """Its words say why a file is not taken."""


def _refuse_by_name(ending: str) -> None:
    for endings, words in ((_WEB, _NO_WEB), (_MACRO, _NO_MACRO), (_PROGRAM, _NO_PROGRAM)):
        if ending in endings:
            raise _Refused(words)
    if ending and ending not in ENDINGS:
        raise _Refused(_UNKNOWN)


def _by_bytes(file: IO[bytes], ending: str) -> Kind | None:
    file.seek(0)
    head = file.read(4096)
    if head.startswith((b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!")):
        raise _Refused(_NO_PROGRAM)
    if head.startswith(b"PK"):
        return _zip(file, ending)
    if head.startswith(ole.MAGIC):
        return _office_97(file)
    for kind, is_it in _MAGIC:
        if is_it(head):
            # sound and film share a container; telephones write either brand for either
            return {"m4a": M4A, "mp4": MP4}.get(ending, kind) if kind in (M4A, MP4) else kind
    found = text.look(file)
    if found is text.Looks.MARKUP:
        raise _Refused(_NO_WEB)
    if found is text.Looks.TEXT:
        return CSV if ending == "csv" else TXT
    return None


_MAGIC = (
    (PDF, lambda head: head.startswith(b"%PDF-")),
    (JPEG, lambda head: head.startswith(b"\xff\xd8\xff")),
    (PNG, lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    (WEBP, lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP"),
    (HEIC, media.is_heic),
    (M4A, media.is_m4a),
    (MP4, media.is_mp4),
    (WEBM, media.is_webm),
    (MP3, media.is_mp3),
)


def _zip(file: IO[bytes], ending: str) -> Kind:
    """An archive; an Office file or OFD by what stands in it, unless it is called .zip anyway."""
    _check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            if ending == "zip":
                return ZIP
            if "OFD.xml" in names:
                return OFD
            if "[Content_Types].xml" not in names:
                return ZIP
            with archive.open("[Content_Types].xml") as part:
                types = _content_types(part.read(_MOST_TYPES))
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, EOFError, zlib.error):
        raise _Refused(_BROKEN) from None
    macros = any(name.lower().endswith(("vbaproject.bin", "vbadata.xml")) for name in names)
    if macros or any("macroenabled" in one or "vbaproject" in one for one in types):
        raise _Refused(_NO_MACRO)
    for kind in (DOCX, XLSX, PPTX):
        if f"{kind.media}.main+xml" in types:
            return kind
    return ZIP


def _check_directory(file: IO[bytes]) -> None:
    """Refuse a zip whose list of parts would fill the memory, before anything reads it."""
    size = file.seek(0, 2)
    start = max(0, size - 65_557 - 20)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise _Refused(_BROKEN)
    far = tail[max(0, at - 20) : at].startswith(b"PK\x06\x07")  # ZIP64: more than 65,535 parts
    if far or int.from_bytes(tail[at + 12 : at + 16], "little") > _MOST_DIRECTORY:
        raise _Refused("压缩包里的文件太多，请分成几个再上传。")
    file.seek(0)


def _content_types(data: bytes) -> set[str]:
    """The types that an Office file declares for its parts, in small letters."""
    found: set[str] = set()

    def element(_name: str, attributes: dict[str, str]) -> None:
        found.add(attributes.get("ContentType", "").strip().lower())

    def declaration(*_: object) -> None:
        raise ValueError("Office files declare no document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler = element
    parser.StartDoctypeDeclHandler = declaration
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from None
    return found


def _office_97(file: IO[bytes]) -> Kind | None:
    """Word, Excel, PowerPoint before 2007 and WPS, by the streams in their compound file."""
    try:
        inside = ole.read(file)
    except ole.Broken:
        raise _Refused(_BROKEN) from None
    if inside.encrypted:
        raise _Refused(_LOCKED)
    if inside.macros:
        raise _Refused(_NO_MACRO)
    streams = (
        ("worddocument", DOC),
        ("workbook", XLS),
        ("book", XLS),
        ("powerpoint document", PPT),
    )
    for name, kind in streams:
        if name in inside.names:
            return kind
    raise _Refused(_UNKNOWN)
