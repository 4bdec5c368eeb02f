"""What every test stands on: the cast, plain static files, PostgreSQL tests only on PostgreSQL."""

import os
from collections.abc import Generator

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

from tests.cast import cast

__all__ = ["cast"]


def pytest_configure() -> None:
    """Plain static files, so that no test needs collectstatic; passwords cheap to hash."""
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    Argon2PasswordHasher.time_cost = 1
    Argon2PasswordHasher.memory_cost = 64  # KiB
    Argon2PasswordHasher.parallelism = 1


@pytest.fixture(scope="session", autouse=True)
def _ledgers_are_emptied_between_tests() -> Generator[None, None, None]:
    """A test with transactions of its own ends in TRUNCATE, which the ledger refuses on PostgreSQL:
    there alone, and then alone, its triggers are off."""
    off = "ALTER TABLE points_pointentry {} TRIGGER USER"
    empty = DatabaseOperations.execute_sql_flush

    def emptied(operations: DatabaseOperations, statements: list[str]) -> None:
        empty(operations, [off.format("DISABLE"), *statements, off.format("ENABLE")])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", emptied)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true nothing is skipped in silence: what can't run has failed."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI=true forbids: {report.longrepr}"
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On SQLite the tests marked ``postgres`` are left out: they need true row locks."""
    if connection.vendor == "postgresql":
        return
    out = [item for item in items if item.get_closest_marker("postgres")]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if not item.get_closest_marker("postgres")]
