"""Reading writes receipts, once for all that reach me; 确认收到; 归档."""

import pytest
from django.utils import timezone

from lianxue.audit.models import AuditEvent
from lianxue.notices.actions import receipts
from lianxue.notices.models import Notice, Receipt, Relay
from lianxue.shared.errors import NotFound, StateConflict
from tests.cast import Cast
from tests.factories import MembershipFactory
from tests.notices.makers import ALL, WHOLE, passed, sent, to_branches

pytestmark = pytest.mark.django_db


def of(cast: Cast, relay: Relay) -> Receipt:
    """The plain member's receipt."""
    return Receipt.objects.get(relay=relay, membership__user=cast.member)


def recall(relay: Relay) -> None:
    """As the recall of this relay leaves it."""
    relay.recalled_at, relay.recalled_from = timezone.now(), relay
    relay.recalled_by_name, relay.recall_reason = "李明", "时间有变"
    relay.save()


def test_reading_writes_one_receipt_and_no_event(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county)
    events = AuditEvent.objects.count()
    found = receipts.read(cast.member, relay.notice_id)
    first = of(cast, relay)
    assert found.read_at == first.read_at
    assert first.confirmed_at is None
    assert AuditEvent.objects.count() == events
    receipts.read(cast.member, relay.notice_id)
    assert of(cast, relay).read_at == first.read_at


def test_in_two_organisations_it_is_read_for_both(cast: Cast) -> None:
    relay = sent(cast.province_admin, cast.province)
    city = passed(cast.city_admin, cast.city, relay.notice, ALL, "市里的意见")
    county = passed(cast.owner, cast.county, relay.notice, WHOLE, "县里的意见")
    MembershipFactory(organization=cast.city, user=cast.member)
    found = receipts.read(cast.member, relay.notice_id)
    assert [one.remark for one in found.relays] == ["市里的意见", "县里的意见"]
    mine = Receipt.objects.filter(membership__user=cast.member)
    assert {one.relay_id for one in mine} == {city.pk, county.pk}


def test_what_a_second_organisation_passes_on_is_unread_again(cast: Cast) -> None:
    relay = sent(cast.province_admin, cast.province)
    passed(cast.city_admin, cast.city, relay.notice, ALL)
    MembershipFactory(organization=cast.city, user=cast.member)
    before = receipts.read(cast.member, relay.notice_id).read_at
    receipts.archive(cast.member, relay.notice_id, True)
    county = passed(cast.owner, cast.county, relay.notice, WHOLE)
    found = receipts.read(cast.member, relay.notice_id)
    assert found.read_at == before
    assert found.archived_at is None
    assert of(cast, county).read_at > (before or timezone.now())


def test_confirming_is_reading_too_and_the_first_time_stays(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, WHOLE, needs_confirmation=True)
    found = receipts.confirm(cast.member, relay.notice_id)
    first = of(cast, relay)
    assert found.confirmed_at == first.confirmed_at is not None
    assert not found.to_confirm
    receipts.confirm(cast.member, relay.notice_id)
    assert of(cast, relay).confirmed_at == first.confirmed_at


def test_after_reading_it_is_confirmed_in_the_same_row(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, WHOLE, needs_confirmation=True)
    assert receipts.read(cast.member, relay.notice_id).to_confirm
    read_at = of(cast, relay).read_at
    receipts.confirm(cast.member, relay.notice_id)
    assert of(cast, relay).read_at == read_at < (of(cast, relay).confirmed_at or read_at)


def test_what_asks_for_no_confirmation_takes_none(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county)
    with pytest.raises(StateConflict):
        receipts.confirm(cast.member, relay.notice_id)
    assert not Receipt.objects.filter(membership__user=cast.member).exists()


@pytest.mark.parametrize("who", ["stranger", "city_admin", "newcomer_admin", "other_member"])
def test_whom_it_does_not_reach_it_is_not_there(cast: Cast, who: str) -> None:
    relay = sent(cast.owner, cast.county, needs_confirmation=True)
    for act in (receipts.read, receipts.confirm):
        with pytest.raises(NotFound):
            act(getattr(cast, who), relay.notice_id)
    with pytest.raises(NotFound):
        receipts.archive(getattr(cast, who), relay.notice_id, True)


def test_a_draft_and_another_branch_s_notice_are_not_there(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, to_branches(cast.second_branch))
    with pytest.raises(NotFound):
        receipts.read(cast.member, relay.notice_id)
    Notice.objects.filter(pk=relay.notice_id).update(state="draft", sent_at=None)
    with pytest.raises(NotFound):
        receipts.read(cast.member, relay.notice_id + 1)


def test_a_recalled_notice_leaves_no_receipt(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, needs_confirmation=True)
    recall(relay)
    found = receipts.read(cast.member, relay.notice_id)
    assert found.recall is not None
    assert (found.recall.person, found.recall.reason) == ("李明", "时间有变")
    assert found.relays == []
    assert not Receipt.objects.filter(membership__user=cast.member).exists()
    with pytest.raises(StateConflict):
        receipts.confirm(cast.member, relay.notice_id)


def test_who_recalled_it_above_is_named_as_the_organisation_alone(cast: Cast) -> None:
    relay = sent(cast.province_admin, cast.province)
    city = passed(cast.city_admin, cast.city, relay.notice, ALL)
    county = passed(cast.owner, cast.county, relay.notice, WHOLE)
    recall(city)
    county.recalled_at, county.recalled_from, county.recalled_by_name = city.recalled_at, city, "市"
    county.save()
    trace = receipts.read(cast.member, relay.notice_id).recall
    assert trace is not None
    assert (trace.organization, trace.person) == (cast.city.name, "")


def test_one_of_two_recalled_leaves_the_other_to_be_read(cast: Cast) -> None:
    relay = sent(cast.province_admin, cast.province)
    city = passed(cast.city_admin, cast.city, relay.notice, ALL)
    county = passed(cast.owner, cast.county, relay.notice, WHOLE)
    MembershipFactory(organization=cast.city, user=cast.member)
    recall(county)
    found = receipts.read(cast.member, relay.notice_id)
    assert [one.pk for one in found.relays] == [city.pk]
    assert not Receipt.objects.filter(relay=county, membership__user=cast.member).exists()


def test_archiving_comes_after_what_is_to_be_done(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, needs_confirmation=True)
    with pytest.raises(StateConflict, match="还没有看过"):
        receipts.archive(cast.member, relay.notice_id, True)
    receipts.read(cast.member, relay.notice_id)
    with pytest.raises(StateConflict, match="先确认"):
        receipts.archive(cast.member, relay.notice_id, True)
    receipts.confirm(cast.member, relay.notice_id)
    assert receipts.archive(cast.member, relay.notice_id, True).archived_at
    assert receipts.archive(cast.member, relay.notice_id, False).archived_at is None


def test_one_who_left_reads_nothing_more(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county)
    seat = cast.memberships[cast.member.pk]
    seat.state, seat.ended_at = "ended", timezone.now()
    seat.save()
    with pytest.raises(NotFound):
        receipts.read(cast.member, relay.notice_id)
