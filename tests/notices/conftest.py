"""What the tests of notices share."""

import pytest

from lianxue.notices import extensions


@pytest.fixture
def plain_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks and forms without questions: the notice's own rules alone (nothing registered)."""
    monkeypatch.setattr(extensions, "_EXTENSIONS", {})
