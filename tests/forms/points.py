"""积分: a correction, a new version of a rule, the switch of the ranking."""

from datetime import date, timedelta
from typing import Any

from .scene import Case

_ENTRY = ("organization_id", "entry_id")
_ITEM = ("organization_id", "item")
_ORG = ("organization_id",)
_RULE = {
    "use": "own",
    "points": "1.5",
    "day_cap": "6",
    "year_cap": "",
    "effective_from": (date.today() + timedelta(days=2)).isoformat(),
    "reason": "按年度安排调整",
}
_KEPT = {"points": "1.5", "day_cap": "6", "reason": "按年度安排调整"}
_LONG = "由" * 201


def _cases(face: str) -> list[Case]:
    """The same forms on the phone (``""``) and on the console."""

    def case(name: str, form: dict[str, Any], at: str, words: str, **more: Any) -> Case:
        return Case(f"points:{face}{name}", form, at, words, **more)

    def rule(at: str, words: str, **wrong: str) -> Case:
        kept = {key: value for key, value in _KEPT.items() if key not in wrong} | wrong
        if "use" in kept:
            del kept["use"]
        return case("rule", _RULE | wrong, at, words, kept=kept, ids=_ITEM)

    return [
        case("reverse", {"reason": " \0"}, "reason", "请写明更正的原因", ids=_ENTRY),
        case("reverse", {"reason": _LONG}, "reason", "200", kept={"reason": _LONG}, ids=_ENTRY),
        rule("use", "请选择用哪一种", use="x"),
        rule("points", "请填写数字", points="一分"),
        rule("points", "请填写数字", points=""),
        rule("points", "请填写 0 至", points="99999999"),
        rule("day_cap", "请填写数字", day_cap="-1"),
        rule("year_cap", "请填写数字", year_cap="1.55"),
        rule("effective_from", "请选择生效日期", effective_from="2026-02-31"),
        rule("effective_from", "今天或以后", effective_from="2001-01-01"),
        rule("effective_from", "一年以内", effective_from="9999-12-31"),
        rule("reason", "请写明修改的原因", reason=" ", effective_from="2001-01-01"),
        case("ranking_switch", {"on": "on", "reason": ""}, "reason", "请写明原因", ids=_ORG),
        case(
            "ranking_switch",
            {"on": "on", "reason": _LONG},
            "reason",
            "200",
            kept={"reason": _LONG},
            ids=_ORG,
        ),
        case(
            "ranking_switch",
            {"on": "off", "reason": "不需要"},
            "",
            "关闭",
            kept={"reason": "不需要"},
            ids=_ORG,
            status=409,
        ),
    ]


CASES = [*_cases(""), *_cases("console_")]
