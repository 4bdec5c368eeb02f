"""Mobile numbers of mainland China: ``^1[3-9]\\d{9}$`` after tidying (facts: Standards)."""

import re
import unicodedata

from .errors import InvalidInput

_MOBILE = re.compile(r"1[3-9]\d{9}")


def normalize_phone(text: str, *, field: str = "phone") -> str:
    """The eleven digits of a number as people type it (+86, spaces, hyphens, full-width digits).

    Raises InvalidInput at ``field`` when it is no mobile number.
    """
    digits = re.sub(r"[\s\-–—()]", "", unicodedata.normalize("NFKC", text))
    digits = re.sub(r"^(\+?86)(?=1\d{10}$)", "", digits)
    if not digits:
        raise InvalidInput.at(field, "请填写手机号码。")
    if not _MOBILE.fullmatch(digits) or not digits.isascii():
        raise InvalidInput.at(field, "手机号码应为 11 位数字，以 13 至 19 开头，请检查。")
    return digits


def mask_phone(phone: str) -> str:
    """``138 **** 1000``: what others may see of a number."""
    return f"{phone[:3]} **** {phone[-4:]}"
