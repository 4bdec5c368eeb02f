"""A text's HTML as plain lines, for who writes without scripts and for short introductions."""

import re
from html import escape, unescape

_PARAGRAPHS = re.compile(r"(?:<p>(?:[^<>]|<br ?/?>)*</p>\s*)*")
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_BREAK = re.compile(r"<br ?/?>\n?")


def lines_of(html: str) -> str | None:
    """What is typed for ``html``, a line a paragraph; None when there is more to it than that."""
    if not _PARAGRAPHS.fullmatch(html.strip()):
        return None
    found = (_BREAK.sub("\n", one) for one in _PARAGRAPH.findall(html))
    return "\n".join(unescape(one) for one in found)


def paragraphs(text: str) -> str:
    """``text`` as HTML, a paragraph for each line that says something."""
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"<p>{escape(line, quote=False)}</p>" for line in lines if line)
