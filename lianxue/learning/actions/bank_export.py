"""导出题库: a bank's questions as a file that can be brought in again, and an event of it."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_details, register_events
from lianxue.files import names
from lianxue.shared import ratelimit, watermark
from lianxue.shared.clock import now
from lianxue.shared.errors import StateConflict

from ..models import BankQuestion
from ..queries import banks as reads
from ..question_sheet import cells_of, exported
from ..questions import as_typed

register_events({"bank.exported": "导出了题库"})
register_details({"bank_questions": "题数"})
_AN_HOUR = 3600
#: Exports of one person in an hour, of whatever kind.
_LIMIT = 30


@dataclass(frozen=True)
class Taken:
    """The workbook, and what it is called."""

    data: bytes
    name: str


def export_bank(actor: User, organization_id: int, bank_id: int) -> Taken:
    """The bank's standing questions in the columns of the template, the oldest first.

    The event is written when the file is whole and before anybody has it. Raises NotFound,
    PermissionDenied, StateConflict (empty), RateLimited.
    """
    bank = reads.get_bank(actor, organization_id, bank_id)
    rows = list(reads.questions_of(bank).order_by("pk"))
    if not rows:
        raise StateConflict("题库里还没有题目，没有可以导出的内容。")
    ratelimit.hit(
        f"export:{actor.pk}", _LIMIT, _AN_HOUR, "一小时内导出的次数太多，请过一会儿再导出。"
    )
    moment = now()
    line = watermark.line(actor.name, actor.phone, moment)
    data = exported(map(_cells, rows), f"{bank.organization.name} {bank.name} {line}")
    with transaction.atomic():
        record(
            actor,
            "bank.exported",
            target=bank,
            organization_id=bank.organization_id,
            data={"bank": bank.name, "bank_questions": len(rows)},
        )
    return Taken(data, names.clean(f"题库-{bank.name}-{timezone.localtime(moment):%Y%m%d}.xlsx"))


def _cells(question: BankQuestion) -> dict[str, str]:
    return cells_of(as_typed(question), question.get_kind_display())
