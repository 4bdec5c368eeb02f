"""``lianxue audit verify``: every stream followed, every harm told, exit code 1 for any."""

import pytest
from click.testing import CliRunner, Result
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from lianxue.audit.actions import hold, record, register_events
from lianxue.audit.models import AuditEvent, AuditHead
from lianxue.audit.queries import check_stream, streams
from lianxue.cli.audit import audit
from tests.audit.harm import disarm
from tests.cast import Cast

register_events({"test.happened": "试验"})
pytestmark = pytest.mark.django_db


def verify(*words: str) -> Result:
    return CliRunner().invoke(audit, ["verify", *words], catch_exceptions=False)


@pytest.fixture
def log(cast: Cast) -> QuerySet[AuditEvent]:
    """Two events at 县, one at 市, three of the site; a stream that is only held."""
    for organization in (cast.county, cast.county, cast.city):
        record(cast.owner, "test.happened", organization_id=organization.pk, data={"name": "一"})
    for _ in range(3):
        record(None, "test.happened")
    hold("user:9")
    disarm()
    return AuditEvent.objects.all()


def test_a_whole_log(log: QuerySet[AuditEvent]) -> None:
    result = verify()
    assert result.exit_code == 0
    assert result.output == "检查了 4 条审计链，6 条记录完整，没有发现改动。\n"
    one = verify("--stream", "site")
    assert one.output == "检查了 1 条审计链，3 条记录完整，没有发现改动。\n"


def test_an_empty_log(db: None) -> None:
    assert verify().exit_code == 0
    assert verify("--stream", "org:1").exit_code == 1
    assert "没有找到审计链“org:1”" in verify("--stream", "org:1").output


def test_every_harm_is_told(log: QuerySet[AuditEvent], cast: Cast) -> None:
    county, city = f"org:{cast.county.pk}", f"org:{cast.city.pk}"
    log.filter(stream=county, seq=2).update(data={"name": "二"})
    AuditHead.objects.filter(stream=city).delete()  # events without a head
    log.filter(stream="site").delete()  # a head without events
    result = verify()
    assert result.exit_code == 1
    assert f"{county}：从第 2 条起不完整。" in result.output
    assert f"{city}：从第 1 条起不完整。" in result.output
    assert "site：从第 1 条起不完整。" in result.output
    assert "检查了 4 条审计链，1 条记录完整；3 条审计链被改动或有缺失。" in result.output
    assert verify("--stream", county).exit_code == 1
    assert verify("--stream", "user:9").exit_code == 0


@pytest.mark.parametrize("seq", [-1, 0, 4, 9])
def test_an_event_put_in_from_outside(log: QuerySet[AuditEvent], seq: int) -> None:
    event = log.filter(stream="site", seq=3).get()
    event.pk, event.seq = None, seq
    event.save(force_insert=True)
    assert check_stream("site").broken_at == (1 if seq < 1 else seq)


def test_a_head_that_was_moved_back(log: QuerySet[AuditEvent]) -> None:
    second = log.get(stream="site", seq=2)
    AuditHead.objects.filter(stream="site").update(seq=2, hash=second.hash)
    assert check_stream("site").broken_at == 3


def test_a_head_with_another_hash(log: QuerySet[AuditEvent]) -> None:
    AuditHead.objects.filter(stream="site").update(hash="0" * 64)
    assert check_stream("site").broken_at == 4


def test_writers_meanwhile_do_not_make_it_look_broken(
    log: QuerySet[AuditEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event that comes after the head was read belongs to the next check."""
    real, written = QuerySet.iterator, []

    def write_first(self: QuerySet[AuditEvent], *args: int) -> object:
        if self.model is AuditEvent and not written:
            written.append(record(None, "test.happened"))
        return real(self, *args)

    monkeypatch.setattr(QuerySet, "iterator", write_first)
    verdict = check_stream("site")
    assert written
    assert (verdict.events, verdict.broken_at) == (3, None)
    assert check_stream("site").events == 4


def test_as_many_statements_for_long_streams(log: QuerySet[AuditEvent]) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert check_stream("site").broken_at is None
        return len(seen)

    few = statements()
    for _ in range(50):
        record(None, "test.happened")
    assert statements() == few


def test_each_stream_once(log: QuerySet[AuditEvent], cast: Cast) -> None:
    AuditHead.objects.filter(stream="site").delete()
    names = list(streams())
    assert sorted(names) == sorted(
        [f"org:{cast.county.pk}", f"org:{cast.city.pk}", "site", "user:9"]
    )
