"""Unguessable tokens, kept only as their hashes; and fixed-width ids for materialised paths."""

import hashlib
import secrets

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
STEP = 7  # 36**7 = 78 thousand million organisations


def new_token() -> str:
    """A fresh token for a link: 192 random bits, 32 URL-safe characters."""
    return secrets.token_urlsafe(24)


def hash_token(token: str) -> str:
    """What the database keeps of a token: SHA-256 in hex (the token has full entropy)."""
    return hashlib.sha256(token.encode()).hexdigest()


def path_step(pk: int) -> str:
    """``pk`` as one fixed-width step of a materialised path; sorts alike in every collation."""
    digits = ""
    while pk:
        pk, rest = divmod(pk, 36)
        digits = _DIGITS[rest] + digits
    return digits.rjust(STEP, "0")


def path_end(path: str) -> str:
    """The first path behind ``path``'s subtree, which is ``path <= p < path_end(path)``."""
    head, last = path[:-STEP], path[-STEP:]
    return head + path_step(int(last, 36) + 1)
