"""Question banks: made, renamed, filled; a question never changes, a correction replaces it."""

from django.db import IntegrityError, transaction

from lianxue.accounts.models import User
from lianxue.audit.actions import record, register_details, register_events
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict

from ..models import BankQuestion, QuestionBank
from ..question_sheet import MAX_ROWS
from ..questions import Question, Typed, clean
from .common import locked_place

register_events(
    {
        "bank.created": "建立了题库",
        "bank.renamed": "修改了题库名称",
        "bank.question_added": "添加了题目",
        "bank.question_corrected": "修改了题目",
        "bank.question_retired": "停用了题目",
    }
)
register_details({"bank": "题库", "question": "题干"})
#: Characters of a bank's name.
MAX_NAME = 40
_TWICE = "题库里已经有这道题了。"
#: Questions that a bank holds, so that what is taken out can be brought in again in one file.
MOST = MAX_ROWS


def _bank(actor: User, bank_id: int) -> QuestionBank:
    """A bank that ``actor`` keeps, its organisation locked. Raises NotFound, PermissionDenied."""
    bank = QuestionBank.objects.filter(pk=bank_id).select_related("organization").first()
    if bank is None:
        raise NotFound
    locked_place(actor, bank.organization_id)
    return bank


def _name(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise InvalidInput.at("name", "请填写题库名称。")
    if len(name) > MAX_NAME:
        raise InvalidInput.at("name", f"题库名称请不要超过 {MAX_NAME} 个字。")
    return name


@transaction.atomic
def create(actor: User, organization_id: int, name: str) -> QuestionBank:
    """A new, empty bank; any administrator of the organisation may.

    Raises InvalidInput at ``name``, NotFound, PermissionDenied.
    """
    locked_place(actor, organization_id)
    name = _name(name)
    if QuestionBank.objects.filter(organization__id=organization_id, name=name).exists():
        raise InvalidInput.at("name", "已经有同名的题库了。")
    bank = QuestionBank.objects.create(organization_id=organization_id, name=name, created_at=now())
    record(actor, "bank.created", target=bank, organization_id=organization_id, data={"bank": name})
    return bank


@transaction.atomic
def rename(actor: User, bank_id: int, name: str) -> QuestionBank:
    """Another name. Raises InvalidInput at ``name``, NotFound, PermissionDenied."""
    bank, name = _bank(actor, bank_id), _name(name)
    others = QuestionBank.objects.filter(organization=bank.organization_id, name=name)
    if others.exclude(pk=bank.pk).exists():
        raise InvalidInput.at("name", "已经有同名的题库了。")
    if bank.name != name:
        bank.name = name
        bank.save(update_fields=["name"])
        _record(actor, "bank.renamed", bank)
    return bank


@transaction.atomic
def add(actor: User, bank_id: int, typed: Typed) -> BankQuestion:
    """One more question. Raises InvalidInput at its fields, NotFound, PermissionDenied,
    StateConflict (the bank is full).
    """
    bank, question = _bank(actor, bank_id), clean(typed)
    need_room(bank, 1)
    made = write(actor, bank, question)
    _record(actor, "bank.question_added", bank, question=made.text[:100])
    return made


@transaction.atomic
def correct(actor: User, question_id: int, typed: Typed) -> BankQuestion:
    """Another version of a question, which is drawn from now on instead of the old one; papers
    that have the old one keep it. The same words again change nothing.

    Raises InvalidInput at its fields, NotFound, PermissionDenied, StateConflict (retired).
    """
    old = _standing(actor, question_id)
    question = clean(typed)
    if says_the_same(old, question):
        return old
    _retire(old)
    made = write(actor, old.bank, question, replaces=old)
    _record(actor, "bank.question_corrected", old.bank, question=made.text[:100])
    return made


@transaction.atomic
def retire(actor: User, question_id: int) -> BankQuestion:
    """Draw a question no more; tasks that were sent before may still.

    Raises NotFound, PermissionDenied, StateConflict (retired already).
    """
    old = _standing(actor, question_id)
    _retire(old)
    _record(actor, "bank.question_retired", old.bank, question=old.text[:100])
    return old


def write(
    actor: User, bank: QuestionBank, question: Question, replaces: BankQuestion | None = None
) -> BankQuestion:
    """The row, in the caller's transaction. Raises InvalidInput at ``text``: it is there."""
    made = row_of(actor, bank, question)
    made.replaces = replaces
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise InvalidInput.at("text", _TWICE) from None
    return made


def row_of(actor: User, bank: QuestionBank, question: Question) -> BankQuestion:
    """The row of a question, not yet saved."""
    return BankQuestion(
        bank=bank,
        kind=question.kind,
        text=question.text,
        options=question.options,
        answer=question.answer,
        explanation=question.explanation,
        key=question.key,
        created_at=now(),
        created_by=actor,
    )


def says_the_same(old: BankQuestion, question: Question) -> bool:
    """Whether the question is the old one to the letter."""
    fields = ("kind", "text", "options", "answer", "explanation")
    return all(getattr(old, name) == getattr(question, name) for name in fields)


def need_room(bank: QuestionBank, more: int) -> None:
    """Raises StateConflict when the bank would hold more than ``MOST`` questions."""
    there = bank.questions.filter(retired_at=None).count()
    if there + more > MOST:
        raise StateConflict(
            f"一个题库最多 {MOST:,} 道题，现在有 {there:,} 道。请另建一个题库，或停用不再用的题。"
        )


def _standing(actor: User, question_id: int) -> BankQuestion:
    """A question that is still drawn, of a bank that ``actor`` keeps, locked."""
    question = BankQuestion.objects.filter(pk=question_id).first()
    if question is None:
        raise NotFound
    bank = _bank(actor, question.bank_id)
    question = BankQuestion.objects.select_for_update().get(pk=question_id)
    if question.retired_at is not None:
        raise StateConflict("这道题已经停用或修改过了，请刷新页面查看。")
    question.bank = bank
    return question


def _retire(question: BankQuestion) -> None:
    question.retired_at = now()
    question.save(update_fields=["retired_at"])


def _record(actor: User, action: str, bank: QuestionBank, **data: str) -> None:
    record(
        actor,
        action,
        target=bank,
        organization_id=bank.organization_id,
        data={"bank": bank.name, **data},
    )
