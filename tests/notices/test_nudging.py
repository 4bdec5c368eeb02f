"""提醒: once an hour, to whom something is left to do."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianxue.audit.models import AuditEvent
from lianxue.inbox.models import InboxItem
from lianxue.notices.actions import nudging, passing, recalling, receipts
from lianxue.notices.models import Receipt, Relay, SmsRun
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, StateConflict
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory

from .makers import ALL, BELOW, WHOLE, passed, sent, to_branches

HOUR = timedelta(hours=1)


def test_the_members_see_when(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, WHOLE)
    before = InboxItem.objects.count()
    relay = nudging.nudge(cast.owner, cast.county.pk, own.notice_id, nudging.OWN)
    assert relay.nudged_at is not None
    assert Relay.objects.get(pk=own.pk).nudged_at == relay.nudged_at
    assert InboxItem.objects.count() == before, "no row for anybody"
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.organization_id) == ("notice.nudged", cast.county.pk)
    text = sign_in(cast.member).get("/notices/").text
    assert "提醒" in text


def test_once_an_hour_each(cast: Cast) -> None:
    own = sent(cast.city_admin, cast.city, ALL)
    MembershipFactory(organization=cast.city)
    for whom in (nudging.OWN, nudging.BELOW):
        nudging.nudge(cast.city_admin, cast.city.pk, own.notice_id, whom)
        with pytest.raises(StateConflict, match="刚提醒过.*以后可以再次提醒"):
            nudging.nudge(cast.city_admin, cast.city.pk, own.notice_id, whom)
    assert nudging.next_nudge(Relay.objects.get(pk=own.pk), nudging.OWN)
    past = timezone.now() - HOUR
    Relay.objects.filter(pk=own.pk).update(nudged_at=past, nudged_below_at=past)
    relay = Relay.objects.get(pk=own.pk)
    assert nudging.next_nudge(relay, nudging.BELOW) is None
    for whom in (nudging.OWN, nudging.BELOW):
        nudging.nudge(cast.city_admin, cast.city.pk, own.notice_id, whom)


def test_nobody_left(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, to_branches(cast.first_branch))
    receipts.read(cast.member, own.notice_id)
    with pytest.raises(StateConflict, match="大家都已经看过"):
        nudging.nudge(cast.owner, cast.county.pk, own.notice_id, nudging.OWN)
    with pytest.raises(StateConflict, match="不需要提醒"):
        nudging.nudge(cast.owner, cast.county.pk, own.notice_id, nudging.BELOW)
    above = sent(cast.city_admin, cast.city, BELOW)
    passing.open_incoming(cast.owner, cast.county.pk, above.notice_id)
    nudging.nudge(cast.city_admin, cast.city.pk, above.notice_id, nudging.BELOW)
    passed(cast.owner, cast.county, above.notice)
    Relay.objects.filter(pk=above.pk).update(nudged_below_at=None)
    with pytest.raises(StateConflict, match="都已经处理"):
        nudging.nudge(cast.city_admin, cast.city.pk, above.notice_id, nudging.BELOW)


def test_where_looking_is_all_that_is_asked(cast: Cast) -> None:
    above = sent(cast.city_admin, cast.city, BELOW, pass_on=False)
    nudging.nudge(cast.city_admin, cast.city.pk, above.notice_id, nudging.BELOW)
    passing.open_incoming(cast.owner, cast.county.pk, above.notice_id)
    Relay.objects.filter(pk=above.pk).update(nudged_below_at=None)
    with pytest.raises(StateConflict, match="都已经处理"):
        nudging.nudge(cast.city_admin, cast.city.pk, above.notice_id, nudging.BELOW)


def test_a_recalled_one(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, WHOLE)
    recalling.recall(cast.owner, cast.county.pk, own.notice_id, "发错了")
    with pytest.raises(StateConflict, match="已经撤回"):
        nudging.nudge(cast.owner, cast.county.pk, own.notice_id, nudging.OWN)


def test_who_may(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, WHOLE)
    arguments: tuple[Any, ...] = (cast.county.pk, own.notice_id, nudging.OWN)
    for user in (cast.colleague, cast.member):
        with pytest.raises(PermissionDenied):
            nudging.nudge(user, *arguments)
    for user in (cast.city_admin, cast.stranger, cast.newcomer_admin):
        with pytest.raises(NotFound):
            nudging.nudge(user, *arguments)
    with pytest.raises(InvalidInput, match="请选择提醒"):
        nudging.nudge(cast.owner, cast.county.pk, own.notice_id, "everybody")
    scoped = sent(cast.colleague, cast.county, to_branches(cast.first_branch))
    nudging.nudge(cast.colleague, cast.county.pk, scoped.notice_id, nudging.OWN)


def test_text_messages_are_for_what_is_urgent(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, WHOLE)
    with pytest.raises(StateConflict, match="只有紧急"):
        nudging.nudge(cast.owner, cast.county.pk, own.notice_id, nudging.OWN, sms=True)
    assert Relay.objects.get(pk=own.pk).nudged_at is None, "nothing is half done"
    urgent = sent(cast.owner, cast.county, WHOLE, urgent=True)
    nudging.nudge(cast.owner, cast.county.pk, urgent.notice_id, nudging.OWN, sms=True)
    run = SmsRun.objects.get()
    assert (run.relay_id, run.purpose, run.budget) == (urgent.pk, "nudge", 4)


@pytest.mark.parametrize("people", [10, 100])
def test_as_many_statements_and_rows_for_a_hundred(cast: Cast, people: int) -> None:
    own = sent(cast.owner, cast.county, WHOLE)
    for _ in range(people):
        MembershipFactory(organization=cast.county)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        nudging.nudge(cast.owner, cast.county.pk, own.notice_id, nudging.OWN)
    assert len(asked) == 14
    assert Receipt.objects.count() == 1


def test_the_button(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, WHOLE)
    home = f"/orgs/{cast.county.pk}/notices/{own.notice_id}/"
    client = sign_in(cast.owner)
    assert "提醒未读" in client.get(home).text
    done = client.post(f"{home}nudge/", {"whom": "own"}, follow=True)
    assert "已提醒还没有看的成员" in done.text
    assert "上次提醒" in done.text
    assert "以后可以再次提醒" in done.text
    again = client.post(f"{home}nudge/", {"whom": "own"})
    assert again.status_code == 409
    assert "刚提醒过" in again.text
