"""What a browser remembers of a phone's verification under way: the challenge and its own secret.

The secret never leaves the server's session store; the challenge keeps only its hash, so a code
works in the browser that asked for it and nowhere else (ASVS 5.0 6.6.2).
"""

import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from .models import PhoneChallenge

_KEY = "phone_challenges"


@dataclass(frozen=True)
class Pending:
    """One verification under way in this browser; ``next_path`` is where the person was going."""

    challenge: PhoneChallenge
    browser: str
    next_path: str


def new_browser_secret() -> str:
    """192 random bits."""
    return secrets.token_urlsafe(24)


def begin(
    request: HttpRequest, challenge: PhoneChallenge, browser: str, next_path: str = "/"
) -> None:
    """Remember ``challenge``; an earlier one of the same purpose is forgotten."""
    held = _held(request)
    held[challenge.purpose] = {"id": str(challenge.pk), "browser": browser, "next": next_path}
    request.session[_KEY] = held


def current(request: HttpRequest, *purposes: str) -> Pending | None:
    """The verification under way for one of ``purposes`` (the first that there is), or None."""
    held = _held(request)
    for purpose in purposes:
        entry = held.get(purpose)
        if entry is None:
            continue
        challenge = PhoneChallenge.objects.filter(pk=uuid.UUID(entry["id"])).first()
        if challenge is not None:
            return Pending(challenge, entry["browser"], entry["next"])
    return None


def forget(request: HttpRequest, *purposes: str) -> None:
    """Forget these; a visitor of whom nothing else is known leaves no session behind."""
    held = {key: value for key, value in _held(request).items() if key not in purposes}
    if held:
        request.session[_KEY] = held
    elif request.user.is_authenticated:
        request.session.pop(_KEY, None)
    else:
        request.session.flush()


def forget_all(request: HttpRequest) -> None:
    """Forget them all, but keep the session (it is about to be signed in)."""
    request.session.pop(_KEY, None)


def _held(request: HttpRequest) -> dict[str, Any]:
    held = request.session.get(_KEY)
    return dict(held) if isinstance(held, dict) else {}
