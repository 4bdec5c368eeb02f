"""The audit log: one whole chain per stream, and nobody changes it afterwards."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from lianxue.audit.actions import EVENTS, record, register_events
from lianxue.audit.models import AuditEvent, AuditHead
from lianxue.audit.queries import first_broken_link
from lianxue.shared.actors import Operator
from tests.audit.harm import disarm
from tests.cast import Cast

register_events({"test.happened": "试验"})


@pytest.mark.django_db
def test_events_are_chained_per_stream(cast: Cast) -> None:
    first = record(cast.owner, "test.happened", organization_id=cast.county.pk, data={"n": 1})
    other = record(cast.owner, "test.happened", organization_id=cast.city.pk)
    second = record(cast.owner, "test.happened", organization_id=cast.county.pk, target=cast.county)
    personal = record(cast.owner, "test.happened")
    site = record(Operator(), "test.happened")
    assert (first.seq, second.seq, other.seq) == (1, 2, 1)
    assert second.previous_hash == first.hash
    assert personal.stream == f"user:{cast.owner.pk}"
    assert site.stream == "site"
    assert second.target_type == "organizations.organization"
    assert first_broken_link(first.stream) is None


@pytest.mark.django_db
def test_an_unregistered_kind_is_refused() -> None:
    assert "test.unknown" not in EVENTS
    with pytest.raises(KeyError):
        record(None, "test.unknown")


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_the_database_refuses_changes(verb: str) -> None:
    record(None, "test.happened")
    rows = AuditEvent.objects.filter(stream="site")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(actor_name="somebody else") if verb == "update" else rows.delete()
    assert rows.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("harm", ["changed", "cut off", "missing"])
def test_verification_finds_harm(harm: str) -> None:
    for n in range(3):
        record(None, "test.happened", data={"n": n})
    disarm()
    rows = AuditEvent.objects.filter(stream="site")
    if harm == "changed":
        rows.filter(seq=2).update(data={"n": 7})
    else:
        rows.filter(seq=3 if harm == "cut off" else 2).delete()
    assert first_broken_link("site") == (3 if harm == "cut off" else 2)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_writers_at_once_leave_one_chain() -> None:
    def write() -> None:
        try:
            for _ in range(5):
                with transaction.atomic():
                    record(None, "test.happened")
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AuditHead.objects.get(stream="site").seq == 40
    assert first_broken_link("site") is None
