"""Settings that the accounts tests change, always put back."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings

from lianxue.accounts.models import User
from tests.factories import UserFactory

from .helpers import outbox

__all__ = ["outbox"]

Setter = Callable[..., None]


@pytest.fixture
def env() -> Iterator[Setter]:
    """``env(realname_verifier="demo")`` changes settings.ENV for one test."""
    before: dict[str, Any] = {}

    def change(**values: Any) -> None:
        for key, value in values.items():
            before.setdefault(key, getattr(settings.ENV, key))
            setattr(settings.ENV, key, value)

    yield change
    for key, value in before.items():
        setattr(settings.ENV, key, value)


@pytest.fixture
def user(db: None) -> User:
    made: User = UserFactory(name="李明")
    made.set_unusable_password()
    made.save()
    return made
