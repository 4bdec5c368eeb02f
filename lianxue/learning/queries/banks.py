"""Question banks as their administrators look at them: banks, questions, imports."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet

from lianxue.accounts.models import Actor
from lianxue.shared.errors import NotFound

from .. import policy
from ..models import BankQuestion, QuestionBank, QuestionImport
from ..question_sheet import COLUMNS, Faulty, cells_of, corrected, typed_of
from ..questions import as_typed, clean, kind_of
from ..rules import tidy_line

Kind = BankQuestion.Kind
_GONE_BANK = "没有找到这个题库，可能已被删除，或您没有查看权限。"
_GONE_QUESTION = "没有找到这道题，可能已被删除，或您没有查看权限。"
_GONE_IMPORT = "没有找到这次导入，可能已经放弃，或您没有查看权限。"


def banks_of(actor: Actor, organization_id: int) -> QuerySet[QuestionBank, Any]:
    """The organisation's banks by name, each with ``standing`` (questions that are drawn from) and
    that number per kind under the kind's own name (``single`` …).

    Raises NotFound, PermissionDenied.
    """
    place = policy.place_of(actor, organization_id)
    drawn = Q(questions__retired_at=None)
    kinds = {
        kind: Count("questions", filter=drawn & Q(questions__kind=kind)) for kind in Kind.values
    }
    rows = QuestionBank.objects.filter(organization=place.organization)
    return rows.annotate(standing=Count("questions", filter=drawn), **kinds).order_by("name", "pk")


def get_bank(actor: Actor, organization_id: int, bank_id: int) -> QuestionBank:
    """A bank of this organisation, with it. Raises NotFound, PermissionDenied."""
    place = policy.place_of(actor, organization_id)
    found = QuestionBank.objects.filter(pk=bank_id, organization=place.organization).first()
    if found is None:
        raise NotFound(_GONE_BANK)
    found.organization = place.organization
    return found


def counts_of(bank: QuestionBank) -> dict[str, int]:
    """How many questions of each kind stand in it, and how many are ``retired``; one statement."""
    counts = {kind: Count("pk", filter=Q(retired_at=None, kind=kind)) for kind in Kind.values} | {
        "retired": Count("pk", filter=Q(retired_at__isnull=False))
    }
    return bank.questions.aggregate(**counts)


def questions_of(
    bank: QuestionBank, kind: str = "", text: str = "", *, retired: bool = False
) -> QuerySet[BankQuestion, Any]:
    """The questions that stand in a bank (``retired``: those that no longer do), the last written
    first; of a ``kind``, with all of the words of ``text`` in them, where given.
    """
    rows = bank.questions.filter(retired_at__isnull=not retired)
    if kind:
        rows = rows.filter(kind=kind)
    for word in tidy_line(text)[:100].split():
        rows = rows.filter(text__icontains=word)
    return rows.order_by("-pk")


def get_question(bank: QuestionBank, question_id: int) -> BankQuestion:
    """A question of a bank, retired ones too. Raises NotFound."""
    found = bank.questions.select_related("replaces").filter(pk=question_id).first()
    if found is None:
        raise NotFound(_GONE_QUESTION)
    return found


def replaced_by(question: BankQuestion) -> BankQuestion | None:
    """The version that took a retired question's place, None where it was only retired."""
    return BankQuestion.objects.filter(replaces=question).order_by("-pk").first()


def imports_of(bank: QuestionBank) -> QuerySet[QuestionImport, Any]:
    """The bank's imports, the newest first, without their rows."""
    return bank.imports.defer("rows").order_by("-created_at", "-pk")


def get_import(actor: Actor, organization_id: int, bank_id: int, import_id: int) -> QuestionImport:
    """An import into a bank of this organisation, with it. Raises NotFound, PermissionDenied."""
    bank = get_bank(actor, organization_id, bank_id)
    found = bank.imports.filter(pk=import_id).first()
    if found is None:
        raise NotFound(_GONE_IMPORT)
    found.bank = bank
    return found


def columns_of(batch: QuestionImport) -> dict[str, str]:
    """The columns that anything stands in, with their headings; required ones always."""
    filled = {key for row in batch.rows for key, cell in row["cells"].items() if cell.strip()}
    filled |= {"kind", "text", "answer"}
    return {key: label for key, label in COLUMNS.items() if key in filled}


def before(rows: Sequence[dict[str, Any]]) -> dict[int, dict[str, str]]:
    """The cells of the questions that these rows of an import replace, by id; one statement."""
    ids = {row["old"] for row in rows if row["outcome"] == "changed" and row["old"]}
    found = BankQuestion.objects.in_bulk(list(ids)) if ids else {}
    return {pk: _cells(one) for pk, one in found.items()}


def understood(row: dict[str, Any]) -> dict[str, str]:
    """The cells of an import's row as they are understood; as typed where they are not."""
    if row["errors"]:
        return {key: str(cell) for key, cell in row["cells"].items()}
    typed = as_typed(clean(typed_of(row["cells"])))
    return cells_of(typed, Kind(kind_of(typed.kind)).label)


def _cells(question: BankQuestion) -> dict[str, str]:
    return cells_of(as_typed(question), question.get_kind_display())


def corrected_of(
    actor: Actor, organization_id: int, bank_id: int, import_id: int
) -> tuple[bytes, str]:
    """The rows in error of an import, to mend and upload again, and the file's name.

    Raises NotFound (none in error, too), PermissionDenied.
    """
    batch = get_import(actor, organization_id, bank_id, import_id)
    rows = [
        Faulty(row["number"], row["cells"], row["errors"], row.get("sheet", ""))
        for row in batch.rows
        if row["errors"]
    ]
    if not rows:
        raise NotFound("这次导入没有需要修改的题目。")
    return corrected(rows), f"需要修改的题目-{batch.pk}.xlsx"
