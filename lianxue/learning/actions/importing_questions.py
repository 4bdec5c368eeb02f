"""Questions from a sheet: looked at row by row, then taken in at once, taken back at once."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_details, register_events
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict
from lianxue.shared.ratelimit import hit

from .. import policy
from ..models import (
    AttemptAnswer,
    BankQuestion,
    QuestionBank,
    QuestionImport,
    QuizPart,
    WrongQuestion,
)
from ..question_sheet import Row, read, where
from ..questions import Question, clean
from .banks import need_room, row_of, says_the_same
from .common import locked_place

register_events({"bank.imported": "导入了题目", "bank.import_undone": "撤销了题目导入"})
register_details({"added": "新增（题）", "corrected": "有改动（题）"})

State = QuestionImport.State
#: How long the rows of a file are kept.
KEPT = timedelta(days=30)
#: What becomes of a row: added, another version of one that is there, nothing, or not taken.
NEW, CHANGED, SAME, ERROR = "new", "changed", "same", "error"


#: Files that one person may have read in an hour: reading takes the server's time.
_AT_MOST = (30, 3600, "一小时内上传的次数太多，请过一会儿再上传。")


@dataclass(frozen=True)
class Planned:
    """One row as it is kept in ``QuestionImport.rows``: the cells as typed, what becomes of it,
    what is wrong by field, and the question's id once it was made (``made``), ``old`` the id of
    the one that it replaced.
    """

    number: int
    cells: dict[str, str]
    outcome: str
    errors: dict[str, str]
    sheet: str = ""
    made: int | None = None
    old: int | None = None


def prepare(actor: User, bank_id: int, data: bytes, file_name: str) -> QuestionImport:
    """Read a file and say what each row would do; nothing is written to the bank. Not to be called
    inside a transaction: a file may take long to read, and nobody else could write meanwhile.

    Raises InvalidInput at ``file``, NotFound, PermissionDenied, RateLimited at ``file``.
    """
    bank = QuestionBank.objects.filter(pk=bank_id).first()
    if bank is None:
        raise NotFound
    policy.place_of(actor, bank.organization_id)
    hit(f"question-import:{actor.pk}", *_AT_MOST, field="file")
    rows = read(data, file_name)
    return _keep(actor, bank, rows, _shown(file_name))


def _shown(file_name: str) -> str:
    name = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in name if char.isprintable())[-200:] or "题目"


@transaction.atomic
def _keep(actor: User, bank: QuestionBank, rows: list[Row], file_name: str) -> QuestionImport:
    plan = [row for row, _ in _plan(bank, rows)]
    return QuestionImport.objects.create(
        bank=bank,
        file_name=file_name,
        rows=[asdict(row) for row in plan],
        counts=_counts(plan),
        created_by=actor,
        created_by_name=actor.name,
        created_at=now(),
    )


_Plan = list[tuple[Planned, Question | None]]


def _plan(bank: QuestionBank, rows: list[Row]) -> _Plan:
    """What each row does to the bank as it stands; one statement."""
    standing = {row.key: row for row in bank.questions.filter(retired_at=None)}
    first: dict[str, Row] = {}
    found: _Plan = []
    for row in rows:
        place = (row.number, row.cells)
        try:
            question = clean(row.typed)
        except InvalidInput as error:
            found.append((Planned(*place, ERROR, error.fields, row.sheet), None))
            continue
        twin = first.setdefault(question.key, row)
        if twin is not row:
            errors = {"text": f"与{where(twin.number, twin.sheet)}是同一道题，请只留一行。"}
            found.append((Planned(*place, ERROR, errors, row.sheet), None))
            continue
        old = standing.get(question.key)
        plan = Planned(*place, _outcome(question, old), {}, row.sheet, old=old.pk if old else None)
        found.append((plan, question))
    return found


def _outcome(question: Question, old: BankQuestion | None) -> str:
    if old is None:
        return NEW
    return SAME if says_the_same(old, question) else CHANGED


def _counts(rows: Iterable[Planned]) -> dict[str, int]:
    return dict(Counter(row.outcome for row in rows))


def _locked(actor: User, import_id: int, state: str) -> QuestionImport:
    """The import in that state, its bank's organisation locked. Raises NotFound, StateConflict."""
    batch = QuestionImport.objects.filter(pk=import_id).select_related("bank").defer("rows").first()
    if batch is None:
        raise NotFound
    locked_place(actor, batch.bank.organization_id)
    rows = QuestionImport.objects.select_for_update(of=("self",)).select_related("bank")
    locked = rows.filter(pk=import_id).first()
    if locked is None or locked.state != state:
        raise StateConflict("这次导入已经处理过了，请刷新页面查看。")
    if not locked.rows:
        raise StateConflict(f"逐行内容只保留 {KEPT.days} 天，现在不能再处理。")
    return locked


@transaction.atomic
def confirm(actor: User, import_id: int, *, leave_out: bool = False) -> QuestionImport:
    """Take the rows in, as the bank stands now; those in error only when they are left out.

    Raises NotFound, PermissionDenied, StateConflict (done already, nothing to take in, no room),
    InvalidInput at ``leave_out`` when there are rows in error.
    """
    batch = _locked(actor, import_id, State.READY)
    rows = [Row(one["number"], one["cells"], one.get("sheet", "")) for one in batch.rows]
    plan = _plan(batch.bank, rows)
    counts = _counts(row for row, _ in plan)
    if counts.get(ERROR) and not leave_out:
        raise InvalidInput.at(
            "leave_out", f"有 {counts[ERROR]} 行有错误。请改好再上传，或者选择跳过这些行。"
        )
    if not counts.get(NEW) and not counts.get(CHANGED):
        raise StateConflict("没有可以导入的题目。")
    need_room(batch.bank, counts.get(NEW, 0))
    batch.rows = [asdict(row) for row in _take_in(actor, batch.bank, plan)]
    batch.counts, batch.state, batch.finished_at = counts, State.DONE, now()
    batch.save(update_fields=["rows", "counts", "state", "finished_at"])
    _record(actor, "bank.imported", batch)
    return batch


def _take_in(actor: User, bank: QuestionBank, plan: _Plan) -> list[Planned]:
    """Write what is new or changed; the rows with the ids of the questions made."""
    made: dict[int, BankQuestion] = {}
    for at, (row, question) in enumerate(plan):
        if question is not None and row.outcome in {NEW, CHANGED}:
            made[at] = row_of(actor, bank, question)
            made[at].replaces_id = row.old
    replaced = [one.replaces_id for one in made.values() if one.replaces_id]
    BankQuestion.objects.filter(pk__in=replaced).update(retired_at=now())
    BankQuestion.objects.bulk_create(made.values(), batch_size=500)
    return [
        replace(row, made=made[at].pk) if at in made else row for at, (row, _) in enumerate(plan)
    ]


@transaction.atomic
def undo(actor: User, import_id: int) -> QuestionImport:
    """Take the import back: what it added goes, what it replaced is drawn again.

    Raises NotFound, PermissionDenied, StateConflict when one of its questions was used or changed
    since, or may be drawn by a task that was sent since.
    """
    batch = _locked(actor, import_id, State.DONE)
    made = {one["made"]: one["old"] for one in batch.rows if one["made"]}
    _need_unused(batch, list(made))
    BankQuestion.objects.filter(pk__in=made).delete()
    BankQuestion.objects.filter(pk__in=[old for old in made.values() if old]).update(
        retired_at=None
    )
    batch.state, batch.finished_at = State.UNDONE, now()
    batch.save(update_fields=["state", "finished_at"])
    _record(actor, "bank.import_undone", batch)
    return batch


def _need_unused(batch: QuestionImport, made: list[int]) -> None:
    """Raises StateConflict: papers and tasks go on with what they were given."""
    questions = BankQuestion.objects.filter(pk__in=made)
    kinds = list(questions.values_list("kind", flat=True).distinct())
    sent = Q(quiz__task__notice__sent_at__gte=batch.finished_at)
    drawing = Q(question=None, bank=batch.bank_id, kind__in=kinds) & sent
    used = (
        QuizPart.objects.filter(Q(question__in=made) | drawing),
        AttemptAnswer.objects.filter(question__in=made),
        WrongQuestion.objects.filter(question__in=made),
    )
    if any(rows.exists() for rows in used):
        raise StateConflict("这次导入的题目已经用在测验里，不能撤销。可以在题库里逐题停用。")
    since = Q(pk__in=made, retired_at__isnull=False) | Q(replaces__in=made)
    if BankQuestion.objects.filter(since).exists():
        raise StateConflict("这次导入的题目后来又修改过，不能撤销。可以在题库里逐题停用。")


@transaction.atomic
def drop(actor: User, import_id: int) -> None:
    """Forget a file that was not confirmed. Raises NotFound, PermissionDenied, StateConflict."""
    _locked(actor, import_id, State.READY).delete()


@transaction.atomic
def forget() -> int:
    """Empty the rows of imports older than KEPT, and drop those never confirmed; how many."""
    old = QuestionImport.objects.filter(created_at__lt=now() - KEPT)
    dropped, _ = old.filter(state=State.READY).delete()
    return dropped + old.exclude(rows=[]).update(rows=[])


def _record(actor: User, action: str, batch: QuestionImport) -> None:
    record(
        actor,
        action,
        target=batch.bank,
        organization_id=batch.bank.organization_id,
        data={
            "bank": batch.bank.name,
            "added": batch.counts.get(NEW, 0),
            "corrected": batch.counts.get(CHANGED, 0),
        },
    )
