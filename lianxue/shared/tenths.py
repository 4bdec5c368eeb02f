"""Numbers kept as tenths (integers, so that halves are exact), as people read and type them."""

import re

#: U+2212, as wide as the plus sign.
MINUS = "\u2212"


def tenths(number: int) -> str:
    """Tenths as people read them: 3, 3.5, −1."""
    whole, rest = divmod(abs(number), 10)
    return f"{MINUS if number < 0 else ''}{whole}" + (f".{rest}" if rest else "")


def signed_tenths(number: int) -> str:
    """As ``tenths``, what was added with a plus sign."""
    return f"+{tenths(number)}" if number > 0 else tenths(number)


def tenths_in(text: str) -> int | None:
    """What was typed (1, 1.5, １．５), in tenths; None for what is no such number."""
    plain = text.strip().translate(_FULL_WIDTH)
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9])?", plain):
        return None
    return int(plain.replace(".", "")) * (1 if "." in plain else 10)


_FULL_WIDTH = str.maketrans("０１２３４５６７８９．", "0123456789.")
