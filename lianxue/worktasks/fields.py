"""The fields of a task's form: what may be asked, what an answer must look like.

``question_key`` says which questions are the same one in different tasks (减负).
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import timezone

from lianxue.notices.models import Notice
from lianxue.organizations.roster.dates import clean_date
from lianxue.shared.clock import today
from lianxue.shared.errors import InvalidInput

from .models import Question, WorkTask

MAX_QUESTIONS = 30
MAX_LABEL, MAX_HINT, MAX_UNIT = 60, 100, 10
MIN_OPTIONS, MAX_OPTIONS, MAX_OPTION = 2, 20, 60
MAX_TEXT = 2000

#: Labels that say nothing of what is asked: the same words in two tasks are not the same question.
_GENERIC_WORDS = """
答复 答复内容 回复 回复内容 内容 文字 文字材料 情况 情况说明 情况汇报 汇报 说明 备注 意见 建议
意见建议 意见和建议 其他 其它 问题 工作总结 总结 落实情况 完成情况 工作情况
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())
#: Full-width signs and the true minus made plain; not by NFKC, which makes 102 of 10².
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", ord("−"): "-"}
_NUMBER = re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_HOW_NUMBER = "请只填数字，例如 128 或 12.5。"
_HOW_DATE = "请写成 2026-03-05 或 2026年3月5日。"


@dataclass(frozen=True)
class QuestionSpec:
    """One question as its author writes it. ``unit`` is for numbers, ``options`` for choices."""

    kind: str
    label: str
    hint: str = ""
    required: bool = True
    unit: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class TaskSettings:
    """Who answers (``WorkTask.Respondents``), for how long an answer holds (``WorkTask.Period``),
    and whether a text message goes out a day before the deadline."""

    respondents: str = WorkTask.Respondents.UNITS
    period: str = WorkTask.Period.YEAR
    sms_before_deadline: bool = False


def spec_of(question: Question) -> QuestionSpec:
    """The question as its author wrote it."""
    return QuestionSpec(
        question.kind,
        question.label,
        question.hint,
        question.required,
        question.unit,
        tuple(question.options),
    )


def settings_of(task: WorkTask) -> TaskSettings:
    """The task's settings as its author chose them."""
    return TaskSettings(task.respondents, task.period, task.sms_before_deadline)


def field_name(question: Question) -> str:
    """What the question's field is called in forms and in ``InvalidInput.fields``."""
    return f"q{question.pk}"


def kind_of(specs: Sequence[QuestionSpec]) -> str:
    """TASK when words and a file are asked for, FORM when it is filled in field by field."""
    kinds = [spec.kind for spec in specs]
    plain = sorted(kinds) in ([], ["file"], ["text"], ["file", "text"])
    return Notice.Kind.TASK if plain else Notice.Kind.FORM


def question_key(spec: QuestionSpec) -> str:
    """Equal for the same question in any task: kind, label without spaces and marks, unit.

    Empty for files, and for labels that say nothing (“说明”): their answers are never offered.
    """
    label = _bare(spec.label)
    if spec.kind == Question.Kind.FILE or not label or label in _GENERIC:
        return ""
    unit = _bare(spec.unit) if spec.kind == Question.Kind.NUMBER else ""
    # a CHOICE is the same question only with the same options
    options = ",".join(sorted(_bare(one) for one in spec.options))
    return _digest(f"{spec.kind}|{label}|{unit}|{options}")


def clean_specs(specs: Sequence[QuestionSpec]) -> list[QuestionSpec]:
    """The questions tidied. Raises InvalidInput at ``questions``, or with a message at every
    ``q<index>-kind|label|hint|unit|options`` that can't be used.
    """
    if len(specs) > MAX_QUESTIONS:
        raise InvalidInput.at(
            "questions", f"一项任务最多 {MAX_QUESTIONS} 个问题，现在是 {len(specs)} 个。"
        )
    clean = [_tidied(spec) for spec in specs]
    errors: dict[str, str] = {}
    labels: dict[str, int] = {}
    for index, spec in enumerate(clean):
        errors.update({f"q{index}-{at}": text for at, text in _faults(spec).items()})
        first = labels.setdefault(_bare(spec.label), index)
        if spec.label and first != index:
            errors.setdefault(f"q{index}-label", f"和第 {first + 1} 个问题重复，请合并或改写。")
    if errors:
        raise InvalidInput("有问题还没有写好，请按提示修改。", fields=errors)
    return clean


def clean_settings(settings: TaskSettings) -> None:
    """Raises InvalidInput at ``respondents`` or ``period`` for what there is not."""
    if settings.respondents not in WorkTask.Respondents.values:
        raise InvalidInput.at("respondents", "请选择由谁答复。")
    if settings.period not in WorkTask.Period.values:
        raise InvalidInput.at("period", "请选择答复的有效期。")


def clean_value(question: Question, text: str) -> str:
    """An answer as it is kept (``AnswerValue.text``), "" when nothing was typed.

    Raises InvalidInput (without fields) for what can't be an answer to the question.
    """
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text or question.kind == Question.Kind.FILE:
        return ""
    if question.kind == Question.Kind.TEXT:
        if len(text) > MAX_TEXT:
            raise InvalidInput(f"最多 {MAX_TEXT} 个字，现在是 {len(text)} 个字，请精简。")
        return text
    if question.kind == Question.Kind.NUMBER:
        return clean_number(text, question.unit)
    if question.kind == Question.Kind.DATE:
        return _clean_day(text)
    if text not in question.options:
        raise InvalidInput("请从列出的选项中选择一项。")
    return text


def clean_number(text: str, unit: str = "") -> str:
    """A plain decimal number: up to 12 digits, and 2 behind the point.

    Takes full-width digits, commas between thousands, and ``unit`` behind the number. Raises
    InvalidInput.
    """
    plain = text[:200].translate(_PLAIN).strip()
    if unit:
        plain = plain.removesuffix(unit.translate(_PLAIN)).strip()
    if not plain.isascii() or not _NUMBER.fullmatch(plain):
        raise InvalidInput(f"看不懂“{text[:20]}”，{_HOW_NUMBER}")
    sign = "-" if plain.startswith("-") else ""
    whole, _, rest = plain.lstrip("-").replace(",", "").partition(".")
    whole, rest = whole.lstrip("0") or "0", rest.rstrip("0")
    if len(whole) > 12:
        raise InvalidInput("数字太大，最多 12 位，请检查单位。")
    if len(rest) > 2:
        raise InvalidInput("小数最多两位，请四舍五入后再填。")
    number = f"{whole}.{rest}" if rest else whole
    return number if number == "0" else f"{sign}{number}"


def period_start(period: str, day: date | None = None) -> datetime:
    """The first moment of the month, quarter or year of ``day`` (today), in the site's zone."""
    day = day or today()
    month = {
        WorkTask.Period.MONTH: day.month,
        WorkTask.Period.QUARTER: (day.month - 1) // 3 * 3 + 1,
        WorkTask.Period.YEAR: 1,
    }[WorkTask.Period(period)]
    return timezone.make_aware(datetime.combine(day.replace(month=month, day=1), time()))


def _clean_day(text: str) -> str:
    plain = text[:200].translate(_PLAIN)
    if re.fullmatch(r"\d+(\.\d*)?", plain) and len(plain) != 8:  # a serial number, or half a date
        raise InvalidInput(f"看不懂日期“{text[:20]}”，{_HOW_DATE}")
    try:
        if any(char.isdigit() and not char.isascii() for char in plain):
            raise InvalidInput(_HOW_DATE)
        found = clean_date(plain)
    except InvalidInput as error:
        raise InvalidInput(f"看不懂日期“{text[:20]}”，{_HOW_DATE}") from error
    if len(found) != len("2026-03-05"):
        raise InvalidInput(f"请写明是哪一天，{_HOW_DATE}")
    return found


def _line(text: str) -> str:
    """One line: what can't be printed made a space or left out."""
    kept = "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or unicodedata.category(char)[0] != "C"
    )
    return re.sub(r" +", " ", kept).strip()


def _tidied(spec: QuestionSpec) -> QuestionSpec:
    number, choice = spec.kind == Question.Kind.NUMBER, spec.kind == Question.Kind.CHOICE
    return QuestionSpec(
        kind=spec.kind,
        label=_line(spec.label),
        hint=_line(spec.hint),
        required=bool(spec.required),
        unit=_line(spec.unit) if number else "",
        options=tuple(one for one in map(_line, spec.options) if one) if choice else (),
    )


def _faults(spec: QuestionSpec) -> dict[str, str]:
    """What is wrong with a tidied question, by the part of it."""
    found: dict[str, str] = {}
    if spec.kind not in Question.Kind.values:
        found["kind"] = "请选择问题的类型。"
    if not spec.label:
        found["label"] = "请写明要填什么。"
    elif len(spec.label) > MAX_LABEL:
        found["label"] = f"最多 {MAX_LABEL} 个字，现在是 {len(spec.label)} 个字。"
    if len(spec.hint) > MAX_HINT:
        found["hint"] = f"最多 {MAX_HINT} 个字，现在是 {len(spec.hint)} 个字。"
    if len(spec.unit) > MAX_UNIT:
        found["unit"] = f"单位最多 {MAX_UNIT} 个字。"
    if spec.kind == Question.Kind.CHOICE and (wrong := _option_fault(spec.options)):
        found["options"] = wrong
    return found


def _option_fault(options: tuple[str, ...]) -> str:
    if not MIN_OPTIONS <= len(options) <= MAX_OPTIONS:
        return f"请写 {MIN_OPTIONS} 到 {MAX_OPTIONS} 个选项，每行一个，现在是 {len(options)} 个。"
    if len(set(options)) != len(options):
        return "有重复的选项，请去掉。"
    if any(len(one) > MAX_OPTION for one in options):
        return f"每个选项最多 {MAX_OPTION} 个字。"
    return ""


def _bare(text: str) -> str:
    """Letters, digits and characters alone, in one form: 党员人数（人） is 党员人数 (人)."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in plain if char.isalnum())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
