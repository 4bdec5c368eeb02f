"""What every cell goes through first."""

import re
import unicodedata

_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)
#: What spreadsheet programs put before a number that shall stay text.
_APOSTROPHES = "'’‘`"


def tidy(text: str) -> str:
    """One line in plain characters: full-width ones, control characters, odd spaces made plain."""
    if text.lstrip().startswith("=") and (wrapped := _EXCEL_TEXT.fullmatch(text.strip())):
        text = wrapped[1]
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if not plain.isprintable():
        spaced = (" " if char.isspace() else char for char in plain)
        plain = "".join(
            char for char in spaced if char == " " or unicodedata.category(char)[0] != "C"
        )
    if "  " in plain:
        plain = re.sub(r" +", " ", plain)
    return plain.strip().lstrip(_APOSTROPHES).strip()
