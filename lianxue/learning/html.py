"""The rich text of contents: what stays of HTML from anywhere, and the words that stand in it.

Kept are headings, paragraphs, lists, quotes, tables, links and our own pictures; what looks, runs,
loads or frames is dropped, and so are classes and styles: the page gives texts their look. Pictures
come from this house alone, so reading tells nobody outside that somebody reads.
"""

import re
from collections.abc import Collection, Mapping
from html import escape
from html.parser import HTMLParser

import nh3

from lianxue.notices.rules import tidy_line, tidy_text

#: What a text may hold. h1 is the page's own; a text's headings begin at h2.
_KEPT = {
    *("p", "br", "h2", "h3", "h4", "strong", "em", "u", "s", "sub", "sup", "hr", "a", "img"),
    *("ul", "ol", "li", "blockquote", "pre", "code", "figure", "figcaption"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
#: What others write for the same.
_RENAMED = {
    "h1": "h2",
    "h5": "h4",
    "h6": "h4",
    "b": "strong",
    "i": "em",
    "strike": "s",
    "del": "s",
    **dict.fromkeys(("div", "section", "article", "main", "header", "footer", "center"), "p"),
}
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt"},
    "ol": {"start"},
    "th": {"colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
}
#: What goes with all that stands in it.
_GONE = {
    *("script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "math"),
    *("head", "title", "textarea", "select", "option", "button", "audio", "video", "canvas"),
    *("noembed", "noframes", "xmp", "plaintext"),
}
_VOID = {"br", "hr", "img"}
_BLOCKS = {
    *("p", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "hr", "figure", "figcaption"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr"),
}
_LINK = re.compile(r"https?://[^\s<>\"]{1,1990}|/learn/[0-9]{1,18}/", re.IGNORECASE)
_PICTURE = re.compile(r"/learn/([0-9]{1,18})/files/([0-9]{1,18})/(?:\?view=1)?")
_NUMBER = re.compile(r"[1-9][0-9]{0,2}")
_MAX_ALT = 100
#: Deeper than this no text is built; the words stay.
_DEEPEST = 40
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
#: What ends by itself, or holds nothing.
_NOT_NESTED = {
    *("p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option"),
    *("br", "hr", "img", "input", "col", "wbr", "meta", "link", "source", "area"),
}
#: All tags times what is open around each. A long report has 200,000; a parser's time and memory
#: grow with it, and a small file can claim a million times that.
_MOST_NESTING = 1_000_000
_EMPTY = re.compile(
    r"<(p|h2|h3|h4|li|blockquote|strong|em|u|s|a|ul|ol|figure|figcaption|code|pre|sub|sup)"
    r"(?: [^<>]*)?>(?:\s|&nbsp;|<br>)*</\1>"
)


def picture_address(item_id: int, file_id: int) -> str:
    """Where a picture of a text is found; ``?view=1`` opens it in place."""
    return f"/learn/{item_id}/files/{file_id}/?view=1"


def is_tangled(html: str) -> bool:
    """Whether ``html`` nests so much (or leaves so much open) that reading it takes a server's time
    or memory: nobody wrote that. In time linear in its length; to be asked before ``clean``.
    """
    around: dict[str, int] = {}
    depth = total = 0
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        total += depth
        if name in _NOT_NESTED:
            continue
        if not tag[1]:
            around[name] = around.get(name, 0) + 1
            depth += 1
        elif around.get(name):
            around[name] -= 1
            depth -= 1
    return total > _MOST_NESTING


def clean(html: str, item_id: int = 0, files: Collection[int] = ()) -> str:
    """``html`` as it is kept: of pictures, only those of ``item_id`` that are in ``files``.

    What is clean stays as it is: cleaning twice changes nothing more.
    """
    rewriter = _Rewriter(item_id, files)
    rewriter.feed(_nh3(tidy_text(html), _KEPT | set(_RENAMED)))
    rewriter.close()
    kept = _nh3("".join(rewriter.parts), _KEPT)
    for _ in range(_DEEPEST):  # what is emptied may leave its own wrapper empty
        before, kept = kept, tidy_text(_EMPTY.sub("", kept))
        if kept == before:
            break
    return kept


def _nh3(html: str, tags: set[str]) -> str:
    return nh3.clean(
        html,
        tags=tags,
        clean_content_tags=_GONE,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https"},
        url_relative="pass_through",
        link_rel="noopener noreferrer nofollow",
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "rel":
        return value  # nh3 sets it itself
    if name == "href":
        return value.strip() if _LINK.fullmatch(value.strip()) else None
    if name == "src":
        return value if _PICTURE.fullmatch(value) else None
    if name == "alt":
        return tidy_line(value)[:_MAX_ALT]
    if name in {"colspan", "rowspan", "start"}:
        return value if _NUMBER.fullmatch(value) else None
    return None


class _Rewriter(HTMLParser):
    """Reads what nh3 wrote (closed, escaped) and writes it again in our own tags."""

    def __init__(self, item_id: int, files: Collection[int]) -> None:
        super().__init__(convert_charrefs=True)
        self.item_id, self.files = item_id, files
        self.parts: list[str] = []
        #: What is open now; "" for what was left out.
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Rename; leave out links that go nowhere, and pictures that are not the item's own."""
        name = _RENAMED.get(tag, tag)
        values = {key: value or "" for key, value in attrs}
        if name == "img":
            found = _PICTURE.fullmatch(values.get("src", ""))
            if found is None or int(found[1]) != self.item_id or int(found[2]) not in self.files:
                return
            values["src"] = picture_address(int(found[1]), int(found[2]))
        left_out = name == "a" and "href" not in values or len(self.open) >= _DEEPEST
        if name not in _VOID:
            self.open.append("" if left_out else name)
        if not left_out:
            told = "".join(f' {key}="{escape(value)}"' for key, value in values.items())
            self.parts.append(f"<{name}{told}>")

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened; nh3 closes everything, in order."""
        if tag not in _VOID and self.open:
            name = self.open.pop()
            self.parts.append(f"</{name}>" if name else "")

    def handle_data(self, data: str) -> None:
        """Words, escaped again."""
        self.parts.append(escape(data, quote=False))


def moved(html: str, item_id: int, files: Mapping[int, int]) -> str:
    """Clean HTML whose pictures were numbered (item 0), with the files that they became."""

    def address(found: re.Match[str]) -> str:
        number = int(found[1])
        return picture_address(item_id, files[number]) if number in files else found[0]

    return re.sub(r"/learn/0/files/([0-9]{1,9})/\?view=1", address, html)


def pictures_in(html: str) -> set[int]:
    """The ids of the files that stand in clean HTML as pictures."""
    return {int(found[2]) for found in _PICTURE.finditer(html)}


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(_apart(tag))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(_apart(tag))

    def handle_data(self, data: str) -> None:
        self.parts.append(data.replace("\n", " "))


def _apart(tag: str) -> str:
    if tag in _BLOCKS or tag == "br":
        return "\n"
    return " " if tag in {"td", "th"} else ""


def text_of(html: str) -> str:
    """The words of clean HTML, a line for each paragraph, item or row of a table."""
    words = _Words()
    words.feed(html)
    words.close()
    lines = (tidy_line(line) for line in "".join(words.parts).split("\n"))
    return "\n".join(line for line in lines if line)
