"""What can go wrong in an action, in words for the person who asked.

Every door turns these into its own form: a page or a field message on the web
(``shared.web``), an RFC 9457 problem document in the API (``config.api``).
"""

from collections.abc import Mapping
from typing import ClassVar


class DomainError(Exception):
    """Base of all expected failures.

    ``code`` is stable and machine-readable, ``message`` is Chinese and says what to do,
    ``fields`` maps a form field to its own message, ``link`` names a page that helps.
    """

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        fields: Mapping[str, str] | None = None,
        link: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.fields = dict(fields or {})
        self.link = link


class InvalidInput(DomainError):
    """What was typed can't be used; ``fields`` says where and why."""

    status = 422
    default_code = "invalid-input"

    @classmethod
    def at(cls, field: str, message: str, *, code: str = "") -> "InvalidInput":
        """One field's message."""
        return cls(message, fields={field: message}, code=code)


class PermissionDenied(DomainError):
    """The actor sees the thing but may not do this to it."""

    status = 403
    default_code = "forbidden"


class RealNameRequired(PermissionDenied):
    """The act needs the actor's real-name verification first (design rule 7)."""

    default_code = "real-name-required"

    def __init__(self, message: str = "请先完成个人实名认证，再继续这一步。") -> None:
        super().__init__(message)


class NotFound(DomainError):
    """The thing is not there, or the actor may not know that it is."""

    status = 404
    default_code = "not-found"

    def __init__(
        self, message: str = "没有找到，可能已被删除，或您没有查看权限。", *, code: str = ""
    ) -> None:
        super().__init__(message, code=code)


class StateConflict(DomainError):
    """The thing's state does not allow this step (any more)."""

    status = 409
    default_code = "state-conflict"


class RateLimited(DomainError):
    """Too often; ``retry_after`` is in seconds."""

    status = 429
    default_code = "rate-limited"

    def __init__(self, message: str, *, retry_after: int, field: str = "") -> None:
        super().__init__(message, fields={field: message} if field else None)
        self.retry_after = retry_after


class Busy(DomainError):
    """Others wrote at the same moment and this one gave way; nothing was done."""

    status = 503
    default_code = "busy"

    def __init__(self, message: str = "同时操作的人较多，这一步没有完成，请再试一次。") -> None:
        super().__init__(message)


class Unavailable(DomainError):
    """A service outside the house (SMS, ID check) didn't do its part; trying later may help."""

    status = 503
    default_code = "unavailable"
