"""What an app above adds to a kind of notice: its questions, checked when the notice is sent.

Notices know nothing of who builds on them, so the app above registers itself for its kinds, as it
registers the words of its audit events.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from lianxue.organizations.models import Membership, Organization

from .models import Notice, Relay


def _nothing(notice: Notice) -> None:
    """A plain notice needs no more than its text."""


def _any_audience(notice: Notice, own: str) -> str:
    return own


def _no_lines(notice: Notice, reader: Organization) -> list[str]:
    return []


def _no_copy(source: Notice, target: Notice) -> None:
    """A plain notice has nothing beyond its text."""


def _nobody(relay: Relay) -> QuerySet[Membership, Any]:
    return Membership.objects.none()


@dataclass(frozen=True)
class Extension:
    """``step``: the URL name (organization id, notice id) of a page between text and audience, or
    "". ``check`` raises InvalidInput or StateConflict for a draft that can't be sent.
    ``own``: which ``Relay.Own`` becomes of the one that was chosen (branches as units).
    ``lines``: what is said of it to the administrators of an organisation (the one that sends it,
    or to which it came), a sentence each. ``copy``: takes the questions over to a
    draft made from it. ``target``: the URL name (notice id) where its reader goes, or "".
    ``progress``: the URL name (organization id, notice id) of how far it is done, or "".
    ``unanswered``: the memberships that a text message before the deadline of a relay is for.
    """

    step: str = ""
    check: Callable[[Notice], None] = _nothing
    own: Callable[[Notice, str], str] = _any_audience
    lines: Callable[[Notice, Organization], list[str]] = _no_lines
    copy: Callable[[Notice, Notice], None] = _no_copy
    target: str = ""
    progress: str = ""
    unanswered: Callable[[Relay], QuerySet[Membership, Any]] = _nobody


_PLAIN = Extension()
_EXTENSIONS: dict[str, Extension] = {}


def register_extension(kinds: tuple[str, ...], extension: Extension) -> None:
    """Make an extension known for these kinds of notices."""
    _EXTENSIONS.update(dict.fromkeys(kinds, extension))


def extension_of(notice: Notice) -> Extension:
    """What belongs to the notice's kind; nothing for a plain one."""
    return _EXTENSIONS.get(notice.kind, _PLAIN)
