"""Two who wait for each other: one gives way and is told to try again, never a server error."""

import threading

import pytest
from django.db import OperationalError, connection, transaction
from django.urls import reverse

from lianxue.organizations import queries
from lianxue.organizations.models import Organization
from lianxue.shared.dbtools import is_contention
from tests.cast import Cast, sign_in
from tests.factories import OrganizationFactory


class Deadlock(Exception):
    sqlstate = "40P01"


def _fail(cause: Exception | None, words: str) -> OperationalError:
    error = OperationalError(words)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [(_fail(Deadlock(), "deadlock detected"), 503), (_fail(None, "database is locked"), 503)],
)
def test_page_and_api_say_try_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, error: OperationalError, expected: int
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(queries, "head_count", fail)
    client = sign_in(cast.owner)
    page = client.get(reverse("organizations:home", args=[cast.county.pk]))
    assert page.status_code == expected
    assert "请再试一次" in page.content.decode()
    answer = client.get(f"/api/v1/organizations/{cast.county.pk}")
    assert answer.status_code == expected
    assert answer.json()["code"] == "busy"


def test_another_fault_is_not_taken_for_it() -> None:
    assert not is_contention(_fail(None, "no such table"))
    assert not is_contention(ValueError("database is locked"))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_real_deadlock_is_known() -> None:
    one, two = OrganizationFactory().pk, OrganizationFactory().pk
    meet, seen = threading.Barrier(2), []

    def lock(first: int, second: int) -> None:
        rows = Organization.objects.select_for_update()
        try:
            with transaction.atomic():
                rows.get(pk=first)
                meet.wait(10)
                rows.get(pk=second)
        except OperationalError as error:
            seen.append(is_contention(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=lock, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True]
