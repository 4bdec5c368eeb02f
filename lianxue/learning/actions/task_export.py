"""导出完成情况: who has and who has not completed a learning task, with the best score, as a
workbook that says who took it, and an event of what was taken."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import IO, Any

from django.db import transaction
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_details, register_events
from lianxue.files import names
from lianxue.notices.models import Relay
from lianxue.notices.policy import Place
from lianxue.notices.queries import keeping
from lianxue.notices.queries.people import Asked
from lianxue.notices.workbook import Book, Cell, Column, write
from lianxue.organizations.queries.paths import branch_paths
from lianxue.shared import ratelimit, watermark
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound

from ..models import ContentItem
from ..queries import progress
from ..queries.papers import Best, best_of
from ..queries.quizzes import outline, quiz_of
from ..queries.task_people import finished_items, people, users_of
from ..queries.tasks import contents_of, criterion

register_events({"learning_task.exported": "导出了学习任务完成情况"})
register_details({"people": "人数"})

#: Who, as the form offers them: the states of ``task_people``.
WHICH = {"expected": "全部应完成的", "done": "已完成的", "left": "未完成的"}
_CHUNK = 500
_AN_HOUR = 3600
#: Exports of one person in an hour.
_LIMIT = 30


@dataclass(frozen=True)
class Taken:
    """The file, at its beginning, and what it is called."""

    file: IO[bytes]
    name: str
    count: int


def export_task(actor: User, organization_id: int, notice_id: int, which: str) -> Taken:
    """The people whom ``actor`` administers and how far they are, written row by row.

    The event is written when the file is whole and before anybody has it. Raises InvalidInput at
    ``which``, PermissionDenied, NotFound, RateLimited.
    """
    relay, place = keeping.overseen(actor, organization_id, notice_id)
    if not relay.notice.is_learning:
        raise NotFound
    if which not in WHICH:
        raise InvalidInput.at("which", "请选择导出哪些人。")
    ratelimit.hit(
        f"export:{actor.pk}", _LIMIT, _AN_HOUR, "一小时内导出的次数太多，请过一会儿再导出。"
    )
    table, notice, moment = _Table(place, relay), relay.notice, now()
    line = watermark.line(actor.name, actor.phone, moment)
    book = Book(
        name="完成情况",
        columns=table.columns(),
        mark=f"{place.organization.name} {notice.title} {line} 请勿外传",
        about=[*table.about(moment, WHICH[which]), ("导出人", line)],
        missing=[Column("姓名"), Column("所在支部")],
        lacking="还没有完成的",
        complete="没有，全部完成了。",
    )
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    count = write(file, book, table.rows(which), table.missing())
    file.seek(0)
    with transaction.atomic():
        record(
            actor,
            "learning_task.exported",
            target=notice,
            organization_id=place.organization.pk,
            data={"name": notice.title, "people": count, "filter": WHICH[which]},
        )
    name = names.clean(f"{notice.title[:60]}-完成情况-{timezone.localtime(moment):%Y%m%d}.xlsx")
    return Taken(file, name, count)


class _Table:
    """The rows and columns of one relay's people."""

    def __init__(self, place: Place, relay: Relay) -> None:
        self.place, self.relay, self.notice = place, relay, relay.notice
        published = ContentItem.State.PUBLISHED
        self.items = [row.item for row in contents_of(self.notice) if row.item.state == published]
        self.quiz = quiz_of(self.notice)
        self.branches = branch_paths(place.organization)

    def about(self, moment: datetime, which: str) -> list[tuple[str, Cell]]:
        """说明: the task, and the figures with their time and denominator."""
        counts = progress.own(self.place, self.relay)
        quiz = [("测验", outline(self.quiz).line)] if self.quiz else []
        standard = criterion(len(self.items), self.quiz is not None)
        return [
            ("任务", self.notice.title),
            ("发出组织", self.notice.organization.name),
            ("截止时间", self.notice.deadline),
            ("学习内容", "、".join(f"《{item.title}》" for item in self.items) or "无"),
            *quiz,
            ("完成的标准", standard or "要学的内容都已下架，不用再完成"),
            ("统计时间", moment),
            ("导出范围", which + ("" if self.place.power.whole else "，限本人管理的支部")),
            ("应完成（人）", counts.expected),
            ("已完成（人）", counts.completed),
            ("其中逾期完成（人）", counts.late),
            ("未完成（人）", counts.left),
            ("未激活，不计入应完成（人）", counts.inactive),
        ]

    def columns(self) -> list[Column]:
        """Who, what became of it, how far."""
        plain = [
            Column("姓名", 14),
            Column("所在支部", 30),
            Column("状态", 10),
            Column("是否逾期", 10),
            Column("完成时间", 18),
        ]
        if self.items:
            heading = f"学完内容（项，共 {len(self.items)} 项）"
            plain.append(Column(heading, 16, number=True))
        if not self.quiz:
            return plain
        score = [Column("测验最好成绩（分）", 14, number=True), Column("满分", 8, number=True)]
        return [*plain, *score, Column("是否及格", 10), Column("交卷次数", 10, number=True)]

    def rows(self, which: str) -> Iterator[Sequence[Cell]]:
        """The people, in a fixed number of statements and memory for each 500."""
        found = people(self.place, self.relay, Asked(which)).rows.iterator(_CHUNK)
        while chunk := list(islice(found, _CHUNK)):
            users = users_of(chunk)
            finished = finished_items(self.notice.pk, users)
            best = best_of(users, self.quiz) if self.quiz else {}
            for row in chunk:
                yield self._row(row, finished.get(row.user_id or 0, 0), best.get(row.user_id or 0))

    def _row(self, row: Any, finished: int, best: Best | None) -> Sequence[Cell]:
        done = row.completed_at is not None
        plain: list[Cell] = [
            row.name,
            self._branch(row.branch_id),
            "已完成" if done else "未完成",
            "逾期" if row.late else "",
            row.completed_at,
            *([finished] if self.items else []),
        ]
        if not self.quiz:
            return plain
        if best is None:
            return [*plain, None, None, "", 0]
        return [*plain, best.score, best.full, "及格" if best.passed else "不及格", best.tries]

    def _branch(self, pk: int | None) -> str:
        return self.branches.get(pk, "") if pk else ""

    def missing(self) -> Iterator[Sequence[Cell]]:
        """Who has not completed it."""
        rows = people(self.place, self.relay, Asked("left")).rows.values_list("name", "branch_id")
        for name, branch in rows.iterator(_CHUNK):
            yield [name, self._branch(branch)]
