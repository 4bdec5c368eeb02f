"""Sessions in the database (``SESSION_ENGINE``), asked for only by keys that could be ours."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    """Django's own, but a cookie that holds anything else than a key is no session at all.

    PostgreSQL refuses some of what a cookie can hold (NUL), which would be a server error.
    """

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key and key.isascii() and key.isalnum() and 8 <= len(key) <= 40)
