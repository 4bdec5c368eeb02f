"""What crosses between readers, who counts, who sends and who recalls (PostgreSQL). Passing on and
recalls below: ``test_passing_race``; reminders and text messages: ``test_oversight_race``."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from lianxue.notices.actions import (
    counting,
    drafts,
    nudging,
    recalling,
    receipts,
    sending,
)
from lianxue.notices.models import Notice, Receipt, Relay
from lianxue.notices.queries import reading
from lianxue.organizations.actions import leaving
from lianxue.organizations.models import Membership
from lianxue.shared.errors import DomainError, NotFound, StateConflict
from tests.cast import Cast
from tests.factories import MembershipFactory
from tests.notices.makers import ALL, WHOLE, draft, passed, sent
from tests.organizations.test_concurrency import at_once, good, people

__all__ = ["people"]

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TIMES = 4


def refused(results: list[Any]) -> list[DomainError]:
    return [one for one in results if isinstance(one, DomainError)]


def test_discarded_while_it_is_sent(people: Cast) -> None:
    """It is gone, or it is sent; never sent without its text."""
    for _ in range(TIMES):
        notice = draft(people.owner, people.county).pk
        results = at_once(
            [
                partial(sending.send, people.owner, notice, WHOLE),
                partial(drafts.discard, people.whole_admin, notice),
            ]
        )
        assert len(good(results)) == 1
        is_sent = Notice.objects.filter(pk=notice, state="sent").exists()
        assert is_sent == Relay.objects.filter(notice=notice).exists()
        assert is_sent == isinstance(results[0], Relay)


def test_one_reader_on_two_devices(people: Cast) -> None:
    for _ in range(TIMES):
        notice = sent(people.owner, people.county, WHOLE, needs_confirmation=True).notice_id
        calls: list[Callable[[], Any]] = [partial(receipts.read, people.member, notice)] * 2
        calls += [partial(receipts.confirm, people.member, notice)] * 2
        results = at_once(calls)
        assert len(good(results)) == 4
        row = Receipt.objects.get(relay__notice=notice, membership__user=people.member)
        assert row.confirmed_at is not None
        assert row.read_at <= row.confirmed_at


def test_readers_of_one_notice_do_not_wait_for_each_other(people: Cast) -> None:
    seats = [MembershipFactory(organization=people.county) for _ in range(8)]
    relay = sent(people.owner, people.county, WHOLE)
    results = at_once([partial(receipts.read, seat.user, relay.notice_id) for seat in seats])
    assert len(good(results)) == 8
    assert counting.count([relay.pk])[relay.pk].read == 9  # and who sent it


def test_reading_what_is_being_recalled(people: Cast) -> None:
    """Read before, or the trace seen; the recall never waits in vain."""
    for _ in range(TIMES):
        notice = sent(people.owner, people.county, WHOLE, needs_confirmation=True).notice_id
        gone, read, confirmed, archived = at_once(
            [
                partial(recalling.recall, people.owner, people.county.pk, notice, "写错了"),
                partial(receipts.read, people.member, notice),
                partial(receipts.confirm, people.colleague, notice),
                partial(receipts.archive, people.outsider_admin, notice, True),
            ]
        )
        assert isinstance(gone, Relay)
        assert not isinstance(read, DomainError)
        assert read.recall is None or read.read_at is None
        assert not isinstance(confirmed, DomainError) or isinstance(confirmed, StateConflict)
        assert isinstance(archived, StateConflict)  # it was not read
        assert reading.get_mine(people.member, notice).recall is not None


def test_reminded_while_it_is_recalled(people: Cast) -> None:
    for _ in range(TIMES):
        notice = sent(people.owner, people.county, WHOLE).notice_id
        reminded, gone = at_once(
            [
                partial(nudging.nudge, people.whole_admin, people.county.pk, notice, nudging.OWN),
                partial(recalling.recall, people.owner, people.county.pk, notice, "写错了"),
            ]
        )
        assert isinstance(gone, Relay)
        assert isinstance(reminded, Relay | StateConflict)


def test_counting_what_is_being_recalled_waits_in_no_circle(people: Cast) -> None:
    """Counts, readers and a recall over many relays at once, again and again."""
    for _ in range(TIMES):
        notice = sent(people.province_admin, people.province, ALL).notice
        city = passed(people.city_admin, people.city, notice, ALL)
        county = passed(people.owner, people.county, notice, WHOLE)
        ids = [county.pk, city.pk]
        path = str(people.province.chain_path)
        results = at_once(
            [
                partial(counting.count, ids),
                partial(counting.count, ids[::-1]),
                partial(counting.freshen, notice, path),
                partial(
                    recalling.recall, people.province_admin, people.province.pk, notice.pk, "错"
                ),
                partial(receipts.read, people.member, notice.pk),
            ]
        )
        assert not refused(results)
        assert not Relay.objects.filter(notice=notice, recalled_at=None).exists()


def test_leaving_while_reading(people: Cast) -> None:
    """Whatever comes first, who has left is in no figure."""
    for _ in range(TIMES):
        seat = MembershipFactory(organization=people.county)
        relay = sent(people.owner, people.county, WHOLE)
        read, left = at_once(
            [
                partial(receipts.read, seat.user, relay.notice_id),
                partial(leaving.leave, seat.user, people.county.pk),
            ]
        )
        assert isinstance(left, Membership)
        assert not isinstance(read, DomainError) or isinstance(read, NotFound)
        found = counting.count([relay.pk])[relay.pk]
        assert (found.expected, found.read) == (5, 1)
