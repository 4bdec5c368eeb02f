"""What the texts of a notice may be, and how long what is sent stays open."""

import re
from datetime import datetime, timedelta

from django.utils import timezone

from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput

from .models import Notice

MAX_TITLE = 100
MAX_BODY = 10_000
MAX_REMARK = 500
MAX_FILES = 10
#: A deadline lies at most this far ahead.
MAX_DEADLINE = timedelta(days=3 * 365)
#: For how long who comes later still sees what has no deadline, or was passed on after it.
STAYS_OPEN = timedelta(days=30)
#: A list longer than these is better said by a branch higher up, or by "all".
MAX_BRANCHES = 300
MAX_ORGANIZATIONS = 300

# Control characters but for tab and new line (PostgreSQL takes no NUL); halves of surrogate pairs,
# which no database takes.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def tidy_text(text: str) -> str:
    """Text of several lines as it is kept: plain new lines, no control characters or blank ends."""
    lines = _NO_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def tidy_line(text: str) -> str:
    """Text of one line as it is kept: every run of white space one blank."""
    return " ".join(_NO_TEXT.sub(" ", text).split())


def title_error(title: str, *, complete: bool) -> str:
    """What is wrong with a tidied title, or "". ``complete``: as it is sent, not as a draft."""
    if complete and not title:
        return "请填写标题。"
    if len(title) > MAX_TITLE:
        return f"标题最多 {MAX_TITLE} 个字，现在是 {len(title)} 个字。"
    return ""


def body_error(body: str, *, complete: bool) -> str:
    """What is wrong with a tidied text, or ""."""
    if complete and not body:
        return "请填写正文。"
    if len(body) > MAX_BODY:
        return f"正文最多 {MAX_BODY} 个字，现在是 {len(body)} 个字；更长的内容请放在附件里。"
    return ""


def tidy_deadline(deadline: datetime | None) -> datetime | None:
    """A deadline as it is kept; one without a time zone is in the site's."""
    if deadline is None or deadline.tzinfo is not None:
        return deadline
    return deadline.replace(tzinfo=timezone.get_default_timezone())


def deadline_error(deadline: datetime | None) -> str:
    """What is wrong with an aware deadline now, or ""."""
    if deadline is None:
        return ""
    moment = now()
    # by the year first: far outside, the arithmetic of time zones overflows
    if deadline.year < moment.year or (deadline.year < 9999 and deadline <= moment):
        return "截止时间已经过去，请填写以后的时间。"
    if deadline.year > moment.year + 4 or deadline > moment + MAX_DEADLINE:
        return "截止时间太远，请填写三年以内的时间。"
    return ""


def tidy_remark(text: str, field: str = "remark") -> str:
    """传达意见 as it is kept. Raises InvalidInput at ``field`` above 500 characters."""
    remark = tidy_text(text)
    if len(remark) > MAX_REMARK:
        raise InvalidInput.at(field, f"最多 {MAX_REMARK} 个字，现在是 {len(remark)} 个字。")
    return remark


def need_complete(notice: Notice) -> None:
    """That a draft can be sent as it stands now. Raises InvalidInput at its fields, all at once."""
    lacks = "任务要有截止时间，请先填写。" if notice.is_task and notice.deadline is None else ""
    errors = {
        "title": title_error(notice.title, complete=True),
        "body": body_error(notice.body, complete=True),
        "deadline": lacks or deadline_error(notice.deadline),
    }
    raise_all(errors)


def raise_all(errors: dict[str, str]) -> None:
    """Raises InvalidInput with what is not empty in ``errors``, if anything is."""
    found = {field: message for field, message in errors.items() if message}
    if len(found) == 1:
        ((field, message),) = found.items()
        raise InvalidInput.at(field, message)
    if found:
        raise InvalidInput("有几处填写不正确，请按提示修改。", fields=found)


def open_until(notice: Notice, moment: datetime) -> datetime:
    """Until when who joins still sees what is passed on at ``moment``: the deadline, while it lies
    ahead, else 30 days."""
    if notice.deadline is not None and notice.deadline > moment:
        return notice.deadline
    return moment + STAYS_OPEN
