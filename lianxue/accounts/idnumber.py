"""The citizen's ID number (GB 11643): division (6 digits), birth date (8), order (3), check.

The table of divisions is python-stdnum's (GB/T 2260 with every code since 1980): a retired code is
as good as a living one, for the number keeps the code of the day on which it was given.
"""

import re
import unicodedata
from datetime import date
from functools import cache

from stdnum import numdb
from stdnum.cn import ric

from lianxue.shared.clock import today
from lianxue.shared.errors import InvalidInput

_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
#: The oldest person whose age was ever proved lived 122 years.
_OLDEST = 130
#: Residence permits of Hong Kong, Macao and Taiwan residents (since 2018).
_PERMITS = frozenset({"810000", "820000", "830000"})


def normalize(text: str) -> str:
    """The number as it is compared: full-width characters, spaces, hyphens and a small x mended."""
    return re.sub(r"[\s\-–—‐]", "", unicodedata.normalize("NFKC", text)).upper()


def faults(text: str) -> list[str]:
    """Every bad part of a number, each in its own sentence; empty when it is well formed.

    Length and characters come first: without them no part can be told from another.
    """
    number = normalize(text)
    if not number:
        return ["请填写身份证号。"]
    if len(number) != 18:
        return [f"身份证号应为 18 位，现在是 {len(number)} 位，请检查。"]
    if not _SHAPE.fullmatch(number):
        return ["身份证号前 17 位应全是数字，最后一位是数字或字母 X，请检查。"]
    found = []
    if not _known_division(number[:6]):
        found.append("前 6 位（地区代码）不存在，请检查。")
    if fault := _birth_fault(number[6:14]):
        found.append(fault)
    if ric.calc_check_digit(number) != number[-1]:
        found.append("最后一位（校验码）与前面的数字对不上，可能有一位写错了，请检查。")
    return found


def require_well_formed(text: str, *, field: str = "id_number") -> str:
    """The normalised number. Raises InvalidInput at ``field`` naming every bad part."""
    found = faults(text)
    if found:
        raise InvalidInput.at(field, "".join(found), code="id-number-malformed")
    return normalize(text)


def mask(number: str) -> str:
    """The first and the last character alone; the rest as stars."""
    return f"{number[0]}{'*' * (len(number) - 2)}{number[-1]}"


def _birth_fault(digits: str) -> str:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return f"第 7 至 14 位（出生日期 {digits}）不是真实的日期，请检查。"
    if born > today():
        return f"第 7 至 14 位（出生日期 {digits}）在今天之后，请检查。"
    if born.year < today().year - _OLDEST:
        return f"第 7 至 14 位（出生日期 {digits}）太早了，请检查。"
    return ""


@cache
def _known_division(code: str) -> bool:
    """Whether the code ever stood for a county, a district, or a city without any (东莞 441900)."""
    if code in _PERMITS:
        return True
    if code.endswith("0000"):
        return False  # a whole province gives out no numbers
    parts = numdb.get("cn/loc").info(code)
    return len(parts) == 2 and "county" in parts[1][1]
