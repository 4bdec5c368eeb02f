"""A question of a bank, from the words that people type or have in a sheet.

The same rules for the form, the sheet and the API; what is wrong is told at its field.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lianxue.shared.errors import InvalidInput

from .grading import LONGEST, plain
from .models import BankQuestion

Kind = BankQuestion.Kind
MAX_TEXT, MAX_OPTION, MAX_EXPLANATION = 500, 200, 500
FEWEST_OPTIONS, MOST_OPTIONS, MOST_BLANKS, MOST_WORDS = 2, 8, 6, 10
#: How a blank stands in a text, whatever was typed: underscores, or empty brackets.
BLANK = "____"
_BLANK = re.compile(r"_{2,}|＿{2,}|[（(]\s*[)）]")  # noqa: RUF001 - full width is meant
_LABEL = re.compile(r"^\s*([A-Ha-hＡ-Ｈａ-ｈ])\s*[.、．。:：)）]\s*")  # noqa: RUF001
_RIGHT = {"对", "正确", "是", "√", "✓", "✔", "v", "t", "true", "y", "yes", "1", "a"}
_WRONG = {
    "错",
    "错误",
    "否",
    "不对",
    "不正确",
    "×",
    "✗",
    "✘",
    "x",
    "f",
    "false",
    "n",
    "no",
    "0",
    "b",
}
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_KINDS = {
    "单选": Kind.SINGLE,
    "单选题": Kind.SINGLE,
    "单项选择": Kind.SINGLE,
    "单项选择题": Kind.SINGLE,
    "多选": Kind.MULTIPLE,
    "多选题": Kind.MULTIPLE,
    "多项选择": Kind.MULTIPLE,
    "多项选择题": Kind.MULTIPLE,
    "判断": Kind.JUDGE,
    "判断题": Kind.JUDGE,
    "判断正误": Kind.JUDGE,
    "是非题": Kind.JUDGE,
    "不定项": Kind.MULTIPLE,
    "不定项选择题": Kind.MULTIPLE,
    "填空": Kind.FILL,
    "填空题": Kind.FILL,
}


@dataclass(frozen=True)
class Typed:
    """A question as it was typed. ``kind``: a ``BankQuestion.Kind`` or its Chinese name.
    ``answer``: letters (B, ABD), 对 or 错, or for blanks "三会一课；党课|上党课" (；stands between
    blanks, | between words that are accepted alike).
    """

    kind: str
    text: str
    options: tuple[str, ...] = ()
    answer: str = ""
    explanation: str = ""


@dataclass(frozen=True)
class Question:
    """A question as it is kept (``BankQuestion``)."""

    kind: str
    text: str
    options: list[str]
    answer: list[Any]
    explanation: str

    @property
    def key(self) -> str:
        """The same for the same question: kind, words and options, without spaces and marks."""
        words = [self.kind, plain(self.text), *(plain(one) for one in self.options)]
        return hashlib.sha256("\n".join(words).encode()).hexdigest()


def clean(typed: Typed) -> Question:
    """The question. Raises InvalidInput at ``kind``, ``text``, ``options``, ``answer`` and
    ``explanation``, all that is wrong at once.
    """
    errors: dict[str, str] = {}
    kind = kind_of(typed.kind)
    if not kind:
        errors["kind"] = "题型请填：单选题、多选题、判断题或填空题。"
    text, explanation = _tidy(typed.text), _tidy(typed.explanation)
    if kind == Kind.FILL:
        text = _BLANK.sub(BLANK, text)
    errors |= _text_errors(kind, text, explanation)
    written = _written(typed.options)
    options = written if _has_options(kind) else []
    errors |= _option_errors(kind, options)
    answer: list[Any] = []
    if kind and not errors.keys() & {"options", "text"}:
        try:
            answer = _answer(kind, text, written, typed.answer)
        except InvalidInput as error:
            errors |= error.fields
    if errors:
        raise InvalidInput("请按提示修改题目。", fields=errors)
    return Question(kind, text, options, answer, explanation)


def kind_of(word: str) -> str:
    """The kind that a word means, "" for none."""
    word = _tidy(word)
    return word if word in Kind.values else str(_KINDS.get(word, ""))


def _has_options(kind: str) -> bool:
    return kind in {Kind.SINGLE, Kind.MULTIPLE}


def _tidy(text: str) -> str:
    """In one line, without what can't be seen or kept (control characters, halves of others)."""
    plain_text = text if text.isprintable() else _UNSEEN.sub("", " ".join(text.split()))
    return " ".join(plain_text.split())


def _written(options: Sequence[str]) -> list[str]:
    """The options without the letter of their own place before them, none empty at the end."""
    found = []
    for place, option in enumerate(options):
        text = _tidy(option)
        label = _LABEL.match(text)
        if label and unicodedata.normalize("NFKC", label[1]).upper() == letter_of(place):
            text = text[label.end() :]
        found.append(text)
    while found and not found[-1]:
        found.pop()
    return found


def letter_of(place: int) -> str:
    """A for the first option."""
    return chr(ord("A") + place)


def _text_errors(kind: str, text: str, explanation: str) -> dict[str, str]:
    errors = {}
    if not text:
        errors["text"] = "请填写题干。"
    elif len(text) > MAX_TEXT:
        errors["text"] = f"题干请不要超过 {MAX_TEXT} 个字，现在是 {len(text)} 个。"
    elif kind == Kind.FILL and not 1 <= text.count(BLANK) <= MOST_BLANKS:
        errors["text"] = f"填空题请用 ____ 标出要填的地方，1 到 {MOST_BLANKS} 处。"
    if len(explanation) > MAX_EXPLANATION:
        errors["explanation"] = f"解析请不要超过 {MAX_EXPLANATION} 个字。"
    return errors


def _option_errors(kind: str, options: Sequence[str]) -> dict[str, str]:
    if not _has_options(kind):
        return {}
    if not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
        return {"options": f"请填写 {FEWEST_OPTIONS} 到 {MOST_OPTIONS} 个选项。"}
    if not all(options):
        return {"options": "中间有空着的选项，请填写或删去。"}
    if any(len(one) > MAX_OPTION for one in options):
        return {"options": f"每个选项请不要超过 {MAX_OPTION} 个字。"}
    if len({plain(one) for one in options}) < len(options):
        return {"options": "有两个选项是一样的，请修改。"}
    return {}


def _answer(kind: str, text: str, options: Sequence[str], typed: str) -> list[Any]:
    if kind == Kind.JUDGE:
        word = _judged(typed)
        at = ord(word) - ord("a") if len(word) == 1 else -1
        if 0 <= at < len(options):  # a letter means the option that stands there: A. 错  B. 对
            word = _judged(options[at])
        if word in _RIGHT or word in _WRONG:
            return [word in _RIGHT]
        raise InvalidInput.at("answer", "判断题的答案请填“对”或“错”。")
    if kind == Kind.FILL:
        return _blanks(typed, text.count(BLANK))
    return _places(kind, typed, len(options))


def _judged(word: str) -> str:
    return unicodedata.normalize("NFKC", _tidy(word)).lower()


def _places(kind: str, typed: str, count: int) -> list[int]:
    last = letter_of(count - 1)
    letters = re.sub(r"[\s,、;；和与]+", "", unicodedata.normalize("NFKC", typed)).upper()  # noqa: RUF001
    places = sorted({ord(letter) - ord("A") for letter in letters})
    if not places or places[0] < 0 or places[-1] >= count:
        raise InvalidInput.at("answer", f"答案请填选项的字母，A 到 {last}。")
    if kind == Kind.SINGLE and len(places) > 1:
        raise InvalidInput.at("answer", "单选题只能有一个答案；有几个的，题型请选多选题。")
    return places


def _blanks(typed: str, count: int) -> list[list[str]]:
    parts = re.split(r"[;；\n]", typed.replace("\0", "").strip())  # noqa: RUF001
    found = [[_tidy(word) for word in re.split(r"[|｜]", part) if _tidy(word)] for part in parts]  # noqa: RUF001
    if len(found) != count or not all(found):
        raise InvalidInput.at(
            "answer", f"题干里有 {count} 个空，请填 {count} 个答案，中间用分号“；”隔开。"
        )
    if any(len(words) > MOST_WORDS for words in found):
        raise InvalidInput.at("answer", f"一个空最多有 {MOST_WORDS} 种写法。")
    if any(len(word) > LONGEST for words in found for word in words):
        raise InvalidInput.at("answer", f"每个空最多 {LONGEST} 个字。")
    return found


def as_typed(question: BankQuestion | Question) -> Typed:
    """The question in the words in which it can be typed again."""
    if question.kind == Kind.FILL:
        answer = "；".join("|".join(words) for words in question.answer)
    elif question.kind == Kind.JUDGE:
        answer = "对" if question.answer[0] else "错"
    else:
        answer = "".join(letter_of(place) for place in question.answer)
    options = tuple(question.options)
    return Typed(question.kind, question.text, options, answer, question.explanation)
