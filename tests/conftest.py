"""What every test stands on: its own data folder, the cast, PostgreSQL tests only on PostgreSQL."""

import os
import tempfile

os.environ.setdefault("LIANXUE_DATA_DIR", tempfile.mkdtemp(prefix="lianxue-tests-"))

import pytest
from django.conf import settings
from django.db import connection

from tests.cast import cast

__all__ = ["cast"]


def pytest_configure() -> None:
    """Plain static files: the tests run without collectstatic."""
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On SQLite the tests marked ``postgres`` are left out: they need true row locks."""
    if connection.vendor == "postgresql":
        return
    out = [item for item in items if item.get_closest_marker("postgres")]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if not item.get_closest_marker("postgres")]
