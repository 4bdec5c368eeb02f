"""No message leaves the tests."""

from tests.accounts.helpers import outbox

__all__ = ["outbox"]
