"""The pending work of an administrator as rows of the console's first page, the urgent first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from lianxue.accounts.models import User
from lianxue.inbox.models import InboxItem
from lianxue.inbox.queries import open_todos
from lianxue.shared.jinja import when
from lianxue.shared.nav import find_url

from .. import queries
from ..models import MemberImport, Membership
from ..queries import pending as reads

#: Todos that are answered on the page 收到的认证申请.
RECEIVED = ("certification.application", "certification.rename")
_TODOS, _IMPORTS = 20, 10
#: What somebody asks of me comes first, then what others wait for, then what I began myself.
_ORDER = {"handover": 0, "certification.application": 1, "certification.rename": 1}


@dataclass(frozen=True)
class Row:
    """One thing to be done: where, what, since when; ``mark`` is the character in front."""

    href: str
    title: str
    second: str
    since: datetime | None
    mark: str


def rows_of(user: User, places: Sequence[Membership]) -> tuple[list[Row], int]:
    """The rows, and how many open todos there are in all. A fixed number of statements."""
    waiting = open_todos(queries.places_of(user))
    todos = sorted(waiting[:_TODOS], key=lambda item: _ORDER.get(item.topic, 2))
    rows = [_todo(item) for item in todos]
    if places:
        rows += [_import(batch) for batch in reads.waiting_imports(user, places)[:_IMPORTS]]
        rows += _handovers(places)
        rows += _awaited(places)
    total = waiting.count() if len(todos) == _TODOS else len(todos)
    return rows, total


def _todo(item: InboxItem) -> Row:
    place = find_url("certification:console_received") if item.topic in RECEIVED else ""
    return Row(place or item.link, item.title, item.body, item.created_at, "办")


def _import(batch: MemberImport) -> Row:
    state = MemberImport.State
    words = {
        state.READY: "成员导入待确认",
        state.QUEUED: "成员导入正在写入",
        state.FAILED: "成员导入没有成功",
    }
    counts = ((batch.counts.get(key, 0), word) for key, word in _OUTCOMES)
    figures = "，".join(f"{word} {count} 行" for count, word in counts if count)
    second = batch.note if batch.state == state.FAILED else figures
    return Row(
        reverse("organizations:import_page", args=[batch.pk]),
        f"{words[state(batch.state)]}：{batch.file_name}",
        f"{batch.organization.name}{' · ' if second else ''}{second}",
        batch.finished_at or batch.confirmed_at or batch.created_at,
        "导",
    )


_OUTCOMES = (("new", "新增"), ("changed", "有改动"), ("error", "有错误"))


def _handovers(places: Sequence[Membership]) -> Iterator[Row]:
    for offer in reads.waiting_handovers(places):
        yield Row(
            reverse("organizations:admins", args=[offer.organization_id]),
            f"等待{offer.to_membership.name}接受主管理员移交",
            f"{offer.organization.name} · 可以撤回",
            offer.offered_at,
            "交",
        )


def _awaited(places: Sequence[Membership]) -> Iterator[Row]:
    found = reads.awaited(places)
    for place in places:
        one = found.get(place.organization_id)
        if one is None:
            continue
        table = reverse("organizations:console_tree", args=[place.organization_id])
        yield Row(
            f"{table}?state=invited",
            f"{one.count} 人还没有激活",
            f"{place.organization.name} · 最早一位 {when(one.since)} 添加，可以再次邀请",
            None,
            "激",
        )
