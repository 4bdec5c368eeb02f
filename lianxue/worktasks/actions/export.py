"""导出答复: the answers as a workbook that says who took it, and an event of what was taken."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import IO

from django.db import transaction
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_details, register_events
from lianxue.files import names
from lianxue.notices.models import Relay
from lianxue.notices.policy import Place
from lianxue.notices.workbook import Book, Cell, Column, write
from lianxue.organizations.queries.paths import branch_paths
from lianxue.shared import ratelimit, watermark
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound

from ..models import Answer, Question, WorkTask
from ..policy import MEMBERS
from ..queries import progress
from ..queries.answers import answers_of, relay_of, silent_of, silent_units
from ..queries.filling import Submission
from ..queries.reviewing import submissions_of
from ..writing import column_of, value_of

register_events({"task.exported": "导出了任务答复"})
register_details({"answers": "答复份数"})

#: Which answers, as the form offers them.
WHICH = {"accepted": "已通过的", "handed_in": "已通过的和待审核的", "all": "全部收到的，含已退回的"}
_STATES = {
    "accepted": [Answer.State.ACCEPTED],
    "handed_in": [Answer.State.SUBMITTED, Answer.State.ACCEPTED],
    "all": [Answer.State.SUBMITTED, Answer.State.RETURNED, Answer.State.ACCEPTED],
}
_LABELS = dict(Answer.State.choices)
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


def export_answers(
    actor: User, organization_id: int, notice_id: int, which: str, at: int | None = None
) -> Taken:
    """The answers that ``actor`` may read as a workbook, written row by row.

    ``at``: an organisation below whose units' answers are meant (None: the own). The event is
    written when the file is whole and before anybody has it. Raises InvalidInput at ``which``,
    PermissionDenied, NotFound, RateLimited.
    """
    place, relay = relay_of(actor, organization_id, notice_id, at)
    if which not in WHICH:
        raise InvalidInput.at("which", "请选择导出哪些答复。")
    ratelimit.hit(
        f"export:{actor.pk}", _LIMIT, _AN_HOUR, "一小时内导出的次数太多，请过一会儿再导出。"
    )
    table, notice, moment = _Table(place, relay), relay.notice, now()
    if table.members and relay.organization_id != place.organization.pk:
        raise NotFound  # of those there are numbers only
    line = watermark.line(actor.name, actor.phone, moment)
    book = Book(
        name="答复",
        columns=table.columns(),
        mark=f"{place.organization.name} {notice.title} {line} 请勿外传",
        about=[*table.about(moment, WHICH[which]), ("导出人", line)],
        missing=table.missing_columns(),
        lacking="还没有答复的",
        complete="没有，全部答复了。",
    )
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    count = write(file, book, table.rows(_STATES[which]), table.missing())
    file.seek(0)
    with transaction.atomic():
        record(
            actor,
            "task.exported",
            target=notice,
            organization_id=place.organization.pk,
            data={"name": notice.title, "answers": count, "filter": WHICH[which]},
        )
    name = names.clean(f"{notice.title[:60]}-答复-{timezone.localtime(moment):%Y%m%d}.xlsx")
    return Taken(file, name, count)


class _Table:
    """The rows and columns of one relay's answers."""

    def __init__(self, place: Place, relay: Relay) -> None:
        self.place, self.relay = place, relay
        self.task = WorkTask.objects.get(notice=relay.notice_id)
        self.questions: list[Question] = list(self.task.questions.order_by("position"))
        self.members = self.task.respondents == MEMBERS
        self.unit = "人" if self.members else "个单位"
        #: Who handed in for a unit is told to whom it was handed in, not further up.
        self.signed = not self.members and relay.organization_id == place.organization.pk
        # nobody's names but those of the own organisation stand in branches
        self.branches = branch_paths(place.organization) if self.members else {}

    def about(self, moment: datetime, which: str) -> list[tuple[str, Cell]]:
        """说明: the task, and the figures with their time and denominator."""
        notice, counts = self.relay.notice, progress.progress(self.place, self.relay)
        asking, unit = self.relay.organization, self.unit
        below = asking.pk != self.place.organization.pk
        return [
            ("任务", notice.title),
            ("发出组织", notice.organization.name),
            *([("答复收到", asking.name)] if below else []),
            ("由谁答复", WorkTask.Respondents(self.task.respondents).label),
            ("截止时间", notice.deadline),
            ("统计时间", moment),
            ("导出范围", which + ("" if self.place.power.whole else "，限本人管理的支部")),
            (f"应答复（{unit}）", counts.asked),
            (f"已答复（{unit}）", counts.answered),
            (f"其中已通过（{unit}）", counts.accepted),
            (f"已退回、待重新提交（{unit}）", counts.returned),
            (f"逾期提交（{unit}）", counts.late),
        ]

    def columns(self) -> list[Column]:
        """Who answered, what became of it, then the questions."""
        who = [Column("姓名", 14), Column("所在支部", 30)] if self.members else [Column("单位", 36)]
        state = [Column("状态", 10), Column("是否逾期", 10), Column("提交时间", 18)]
        by = [Column("提交人", 14)] if self.signed else []
        return [*who, *state, *by, *map(column_of, self.questions)]

    def missing_columns(self) -> list[Column]:
        """Of whom no answer is there."""
        return [Column("姓名"), Column("所在支部")] if self.members else [Column("单位")]

    def rows(self, states: Sequence[str]) -> Iterator[Sequence[Cell]]:
        """The answers, in a fixed number of statements and memory for each 500."""
        found = answers_of(self.place, self.relay).filter(state__in=states).iterator(_CHUNK)
        while chunk := list(islice(found, _CHUNK)):
            shown = submissions_of(chunk)
            for answer in chunk:
                yield self._row(answer, shown[answer.pk])

    def _row(self, answer: Answer, shown: Submission) -> Sequence[Cell]:
        who: list[Cell] = [answer.name]
        if self.members:
            branch = answer.membership.branch_id if answer.membership else None
            who.append(self._branch(branch))
        state: list[Cell] = [
            str(_LABELS[answer.state]),
            "逾期" if answer.late else "",
            answer.submitted_at,
        ]
        by: list[Cell] = [answer.submitted_by_name] if self.signed else []
        cells = (
            "、".join(shown.file_names.get(question.pk, []))
            if question.kind == Question.Kind.FILE
            else value_of(question, shown.values.get(question.pk, ""))
            for question in self.questions
        )
        return [*who, *state, *by, *cells]

    def _branch(self, pk: int | None) -> str:
        return self.branches.get(pk, "") if pk else ""

    def missing(self) -> Iterator[Sequence[Cell]]:
        """Who has not answered."""
        if not self.members:
            yield from ([unit.name] for unit in silent_units(self.place, self.relay))
            return
        rows = silent_of(self.place, self.relay).values_list("name", "branch_id")
        for name, branch in rows.iterator(_CHUNK):
            yield [name, self._branch(branch)]
