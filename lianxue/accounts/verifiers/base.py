"""What every verifier looks like."""

from dataclasses import dataclass
from typing import ClassVar, Protocol


@dataclass(frozen=True)
class Verdict:
    """``approved`` True or False, or None: not known yet. ``reason`` says why it was refused."""

    approved: bool | None
    reason: str = ""


class VerifierUnavailable(Exception):
    """The verifier gave no answer; the request stays open and can be tried again."""


class Verifier(Protocol):
    """Decides about one request. ``check`` may wait for another machine: never in a transaction."""

    key: ClassVar[str]
    #: What the page says about how the check is made and who gets to see the number.
    notice: ClassVar[str]

    def check(self, name: str, id_number: str) -> Verdict:
        """Whether both belong together. Raises VerifierUnavailable."""
