"""Where an organisation is: the current divisions of GB/T 2260, from python-stdnum's data.

Codes have six digits: province (2), prefecture (2), county (2). A code is current when its last
period has no end. Rows that only group (市辖区, 县, 省直辖县级行政单位) are no places and left out.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_LINE = re.compile(r'^(?P<indent> *)(?P<code>\d+)\s+\w+="(?P<names>[^"]*)"')
_PERIOD = re.compile(r"^(?:\[(?P<start>\d*)-(?P<end>\d*)\])?(?P<name>.*)$")
#: Names of rows that only group others.
_GROUP = re.compile("市辖区|县|林区|.*直辖县级.*")


@dataclass(frozen=True)
class Division:
    """One division: its six-digit code and its name."""

    code: str
    name: str


def _current_name(names: str) -> str:
    """The name of today out of ``[1983-2014]新市区,[2015-]竞秀区``; empty when abolished."""
    for part in names.split(","):
        match = _PERIOD.match(part)
        if match and not match["end"]:
            return match["name"]
    return ""


@cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    province = ""
    text = files("stdnum.cn").joinpath("loc.dat").read_text(encoding="utf-8")
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        if not match["indent"]:
            province = match["code"]
            continue
        name = _current_name(match["names"])
        if name and not _GROUP.fullmatch(name):
            found[province + match["code"]] = name
    return found


def provinces() -> list[Division]:
    """All provinces, in the order of their codes."""
    return [Division(c, n) for c, n in sorted(_names().items()) if c.endswith("0000")]


@cache
def children(code: str) -> tuple[Division, ...]:
    """The divisions right below ``code``: a province's prefectures, a prefecture's counties.

    A municipality's districts, and counties that a province governs itself, stand right below it.
    """
    if code.endswith("0000"):
        return tuple(_below_province(code[:2]))
    if code.endswith("00"):
        return tuple(
            Division(c, n)
            for c, n in sorted(_names().items())
            if c.startswith(code[:4]) and c != code
        )
    return ()


def _below_province(head: str) -> list[Division]:
    rows = [(c, n) for c, n in sorted(_names().items()) if c[:2] == head and c[2:] != "0000"]
    cities = {c[:4]: n for c, n in rows if c.endswith("00")}
    # Counties of their own; the data keeps older codes of a few (429001 随州市, now a prefecture;
    # 422921 神农架林区, now 429021), so the newest code of a name counts.
    counties = {n: c for c, n in rows if c[:4] not in cities and n not in cities.values()}
    chosen = {c for c, _ in rows if c.endswith("00")} | set(counties.values())
    return [Division(c, n) for c, n in rows if c in chosen]


def full_name(code: str) -> str:
    """``山东省济南市历下区`` for a current code, the empty string for any other."""
    names = _names()
    if code not in names:
        return ""
    parts = []
    for part in (code[:2] + "0000", code[:4] + "00", code):
        name = names.get(part, "")
        if name and name not in parts:
            parts.append(name)
    return "".join(parts)


def ancestors(code: str) -> list[Division]:
    """The divisions from the province down to ``code`` itself, for the form's selects."""
    names = _names()
    codes = dict.fromkeys((code[:2] + "0000", code[:4] + "00", code))
    return [Division(c, names[c]) for c in codes if c in names]
