"""Whom a person picked in the table, from the table to the confirm page and on to the act.

The confirm page carries a signed note of everybody listed and of what was seen of them, so that the
act can tell whether anything changed since; nothing is kept on the server.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import HttpRequest, QueryDict

from lianxue.shared.errors import InvalidInput, StateConflict

from ..queries.table import TableView

#: Seconds that a confirm page stays good.
GOOD_FOR = 3600
EXPIRED = "这个页面已过期，请回到成员列表重新勾选。"
_FILTER_MAX = 2000


@dataclass(frozen=True)
class Note:
    """What a confirm page listed: the act, the organisation, each id's mark."""

    act: str
    organization_id: int
    marks: dict[int, str]


def sign(user_id: int, note: Note) -> str:
    """The note as one word for a hidden field; thousands of people take a few kilobytes."""
    packed: dict[str, list[int]] = {}
    last: dict[str, int] = {}
    for pk in sorted(note.marks):
        mark = note.marks[pk]
        packed.setdefault(mark, []).append(pk - last.get(mark, 0))  # steps pack better than ids
        last[mark] = pk
    content = {"act": note.act, "org": note.organization_id, "marks": packed}
    return signing.dumps(content, salt=_salt(user_id), compress=True)


def unsign(user_id: int, word: str) -> Note:
    """The note again. Raises StateConflict for one that is old, foreign or not ours."""
    try:
        content: dict[str, Any] = signing.loads(word, salt=_salt(user_id), max_age=GOOD_FOR)
    except signing.BadSignature:
        raise StateConflict(EXPIRED, code="page-expired") from None
    marks = {}
    for mark, steps in content["marks"].items():
        pk = 0
        for step in steps:
            pk += step
            marks[pk] = mark
    return Note(content["act"], content["org"], marks)


def _salt(user_id: int) -> str:
    return f"lianxue.organizations.bulk.{user_id}"


def ids_in(request: HttpRequest) -> set[int]:
    """The ticked ``members``. Raises InvalidInput for anything but ids."""
    found = set()
    for text in request.POST.getlist("members"):
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise InvalidInput.at("members", "请从列表中勾选成员。")
        found.add(int(text))
    return found


def view_in(request: HttpRequest) -> TableView:
    """The table's view that the hidden field ``filter`` carries along."""
    asked: Mapping[str, Any] = QueryDict(request.POST.get("filter", "")[:_FILTER_MAX])
    return TableView.parse({name: str(asked.get(name, "")) for name in TableView.NAMES})
