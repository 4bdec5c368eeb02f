"""Address books as phones write them, as nobody should, and as nobody ever did. Invented people."""

import base64
import logging
import quopri
import time
import tracemalloc
from collections.abc import Iterator

import pytest
import vobject
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from lianxue.contacts import vcard
from lianxue.contacts.vcard import MAX_BYTES, MAX_CARDS, PhoneBook, mobile_in, read
from lianxue.shared.errors import InvalidInput

pytestmark = pytest.mark.once


def card(*lines: str, version: str = "3.0") -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def book(text: str, encoding: str = "utf-8") -> PhoneBook:
    return read([text.encode(encoding)])


def quoted(text: str, charset: str = "utf-8") -> str:
    """Every byte as =XX, as phones do."""
    return "".join(f"={byte:02X}" for byte in text.encode(charset))


# Android's own 2.1: quoted-printable UTF-8, soft line breaks without a space behind them
ANDROID = f"""BEGIN:VCARD\r
VERSION:2.1\r
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted("王")};{quoted("秀英")};;;\r
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted("王秀英")}\r
TEL;CELL:13800001001\r
TEL;CELL;PREF:138-0000-1002\r
TEL;HOME:0531-86061234\r
NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted("老同事")}=\r
TEL;CELL:13800009999=0D=0A=\r
END:VCARD\r
PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwME\r
 BQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRQ=\r
\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:2.1\r
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted("欧阳")};=\r
{quoted("建国")};;;\r
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted("欧阳")}=\r
{quoted("建")}=\r
{quoted("国")}\r
TEL;CELL:+8613800001003\r
END:VCARD\r
"""

# iPhone: 3.0, items with labels, invisible marks around a pasted number, folded photo
IPHONE = """BEGIN:VCARD
VERSION:3.0
PRODID:-//Apple Inc.//iPhone OS 17.4//EN
N:李;明;;;
FN:李明
ORG:中共历山县委宣传部;
item1.TEL;type=pref:\u202a+86 138 0000 2001\u202c
item1.X-ABLabel:工作手机
TEL;type=CELL;type=VOICE:138-0000-2002
item2.ADR;type=HOME:;;泺源大街 1 号\\, 2 单元;济南;山东;250000;中国
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/4gxYSUNDX1BST0ZJTEUAAQEAAAxIT
 Gluby BtbnRyUkdCIFhZWiAHzgACAAkABgAxAABhY3NwTVNGVAAAAABJRUMgc1JHQgAAAAAAAAAA
X-ABUID:00000000-0000-0000-0000-000000000000:ABPerson
END:VCARD
""".replace("\n", "\r\n")

# Google: 3.0, escapes, folded in the middle of a character
GOOGLE = (
    (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:张建国\\, 办公室\r\nN:;张建国\\, 办公室;;;\r\n"
        "TEL;TYPE=CELL:138 0000 3001\r\nTEL;TYPE=WORK:+1 650-555-0100\r\nCATEGORIES:myContacts\r\n"
        "END:VCARD\r\n"
    ).encode()
    + b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:"
    + "陈静".encode()[:4]
    + b"\r\n "
    + ("陈静".encode()[4:] + b"\r\nTEL:13800003002\r\nEND:VCARD\r\n")
)

# Outlook on a Chinese Windows: 2.1, GB2312, LANGUAGE, an agent's card inside the card
OUTLOOK = f"""BEGIN:VCARD
VERSION:2.1
N;LANGUAGE=zh-cn;CHARSET=gb2312;ENCODING=QUOTED-PRINTABLE:{quoted("刘", "gb2312")};{
    quoted("洋", "gb2312")
}
FN;CHARSET=gb2312;ENCODING=QUOTED-PRINTABLE:{quoted("刘洋", "gb2312")}
TEL;CELL;VOICE:(138) 0000-4001
TEL;WORK;FAX:010-62001234
AGENT:
BEGIN:VCARD
VERSION:2.1
FN:Secretary
TEL;CELL:13800004999
END:VCARD
TEL;HOME;VOICE:17951 13800004002
EMAIL;PREF;INTERNET:liuyang@example.com
REV:20260102T030405Z
END:VCARD
""".replace("\n", "\r\n")

# HarmonyOS and Xiaomi: 2.1 without CHARSET, N alone, groups of their own
HARMONY = f"""BEGIN:VCARD
VERSION:2.1
N;ENCODING=QUOTED-PRINTABLE:;{quoted("赵敏")};;;
TEL;CELL:13800005001
X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;;1;;;;;;;;;;;;;
END:VCARD
BEGIN:VCARD
VERSION:2.1
ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted("青石县图书馆")}
TEL;WORK;PREF:13800005002
END:VCARD
"""

# RFC 6350: addresses, quoted parameters, a number that is a URI with an extension
FOUR = """BEGIN:VCARD
VERSION:4.0
UID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1
FN;PID=1.1:周涛
N:周;涛;;;
TEL;PID=1.1;VALUE=uri;TYPE="voice,cell";LABEL="a:b":tel:+86-138-0000-6001;ext=12
TEL;VALUE=uri;PREF=1:tel:+86-13800006002
TEL;VALUE=text:１３８００００６００３
END:VCARD
"""


@pytest.mark.parametrize(
    ("data", "people"),
    [
        (
            ANDROID.encode(),
            {"13800001001": "王秀英", "13800001002": "王秀英", "13800001003": "欧阳建国"},
        ),
        (IPHONE.encode(), {"13800002001": "李明", "13800002002": "李明"}),
        (GOOGLE, {"13800003001": "张建国, 办公室", "13800003002": "陈静"}),
        (OUTLOOK.encode("ascii"), {"13800004001": "刘洋", "13800004002": "刘洋"}),
        (HARMONY.encode(), {"13800005001": "赵敏", "13800005002": "青石县图书馆"}),
        (FOUR.encode(), {"13800006001": "周涛", "13800006002": "周涛", "13800006003": "周涛"}),
    ],
    ids=["Android", "iPhone", "Google", "Outlook", "HarmonyOS", "4.0"],
)
@pytest.mark.parametrize("size", [1, 7, 65536])
def test_what_phones_write(data: bytes, people: dict[str, str], size: int) -> None:
    """However the bytes are cut on their way."""
    found = read(data[at : at + size] for at in range(0, len(data), size))
    assert found.people == people
    assert found.broken == 0


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_line_ends_and_encodings(ends: str, encoding: str) -> None:
    text = (card("FN:孙未来", "TEL:13800001234") * 2).replace("\r\n", ends)
    found = book(text, encoding)
    assert found.people == {"13800001234": "孙未来"}
    assert found.cards == 2


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_gbk_without_a_word_about_it(encoding: str) -> None:
    assert book(card("FN:孙未来", "TEL:13800001234"), encoding).people == {"13800001234": "孙未来"}


def test_a_wrong_word_about_the_characters_costs_nothing() -> None:
    said = card("FN;CHARSET=BIG5:孙未来", "TEL:13800001234")
    assert list(book(said).people) == ["13800001234"]
    unknown = card("FN;CHARSET=x-unknown:孙未来", "TEL:13800001234")
    assert book(unknown).people == {"13800001234": "孙未来"}


def test_broken_cards_in_the_middle_are_left_out_and_counted() -> None:
    text = (
        card("FN:前", "TEL:13800000001")
        + "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:断\r\nTEL:13800000002\r\n"
        + card("FN:后", "TEL:13800000003")
        + "END:VCARD\r\n\r\nnonsense without a colon\r\n"
        + card("FN:座机", "TEL:0531-86061234")
        + "BEGIN:VCARD\r\nFN:末\r\nTEL:13800000004\r\n"
    )
    found = book(text)
    assert found.people == {"13800000001": "前", "13800000003": "后"}
    assert (found.cards, found.broken, found.without_mobile) == (3, 2, 1)


def test_the_first_name_of_a_number_counts() -> None:
    text = card("FN:李明", "TEL:13800000001") + card("FN:老李", "TEL:+86 138 0000 0001")
    assert book(text).people == {"13800000001": "李明"}


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["N:李;明;;;"], "李明"),
        (["N:Lovelace;Ada;;;"], "Ada Lovelace"),
        (["FN:", "N:李;明"], "李明"),
        (["N:\\;;;;;"], ";"),
        (["FN:张\\n三"], "张 三"),
        (["FN:\u200b李\0明\u202e"], "李明"),
        (["FN:" + "长" * 900], "长" * 40),
        (["ORG:县委宣传部;办公室"], "县委宣传部"),
        ([], ""),
    ],
)
def test_names(lines: list[str], name: str) -> None:
    assert book(card(*lines, "TEL:13800000001")).people == {"13800000001": name}


@pytest.mark.parametrize(
    "text",
    [
        "13800000001",
        "+86 138 0000 0001",
        "+86-138-0000-0001",
        "0086 13800000001",
        "8613800000001",
        "(+86)13800000001",
        "tel:+86-13800000001;ext=8",
        "TEL:13800000001",
        "13800000001,,8001",
        "13800000001p1",
        "13800000001 转 8",
        "17951 138 0000 0001",
        "+8612593-13800000001",
        "１３８０００００００１",
        "\u202a13800000001\u202c",
        "138.0000.0001",
    ],
)
def test_numbers_as_people_keep_them(text: str) -> None:
    assert mobile_in(text) == "13800000001"


@pytest.mark.parametrize(
    "text",
    ["", "10086", "0531-86061234", "+1 650 555 0100", "12800000001", "138000000011", "x" * 999],
)
def test_what_is_no_mobile_number_here(text: str) -> None:
    assert mobile_in(text) == ""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "是空的"),
        (b"\xff", "不是手机导出"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "不是手机导出"),
        (b"PK\x03\x04" + bytes(200), "不是手机导出"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "不是手机导出"),
        (b"BEGIN:VCARD\r\nFN:x\r\n", "不完整"),
        (card("FN:x").encode() * (MAX_CARDS + 1), "超过 10,000 张"),
        (b"BEGIN:VCARD\n" * (MAX_CARDS + 2), "超过 10,000 张"),
        (b"\n" * 2_000_000, "行数太多"),
    ],
    ids=["empty", "byte", "picture", "zip", "calendar", "cut", "cards", "openings", "lines"],
)
def test_what_is_no_address_book(data: bytes, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read([data])
    assert words in caught.value.fields["file"]


def test_too_many_numbers() -> None:
    numbers = [f"TEL:138{n:08d}" for n in range(20)]
    cards = (card(*(f"TEL:13{c % 10}{c:05d}{n:03d}" for n in range(20))) for c in range(1001))
    assert len(book(card(*numbers, "TEL:13900000000")).people) == 20  # of one card no more
    with pytest.raises(InvalidInput) as caught:
        read(one.encode() for one in cards)
    assert "20,000 个手机号码" in caught.value.fields["file"]


def megabytes(piece: bytes, before: bytes = b"BEGIN:VCARD\r\nFN:x\r\n") -> Iterator[bytes]:
    """20 MB of ``piece``, 64 KB at a time."""
    yield before
    chunk = piece * (65536 // len(piece))
    for _ in range((MAX_BYTES - 1000) // len(chunk)):
        yield chunk
    yield b"\r\nTEL:13800000001\r\nEND:VCARD\r\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("piece", "before"),
    [
        (b"A" * 75 + b"\r\n ", b"BEGIN:VCARD\r\nPHOTO;ENCODING=b:"),  # one photo
        (b"A" * 65536, b"BEGIN:VCARD\r\nPHOTO;ENCODING=b:"),  # on one line
        (b"=E5=BC=A0=\r\n", b"BEGIN:VCARD\r\nFN;ENCODING=QUOTED-PRINTABLE:"),  # too many: refused
        (b"=E5=BC=A0" * 8 + b"=\r\n", b"BEGIN:VCARD\r\nFN;ENCODING=QUOTED-PRINTABLE:"),
        (b"\\" * 64, b"BEGIN:VCARD\r\nFN:"),
        (b"TEL:13800000001\r\nX:\r\n \r\n", b"BEGIN:VCARD\r\n"),
        (b'";:' * 100 + b"\r\n", b"BEGIN:VCARD\r\nTEL;X=:"),
        (b"\0\xff" * 32, b"\xff\xfeB\0E\0G\0I\0N\0:\0V\0C\0A\0R\0D\0\n\0"),
    ],
    ids=["photo", "long line", "soft", "long soft", "escapes", "numbers", "quotes", "UTF-16"],
)
def test_a_hostile_file_costs_little(piece: bytes, before: bytes) -> None:
    """Measured on two busy cores: at most 4 s here; the bound leaves room for a slower machine."""
    pieces = megabytes(piece, before)
    tracemalloc.start()
    begun = time.process_time()
    try:
        read(pieces)
    except InvalidInput as refused:
        assert refused.fields["file"]  # noqa: PT017 - either is right
    spent, peak = time.process_time() - begun, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 24 * 2**20, peak
    assert spent < 30, spent


def test_the_bound_on_bytes() -> None:
    with pytest.raises(InvalidInput) as caught:
        read(bytes(1 << 20) for _ in range(21))
    assert "20 MB" in caught.value.fields["file"]


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_any_bytes(chunks: list[bytes]) -> None:
    try:
        found = read(chunks)
    except InvalidInput as refused:
        assert refused.fields["file"]  # noqa: PT017 - either is right
    else:
        assert found.cards


LINES = st.sampled_from(
    ["BEGIN:VCARD", "END:VCARD", "FN:", "N:", "TEL:", "AGENT:", "=", " ", "\t", ":", ";", '"', "\0"]
    + ["FN;ENCODING=QUOTED-PRINTABLE:", "TEL;VALUE=uri:tel:", "138", "00001234", "\r", "\\"]
    + ["CHARSET=GBK", "=E5", "李", "\ud800"]
)


@effort(max_examples=300)
@given(st.lists(st.tuples(LINES, st.booleans()), max_size=40), st.integers(1, 50))
def test_any_lines(pieces: list[tuple[str, bool]], size: int) -> None:
    """Also: the way the bytes are cut changes nothing."""
    data = "".join(text + ("\n" if end else "") for text, end in pieces).encode(errors="replace")
    data = b"BEGIN:VCARD\nEND:VCARD\n" + data
    whole = read([data])
    assert read(data[at : at + size] for at in range(0, len(data), size)) == whole
    assert all(len(phone) == 11 and phone.isdigit() for phone in whole.people)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12
)


@effort(suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
@given(st.dictionaries(st.integers(0, 99_999_999).map("138{:08d}".format), NAMES, max_size=8))
def test_what_vobject_writes_is_read_back(people: dict[str, str]) -> None:
    text = ""
    for phone, name in people.items():
        made = vobject.vCard()
        made.add("n").value = vobject.vcard.Name(family=name)
        made.add("fn").value = name
        made.add("tel").value = phone
        text += made.serialize()
    if people:
        assert book(text).people == people


@effort(suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
@given(st.dictionaries(st.integers(0, 99_999_999).map("139{:08d}".format), NAMES, max_size=8))
def test_what_an_old_phone_writes_is_read_back(people: dict[str, str]) -> None:
    """Quoted-printable by Python's own encoder, with its soft line breaks."""
    head = b"FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:"
    data = b"".join(
        b"BEGIN:VCARD\r\nVERSION:2.1\r\n"
        + head
        + quopri.encodestring(name.replace("\\", "\\\\").encode() * 9).replace(b"\n", b"\r\n")
        + f"\r\nTEL;CELL:{phone}\r\n".encode()
        + b"PHOTO;ENCODING=BASE64;JPEG:\r\n "
        + base64.encodebytes(b"BEGIN:VCARD" * 20).replace(b"\n", b"\r\n ")
        + b"\r\n\r\nEND:VCARD\r\n"
        for phone, name in people.items()
    )
    if people:
        assert read([data]).people == {
            phone: vcard.tidy(name * 9) for phone, name in people.items()
        }


def test_nothing_of_a_file_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        book(card("FN:李明", "TEL:13800000001", "X\0junk:13800000002") + "BEGIN:VCARD\r\nTEL:1")
    assert not caplog.records
