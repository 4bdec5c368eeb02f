"""What the texts of a learning content may be, and what it takes to be published."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from lianxue.notices.rules import raise_all, tidy_line, tidy_text
from lianxue.shared.errors import InvalidInput

from . import html
from .models import ContentItem

__all__ = ["Complete", "need_complete", "raise_all", "tidy_line", "tidy_tags", "tidy_text"]

MAX_TITLE = 100
MAX_SUMMARY = 200
MAX_SOURCE = 60
#: Characters of clean HTML.
MAX_BODY = 200_000
#: Characters of HTML as it comes, markup and all.
MAX_RAW = 400_000
MAX_LINK = 500
MAX_TAG = 10
MAX_TAGS = 10
MAX_CAPTION = 100
MAX_REASON = 200
MAX_COMMENT = 300
MAX_COLUMN = 20
MAX_COLUMNS = 30
#: Pictures in the text and the gallery of one item.
MAX_PICTURES = 60

Kind = ContentItem.Kind
PICTURES = ("image/jpeg", "image/png", "image/webp")
#: The media types that the file of a kind may have.
FILES: dict[str, tuple[str, ...]] = {
    Kind.AUDIO: ("audio/mpeg", "audio/mp4"),
    Kind.VIDEO: ("video/mp4", "video/webm"),
    Kind.DOCUMENT: ("application/pdf",),
}
#: The same in words, for who uploads.
FILE_WORDS: dict[str, str] = {
    Kind.AUDIO: "MP3 或 M4A 音频",
    Kind.VIDEO: "MP4 或 WebM 视频",
    Kind.DOCUMENT: "PDF 文档",
}


def line_error(text: str, name: str, longest: int) -> str:
    """What is wrong with a tidied text, or "": ``name`` as people read it."""
    if len(text) > longest:
        return f"{name}最多 {longest} 个字，现在是 {len(text)} 个字。"
    return ""


def tidy_tags(names: tuple[str, ...]) -> tuple[str, ...]:
    """Tags as they are kept: tidied, a leading # taken off, each once, in their order."""
    tidied = (tidy_line(name).lstrip("#＃").rstrip("#＃").strip() for name in names)
    return tuple(dict.fromkeys(name for name in tidied if name))


def tags_error(names: tuple[str, ...]) -> str:
    """What is wrong with tidied tags, or ""."""
    long = next((name for name in names if len(name) > MAX_TAG), "")
    if long:
        return f"标签“{long[:20]}”太长，每个标签最多 {MAX_TAG} 个字。"
    if len(names) > MAX_TAGS:
        return f"标签最多 {MAX_TAGS} 个，现在是 {len(names)} 个。"
    return ""


def link_error(link: str) -> str:
    """What is wrong with the address of a link, or "" (an empty one is allowed in a draft)."""
    if not link:
        return ""
    if len(link) > MAX_LINK:
        return f"链接最多 {MAX_LINK} 个字符。"
    try:
        parts = urlsplit(link)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "链接不完整，请从浏览器的地址栏里复制，以 https:// 或 http:// 开头。"
    bad = any(char.isspace() or char in '<>"\\^`{|}' for char in link)
    if parts.scheme not in {"http", "https"} or not host or port == 0 or bad or "@" in parts.netloc:
        return "链接不完整，请从浏览器的地址栏里复制，以 https:// 或 http:// 开头。"
    return ""


@dataclass(frozen=True)
class Complete:
    """What an item has when it is to be published: how many pictures stand in gallery and text."""

    item: ContentItem
    pictures: int


def need_complete(found: Complete) -> None:
    """That an item can be published as it is. Raises InvalidInput at its fields, all at once."""
    item, errors = found.item, {}
    if not item.title:
        errors["title"] = "请填写标题。"
    if item.kind == Kind.ARTICLE and not item.text and not found.pictures:
        errors["body"] = "请填写正文。"
    if item.kind == Kind.PICTURES and not found.pictures:
        errors["picture"] = "请至少添加一张图片。"
    if item.kind in FILES and item.file_id is None:
        errors["file"] = f"请上传 {FILE_WORDS[item.kind]}。"
    if item.kind == Kind.LINK and not item.link:
        errors["link"] = "请填写网址。"
    raise_all(errors)


def tidy_reason(text: str, longest: int = MAX_REASON) -> str:
    """Why something is withdrawn or hidden. Raises InvalidInput at ``reason``."""
    reason = tidy_line(text)
    if not reason:
        raise InvalidInput.at("reason", "请填写原因。")
    if len(reason) > longest:
        raise InvalidInput.at("reason", f"原因最多 {longest} 个字，现在是 {len(reason)} 个字。")
    return reason


def body_error(body: str, *, clean: bool = False) -> str:
    """What is wrong with a text, or "": as it came (markup and all), or ``clean``."""
    if len(body) > (MAX_BODY if clean else MAX_RAW):
        return "正文太长，请分成几篇；很长的资料可以作为 PDF 文档上传。"
    if not clean and html.is_tangled(body):
        return "正文的格式层层嵌套，无法读取。请粘贴成纯文本，再设置标题和段落。"
    return ""
