"""Records are honest: nobody has played what there was no time for; each finish credits once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxue.audit.models import AuditEvent
from lianxue.learning.actions import publishing, records
from lianxue.learning.models import Completion, ContentItem, LearningRecord
from lianxue.learning.segments import needed
from lianxue.points.models import PointEntry
from lianxue.shared.errors import NotFound, StateConflict
from tests.cast import Cast
from tests.factories import MembershipFactory

from .makers import CHAIN, Kind, content
from .task_makers import sent_learning

pytestmark = pytest.mark.django_db


class Clock:
    """A clock that the test turns on."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def on(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(records, "now", found)
    return found


def film(cast: Cast, length: int = 100, **values: object) -> ContentItem:
    return content(cast.county, cast.owner, kind=Kind.VIDEO, length=length, **values)


def entries(item: ContentItem) -> list[tuple[str, int]]:
    rows = PointEntry.objects.filter(source_type="learning.contentitem", source_id=item.pk)
    return list(rows.values_list("item", "amount"))


def test_opening_begins_the_record_once(cast: Cast, clock: Clock) -> None:
    item = content(cast.county, cast.owner)
    first = records.open_item(cast.member, item.pk)
    assert (first.organization, first.position, first.finished_at) == (cast.county, 0, None)
    clock.on(3)
    assert records.open_item(cast.member, item.pk).changed_at == first.changed_at
    clock.on(3600)
    again = records.open_item(cast.member, item.pk)
    assert (again.pk, again.started_at) == (first.pk, first.started_at)
    assert again.changed_at == clock.moment, "the last opened stands first in 我的学习记录"
    assert not entries(item), "opening earns nothing"


def test_jumping_to_the_end_finishes_nothing(cast: Cast, clock: Clock) -> None:
    item = film(cast)
    records.open_item(cast.member, item.pk)
    clock.on(2)
    record = records.played(cast.member, item.pk, 100, [])
    assert (record.position, record.covered, record.finished_at) == (100, 0, None)
    clock.on(2)
    record = records.played(cast.member, item.pk, 100, [(98, 100)])
    assert (record.covered, record.finished_at) == (2, None)
    with pytest.raises(StateConflict) as caught:
        records.finish(cast.member, item.pk)
    assert "2%" in caught.value.message
    assert "跳过" in caught.value.message
    assert not entries(item)


def test_who_plays_ninety_percent_has_finished(cast: Cast, clock: Clock) -> None:
    item = film(cast)
    records.open_item(cast.member, item.pk)
    for start in range(0, 75, 15):
        clock.on(15)
        record = records.played(cast.member, item.pk, start + 15, [(start, start + 15)])
        assert record.finished_at is None
    clock.on(15)
    record = records.played(cast.member, item.pk, 90, [(75, 90)])
    assert record.finished_at == clock.moment
    assert record.seen == [[0, 90]]
    assert entries(item) == [("learning.watched", 10)]
    clock.on(15)
    again = records.played(cast.member, item.pk, 20, [(0, 20)])
    assert (again.finished_at, again.position) == (record.finished_at, 20)
    assert records.finish(cast.member, item.pk).finished_at == record.finished_at
    assert len(entries(item)) == 1


def test_a_report_of_more_than_there_was_time_for(cast: Cast, clock: Clock) -> None:
    item = film(cast, 1000)
    records.open_item(cast.member, item.pk)
    clock.on(20)
    record = records.played(cast.member, item.pk, 1000, [(0, 1000)])
    assert record.covered == 2 * 20 + 15
    for _ in range(50):  # one report hard upon the other gains nothing
        record = records.played(cast.member, item.pk, 1000, [(0, 1000)])
    assert record.covered == 2 * 20 + 15
    clock.on(-5)
    assert records.played(cast.member, item.pk, 1000, [(0, 1000)]).covered == 2 * 20 + 15


def test_after_a_pause_of_days_a_report_is_measured_from_the_opening(
    cast: Cast, clock: Clock
) -> None:
    item = film(cast, 1000)
    records.open_item(cast.member, item.pk)
    clock.on(3 * 24 * 3600)
    records.open_item(cast.member, item.pk)
    clock.on(10)
    assert records.played(cast.member, item.pk, 1000, [(0, 1000)]).covered == 30
    for end in range(50, 1000, 15):  # hard upon it, each with other seconds
        record = records.played(cast.member, item.pk, end, [(end - 15, end)])
    assert (record.covered, record.finished_at) == (30, None)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 60),
            st.lists(st.tuples(st.integers(-5, 130), st.integers(-5, 130)), max_size=4),
            st.integers(-5, 2000),
        ),
        max_size=12,
    )
)
def test_whatever_is_reported_it_stays_within_the_time(
    cast: Cast, clock: Clock, reports: list[tuple[int, list[tuple[int, int]], int]]
) -> None:
    item = film(cast, 120)
    began = clock.moment
    records.open_item(cast.member, item.pk)
    before = 0
    for wait, parts, position in reports:
        clock.on(wait)
        record = records.played(cast.member, item.pk, position, parts)
        gone = (clock.moment - began).total_seconds()
        assert before <= record.covered <= min(120, 2 * gone + 15)
        assert 0 <= record.position <= 120
        assert (record.finished_at is not None) == (record.covered >= needed(120))
        before = record.covered
    assert len(entries(item)) == (before >= needed(120))


def test_the_end_of_an_article(cast: Cast) -> None:
    item = content(cast.county, cast.owner)
    record = records.reached(cast.member, item.pk, 400)
    assert (record.position, record.finished_at) == (400, None)
    record = records.reached(cast.member, item.pk, 5000)
    assert record.position == 1000
    assert record.finished_at
    assert entries(item) == [("learning.read", 10)]
    assert records.reached(cast.member, item.pk, 100).finished_at


def test_pages_of_a_document_finish_nothing_by_themselves(cast: Cast) -> None:
    item = content(cast.county, cast.owner, kind=Kind.DOCUMENT, length=12)
    record = records.reached(cast.member, item.pk, 99)
    assert (record.position, record.finished_at) == (12, None)
    assert records.finish(cast.member, item.pk).finished_at


@pytest.mark.parametrize(
    ("kind", "item_name"),
    [
        (Kind.ARTICLE, "learning.read"),
        (Kind.PICTURES, "learning.read"),
        (Kind.DOCUMENT, "learning.read"),
        (Kind.LINK, None),
    ],
)
def test_by_the_readers_own_word(cast: Cast, kind: str, item_name: str | None) -> None:
    item = content(cast.county, cast.owner, kind=kind)
    events = AuditEvent.objects.count()
    record = records.finish(cast.member, item.pk)
    assert record.finished_at
    assert records.finish(cast.member, item.pk).finished_at == record.finished_at
    assert entries(item) == ([(item_name, 10)] if item_name else [])
    assert AuditEvent.objects.count() == events, "the record is its own trace"


def test_a_recording_of_unknown_length_is_believed(cast: Cast) -> None:
    item = film(cast, 0)
    assert records.played(cast.member, item.pk, 40, [(0, 10)]).finished_at is None
    assert records.finish(cast.member, item.pk).finished_at


def test_the_other_kinds_reports_are_refused(cast: Cast) -> None:
    with pytest.raises(StateConflict):
        records.reached(cast.member, film(cast).pk, 1000)
    with pytest.raises(StateConflict):
        records.played(cast.member, content(cast.county, cast.owner).pk, 1, [(0, 1)])


@pytest.mark.parametrize("who", ["stranger", "other_member", "city_admin", "newcomer_admin"])
def test_what_one_may_not_read_has_no_record(cast: Cast, who: str) -> None:
    item, user = content(cast.county, cast.owner), getattr(cast, who)
    recording = film(cast)
    for act in (
        lambda: records.open_item(user, item.pk),
        lambda: records.finish(user, item.pk),
        lambda: records.reached(user, item.pk, 1),
        lambda: records.played(user, recording.pk, 1, []),
    ):
        with pytest.raises(NotFound):
            act()
    assert not LearningRecord.objects.exists()


def test_a_withdrawn_item_is_finished_by_nobody(cast: Cast) -> None:
    item = content(cast.county, cast.owner)
    records.open_item(cast.member, item.pk)
    publishing.withdraw(cast.owner, item.pk, "内容有误")
    with pytest.raises(NotFound):
        records.finish(cast.member, item.pk)
    assert not entries(item)


def test_it_counts_where_it_came_through(cast: Cast) -> None:
    """Read in one organisation, finished after leaving it: it counts in the one that is left."""
    item = content(cast.province, cast.province_admin, reach=CHAIN)
    second = MembershipFactory(organization=cast.city, user=cast.member)
    record = records.open_item(cast.member, item.pk)
    assert record.organization == cast.county
    seat = cast.memberships[cast.member.pk]
    seat.state, seat.ended_at = "ended", timezone.now()
    seat.save(update_fields=["state", "ended_at"])
    record = records.finish(cast.member, item.pk)
    assert record.organization_id == second.organization_id
    (entry,) = PointEntry.objects.filter(user=cast.member)
    assert entry.organization_id == second.organization_id


def test_finishing_settles_the_task_that_asked_for_it(cast: Cast) -> None:
    item = content(cast.county, cast.owner)
    relay = sent_learning(cast.owner, cast.county, [item])
    records.finish(cast.member, item.pk)
    assert Completion.objects.filter(relay=relay).count() == 1
    items = PointEntry.objects.filter(user=cast.member).values_list("item", flat=True)
    assert sorted(items) == ["learning.read", "learning.task"]


def test_a_report_costs_the_same_whatever_was_reported_before(cast: Cast, clock: Clock) -> None:
    item = film(cast, 5000)
    records.open_item(cast.member, item.pk)
    costs = []
    for part in range(40):
        clock.on(15)
        with CaptureQueriesContext(
            connection,
        ) as found:
            records.played(cast.member, item.pk, part * 30, [(part * 30, part * 30 + 10)])
        costs.append(len(found))
    assert len(set(costs)) == 1
