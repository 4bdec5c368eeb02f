"""One clock, so that tests can hold it still."""

from datetime import date, datetime

from django.utils import timezone


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return timezone.now()


def today() -> date:
    """The present day in the site's time zone (Asia/Shanghai)."""
    return timezone.localdate()
