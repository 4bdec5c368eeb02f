"""Dates as people and spreadsheet programs write them."""

import re
from datetime import date, timedelta

from lianxue.shared.errors import InvalidInput

from .tidying import tidy

_HOW = "请写成 1990-01-02，只知道年月的写成 1990-01。"
#: Day 0 of the serial numbers of spreadsheets, such that all since March 1900 are right.
_SERIAL_ZERO = date(1899, 12, 30)
_LONG = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}.*)?")
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
_FIRST, _LAST = 1900, 2100


def clean_date(text: str) -> str:
    """An ISO date, ``1990-01-02``, or ``1990-01`` where the day is not given.

    Takes 1990-01-02, 1990/1/2, 1990.1.2, 1990年1月2日, 19900102, the same without a day, and the
    serial number that a date cell without its format shows. Raises InvalidInput.
    """
    text = re.sub(r"(?<=\d)\s+(?=[-/.年月日])|(?<=[-/.年月])\s+", "", tidy(text))
    if not text:
        return ""
    if long := _LONG.fullmatch(text):
        return _day(*long.groups())
    if month := _MONTH.fullmatch(text):
        return _month(*month.groups())
    if not re.fullmatch(r"\d+(\.\d+)?", text) or not text.isascii():
        raise InvalidInput(f"看不懂日期“{text[:20]}”，{_HOW}")
    whole = text.split(".")[0]
    if len(whole) == 8:
        return _day(whole[:4], whole[4:6], whole[6:])
    if len(whole) == 6:
        return _month(whole[:4], whole[4:])
    if len(whole) == 5:
        return (_SERIAL_ZERO + timedelta(days=int(whole))).isoformat()
    raise InvalidInput(f"看不懂日期“{text[:20]}”，{_HOW}")


def clean_past_date(text: str, today: date) -> str:
    """As ``clean_date``, and not later than ``today``. Raises InvalidInput."""
    day = clean_date(text)
    if day > today.isoformat():
        raise InvalidInput(f"日期 {day} 还没有到，请检查年份。")
    return day


def _day(year: str, month: str, day: str) -> str:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise InvalidInput(f"没有 {year} 年 {int(month)} 月 {int(day)} 日这一天，{_HOW}") from None
    return _within(found.year, found.isoformat())


def _month(year: str, month: str) -> str:
    if not 1 <= int(month) <= 12:
        raise InvalidInput(f"没有 {int(month)} 月这个月份，{_HOW}")
    return _within(int(year), f"{int(year):04}-{int(month):02}")


def _within(year: int, day: str) -> str:
    if not _FIRST <= year <= _LAST:
        raise InvalidInput(f"年份 {year} 不对，{_HOW}")
    return day
