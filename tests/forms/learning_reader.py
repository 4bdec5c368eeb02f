"""What readers of the library type."""

from .scene import Case

_ITEM = ("content_id",)
_LONG = {"text": "长" * 301}

CASES = [
    Case("learning:comment", {}, "text", "请填写评论", ids=_ITEM),
    Case("learning:comment", {"text": " \u3000\n"}, "text", "请填写评论", ids=_ITEM),
    Case("learning:comment", _LONG, "text", "最多 300 个字", kept=_LONG, ids=_ITEM),
]
