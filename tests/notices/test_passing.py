"""传达: what comes from above, who deals with it, and what may happen meanwhile."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianxue.audit.models import AuditEvent
from lianxue.notices import policy
from lianxue.notices.actions import passing, recalling
from lianxue.notices.actions.passing import TRANSITIONS, Step
from lianxue.notices.models import Notice, Receipt, Relay
from lianxue.notices.queries import keeping
from lianxue.organizations.logbook import lines_of
from lianxue.organizations.models import Organization
from lianxue.shared.errors import (
    NotFound,
    PermissionDenied,
    StateConflict,
)
from lianxue.shared.ids import path_step
from tests.cast import Cast
from tests.factories import MembershipFactory, OrganizationFactory, make_many, put_in_chain
from tests.notices.makers import ALL, BELOW, WHOLE, passed, sent, to_branches, to_chosen
from tests.notices.passing_tries import TRIES, waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_kinds")]


def decertify(organization: Organization) -> None:
    Organization.objects.filter(pk=organization.pk).update(
        superior=None, chain_path=None, certified_at=None
    )


# ---------- the way through ----------


def test_the_first_look_makes_the_relay_and_later_ones_change_nothing(
    cast: Cast, notice: Notice
) -> None:
    assert waiting(cast) == [notice]
    relay = passing.open_incoming(cast.owner, cast.county.pk, notice.pk)
    assert (relay.state, relay.seen_by) == ("received", cast.owner)
    assert passing.open_incoming(cast.whole_admin, cast.county.pk, notice.pk) == relay
    relay.refresh_from_db()
    assert relay.seen_by == cast.owner
    assert AuditEvent.objects.filter(action="relay.received").count() == 1
    assert waiting(cast) == [notice]  # seen, and still to be passed on


def test_confirming_for_the_organisation(cast: Cast, notice: Notice) -> None:
    relay = passing.confirm_incoming(cast.owner, cast.county.pk, notice.pk)
    first = relay.confirmed_at
    assert (relay.state, relay.confirmed_by) == ("received", cast.owner)
    assert first
    again = passing.confirm_incoming(cast.whole_admin, cast.county.pk, notice.pk)
    assert (again.confirmed_at, again.confirmed_by) == (first, cast.owner)
    assert AuditEvent.objects.filter(action="relay.confirmed").count() == 1


def test_passing_it_on(cast: Cast, notice: Notice) -> None:
    relay = passed(cast.owner, cast.county, notice, to_branches(cast.first_branch), " 请认真学习 ")
    relay.refresh_from_db()
    assert (relay.state, relay.own, relay.remark) == ("passed", "branches", "请认真学习")
    assert (relay.passed_by, relay.passed_by_name) == (cast.owner, "李明")
    assert relay.seen_at
    assert relay.confirmed_at  # passing on says that it came
    assert {row.user for row in policy.recipients(relay.pk)} == {cast.member}
    assert waiting(cast) == []
    assert list(keeping.incoming_list(cast.owner, cast.county.pk, "done")) == [notice]


def test_who_passes_on_has_read_it(cast: Cast, notice: Notice) -> None:
    relay = passed(cast.owner, cast.county, notice, WHOLE)
    (receipt,) = Receipt.objects.filter(relay=relay)
    assert receipt.membership == cast.memberships[cast.owner.pk]
    assert receipt.confirmed_at


def test_after_the_deadline_it_stays_open_for_a_month(cast: Cast, notice: Notice) -> None:
    Notice.objects.filter(pk=notice.pk).update(deadline=timezone.now() - timedelta(days=1))
    relay = passed(cast.owner, cast.county, notice)
    assert relay.passed_at
    assert relay.open_until == relay.passed_at + timedelta(days=30)


def test_it_goes_on_to_whoever_was_chosen(cast: Cast) -> None:
    place = put_in_chain(OrganizationFactory(), cast.city)
    notice = sent(cast.province_admin, cast.province, BELOW).notice
    passed(cast.city_admin, cast.city, notice, to_chosen(cast.county))
    assert policy.waiting_here(cast.county).count() == 1
    assert policy.waiting_here(place).count() == 0


def test_closing_with_a_reason_and_passing_on_after_all(cast: Cast, notice: Notice) -> None:
    relay = passing.close(cast.owner, cast.county.pk, notice.pk, "与本单位无关")
    assert (relay.state, relay.remark) == ("closed", "与本单位无关")
    assert relay.seen_at
    assert waiting(cast) == []
    with pytest.raises(StateConflict):
        passing.close(cast.owner, cast.county.pk, notice.pk, "还是无关")
    relay = passed(cast.owner, cast.county, notice, WHOLE, "请学习")
    assert (relay.state, relay.remark) == ("passed", "请学习")


@pytest.mark.once
def test_what_was_passed_on_is_never_undone_here() -> None:
    """But for a recall, which is no step of this table."""
    for (state, step), to in TRANSITIONS.items():
        assert step not in {Step.OPEN, Step.CONFIRM} or to == state
        assert state != "passed" or to == "passed"
    assert ("passed", Step.RELAY) not in TRANSITIONS
    assert ("passed", Step.CLOSE) not in TRANSITIONS


# ---------- what happens meanwhile ----------


@pytest.mark.parametrize("seen", [True, False])
@pytest.mark.parametrize("key", ["confirm", "pass", "close"])
def test_recalled_meanwhile(cast: Cast, notice: Notice, key: str, seen: bool) -> None:
    if seen:
        passing.open_incoming(cast.owner, cast.county.pk, notice.pk)
    recalling.recall(cast.city_admin, cast.city.pk, notice.pk, "内容有误")
    with pytest.raises(StateConflict) as found:
        TRIES[key](cast.owner, cast, notice.pk)
    assert found.value.code == "notice-recalled"
    assert waiting(cast) == []
    relay = passing.open_incoming(cast.owner, cast.county.pk, notice.pk)
    relay.refresh_from_db()
    assert (relay.state, relay.recall_reason) == ("received", "内容有误")
    assert keeping.get_incoming(cast.owner, cast.county.pk, notice.pk).recalled


def test_the_own_recall_is_final(cast: Cast, notice: Notice) -> None:
    passed(cast.owner, cast.county, notice)
    recalling.recall(cast.owner, cast.county.pk, notice.pk, "发错范围")
    with pytest.raises(StateConflict, match="本组织已经撤回"):
        passed(cast.owner, cast.county, notice)


@pytest.mark.parametrize("key", ["confirm", "pass", "close"])
def test_decertified_meanwhile(cast: Cast, notice: Notice, key: str) -> None:
    passing.open_incoming(cast.owner, cast.county.pk, notice.pk)
    decertify(cast.county)
    with pytest.raises(StateConflict) as found:
        TRIES[key](cast.owner, cast, notice.pk)
    assert found.value.code == "not-incoming"
    incoming = keeping.get_incoming(cast.owner, cast.county.pk, notice.pk)
    assert (incoming.relay, incoming.notice) == (None, notice)  # it was dealt with, and is shown
    assert waiting(cast) == []
    assert list(keeping.incoming_list(cast.owner, cast.county.pk, "done")) == [notice]


def test_decertified_before_anybody_looked(cast: Cast, notice: Notice) -> None:
    decertify(cast.county)
    for key in ("look", "open", "confirm", "pass", "close"):
        with pytest.raises(NotFound):
            TRIES[key](cast.owner, cast, notice.pk)
    assert list(keeping.incoming_list(cast.owner, cast.county.pk, "")) == []


def test_below_another_superior_it_comes_from_there(cast: Cast) -> None:
    notice = sent(cast.province_admin, cast.province, ALL).notice
    passed(cast.city_admin, cast.city, notice, ALL)
    passing.open_incoming(cast.owner, cast.county.pk, notice.pk)
    put_in_chain(cast.county, cast.province)
    (row,) = waiting(cast)
    assert (row, row.from_name) == (notice, cast.province.name)
    assert passed(cast.owner, cast.county, notice).state == "passed"


def test_a_subordinate_certified_later_gets_what_is_open(cast: Cast, notice: Notice) -> None:
    put_in_chain(cast.newcomer, cast.city)
    assert list(keeping.incoming_list(cast.newcomer_admin, cast.newcomer.pk)) == [notice]
    Relay.objects.update(open_until=timezone.now() - timedelta(days=1))
    assert not keeping.incoming_list(cast.newcomer_admin, cast.newcomer.pk).exists()
    with pytest.raises(NotFound):
        passed(cast.newcomer_admin, cast.newcomer, notice)
    # who was there when it was open still passes it on, though nothing waits any more
    assert waiting(cast) == []
    Organization.objects.filter(pk=cast.county.pk).update(
        certified_at=timezone.now() - timedelta(days=9)
    )
    assert passed(cast.owner, cast.county, notice).state == "passed"


def test_a_dissolved_organisation(cast: Cast, notice: Notice) -> None:
    Organization.objects.filter(pk=cast.county.pk).update(
        superior=None, chain_path=None, certified_at=None, dissolved_at=timezone.now()
    )
    for key in TRIES:
        with pytest.raises(NotFound):
            TRIES[key](cast.owner, cast, notice.pk)


# ---------- lists ----------


def test_what_the_list_says(cast: Cast, notice: Notice) -> None:
    (row,) = waiting(cast)
    assert (row.from_name, row.own_pk, row.recalled_at) == (cast.city.name, None, None)
    above = Relay.objects.get(organization=cast.city)
    assert row.came_at == above.passed_at
    relay = passed(cast.owner, cast.county, notice)
    (row,) = keeping.incoming_list(cast.owner, cast.county.pk, "done")
    assert (row.own_pk, row.own_state) == (relay.pk, "passed")
    assert row.own_passed_at == relay.passed_at
    assert row.own_confirmed_at == relay.confirmed_at
    assert list(keeping.incoming_list(cast.owner, cast.county.pk, "", "主题")) == [notice]
    assert list(keeping.incoming_list(cast.owner, cast.county.pk, "", "没有\0的")) == []
    own = sent(cast.owner, cast.county, WHOLE)
    assert own.notice not in keeping.incoming_list(cast.owner, cast.county.pk, "")


def test_the_newest_come_first(cast: Cast) -> None:
    rows = [sent(cast.city_admin, cast.city, BELOW, title=f"第{n}号").notice for n in range(3)]
    assert waiting(cast) == rows[::-1]


@pytest.mark.parametrize("number", [10, 1000])
def test_the_list_in_one_statement_more(cast: Cast, number: int) -> None:
    moment = timezone.now()
    notices = Notice.objects.bulk_create(
        Notice(
            organization=cast.city,
            author_name="市主管",
            title=f"第{n}号",
            state="sent",
            created_at=moment,
            changed_at=moment,
            sent_at=moment,
        )
        for n in range(number)
    )
    Relay.objects.bulk_create(
        Relay(
            notice=one,
            organization=cast.city,
            state="passed",
            below="all",
            passed_at=moment,
            open_until=moment + timedelta(days=9),
        )
        for one in notices
    )
    with CaptureQueriesContext(connection) as seen:
        rows = keeping.incoming_list(cast.owner, cast.county.pk)
        assert len(list(rows[:20])) == min(number, 20)
    assert len(seen) == 3  # the organisation, the power, the rows


def test_what_is_overseen(cast: Cast, notice: Notice) -> None:
    with pytest.raises(NotFound):  # not yet passed on
        keeping.overseen(cast.owner, cast.county.pk, notice.pk)
    relay = passed(cast.owner, cast.county, notice)
    for who in (cast.owner, cast.whole_admin, cast.colleague, cast.outsider_admin):
        assert keeping.overseen(who, cast.county.pk, notice.pk)[0] == relay
    with pytest.raises(PermissionDenied):
        keeping.overseen(cast.member, cast.county.pk, notice.pk)
    narrow = sent(cast.owner, cast.county, to_branches(cast.first_branch))
    assert keeping.overseen(cast.colleague, cast.county.pk, narrow.notice_id)[0] == narrow
    with pytest.raises(NotFound):
        keeping.overseen(cast.outsider_admin, cast.county.pk, narrow.notice_id)
    for stranger in (cast.city_admin, cast.stranger):
        with pytest.raises(NotFound):
            keeping.overseen(stranger, cast.county.pk, notice.pk)


# ---------- the log, and what it costs ----------


def test_the_log_says_what_was_done(cast: Cast, notice: Notice) -> None:
    passing.open_incoming(cast.owner, cast.county.pk, notice.pk)
    passing.close(cast.owner, cast.county.pk, notice.pk, "与本单位无关")
    passed(cast.owner, cast.county, notice, to_branches(cast.first_branch), "请学习")
    events = list(AuditEvent.objects.filter(organization_id=cast.county.pk).order_by("seq"))
    lines = lines_of(cast.county.pk, events)
    assert [line.what for line in lines] == [
        "查看了上级通知",
        "不再传达上级通知",
        "传达了上级通知",
    ]
    assert {line.target for line in lines} == {notice.title}
    told = {one.label: one.value for one in lines[2].details}
    assert told["发出组织"] == cast.city.name
    assert told["发给"] == "第一党支部"
    assert told["传达意见"] == "请学习"
    assert {one.label: one.value for one in lines[1].details}["原因"] == "与本单位无关"


def test_the_same_statements_however_many(cast: Cast) -> None:
    first = sent(cast.city_admin, cast.city, BELOW).notice
    second = sent(cast.city_admin, cast.city, BELOW).notice
    passing.open_incoming(cast.owner, cast.county.pk, first.pk)
    with CaptureQueriesContext(connection) as few:
        passed(cast.owner, cast.county, first)
    for _ in range(10):
        MembershipFactory(organization=cast.county)
    make_many(cast.county, [f"钱未来{n}" for n in range(1000)])
    for _ in range(30):
        put_in_chain(OrganizationFactory(), cast.city)
    passing.open_incoming(cast.owner, cast.county.pk, second.pk)
    with CaptureQueriesContext(connection) as many:
        passed(cast.owner, cast.county, second)
    assert len(many) == len(few)


def test_a_path_is_as_long_as_the_chain(cast: Cast) -> None:
    """Four levels down, each passing on what the one above passed to it."""
    town = put_in_chain(cast.newcomer, cast.county)
    assert town.chain_path
    assert town.chain_path.endswith(path_step(cast.county.pk) + path_step(town.pk))
    notice = sent(cast.province_admin, cast.province, ALL).notice
    passed(cast.city_admin, cast.city, notice, ALL)
    with pytest.raises(NotFound):
        passed(cast.newcomer_admin, town, notice)
    passed(cast.owner, cast.county, notice, ALL)
    relay = passed(cast.newcomer_admin, town, notice, WHOLE)
    assert {row.user for row in policy.recipients(relay.pk)} == {cast.newcomer_admin}
