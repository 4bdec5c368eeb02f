"""What a line of the log must not hold: phones, ID numbers, the tokens of links."""

import logging
import re

_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_PHONE = re.compile(r"(?<!\d)(?:\+?86)?(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_LINK = re.compile(r"(/(?:i|c|claim|invitations|calendar)/)(?!\d+/|feed/)[^/\s?]+")


class PrivateFormatter(logging.Formatter):
    """Hides them wherever they come from: a page's address, or an exception's own words
    (PostgreSQL quotes the row that breaks a constraint).
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, with its traceback, without them."""
        line = _ID_NUMBER.sub("…", super().format(record))
        line = _PHONE.sub(r"\1****\2", line)
        return _LINK.sub(r"\1…", line)
