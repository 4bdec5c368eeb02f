"""Who says whether a name and an ID number belong together (manual 1.4).

One interface, chosen by ``LIANXUE_REALNAME_VERIFIER``: ``manual`` waits for an operator, ``aliyun``
asks Aliyun's two-factor check, ``demo`` believes everybody and runs in demo mode alone.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .aliyun import AliyunVerifier
from .base import Verdict, Verifier, VerifierUnavailable
from .demo import DemoVerifier
from .manual import ManualVerifier

__all__ = [
    "ManualVerifier",
    "Verdict",
    "Verifier",
    "VerifierUnavailable",
    "by_key",
    "current",
]

_KINDS: dict[str, Callable[[], Verifier]] = {
    ManualVerifier.key: ManualVerifier,
    AliyunVerifier.key: AliyunVerifier,
    DemoVerifier.key: DemoVerifier,
}


def by_key(key: str) -> Verifier:
    """The verifier of that name. Raises ImproperlyConfigured for ``demo`` without demo mode."""
    if key == DemoVerifier.key and not settings.DEMO:
        raise ImproperlyConfigured("the demo verifier runs in demo mode alone")
    return _KINDS[key]()


def current() -> Verifier:
    """The verifier of this installation."""
    return by_key(settings.ENV.realname_verifier)
