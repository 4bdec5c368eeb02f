"""What the tests of notices share."""

import pytest

from lianxue.notices import extensions
from lianxue.notices.models import Notice
from tests.cast import Cast
from tests.notices.makers import ALL, sent


@pytest.fixture
def plain_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks and forms without questions: the notice's own rules alone (nothing registered)."""
    monkeypatch.setattr(extensions, "_EXTENSIONS", {})


@pytest.fixture
def notice(cast: Cast) -> Notice:
    """What 市 sent to its members and to 县."""
    return sent(cast.city_admin, cast.city, ALL, needs_confirmation=True).notice
