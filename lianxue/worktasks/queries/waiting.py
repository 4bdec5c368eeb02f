"""What waits for a person in tasks: to answer, and to review."""

from lianxue.accounts.models import User
from lianxue.shared.nav import Waiting


def lines(user: User) -> list[Waiting]:
    """The lines of 待办; empty when nothing waits."""
    return []
