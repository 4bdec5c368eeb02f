"""The questions as they stand in the editor's form, half typed: read, turned, shown again.

Nothing of this is kept: every button of the editor but 保存 sends the whole form and gets it back
with one more question, one less, or another order, so that it works without scripts.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from ..fields import MAX_QUESTIONS, QuestionSpec, TaskSettings
from ..models import Question, WorkTask

#: What a task may begin with (act ``start-…``).
STARTS = {
    "text": ("只要文字", "对方写一段话答复，例如汇报落实情况。", "file-text"),
    "file": ("只要文件", "对方上传材料，例如总结、照片、签到表。", "paperclip"),
    "form": (
        "自定义表格",
        "自己列出要填的项目：文字、数字、选择、日期、文件。",
        "file-spreadsheet",
    ),
}
_WORDS = {"text": "答复内容", "file": "答复材料"}


@dataclass
class Row:
    """One question as it is typed; ``options`` one a line."""

    kind: str = Question.Kind.TEXT.value
    label: str = ""
    hint: str = ""
    required: bool = True
    unit: str = ""
    options: str = ""

    @classmethod
    def of(cls, spec: QuestionSpec) -> "Row":
        """A kept question, to be typed on."""
        return cls(
            spec.kind, spec.label, spec.hint, spec.required, spec.unit, "\n".join(spec.options)
        )

    def spec(self) -> QuestionSpec:
        """As the action takes it."""
        options = tuple(one.strip() for one in self.options.splitlines() if one.strip())
        return QuestionSpec(self.kind, self.label, self.hint, self.required, self.unit, options)


@dataclass
class Typed:
    """The whole form. ``moved``: the row that a button turned, to stand in sight afterwards.
    ``removed``: the last row taken out and where it stood, so that it can be put back.
    """

    settings: TaskSettings = field(default_factory=TaskSettings)
    rows: list[Row] = field(default_factory=list)
    moved: int | None = None
    removed: str = ""

    def specs(self) -> list[QuestionSpec]:
        """As the action takes them."""
        return [row.spec() for row in self.rows]

    @property
    def gone(self) -> Row | None:
        """The row that 恢复 would put back."""
        found = _read_removed(self.removed)
        return found[1] if found else None

    @property
    def gone_at(self) -> int:
        """Where it would stand."""
        found = _read_removed(self.removed)
        return min(found[0], len(self.rows)) if found else 0


def read(post: Mapping[str, str]) -> Typed:
    """The form as it was sent. A number of rows that can't be is the nearest one."""
    count = _number(post.get("count", ""))
    rows = [
        Row(
            kind=post.get(f"q{at}-kind", ""),
            label=post.get(f"q{at}-label", ""),
            hint=post.get(f"q{at}-hint", ""),
            required=post.get(f"q{at}-required") == "on",
            unit=post.get(f"q{at}-unit", ""),
            options=post.get(f"q{at}-options", ""),
        )
        for at in range(min(count, MAX_QUESTIONS + 1))
    ]
    settings = TaskSettings(
        respondents=post.get("respondents", ""),
        period=post.get("period", ""),
        sms_before_deadline=post.get("sms_before_deadline") == "on",
    )
    return Typed(settings, rows, removed=post.get("removed", "")[:4000])


def turn(typed: Typed, act: str) -> None:
    """Do what the button says: ``start-text``, ``add-number``, ``up-2``, ``down-2``, ``copy-2``,
    ``remove-2``, ``restore``. What can't be done (any more) changes nothing.
    """
    what, _, which = act.partition("-")
    if what == "start" and which in STARTS:
        typed.rows = begin(which)
        typed.moved = 0
    elif what == "add" and which in Question.Kind.values:
        _put(typed, len(typed.rows), Row(kind=which))
    elif what == "restore" and (found := _read_removed(typed.removed)):
        _put(typed, *found)
        typed.removed = ""
    elif which.isascii() and which.isdigit() and len(which) < 5 and int(which) < len(typed.rows):
        _turn_row(typed, what, int(which))


def begin(start: str) -> list[Row]:
    """The first questions of a starting point; a table begins with one empty question."""
    if start == "form":
        return [Row()]
    return [Row(kind=start, label=_WORDS[start])]


def _turn_row(typed: Typed, what: str, at: int) -> None:
    rows = typed.rows
    if what == "copy":
        _put(typed, at + 1, Row(**asdict(rows[at])))
    elif what == "remove":
        typed.removed = json.dumps([at, asdict(rows.pop(at))], ensure_ascii=False)
        typed.moved = min(at, len(rows) - 1) if rows else None
    elif what in {"up", "down"}:
        to = at - 1 if what == "up" else at + 1
        if 0 <= to < len(rows):
            rows[at], rows[to] = rows[to], rows[at]
        typed.moved = max(0, min(to, len(rows) - 1))


def _put(typed: Typed, at: int, row: Row) -> None:
    if len(typed.rows) < MAX_QUESTIONS:
        typed.rows.insert(at, row)
        typed.moved = min(at, len(typed.rows) - 1)


def _read_removed(text: str) -> tuple[int, Row] | None:
    """What 恢复 was given: our own JSON, or anything that somebody typed into the address."""
    try:
        at, row = json.loads(text)
        found = Row(**row)
    except (ValueError, TypeError, RecursionError):
        return None
    words = [found.kind, found.label, found.hint, found.unit, found.options]
    if type(at) is not int or at < 0 or not all(isinstance(one, str) for one in words):
        return None
    found.required = found.required is True
    return at, found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def kept(task: WorkTask | None, specs: list[QuestionSpec], settings: TaskSettings) -> Typed:
    """What was saved last, to be typed on."""
    return Typed(settings if task else TaskSettings(), [Row.of(spec) for spec in specs])
