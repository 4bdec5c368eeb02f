"""Documents from elsewhere: real ones, hostile ones, and what becomes of their pictures."""

import io
import zipfile
from pathlib import Path
from unittest.mock import Mock

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from lianxue.learning import child, document_child, importing
from lianxue.learning.actions import drafts
from lianxue.learning.models import ContentFile, ContentItem
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied
from tests.cast import Cast
from tests.files.makers import archive, compound, office

DOCUMENTS = Path(__file__).parent / "documents"


def upload(data: bytes, name: str = "学习.docx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def sample(name: str) -> SimpleUploadedFile:
    return upload((DOCUMENTS / name).read_bytes(), name)


def picture(width: int = 4, kind: str = "PNG") -> io.BytesIO:
    target = io.BytesIO()
    Image.new("RGB", (width, 4), "red").save(target, kind)
    target.seek(0)
    return target


def saved(document: docx.document.Document) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def changed(name: str, part: str, data: bytes) -> bytes:
    """The document ``name`` with another ``part``."""
    target = io.BytesIO()
    with zipfile.ZipFile(DOCUMENTS / name) as source, zipfile.ZipFile(target, "w") as packed:
        for one in source.infolist():
            packed.writestr(one, data if one.filename == part else source.read(one))
    return target.getvalue()


def refusal(file: SimpleUploadedFile) -> str:
    with pytest.raises(InvalidInput) as caught:
        importing.read(file)
    return caught.value.fields["file"]


# ---------- documents as offices write them ----------


@pytest.mark.once
def test_a_notice_from_libreoffice() -> None:
    found = importing.read(sample("notice.docx"))
    assert found.title == "关于开展“读懂基层”主题学习的通知"  # a centred line without a style
    assert found.body.startswith(
        "<p>各党支部：</p><h2>一、总体要求</h2><p>请认真组织，<strong>人人参加"
    )
    assert 'href="https://example.cn/xue?a=1&amp;b=2"' in found.body
    assert '<td colspan="2">' in found.body
    assert "<ul><li>读原文<ul><li>第一章</li></ul></li><li>谈体会</li></ul>" in found.body
    assert "<ol><li>签到</li><li>讨论</li></ol>" in found.body
    assert found.pictures == []
    assert "只有链接" in found.left_out[0]


@pytest.mark.once
def test_a_picture_in_the_document() -> None:
    found = importing.read(sample("picture.docx"))
    assert found.title == "关于开展主题党日活动的通知"
    assert 'src="/learn/0/files/0/?view=1"' in found.body
    assert [one[:4] for one in found.pictures] == [b"\x89PNG"]
    assert found.left_out == []


@pytest.mark.once
def test_pictures_once_each_and_what_browsers_do_not_show() -> None:
    document = docx.Document()
    document.add_paragraph("正文。")
    for data in (picture(4), picture(4), picture(5, "JPEG"), picture(6, "GIF"), picture(7, "TIFF")):
        document.add_picture(data)
    found = importing.read(upload(saved(document)))
    assert found.title == "学习"  # the file's name: the text begins without one
    assert len(found.pictures) == 2
    assert found.body.count("files/0/") == 2
    assert found.left_out == [
        "2 张图片的格式不能在手机上显示（如 EMF、GIF），没有导入，请换成 JPG 或 PNG 再添加。"
    ]


@pytest.mark.once
@pytest.mark.parametrize(
    ("styles", "title"),
    [
        (["Heading 1", "Normal"], "第0行"),
        (["Normal", "Heading 1"], "学习"),
        (["Heading 1", "Normal", "Heading 1"], "学习"),  # heads one part of several
        (["Title", "Heading 1", "Heading 1"], "第0行"),
    ],
)
def test_what_is_a_title(styles: list[str], title: str) -> None:
    document = docx.Document()
    for number, style in enumerate(styles):
        document.add_paragraph(f"第{number}行", style=style)
    found = importing.read(upload(saved(document)))
    assert found.title == title
    assert ("第0行" in found.body) == (title != "第0行")


@pytest.mark.once
def test_what_is_hidden_does_no_harm() -> None:
    document = docx.Document()
    document.add_paragraph("<script>alert(1)</script> & <img src=x onerror=alert(1)>")
    found = importing.read(upload(saved(document)))
    assert found.body == (
        "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;img src=x onerror=alert(1)&gt;</p>"
    )


@pytest.mark.once
def test_markdown() -> None:
    text = (
        "# 读懂基层治理\n\n## 一、要求\n\n**人人**参加，~~不~~走过场。<b onclick=x>原样</b>\n\n"
        "- 读原文\n- 谈体会\n\n| 时间 | 内容 |\n| --- | --- |\n| 7月 | 学习 |\n\n"
        "![封面](https://evil.example/x.png) [学习资料](https://example.cn) [坏](javascript:x)\n"
    )
    found = importing.read(upload(text.encode(), "学习.md"))
    assert found.title == "读懂基层治理"
    assert found.body.startswith(
        "<h2>一、要求</h2>\n<p><strong>人人</strong>参加，<s>不</s>走过场。"
    )
    assert "&lt;b onclick=x&gt;原样&lt;/b&gt;" in found.body
    assert "<th>时间</th>" in found.body
    assert "evil" not in found.body
    assert "javascript" not in found.body.split("坏")[0][-40:]
    assert "1 张图片只有链接" in found.left_out[0]


@pytest.mark.once
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_markdown_as_windows_writes_it(encoding: str) -> None:
    text = "---\ntitle: '年度学习计划'\ntags: [党建]\n---\n\n第一段。\r\n\r\n第二段。"
    found = importing.read(upload(text.encode(encoding), "学习.markdown"))
    assert (found.title, found.body) == ("年度学习计划", "<p>第一段。</p>\n<p>第二段。</p>")


# ---------- refused, and said why ----------


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("学习.docx", b"", "空的"),
        ("学习.docx", b"PK\x03\x04 broken", "不符"),
        ("学习.docx", archive({"a.txt": "x"}), "不符"),
        ("学习.docx", office("xlsx"), "不符"),
        ("学习.docx", office("docx"), "已损坏"),  # a list of parts and no part
        ("学习.docx", office("docx", {"word/vbaProject.bin": b"x"}), "宏"),
        ("学习.docm", office("docm"), "请选择 Word 文档"),
        ("学习.doc", compound(["WordDocument"]), "另存为 .docx"),
        ("学习.wps", compound(["WordDocument"]), "另存为 .docx"),
        ("学习.docx", compound(["EncryptedPackage", "EncryptionInfo"]), "密码"),
        ("学习.pdf", b"%PDF-1.7\n", "请选择 Word 文档"),
        ("学习.html", b"<p>x</p>", "请选择 Word 文档"),
        ("学习.md", b"\x89PNG\r\n\x1a\n\0\0", "不符"),
        ("学习.md", b"<!doctype html><p>x</p>", "HTML"),
        ("学习.md", b"   \n\n  ", "没有文字"),
        ("学习", b"x", "请选择 Word 文档"),
    ],
)
def test_what_is_no_document(name: str, data: bytes, word: str) -> None:
    assert word in refusal(upload(data, name))


@pytest.mark.once
def test_an_empty_document() -> None:
    assert "没有文字" in refusal(upload(saved(docx.Document())))


_BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">&b;</w:document>"""
_SECRET = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>
<w:t>&a;</w:t></w:r></w:p></w:body></w:document>"""


@pytest.mark.once
@pytest.mark.parametrize("part", [_BOMB, _SECRET, _BOMB.decode().encode("utf-16")])
def test_entities_are_refused(part: bytes) -> None:
    assert "已损坏" in refusal(upload(changed("notice.docx", "word/document.xml", part)))


def claiming(name: str, size: int) -> bytes:
    """A document whose list of parts says that ``name`` unpacks to ``size`` bytes."""
    data = bytearray(office("docx", {name: "x"}))
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))
    data[at + 24 : at + 28] = size.to_bytes(4, "little")
    return bytes(data)


@pytest.mark.once
@pytest.mark.parametrize(
    "data",
    [
        claiming("word/document.xml", document_child.MAX_XML + 1),
        claiming("word/media/1.png", document_child.MAX_UNPACKED + 1),
        office("docx", {f"word/{n}.bin": b"" for n in range(document_child.MAX_PARTS + 1)}),
    ],
    ids=["text", "media", "parts"],
)
def test_a_zip_bomb_is_refused_before_it_opens(data: bytes) -> None:
    assert "太大" in refusal(upload(data))


@pytest.mark.once
def test_ten_thousand_levels_end_the_reader_alone() -> None:
    deep = b"<w:p>" * 10_000 + b"</w:p>" * 10_000
    space = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    part = b'<w:document xmlns:w="' + space + b'"><w:body>' + deep + b"</w:body></w:document>"
    assert "已损坏" in refusal(upload(changed("notice.docx", "word/document.xml", part)))


@pytest.mark.once
def test_the_reader_gets_no_more_than_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(what: str, file: object) -> None:
        raise child.Unreadable(-24)  # SIGXCPU

    monkeypatch.setattr(child, "run", run)
    assert "太久" in refusal(sample("notice.docx"))


@pytest.mark.once
def test_what_unpacks_to_megabytes_of_markup_is_not_cleaned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importing.html, "clean", lambda *_: pytest.fail("cleaned"))
    assert "太长" in refusal(upload("**学** ".encode() * 30_000, "学习.md"))


@pytest.mark.once
def test_pictures_that_unpack_to_more_than_a_file_holds_are_left_out() -> None:
    taken = document_child._Pictures()
    for number in range(8):
        data = b"\x89PNG\r\n\x1a\n" + bytes([number]) * (9 * 2**20)
        taken.take(Mock(open=lambda data=data: io.BytesIO(data), alt_text=""))
    assert (len(taken.data), taken.left_out) == (5, {"many": 3})


@pytest.mark.once
def test_parent_and_program_mean_the_same() -> None:
    assert child.TOO_BIG == document_child.TOO_BIG


# ---------- into a draft ----------


def test_a_draft_with_its_pictures(cast: Cast) -> None:
    found = drafts.take_in(cast.colleague, cast.county.pk, sample("picture.docx"))
    item = found.item
    assert (item.kind, item.state) == ("article", "draft")
    assert item.title == "关于开展主题党日活动的通知"
    kept = ContentFile.objects.get(item=item)
    assert f'src="/learn/{item.pk}/files/{kept.file_id}/?view=1"' in item.body
    assert kept.file.kind == "image/png"
    assert kept.file.attached_at is not None
    assert "重点" in item.text
    again = drafts.change(
        cast.colleague, item.pk, drafts.ContentText(title="新", body=item.body), item.version
    )
    assert again.body == item.body  # saving what was imported keeps its picture


def test_all_of_it_or_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing.html, "moved", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        drafts.import_document(cast.owner, cast.county.pk, sample("picture.docx"))
    assert not ContentItem.objects.exists()


def test_who_may_import(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        drafts.import_document(cast.member, cast.county.pk, sample("notice.docx"))
    with pytest.raises(NotFound):
        drafts.import_document(cast.city_admin, cast.county.pk, sample("notice.docx"))
