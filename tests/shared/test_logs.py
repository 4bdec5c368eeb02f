"""No phone, ID number or link's token gets into a line of the log, whoever writes it."""

import logging
from logging.config import DictConfigurator

import pytest
from django.conf import settings

from lianxue.shared.logs import PrivateFormatter

pytestmark = pytest.mark.once


def line(message: str, *args: object, error: BaseException | None = None) -> str:
    info = (type(error), error, None) if error else None
    record = logging.LogRecord("x", logging.WARNING, "x.py", 1, message, args, info)
    return PrivateFormatter("%(message)s").format(record)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Key (phone)=(13812341000) already exists.", "Key (phone)=(138****1000) already exists."),
        ("+8613812341000", "138****1000"),
        ("11010519491231002X", "…"),
        ("Not Found: /i/AbC-d_9xyz/", "Not Found: /i/…/"),
        ("Conflict: /claim/AbC-d_9xyz/", "Conflict: /claim/…/"),
        ("Not Found: /c/AbC-d_9xyz/", "Not Found: /c/…/"),
        ("Not Found: /calendar/AbC-d_9xyz.ics", "Not Found: /calendar/…"),
        ("Forbidden: /calendar/feed/", "Forbidden: /calendar/feed/"),
        ("Not Found: /api/v1/invitations/AbC-d", "Not Found: /api/v1/invitations/…"),
        ("Not Found: /orgs/3/invitations/7/revoke/", "Not Found: /orgs/3/invitations/7/revoke/"),
        ("1763877600123 ms, 20261123, org 138", "1763877600123 ms, 20261123, org 138"),
    ],
)
def test_what_is_hidden_and_what_is_not(written: str, read: str) -> None:
    assert line(written) == read
    assert line("%s", written) == read


def test_an_exceptions_words_are_no_way_round() -> None:
    assert "13812341000" not in line("failed", error=ValueError("(13812341000)"))


def test_the_site_writes_with_it() -> None:
    handler = settings.LOGGING["handlers"]["stderr"]
    described = dict(settings.LOGGING["formatters"][handler["formatter"]])
    made = DictConfigurator(settings.LOGGING).configure_formatter(described)
    assert isinstance(made, PrivateFormatter)
    record = logging.LogRecord("x", logging.WARNING, "x.py", 1, "13812341000", (), None)
    assert made.format(record).endswith("WARNING x 138****1000")
