"""Questions from a sheet: looked at row by row, then taken in at once, taken back at once."""

from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_details, register_events
from lianxue.notices.policy import place_of
from lianxue.organizations.actions.organizations import lock
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict

from ..models import AttemptAnswer, BankQuestion, QuestionBank, QuestionImport, QuizPart
from ..question_sheet import Row, read, typed_of
from ..questions import Question, clean
from .banks import row_of

register_events({"bank.imported": "导入了题目", "bank.import_undone": "撤销了题目导入"})
register_details({"added": "新增（题）", "corrected": "有改动（题）"})

State = QuestionImport.State
#: How long the rows of a file are kept.
KEPT = timedelta(days=30)
#: What becomes of a row: added, another version of one that is there, nothing, or not taken.
NEW, CHANGED, SAME, ERROR = "new", "changed", "same", "error"


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
    made: int | None = None
    old: int | None = None


@transaction.atomic
def prepare(actor: User, bank_id: int, data: bytes, file_name: str) -> QuestionImport:
    """Read a file and say what each row would do; nothing is written to the bank.

    Raises InvalidInput at ``file``, NotFound, PermissionDenied.
    """
    bank = QuestionBank.objects.filter(pk=bank_id).first()
    if bank is None:
        raise NotFound
    place_of(actor, bank.organization_id)
    plan = _plan(bank, read(data, file_name))
    return QuestionImport.objects.create(
        bank=bank,
        file_name=file_name.replace("\0", "")[-200:],
        rows=[asdict(row) for row, _ in plan],
        counts=_counts(row for row, _ in plan),
        created_by=actor,
        created_by_name=actor.name,
        created_at=now(),
    )


def _plan(bank: QuestionBank, rows: list[Row]) -> list[tuple[Planned, Question | None]]:
    """What each row does to the bank as it stands; two statements."""
    standing = {row.key: row for row in bank.questions.filter(retired_at=None)}
    first: dict[str, int] = {}
    found: list[tuple[Planned, Question | None]] = []
    for row in rows:
        try:
            question = clean(row.typed)
        except InvalidInput as error:
            found.append((Planned(row.number, row.cells, ERROR, error.fields), None))
            continue
        twin = first.setdefault(question.key, row.number)
        if twin != row.number:
            errors = {"text": f"与第 {twin} 行是同一道题，请只留一行。"}
            found.append((Planned(row.number, row.cells, ERROR, errors), None))
            continue
        old = standing.get(question.key)
        outcome, replaced = _outcome(question, old), old.pk if old else None
        found.append((Planned(row.number, row.cells, outcome, {}, old=replaced), question))
    return found


def _outcome(question: Question, old: BankQuestion | None) -> str:
    if old is None:
        return NEW
    same = (old.answer, old.explanation) == (question.answer, question.explanation)
    return SAME if same else CHANGED


def _counts(rows: Any) -> dict[str, int]:
    return dict(Counter(row.outcome for row in rows))


def _locked(actor: User, import_id: int, state: str) -> QuestionImport:
    """The import in that state, its bank's organisation locked. Raises NotFound, StateConflict."""
    batch = QuestionImport.objects.filter(pk=import_id).select_related("bank").first()
    if batch is None:
        raise NotFound
    place_of(actor, batch.bank.organization_id)
    lock(batch.bank.organization_id)
    batch = (
        QuestionImport.objects.select_for_update(of=("self",))
        .select_related("bank")
        .get(pk=import_id)
    )
    if batch.state != state or not batch.rows:
        raise StateConflict("这次导入已经处理过了，请刷新页面查看。")
    return batch


@transaction.atomic
def confirm(actor: User, import_id: int, *, leave_out: bool = False) -> QuestionImport:
    """Take the rows in, as the bank stands now; those in error only when they are left out.

    Raises NotFound, PermissionDenied, StateConflict (done already, nothing to take in),
    InvalidInput at ``leave_out`` when there are rows in error.
    """
    batch = _locked(actor, import_id, State.READY)
    rows = [Row(one["number"], one["cells"]) for one in batch.rows]
    plan = _plan(batch.bank, rows)
    counts = _counts(row for row, _ in plan)
    if counts.get(ERROR) and not leave_out:
        raise InvalidInput.at(
            "leave_out", f"有 {counts[ERROR]} 行有错误。请改好再上传，或者选择跳过这些行。"
        )
    if not counts.get(NEW) and not counts.get(CHANGED):
        raise StateConflict("没有可以导入的题目。")
    made = _take_in(actor, batch.bank, plan)
    batch.rows = [asdict(replace(row, made=made.get(row.number))) for row, _ in plan]
    batch.counts, batch.state, batch.finished_at = counts, State.DONE, now()
    batch.save(update_fields=["rows", "counts", "state", "finished_at"])
    _record(actor, "bank.imported", batch)
    return batch


def _take_in(
    actor: User, bank: QuestionBank, plan: list[tuple[Planned, Question | None]]
) -> dict[int, int]:
    """Write what is new or changed; the ids of the questions made, by the rows' numbers."""
    rows: dict[int, BankQuestion] = {}
    for row, question in plan:
        if question is not None and row.outcome in {NEW, CHANGED}:
            rows[row.number] = row_of(actor, bank, question)
            rows[row.number].replaces_id = row.old
    replaced = [one.replaces_id for one in rows.values() if one.replaces_id]
    BankQuestion.objects.filter(pk__in=replaced).update(retired_at=now())
    BankQuestion.objects.bulk_create(rows.values(), batch_size=500)
    return {number: made.pk for number, made in rows.items()}


@transaction.atomic
def undo(actor: User, import_id: int) -> QuestionImport:
    """Take the import back: what it added goes, what it replaced is drawn again.

    Raises NotFound, PermissionDenied, StateConflict when one of its questions was used or changed
    since.
    """
    batch = _locked(actor, import_id, State.DONE)
    made = {one["made"]: one["old"] for one in batch.rows if one["made"]}
    used = AttemptAnswer.objects.filter(question__in=made).exists()
    if used or QuizPart.objects.filter(question__in=made).exists():
        raise StateConflict("这次导入的题目已经用在测验里，不能撤销。可以在题库里逐题停用。")
    since = Q(pk__in=made, retired_at__isnull=False) | Q(replaces__in=made)
    if BankQuestion.objects.filter(since).exists():
        raise StateConflict("这次导入的题目后来又修改过，不能撤销。可以在题库里逐题停用。")
    BankQuestion.objects.filter(pk__in=made).delete()
    BankQuestion.objects.filter(pk__in=[old for old in made.values() if old]).update(
        retired_at=None
    )
    batch.state, batch.finished_at = State.UNDONE, now()
    batch.save(update_fields=["state", "finished_at"])
    _record(actor, "bank.import_undone", batch)
    return batch


@transaction.atomic
def drop(actor: User, import_id: int) -> None:
    """Forget a file that was not confirmed. Raises NotFound, PermissionDenied, StateConflict."""
    _locked(actor, import_id, State.READY).delete()


def forget() -> int:
    """Empty the rows of imports older than KEPT, and drop those never confirmed; how many."""
    old = QuestionImport.objects.filter(created_at__lt=now() - KEPT)
    dropped, _ = old.filter(state=State.READY).delete()
    return dropped + old.exclude(rows=[]).update(rows=[])


def question_in(row: dict[str, Any]) -> Question | None:
    """The question of a kept row, None for one in error."""
    return None if row["errors"] else clean(typed_of(row["cells"]))


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
