"""What is taken and what is refused: by the bytes, and the name has to agree."""

import io
import random
import tracemalloc
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from lianxue.files import kinds
from lianxue.files.names import LONGEST, clean, extension_of
from lianxue.shared.errors import InvalidInput

from .makers import PDF, archive, compound, office, picture

pytestmark = pytest.mark.once

ROSTERS = Path(__file__).parent.parent / "organizations" / "rosters"
FTYP = b"\0\0\0\x18ftyp"
MP3 = b"\xff\xfb\x90\x00".ljust(417, b"\0") * 3


def workbook() -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    book.add_worksheet()
    book.close()
    return target.getvalue()


GOOD = [
    ("pdf", PDF),
    ("xlsx", workbook()),
    ("et", workbook()),
    ("docx", office("docx")),
    ("wps", office("docx")),
    ("pptx", office("pptx")),
    ("doc", compound([], {"WordDocument": b"\xec\xa5\xc1\x00"})),
    ("wps", compound([], {"WordDocument": b"\xec\xa5\xc1\x00"})),
    ("xls", (ROSTERS / "libreoffice.xls").read_bytes()),
    ("et", compound([], {"Workbook": b"\x09\x08\x10\x00" + b"\0" * 16})),
    ("ppt", compound(["PowerPoint Document"])),
    ("dps", compound(["PowerPoint Document"])),
    ("ofd", archive({"OFD.xml": "<ofd/>"})),
    ("zip", archive({"a.txt": "x"})),
    ("zip", office("docx")),
    ("zip", archive({})),
    ("jpg", picture("JPEG")),
    ("jpeg", picture("JPEG")),
    ("png", picture("PNG")),
    ("webp", picture("WEBP")),
    ("heic", FTYP + b"heic\0\0\0\0mif1heic"),
    ("mp4", FTYP + b"isom\0\0\x02\0mp41avc1"),
    ("mp4", FTYP + b"M4A \0\0\x02\0isomiso2"),
    ("m4a", FTYP + b"M4A \0\0\x02\0isomiso2"),
    ("m4a", FTYP + b"mp42\0\0\0\0isommp42"),
    ("webm", b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\x82\x84webm"),
    ("mp3", b"ID3\x04\0\0\0\0\0\x0a" + b"\0" * 20),
    ("mp3", MP3),
    ("txt", "一行字\r\n".encode()),
    ("txt", "一行字".encode("gb18030") * 30000),
    ("txt", "一行字".encode("utf-16")),
    ("csv", "\ufeff姓名,电话\n".encode()),
    ("csv", (ROSTERS / "gb18030.csv").read_bytes()),
]


@pytest.mark.parametrize(("ending", "data"), GOOD)
def test_what_offices_send_is_taken(ending: str, data: bytes) -> None:
    file = io.BytesIO(data)
    assert ending in kinds.find(file, ending).endings
    assert file.tell() == 0


MACRO, WEB, PROGRAM, LOCKED = "宏", "网页", "程序和脚本", "打开密码"
BAD = [
    ("html", b"<!doctype html>", WEB),
    ("svg", b"<svg/>", WEB),
    ("txt", b"\xef\xbb\xbf \n<!DOCTYPE html><script>alert(1)</script>", WEB),
    ("txt", "<svg onload=alert(1)>".encode("utf-16"), WEB),
    ("csv", b"<?xml version='1.0'?><svg/>", WEB),
    ("js", b"alert(1)", PROGRAM),
    ("exe", b"MZ", PROGRAM),
    ("txt", b"#!/bin/sh\nrm -rf /\n", PROGRAM),
    ("pdf", b"MZ\x90\0", PROGRAM),
    ("zip", b"\x7fELF", PROGRAM),
    ("docm", office("docm"), MACRO),
    ("docx", office("docm"), MACRO),
    ("docx", office("docx", {"word/vbaProject.bin": b"x"}), MACRO),
    ("xlsm", office("xlsx"), MACRO),
    (
        "xlsx",
        office("xlsx", types='<Default ContentType="Application/VND.ms-office.vbaProject"/>'),
        MACRO,
    ),
    ("doc", compound(["Macros", "VBA", "WordDocument"]), MACRO),
    ("xls", compound(["Workbook", "_VBA_PROJECT_CUR"]), MACRO),
    ("docx", compound(["EncryptedPackage", "EncryptionInfo"]), LOCKED),
    ("doc", compound([], {"WordDocument": b"\xec\xa5".ljust(10, b"\0") + b"\0\x01"}), LOCKED),
    ("xls", compound([], {"Workbook": b"\x09\x08\x02\0\0\0\x2f\0\x06\0"}), LOCKED),
    ("ppt", compound(["PowerPoint Document", "EncryptedSummary"]), LOCKED),
    ("msg", compound(["__properties_version1.0"]), "不能上传"),
    ("doc", compound(["__properties_version1.0"]), "不能上传"),
    ("gif", b"GIF89a", "不能上传"),
    ("docx", PDF, "不符"),
    ("pdf", picture("PNG"), "不符"),
    ("docx", archive({"a.txt": "x"}), "不符"),
    ("docx", office("xlsx"), "不符"),
    ("docx", archive({"[Content_Types].xml": "<!DOCTYPE a []><Types/>"}), "不符"),
    ("docx", archive({"[Content_Types].xml": "<Types"}), "不符"),
    ("zip", b"PK\x03\x04 cut off", "不符"),
    ("xls", compound([])[:600], "不符"),
    ("png", b"\x00\x01\x02", "不符"),
    ("txt", b"a\0b", "不符"),
    ("txt", b"\xff\xff\xff", "不符"),
    ("mp3", b"\xff\xfb\x90\x00" + b"\0" * 600, "不符"),
    ("", b"\x00\x01\x02", "不符"),
]


@pytest.mark.parametrize(("ending", "data", "words"), BAD)
def test_what_is_refused_says_why(ending: str, data: bytes, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        kinds.find(io.BytesIO(data), ending, "attachment")
    assert words in caught.value.fields["attachment"]


def test_a_zip_of_endless_parts_is_refused_before_it_is_read() -> None:
    data = bytearray(archive({"a.txt": "x"}))
    at = data.rfind(b"PK\x05\x06")
    data[at + 12 : at + 16] = (5 * 2**20).to_bytes(4, "little")
    with pytest.raises(InvalidInput) as caught:
        kinds.find(io.BytesIO(bytes(data)), "zip")
    assert "太多" in caught.value.fields["file"]


def test_a_long_compound_file_is_read_to_its_end() -> None:
    data = compound([f"stream {number}" for number in range(300)] + ["WordDocument"])
    assert kinds.find(io.BytesIO(data), "doc") is kinds.DOC


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(GOOD), st.randoms(use_true_random=False), st.integers(1, 40))
def test_whatever_is_broken_is_answered(
    good: tuple[str, bytes], chance: random.Random, times: int
) -> None:
    ending, whole = good
    data = bytearray(whole[:20000])
    for _ in range(times):
        data[chance.randrange(len(data))] = chance.randrange(256)
    cut = bytes(data[: chance.randrange(1, len(data) + 1)])
    try:
        kind = kinds.find(io.BytesIO(cut), ending)
    except InvalidInput:
        return
    assert ending in kind.endings


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("报告.PDF", "报告.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\桌面\\名单 .xlsx", "名单.xlsx"),
        ("通知\u202efdp.exe", "通知fdp.exe"),
        ("a\x00b\r\nc.txt", "a b c.txt"),
        ("  .pdf", "pdf"),
        ("", "文件"),
        ("...", "文件"),
        ('a<b>"c".docx', "a_b__c_.docx"),
        ("字" * 200 + ".docx", "字" * 115 + ".docx"),
        ("字" * 200, "字" * 120),
        ("Ｒｅｐｏｒｔ．ｐｄｆ", "Ｒｅｐｏｒｔ．ｐｄｆ"),  # noqa: RUF001 - as typed
        ("收入.支出.XLSX", "收入.支出.xlsx"),
    ],
)
def test_names_as_they_are_kept(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@given(st.text(max_size=300))
def test_any_name_becomes_a_fit_one(typed: str) -> None:
    name = clean(typed)
    assert 1 <= len(name) <= LONGEST
    assert not set(name) & set('/\\<>:"|?*\0\r\n\u202e')
    assert clean(name) == name
    assert extension_of(name) == extension_of(clean(name))


def test_a_table_that_leads_back_to_itself_is_not_walked() -> None:
    head = bytearray(compound(["WordDocument"])[:512])
    head[30:32] = (12).to_bytes(2, "little")
    head[68:76] = (0).to_bytes(4, "little") + (4096).to_bytes(4, "little")
    table = (70_000).to_bytes(4, "little") * 1023 + bytes(4)
    tracemalloc.start()
    try:
        with pytest.raises(InvalidInput):
            kinds.find(io.BytesIO(bytes(head).ljust(4096, b"\0") + table), "doc")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
