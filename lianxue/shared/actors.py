"""Who acts, when it is not a person with an account."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Operator:
    """The one who holds the server, at its command line (``lianxue …``). Audited under ``name``."""

    name: str = "operator"

    @property
    def pk(self) -> None:
        """No account."""
        return
