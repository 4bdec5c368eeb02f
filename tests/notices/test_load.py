"""减负: what each unit has received this month, against what was truly sent to it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianxue.notices import extensions, policy
from lianxue.notices.actions import recalling
from lianxue.notices.actions.audiences import Audience
from lianxue.notices.extensions import Extension
from lianxue.notices.models import Notice, Relay, RelayOrganization
from lianxue.notices.queries import load
from lianxue.notices.queries.load import Load
from lianxue.organizations.models import Branch, Organization
from tests.cast import Cast
from tests.factories import OrganizationFactory, make_branch, put_in_chain
from tests.notices.makers import ALL, BELOW, WHOLE, passed, sent, to_branches, to_chosen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_kinds")]


def place(cast: Cast) -> policy.Place:
    return policy.place_of(cast.city_admin, cast.city.pk)


def by_name(cast: Cast) -> dict[str, Load]:
    page = load.load_of_subordinates(place(cast))
    return {unit.name: unit.load for unit in page.items}


def test_what_subordinates_received(cast: Cast) -> None:
    second = put_in_chain(OrganizationFactory(name="乙"), cast.city)
    sent(cast.city_admin, cast.city, ALL)
    sent(cast.city_admin, cast.city, to_chosen(second))
    sent(cast.city_admin, cast.city, BELOW, kind="form")
    sent(cast.city_admin, cast.city, to_chosen(cast.county), kind="task")
    sent(cast.city_admin, cast.city, BELOW, kind="learning")
    sent(cast.city_admin, cast.city, WHOLE)
    from_above = sent(cast.province_admin, cast.province, BELOW)
    passed(cast.city_admin, cast.city, from_above.notice, to_chosen(second))
    assert by_name(cast) == {"乙": Load(3, 0, 1, 1), cast.county.name: Load(1, 1, 1, 1)}
    page = load.load_of_subordinates(place(cast))
    assert [unit.name for unit in page.items] == ["乙", cast.county.name]  # the heaviest first
    assert page.items[0].load.total == 5


def test_among_those_chosen(cast: Cast) -> None:
    put_in_chain(OrganizationFactory(), cast.city)
    page = load.load_of_subordinates(place(cast), among=[cast.county, cast.other])
    assert [unit.organization_id for unit in page.items] == [cast.county.pk]
    assert load.load_of_subordinates(place(cast), among=[]).total == 0


def test_what_was_recalled_or_sent_last_month_is_no_load(cast: Cast) -> None:
    relay = sent(cast.city_admin, cast.city, ALL)
    recalling.recall(cast.city_admin, cast.city.pk, relay.notice_id, "写错了")
    relay = sent(cast.city_admin, cast.city, ALL)
    begin = load.month_begin()
    Relay.objects.filter(pk=relay.pk).update(passed_at=begin - timedelta(seconds=1))
    assert by_name(cast)[cast.county.name] == Load()
    assert load.load_of_members(place(cast)) == Load()
    Relay.objects.filter(pk=relay.pk).update(passed_at=begin)
    assert by_name(cast)[cast.county.name] == Load(1)
    assert load.load_of_members(place(cast)) == Load(1)


def test_the_month_begins_at_the_sites_midnight() -> None:
    begin = load.month_begin()
    there = timezone.localtime(begin, timezone.get_default_timezone())
    assert (there.day, there.hour, there.minute) == (1, 0, 0)
    assert begin <= timezone.now()


def test_who_joined_the_chain_after_it_was_over_received_nothing(cast: Cast) -> None:
    relay = sent(cast.city_admin, cast.city, BELOW)
    Relay.objects.filter(pk=relay.pk).update(
        passed_at=load.month_begin(), open_until=timezone.now() - timedelta(minutes=1)
    )
    put_in_chain(cast.newcomer, cast.city)
    assert by_name(cast)[cast.newcomer.name] == Load()


def test_what_branches_received(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setitem(extensions._EXTENSIONS, "task", Extension(own=lambda notice, own: "units"))
    here = policy.place_of(cast.owner, cast.county.pk)
    sent(cast.owner, cast.county, WHOLE)
    sent(cast.owner, cast.county, WHOLE, kind="form")
    sent(cast.owner, cast.county, to_branches(cast.general_branch))
    sent(cast.owner, cast.county, to_branches(cast.first_branch, cast.general_branch))
    sent(cast.owner, cast.county, to_branches(cast.first_branch), kind="form")
    sent(cast.owner, cast.county, to_branches(cast.general_branch), kind="task")
    sent(cast.owner, cast.county, to_branches(cast.general_branch, role="admin"))
    sent(cast.owner, cast.county, Audience(own="whole", role="admin"))
    foreign = make_branch(cast.city, "市直党支部")
    rows = [cast.general_branch, cast.first_branch, cast.second_branch, foreign]
    assert load.load_of_branches(here, rows) == {
        cast.general_branch.pk: Load(3, 1, 1),
        cast.first_branch.pk: Load(3, 0, 2),
        cast.second_branch.pk: Load(1, 0, 1),
    }
    assert load.load_of_members(here) == Load(1, 0, 1)
    assert load.load_of_branches(here, []) == {}


def test_a_scoped_administrator_sees_no_subordinates(cast: Cast) -> None:
    put_in_chain(cast.newcomer, cast.county)
    here = policy.place_of(cast.colleague, cast.county.pk)
    assert load.load_of_subordinates(here).total == 0
    assert load.load_of_subordinates(policy.place_of(cast.owner, cast.county.pk)).total == 1


@pytest.mark.parametrize("number", [10, 1000])
def test_the_same_statements_however_many(cast: Cast, number: int) -> None:
    moment = timezone.now()
    places = Organization.objects.bulk_create(
        Organization(
            name=f"第{n}组织",
            created_at=moment,
            superior=cast.city,
            chain_path=f"{cast.city.chain_path}X{n:06d}",
            certified_at=moment - timedelta(days=1),
        )
        for n in range(number)
    )
    rows = [make_branch(cast.city, f"第{n}支部") for n in range(number // 10)]
    notices = Notice.objects.bulk_create(
        Notice(
            organization=cast.city,
            author_name="市主管",
            title="标题",
            state="sent",
            created_at=moment,
            changed_at=moment,
            sent_at=moment,
        )
        for _ in range(number // 10)
    )
    relays = Relay.objects.bulk_create(
        Relay(
            notice=one,
            organization=cast.city,
            state="passed",
            own="whole",
            below="chosen",
            passed_at=moment,
            open_until=moment + timedelta(days=9),
        )
        for one in notices
    )
    RelayOrganization.objects.bulk_create(
        RelayOrganization(relay=relay, organization=one) for relay in relays for one in places[:5]
    )
    here = place(cast)
    with CaptureQueriesContext(connection) as seen:
        page = load.load_of_subordinates(here)
        found = load.load_of_branches(here, Branch.objects.filter(organization=cast.city))
        assert load.load_of_members(here).notices == number // 10
    assert len(seen) == 3 + 3 + 1  # one of the three is the branches, given as a query
    assert page.total == number + 1
    assert [unit.load.notices for unit in page.items[:6]] == [number // 10] * 5 + [0]
    assert set(found.values()) == {Load(number // 10)}
    assert len(found) == len(rows)
