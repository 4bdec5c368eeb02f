"""Names and mobile numbers out of a phone's vCard file: 2.1, 3.0 (RFC 2426), 4.0 (RFC 6350).

Read as bytes while they arrive, and never as a whole: a line keeps its first 8 KB, photos are
passed over, so memory does not grow with the file, and time only with its length. (vobject reads
whole files, in quadratic time where photos are folded, ends at the first broken card, and writes
what it could not read to the log; the tests hold this reader against it.)

Phones do not keep to the letter of the standards. What is forgiven: line ends of all three kinds,
UTF-16, a byte order mark, GBK without saying so, cards cut short (left out and counted), numbers
with +86, 0086, a carrier's prefix, spaces, hyphens, pauses or invisible marks.
"""

import codecs
import quopri
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from lianxue.shared.errors import InvalidInput
from lianxue.shared.phones import normalize_phone

MAX_BYTES = 20 * 1024 * 1024
MAX_CARDS = 10_000
MAX_NUMBERS = 20_000
#: Lines of a 20 MB file of photos folded at 75: 280,000. Far more means that somebody plays.
MAX_LINES = 1_000_000
_LINE = 8192  # bytes kept of a line; names and numbers are far shorter
_TELS = 20  # numbers read per card
_NAME = 40  # characters kept of a name

_NOT_A_VCARD = "这不是手机导出的联系人文件。请选择扩展名为 .vcf 的文件。"
#: Prefixes of cheap long-distance calls that old address books still carry before a number.
_PREFIX = re.compile(
    r"^(?:(?:\+|00)?86)?(?:12593|17951|17950|17911|17901|17909|10193)?(?=1\d{10}$)"
)


@dataclass
class PhoneBook:
    """What a file says. ``people``: mobile number -> name as the file has it, in its order;
    ``card_of``: mobile number -> which card it stood on first, from 1.

    ``cards``: whole cards read; ``broken``: cut short, left out; ``without_mobile``: cards without
    a mobile number of the mainland. Personal data; lives as long as the request.
    """

    people: dict[str, str] = field(default_factory=dict)
    card_of: dict[str, int] = field(default_factory=dict)
    cards: int = 0
    broken: int = 0
    without_mobile: int = 0


def read(chunks: Iterable[bytes]) -> PhoneBook:
    """The whole file, in pieces of any size. Raises InvalidInput at ``file``."""
    reader = Reader()
    for chunk in chunks:
        reader.feed(chunk)
    return reader.close()


class Reader:
    """Takes the file's bytes as they come (``feed``) and says what they were (``close``)."""

    def __init__(self) -> None:
        self.book = PhoneBook()
        self._size = self._lines = 0
        self._decoder: codecs.IncrementalDecoder | None = None  # UTF-16 alone
        self._begun = False  # the encoding is known
        self._rest = b""  # a line whose end has not come yet
        self._card: _Card | None = None
        self._inner = 0  # open cards inside a card (AGENT of 2.1)
        self._line: bytes | None = None  # the unfolded line that is being gathered
        self._quoted = False  # it is quoted-printable
        self._soft = False  # and goes on in the next, for it ended with "="

    def feed(self, chunk: bytes) -> None:
        """The next bytes. Raises InvalidInput at ``file`` for what is too large."""
        self._size += len(chunk)
        if self._size > MAX_BYTES:
            raise InvalidInput.at("file", "文件超过 20 MB。导出时可以不带照片，或分几次导出。")
        if not self._begun:
            self._rest += chunk
            if len(self._rest) < 4:
                return
            chunk, self._rest = self._begin(self._rest), b""
        elif self._decoder is not None:
            chunk = self._decoder.decode(chunk).encode(errors="replace")
        self._split(chunk)

    def close(self) -> PhoneBook:
        """What was read. Raises InvalidInput at ``file`` for what is no address book at all."""
        if not self._begun:
            chunk, self._rest = self._begin(self._rest), b""
            self._split(chunk)
        self._take(self._rest.rstrip(b"\r"))
        self._end_line()
        if self._card is not None:
            self.book.broken += 1
        if not self._size:
            raise InvalidInput.at("file", "这个文件是空的，请重新导出后再试。")
        if not self.book.cards and not self.book.broken:
            raise InvalidInput.at("file", _NOT_A_VCARD)
        if not self.book.cards:
            raise InvalidInput.at("file", "文件不完整，没有一张完整的名片，请重新导出后再试。")
        return self.book

    def _begin(self, head: bytes) -> bytes:
        """The first bytes say the encoding; what they hold, UTF-16 made UTF-8."""
        self._begun = True
        name = ""
        if head[:2] == codecs.BOM_UTF16_LE or head[1:4:2] == b"\0\0":
            name = "utf-16-le"
        elif head[:2] == codecs.BOM_UTF16_BE or head[0:3:2] == b"\0\0":
            name = "utf-16-be"
        if name:
            self._decoder = codecs.getincrementaldecoder(name)("replace")
            return self._decoder.decode(head).lstrip("\ufeff").encode(errors="replace")
        return head.removeprefix(codecs.BOM_UTF8)

    def _split(self, chunk: bytes) -> None:
        lines = (self._rest + chunk).splitlines(keepends=True)
        self._rest = b""
        if lines and not lines[-1].endswith(b"\n"):
            self._rest = lines.pop()
            if len(self._rest) > _LINE:  # the last byte tells a soft line break
                self._rest = self._rest[:_LINE] + self._rest[-1:]
        self._lines += len(lines)
        if self._lines > MAX_LINES:
            raise InvalidInput.at("file", "文件的行数太多，请分几次导出。")
        for line in lines:
            self._take(line.rstrip(b"\r\n"))

    def _take(self, line: bytes) -> None:
        """One line as it stands in the file: a new one, or the rest of the one before."""
        if self._soft and self._line is not None:  # even when it looks like another property
            if len(self._line) < _LINE:
                self._line = self._line[:-1] + line[:_LINE]
        elif line[:1] in (b" ", b"\t") and self._line is not None:
            if len(self._line) < _LINE:
                self._line += line[1:_LINE]
        else:
            self._end_line()
            self._line = line[:_LINE]
            self._quoted = b"QUOTED-PRINTABLE" in line[:_LINE].partition(b":")[0].upper()
        self._soft = self._quoted and line.endswith(b"=")

    def _end_line(self) -> None:
        """The gathered line is whole: it opens a card, closes one, or says something in it."""
        line, self._line, self._soft = self._line, None, False
        if not line or b":" not in line:
            return
        name = line[: min(40, line.index(b":"))].split(b";")[0].rpartition(b".")[2].strip().upper()
        if name == b"BEGIN":
            self._open(line)
        elif name == b"END":
            self._shut(line)
        elif self._card is not None and not self._inner and name in _READ:
            self._card.take(name, line)

    def _open(self, line: bytes) -> None:
        if b"VCARD" not in line.upper():
            return
        if self._card is not None and self._card.agent:
            self._inner += 1
            return
        if self._card is not None:
            self.book.broken += 1
        self._card = _Card()
        if self.book.cards + self.book.broken >= MAX_CARDS:
            raise InvalidInput.at("file", f"文件里超过 {MAX_CARDS:,} 张名片，请分几次导出。")

    def _shut(self, line: bytes) -> None:
        if b"VCARD" not in line.upper() or self._card is None:
            return
        if self._inner:
            self._inner -= 1
            self._card.agent = bool(self._inner)
            return
        card, self._card = self._card, None
        self.book.cards += 1
        phones = {phone for text in card.tels if (phone := mobile_in(text))}
        if not phones:
            self.book.without_mobile += 1
        for phone in phones:
            self.book.people.setdefault(phone, card.name)
            self.book.card_of.setdefault(phone, self.book.cards)
        if len(self.book.people) > MAX_NUMBERS:
            raise InvalidInput.at("file", f"文件里超过 {MAX_NUMBERS:,} 个手机号码，请分几次导出。")


#: Properties that are looked into.
_READ = {b"FN", b"N", b"TEL", b"ORG", b"AGENT"}


@dataclass
class _Card:
    """One card on its way."""

    full: str = ""
    parts: str = ""
    unit: str = ""
    tels: list[str] = field(default_factory=list)
    agent: bool = False

    @property
    def name(self) -> str:
        return self.full or self.parts or self.unit

    def take(self, name: bytes, line: bytes) -> None:
        """One property."""
        head, value = _halves(line)
        if name == b"TEL":
            if len(self.tels) < _TELS:
                self.tels.append(_unescape(_text(head, value))[:100])
        elif name == b"AGENT":
            self.agent = not value.strip()
        elif name == b"N":
            self.parts = self.parts or _name_of(_text(head, value))
        elif name == b"FN":
            self.full = self.full or tidy(_unescape(_text(head, value)))
        else:
            self.unit = self.unit or tidy(_unescape(_text(head, value).split(";")[0]))


def mobile_in(text: str) -> str:
    """The eleven digits of a mobile number as phones write it, or nothing.

    ``tel:`` addresses, extensions, pauses (``,`` ``;`` ``p`` ``w``), carriers' prefixes fall away.
    """
    plain = unicodedata.normalize("NFKC", text[:100]).strip().lower().removeprefix("tel:")
    plain = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")
    plain = re.split(r"[;,#pwx转]", plain, maxsplit=1)[0]
    digits = _PREFIX.sub("", re.sub(r"[\s\-–—()./·]", "", plain))
    try:
        return normalize_phone(digits)
    except InvalidInput:
        return ""


def tidy(text: str) -> str:
    """A name on one line, without what is invisible, 40 characters at most."""
    visible = "".join(" " if c.isspace() else c for c in text if c.isspace() or _seen(c))
    return re.sub(r" +", " ", visible).strip()[:_NAME].strip()


def _seen(sign: str) -> bool:
    return unicodedata.category(sign)[0] != "C"


def _halves(line: bytes) -> tuple[bytes, bytes]:
    """What stands before and behind the first colon outside quotes."""
    quoted = False
    for at, sign in enumerate(line):
        if sign == 0x22:
            quoted = not quoted
        elif sign == 0x3A and not quoted:
            return line[:at], line[at + 1 :]
    head, _, value = line.partition(b":")
    return head, value


def _text(head: bytes, value: bytes) -> str:
    """The value's characters, backslashes still in it; a photo has none."""
    head = head.upper()
    if b"QUOTED-PRINTABLE" in head:
        value = quopri.decodestring(value)
    elif b"BASE64" in head or b"ENCODING=B" in head:
        return ""
    said = re.search(rb"CHARSET=\"?([A-Z0-9_\-]{1,20})", head)
    named = _CHARSETS.get(said[1].decode()) if said else None
    for charset in (named, "utf-8", "gb18030"):  # GBK is often not said
        if charset:
            with suppress(UnicodeDecodeError):
                return value.decode(charset)
    return value.decode("utf-8", "replace")


#: Character sets by the names that phones write; GB18030 holds GBK and GB2312.
_CHARSETS = {
    **dict.fromkeys(("GBK", "GB2312", "GB_2312-80", "GB18030", "CP936"), "gb18030"),
    **dict.fromkeys(("BIG5", "BIG5-HKSCS"), "big5hkscs"),
    **dict.fromkeys(("ISO-8859-1", "LATIN1", "WINDOWS-1252"), "cp1252"),
}


def _name_of(text: str) -> str:
    """``family;given;middle;prefix;suffix`` as one says it: 李明, Ada Lovelace."""
    pieces = [tidy(_unescape(piece)) for piece in re.split(r"(?<!\\);", text)[:3]]
    family, given, middle = (*pieces, "", "", "")[:3]
    if any("\u2e80" <= sign <= "\u9fff" or sign >= "\U00020000" for sign in family + given):
        return (family + middle + given)[:_NAME]
    return " ".join(part for part in (given, middle, family) if part)[:_NAME].strip()


def _unescape(text: str) -> str:
    """Backslashes of 3.0 and 4.0 undone (``\\n`` is a line break, ``\\;`` a semicolon)."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)
