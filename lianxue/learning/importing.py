"""Documents from elsewhere (.docx, Markdown) to a title and clean HTML with numbered pictures.

What looks is dropped, what is said stays: headings, lists, tables, links, pictures. The document is
read in a process of its own (``document_child``).
"""

import base64
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from lianxue.files import kinds, names
from lianxue.shared.errors import InvalidInput

from . import child, html, rules

_CHOOSE = "请选择 Word 文档（.docx）或 Markdown 文件（.md）。"
_OLD = "这是旧格式的 Word 文档。请用 Word 或 WPS 打开，另存为 .docx 再导入。"
_BROKEN = "文件已损坏，无法读取。请用 Word 或 WPS 打开，另存为 .docx 再导入。"
_LARGE = "文档展开后太大，请压缩里面的图片，或分成几篇再导入。"
_SLOW = "文档读得太久，可能已损坏。请用 Word 或 WPS 打开，另存为 .docx 再导入。"
_EMPTY = "文档里没有文字，也没有能显示的图片，请检查后重新选择。"
MARKDOWN = frozenset({"md", "markdown"})
#: What a file field's ``accept`` says.
ACCEPT = ".docx,.md,.markdown"
_LEFT_OUT = {
    "linked": "{} 张图片只有链接、不在文档里，没有导入，请在正文里另外添加。",
    "kind": "{} 张图片的格式不能在手机上显示（如 EMF、GIF），没有导入，请换成 JPG 或 PNG 再添加。",
    "large": "{} 张图片超过 10 MB，没有导入，请压缩后再添加。",
    "many": "文档里的图片太多，有 {} 张没有导入。",
}


@dataclass(frozen=True)
class Document:
    """What a document says. ``body``: clean HTML, its pictures ``html.picture_address(0, n)`` with
    n their place in ``pictures`` (their bytes). ``left_out``: what was not taken, for people."""

    title: str
    body: str
    pictures: list[bytes] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read(upload: UploadedFile[Any]) -> Document:
    """The document in a file. Raises InvalidInput at ``file`` that says what to do."""
    name = names.clean(upload.name or "")
    ending = names.extension_of(name)
    what = "markdown" if ending in MARKDOWN else "docx"
    _check(upload, ending)
    try:
        found = child.run(what, upload)
    except child.Unreadable as error:
        raise InvalidInput.at("file", _why(error.code)) from None
    if wrong := rules.body_error(found["html"]):
        raise InvalidInput.at("file", wrong)
    pictures = [base64.b64decode(one) for one in found["pictures"]]
    body = html.clean(found["html"], 0, range(len(pictures)))
    if wrong := rules.body_error(body, clean=True):
        raise InvalidInput.at("file", wrong)
    if not html.text_of(body) and not pictures:
        raise InvalidInput.at("file", _EMPTY)
    title = rules.tidy_line(found["title"]) or rules.tidy_line(name.rpartition(".")[0])
    told = [_LEFT_OUT[why].format(count) for why, count in found["left_out"].items()]
    return Document(title[: rules.MAX_TITLE], body, pictures, told)


def _check(upload: UploadedFile[Any], ending: str) -> None:
    """That the bytes are what the name says. Raises InvalidInput at ``file``."""
    if not upload.size:
        raise InvalidInput.at("file", "文件是空的，请检查后重新选择。")
    if ending in {"doc", "wps"}:
        raise InvalidInput.at("file", _OLD)
    if ending in MARKDOWN:
        if kinds.find(upload, "txt").media != "text/plain":
            raise InvalidInput.at("file", _CHOOSE)
        return
    if ending != "docx":
        raise InvalidInput.at("file", _CHOOSE)
    kinds.find(upload, ending)  # a password, macros, another kind of file


def _why(code: int) -> str:
    if code in {0, -9, -14, -24}:  # killed at a limit of time
        return _SLOW
    return _LARGE if code == child.TOO_BIG else _BROKEN
