"""Whether an answer is right: pure, the same for papers and for practice.

A multiple choice is right when all the right options are chosen and no other. In a fill-in, small
differences of writing count for nothing (``plain``). The blanks are in order; where several of them
accept the very same list of words, they may be filled in any order, each word once ("三会一课"
named in another order is right, the same one named three times is not).
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Protocol

from lianxue.shared.errors import InvalidInput

#: As an answer is kept: places of options, [true], or one text per blank; None: not answered.
Given = list[Any] | None

#: The longest text of one blank.
LONGEST = 100
#: What is written around a word without changing it.
_AROUND = "《》〈〉“”\"‘’'「」『』。．.，,、；;：:！!？?（）()【】[]"  # noqa: RUF001
#: What is between characters without being seen: any space, and marks of no width.
_UNSEEN = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+")
_CHOICE = "请从列出的选项中选择。"


class Asked(Protocol):
    """What grading needs of a question: a ``BankQuestion`` is one."""

    kind: str
    options: Any
    answer: Any


def plain(text: str) -> str:
    """A word as it is compared: full width as half width, small letters, no spaces, nothing of
    what merely stands around it (《》, “”, a full stop). What is nothing but that stays as it is.
    """
    half = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    seen = _UNSEEN.sub("", half)
    return seen.strip(_AROUND) or seen


def is_right(question: Asked, given: Given) -> bool:
    """Whether ``given`` (as ``clean`` gives it) answers the question; not answered is wrong."""
    if not given:
        return False
    if question.kind == "fill":
        return _fills(question.answer, given)
    return sorted(map(int, given)) == sorted(map(int, question.answer))


def _fills(answer: Sequence[Sequence[str]], given: Sequence[str]) -> bool:
    if len(answer) != len(given):
        return False
    accepted = [tuple(plain(word) for word in words) for words in answer]
    filled = [plain(text) for text in given]
    if any(word not in words for words, word in zip(accepted, filled, strict=True)):
        return False
    for words in set(accepted):
        there = [one for at, one in enumerate(filled) if accepted[at] == words]
        # one word for several blanks ("____的党") is all that can be given, again and again
        if len(set(words)) >= len(there) and len(set(there)) < len(there):
            return False
    return True


def clean(question: Asked, given: Any, field: str = "given") -> Given:
    """An answer as it is kept, from the form or the API; nothing chosen or filled in is None.

    Raises InvalidInput at ``field`` for what can't be an answer to this question.
    """
    if given is None or given == []:
        return None
    if not isinstance(given, list):
        raise InvalidInput.at(field, _CHOICE)
    if question.kind == "fill":
        return _clean_blanks(given, len(question.answer), field)
    if question.kind == "judge":
        if len(given) != 1 or type(given[0]) is not bool:
            raise InvalidInput.at(field, "请选择“对”或“错”。")
        return list(given)
    most = 1 if question.kind == "single" else len(question.options)
    known = all(type(one) is int and 0 <= one < len(question.options) for one in given)
    if not known or len(set(given)) != len(given) or len(given) > most:
        raise InvalidInput.at(field, _CHOICE)
    return sorted(given)


def _clean_blanks(given: list[Any], blanks: int, field: str) -> Given:
    if len(given) != blanks or not all(isinstance(one, str) for one in given):
        raise InvalidInput.at(field, f"这道题有 {blanks} 个空，请在每个空里填写。")
    texts = [" ".join(one.replace("\0", "").split()) for one in given]
    if any(len(one) > LONGEST for one in texts):
        raise InvalidInput.at(field, f"每个空最多 {LONGEST} 个字。")
    return texts if any(texts) else None


def letters(places: Sequence[int]) -> str:
    """The places of options as people name them: A、C."""
    return "、".join(chr(ord("A") + place) for place in places)


def in_words(question: Asked, given: Given) -> str:
    """An answer to be read; "" when nothing was answered."""
    if not given:
        return ""
    if question.kind == "judge":
        return "对" if given[0] else "错"
    if question.kind == "fill":
        return "；".join(one or "（空）" for one in given)
    return letters(given)


def answer_in_words(question: Asked) -> str:
    """The right answer to be read; a blank's further words stand behind 或, and blanks that may be
    filled in any order are named together."""
    if question.kind != "fill":
        return in_words(question, list(question.answer))
    said = []
    for words, blanks in groupby(question.answer):
        many = len(list(blanks))
        if 1 < many <= len(words):
            said.append("、".join(words) + "（不分先后）")
        else:
            said += [" 或 ".join(words)] * many
    return "；".join(said)
