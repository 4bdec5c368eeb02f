"""Whom a notice reaches and who has read it: live, stored, summed down the chain."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianxue.notices.actions import counting, receipts
from lianxue.notices.models import Notice, Relay
from lianxue.notices.queries import figures
from lianxue.notices.queries.figures import Figures, Summed
from lianxue.organizations.models import Organization
from lianxue.shared.ids import path_step
from tests.cast import Cast
from tests.factories import MembershipFactory, OrganizationFactory, make_many, put_in_chain
from tests.notices.makers import ALL, BELOW, WHOLE, passed, sent, to_branches, to_chosen

pytestmark = pytest.mark.django_db


def path(organization: Organization) -> str:
    """Its place in the chain."""
    return organization.chain_path or ""


def test_the_own_members_by_state(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, needs_confirmation=True)
    receipts.read(cast.member, relay.notice_id)
    # the one who sent it has read and confirmed it; one of the roster has not come yet
    assert figures.live([relay.pk]) == {relay.pk: Figures(5, 1, 2, 1)}
    assert figures.live([relay.pk])[relay.pk].unread == 3
    assert figures.live([relay.pk])[relay.pk].unconfirmed == 4
    receipts.confirm(cast.member, relay.notice_id)
    assert figures.live([relay.pk]) == {relay.pk: Figures(5, 1, 2, 2)}


def test_a_branch_and_a_role(cast: Cast) -> None:
    branch = sent(cast.owner, cast.county, to_branches(cast.general_branch))
    office = sent(cast.owner, cast.county, to_branches(cast.general_branch, role="admin"))
    found = figures.live([branch.pk, office.pk])
    assert found == {branch.pk: Figures(2, 1, 0, 0), office.pk: Figures(1, 0, 0, 0)}


def test_who_leaves_stops_counting_with_the_receipt(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county)
    receipts.read(cast.member, relay.notice_id)
    seat = cast.memberships[cast.member.pk]
    seat.state, seat.ended_at = "ended", timezone.now()
    seat.save()
    assert figures.live([relay.pk])[relay.pk] == Figures(4, 1, 1, 0)


def test_who_joins_counts_while_it_is_open(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county)
    late = (relay.open_until or timezone.now()) + timedelta(seconds=1)
    MembershipFactory(organization=cast.county)
    assert figures.live([relay.pk])[relay.pk].expected == 6
    MembershipFactory(organization=cast.county, activated_at=late)
    assert figures.live([relay.pk])[relay.pk].expected == 6


def test_what_is_not_passed_on_counts_nobody(cast: Cast) -> None:
    relay = sent(cast.city_admin, cast.city, BELOW)
    waiting = Relay.objects.create(notice=relay.notice, organization=cast.county)
    assert figures.live([relay.pk, waiting.pk]) == {relay.pk: Figures(), waiting.pk: Figures()}
    assert figures.live([]) == {}


def test_the_chain_s_numbers_are_sums_of_counts(cast: Cast) -> None:
    relay = sent(cast.province_admin, cast.province)
    notice = relay.notice
    assert figures.sum_below(notice, path(cast.province)) == Summed(organizations=1)
    passed(cast.city_admin, cast.city, notice, ALL)
    county = passed(cast.owner, cast.county, notice, ALL)
    assert figures.sum_below(notice, path(cast.province)).uncounted == 2
    receipts.read(cast.member, notice.pk)
    counting.freshen(notice, path(cast.province))
    whole = figures.sum_below(notice, path(cast.province))
    assert whole.figures == Figures(6, 1, 3, 0)
    assert (whole.organizations, whole.passed, whole.closed, whole.waiting) == (2, 2, 0, 0)
    assert whole.uncounted == 0
    county.refresh_from_db()
    assert whole.as_of is not None
    assert whole.as_of <= (county.counted_at or whole.as_of)
    below = figures.sum_below(notice, path(cast.city))
    assert below.figures == Figures(5, 1, 2, 0)
    assert figures.sum_below(notice, path(cast.county)) == Summed()


def test_each_subtree_stands_under_its_top(cast: Cast) -> None:
    second = put_in_chain(OrganizationFactory(name="中共临海市委宣传部"), cast.province)
    relay = sent(cast.province_admin, cast.province)
    passed(cast.city_admin, cast.city, relay.notice, ALL)
    passed(cast.owner, cast.county, relay.notice)
    counting.freshen(relay.notice, path(cast.province))
    rows = figures.sums_by_child(relay.notice, path(cast.province))
    assert set(rows) == {path_step(cast.city.pk), path_step(second.pk)}
    city, other = rows[path_step(cast.city.pk)], rows[path_step(second.pk)]
    assert (city.organizations, city.passed, city.figures.expected) == (2, 2, 6)
    assert (other.organizations, other.passed, other.waiting) == (1, 0, 1)
    assert city + other == figures.sum_below(relay.notice, path(cast.province))


def test_only_those_it_is_for_are_the_denominator(cast: Cast) -> None:
    second = put_in_chain(OrganizationFactory(), cast.city)
    relay = sent(cast.city_admin, cast.city, to_chosen(second))
    assert figures.sum_below(relay.notice, path(cast.city)).organizations == 1
    assert list(figures.came_to(relay.notice, path(cast.city))) == [second]


def test_who_was_certified_after_it_closed_is_not_waited_for(cast: Cast) -> None:
    relay = sent(cast.city_admin, cast.city, BELOW)
    late = (relay.open_until or timezone.now()) + timedelta(days=1)
    Organization.objects.filter(pk=cast.county.pk).update(certified_at=late)
    assert figures.sum_below(relay.notice, path(cast.city)).organizations == 0


def test_a_recalled_passing_falls_out_of_the_sum(cast: Cast) -> None:
    relay = sent(cast.province_admin, cast.province)
    city = passed(cast.city_admin, cast.city, relay.notice, ALL)
    passed(cast.owner, cast.county, relay.notice)
    counting.freshen(relay.notice, path(cast.province))
    moment = timezone.now()
    Relay.objects.exclude(pk=relay.pk).update(recalled_at=moment, recalled_from=city)
    after = figures.sum_below(relay.notice, path(cast.province))
    assert (after.figures, after.organizations, after.passed) == (Figures(), 1, 0)
    Relay.objects.update(recalled_at=moment, recalled_from=relay)
    Notice.objects.update(state="recalled")
    notice = Notice.objects.get(pk=relay.notice_id)
    ended = figures.sum_below(notice, path(cast.province))
    assert (ended.figures.expected, ended.organizations, ended.passed) == (6, 2, 2)


def test_counts_are_renewed_after_a_minute(cast: Cast) -> None:
    relay = sent(cast.city_admin, cast.city, BELOW)
    county = passed(cast.owner, cast.county, relay.notice)
    counting.freshen(relay.notice, path(cast.city))
    receipts.read(cast.member, relay.notice_id)
    counting.freshen(relay.notice, path(cast.city))
    county.refresh_from_db()
    assert county.read == 1  # a minute has not passed
    old = timezone.now() - counting.FRESH_FOR
    Relay.objects.filter(pk=county.pk).update(counted_at=old)
    counting.freshen(relay.notice, path(cast.city))
    county.refresh_from_db()
    assert county.read == 2
    assert (county.counted_at or old) > old


def test_an_earlier_count_never_overwrites_a_later(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, WHOLE)
    later = timezone.now() + timedelta(minutes=1)
    Relay.objects.filter(pk=relay.pk).update(expected=99, counted_at=later)
    counting.count([relay.pk])
    relay.refresh_from_db()
    assert (relay.expected, relay.counted_at) == (99, later)


def _many(cast: Cast, number: int) -> Relay:
    """A notice that ``number`` organisations below 市 have passed on to a member each."""
    relay = sent(cast.city_admin, cast.city, BELOW)
    places = [put_in_chain(OrganizationFactory(), cast.city) for _ in range(number)]
    moment = timezone.now()
    for place in places:
        MembershipFactory(organization=place)
    Relay.objects.bulk_create(
        Relay(
            notice=relay.notice,
            organization=place,
            state="passed",
            own="whole",
            passed_at=moment,
            open_until=moment + timedelta(days=30),
        )
        for place in places
    )
    return relay


def _statements(relay: Relay, cast: Cast) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        counting.freshen(relay.notice, path(cast.city))
        figures.sum_below(relay.notice, path(cast.city))
        figures.sums_by_child(relay.notice, path(cast.city))
    return len(seen)


def test_statements_are_constant(cast: Cast) -> None:
    few, many = _many(cast, 2), _many(cast, 40)
    assert _statements(few, cast) == _statements(many, cast) <= 11
    assert figures.sum_below(many.notice, path(cast.city)).figures.expected == 40


def test_many_relays_are_left_to_one_job(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "AT_ONCE", 3)
    relay = _many(cast, 8)
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(counting, "enqueue_once", lambda *args: asked.append(args))
    counting.freshen(relay.notice, path(cast.city))
    assert figures.sum_below(relay.notice, path(cast.city)).uncounted == 5
    assert asked == [(counting.count_below, relay.notice_id, path(cast.city))]
    assert counting.count_below.call(relay.notice_id, path(cast.city)) == 5
    whole = figures.sum_below(relay.notice, path(cast.city))
    assert (whole.uncounted, whole.figures.expected) == (0, 8)
    counting.freshen(relay.notice, path(cast.city))
    assert len(asked) == 1


def test_a_big_roster_is_one_statement(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, WHOLE)
    make_many(cast.county, (f"成员{n}" for n in range(300)))
    with CaptureQueriesContext(connection) as seen:
        found = figures.live([relay.pk])[relay.pk]
    assert (found.expected, found.inactive) == (5, 301)
    assert len(seen) == 1


@pytest.mark.postgres
def test_statements_are_not_compiled() -> None:
    """The database would spend longer on that than on counting 100,000 readers."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


def test_who_handled_it_under_an_earlier_superior_is_in_no_count(cast: Cast) -> None:
    notice = sent(cast.province_admin, cast.province).notice
    passed(cast.city_admin, cast.city, notice, ALL)
    passed(cast.owner, cast.county, notice, ALL)
    other = OrganizationFactory()
    put_in_chain(other, cast.province)
    put_in_chain(cast.county, other)  # which has not passed it on
    found = figures.sums_by_child(notice, path(cast.province))[path_step(other.pk)]
    assert (found.organizations, found.passed, found.waiting) == (1, 0, 1)
    assert figures.sum_below(notice, path(other)).passed == 0
    counting.freshen(notice, path(cast.province))
    assert figures.sum_below(notice, path(other)).figures.expected == 5  # they still read it
