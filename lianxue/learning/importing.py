"""Documents from elsewhere (.docx, Markdown) to a title and clean HTML with numbered pictures."""

from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from lianxue.shared.errors import InvalidInput


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
    raise InvalidInput.at("file", "请选择 Word 文档（.docx）或 Markdown 文件（.md）。")
