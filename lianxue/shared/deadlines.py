"""A deadline in words: 明天 18:00 截止, 已逾期 1 天."""

from datetime import datetime, timedelta

from django.utils import timezone

from .clock import now

_DAYS = {0: "今天", 1: "明天", 2: "后天"}
#: From how long before it a deadline stands out.
_SOON = timedelta(days=2)


def due(deadline: datetime | None) -> str:
    """The deadline as people say it, in the site's time zone; 不限时间 without one."""
    if deadline is None:
        return "不限时间"
    moment = now()
    if deadline < moment:
        return f"已逾期 {_length(moment - deadline)}"
    local, today = timezone.localtime(deadline), timezone.localdate(moment)
    days = (local.date() - today).days
    day = _DAYS.get(days) or f"{local.month}月{local.day}日"
    year = "" if local.year == today.year or days in _DAYS else f"{local.year}年"
    return f"{year}{day} {local:%H:%M} 截止"


def due_kind(deadline: datetime | None) -> str:
    """Which tag it wears: ``accent`` once it is past, ``warn`` in the last two days, else plain."""
    if deadline is None:
        return "plain"
    left = deadline - now()
    if left < timedelta(0):
        return "accent"
    return "warn" if left <= _SOON else "plain"


def _length(late: timedelta) -> str:
    if late.days:
        return f"{late.days} 天"
    hours = late // timedelta(hours=1)
    return f"{hours} 小时" if hours else "不到 1 小时"
