"""Who reads what: by membership, down the chain, through a task; and where that counts."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxue.learning import policy
from lianxue.learning.models import ContentItem, LearningTask, TaskContent
from lianxue.notices.models import Notice, Relay
from lianxue.organizations.models import Membership, Organization
from lianxue.shared.errors import NotFound, PermissionDenied, StateConflict
from tests.cast import Cast
from tests.factories import MembershipFactory, OrganizationFactory, put_in_chain
from tests.learning.makers import CHAIN, content

AtMost = Callable[[int], AbstractContextManager[Any]]
PEOPLE = ("province_admin", "city_admin", "owner", "member", "newcomer_admin", "other_member")


def readers(cast: Cast, item: ContentItem) -> set[str]:
    """Who of the cast has ``item`` in the library."""
    return {
        name for name in PEOPLE if policy.library(getattr(cast, name)).filter(pk=item.pk).exists()
    }


def through_task(cast: Cast, item: ContentItem, organization: Organization) -> Relay:
    """``item`` in a task that reaches all of ``organization``."""
    moment = timezone.now()
    notice = Notice.objects.create(
        kind=Notice.Kind.LEARNING,
        state=Notice.State.SENT,
        organization=organization,
        author_name="",
        created_at=moment,
        changed_at=moment,
        sent_at=moment,
    )
    task = LearningTask.objects.create(notice=notice)
    TaskContent.objects.create(task=task, item=item, position=0)
    return Relay.objects.create(
        notice=notice,
        organization=organization,
        state=Relay.State.PASSED,
        own=Relay.Own.WHOLE,
        passed_at=moment,
        open_until=moment + timedelta(days=30),
        passed_by_name="",
        seen_at=moment,
    )


@pytest.mark.parametrize(
    ("place", "reach", "expected"),
    [
        ("county", "own", {"owner", "member"}),
        ("city", "own", {"city_admin"}),
        ("city", "chain", {"city_admin", "owner", "member"}),
        ("province", "chain", {"province_admin", "city_admin", "owner", "member"}),
        ("county", "chain", {"owner", "member"}),  # never upwards
        ("newcomer", "own", {"newcomer_admin"}),
    ],
)
def test_who_has_it_in_the_library(cast: Cast, place: str, reach: str, expected: set[str]) -> None:
    item = content(getattr(cast, place), reach=reach)
    assert readers(cast, item) == expected


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_only_what_is_published(cast: Cast, state: str) -> None:
    item = content(cast.county, reach=CHAIN)
    ContentItem.objects.filter(pk=item.pk).update(state=state)
    item.refresh_from_db()
    through_task(cast, item, cast.county)
    assert readers(cast, item) == set()
    assert not policy.readable(cast.member).exists()
    with pytest.raises(NotFound):
        policy.seat_for(cast.member, item)


def test_the_chain_as_it_stands_now(cast: Cast) -> None:
    item = content(cast.province, reach=CHAIN)
    assert readers(cast, item) == {"province_admin", "city_admin", "owner", "member"}
    put_in_chain(cast.newcomer, cast.county)
    assert "newcomer_admin" in readers(cast, item)
    Organization.objects.filter(pk=cast.newcomer.pk).update(
        superior=None, chain_path=None, certified_at=None
    )
    assert "newcomer_admin" not in readers(cast, item)


def test_who_left_or_has_not_come_reads_nothing(cast: Cast) -> None:
    item = content(cast.county)
    seat = cast.memberships[cast.member.pk]
    Membership.objects.filter(pk=seat.pk).update(state="ended", ended_at=timezone.now())
    assert readers(cast, item) == {"owner"}


def test_a_task_opens_what_the_library_has_not(cast: Cast) -> None:
    item = content(cast.province)  # for the province's own members
    relay = through_task(cast, item, cast.county)
    assert not policy.library(cast.member).exists()
    assert list(policy.readable(cast.member)) == [item]
    assert policy.seat_for(cast.member, item) == cast.memberships[cast.member.pk]
    assert not policy.readable(cast.city_admin).exists()
    relay.recalled_at = timezone.now()
    relay.save()
    assert not policy.readable(cast.member).exists()
    with pytest.raises(NotFound):
        policy.seat_for(cast.member, item)


def test_the_seat_is_one_that_fits_the_oldest_first(cast: Cast) -> None:
    item = content(cast.city, reach=CHAIN)
    first = cast.memberships[cast.member.pk]
    second = MembershipFactory(organization=cast.city, user=cast.member)
    assert policy.seat_for(cast.member, item) == first
    assert policy.seat_for(cast.member, content(cast.city)) == second
    with pytest.raises(NotFound):
        policy.seat_for(cast.stranger, item)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    parents=st.lists(st.integers(-1, 5), min_size=1, max_size=6),
    owner=st.integers(0, 6),
    seats=st.sets(st.integers(0, 6), max_size=3),
    chain=st.booleans(),
)
def test_library_and_seat_agree_in_every_chain(
    cast: Cast, parents: list[int], owner: int, seats: set[int], chain: bool
) -> None:
    root = put_in_chain(OrganizationFactory())
    tree, above = [root], {root.pk: {root.pk}}
    for parent in parents:
        one = OrganizationFactory()
        if parent >= 0:  # else not certified
            superior = tree[parent % len(tree)]
            if superior.chain_path is not None:
                put_in_chain(one, superior)
        line = above[one.superior_id] if one.superior_id else set()
        above[one.pk] = {one.pk} | line
        tree.append(one)
    source = tree[owner % len(tree)]
    places = {tree[seat % len(tree)].pk for seat in seats}
    for pk in places:
        MembershipFactory(organization_id=pk, user=cast.stranger)
    item = content(source, reach=CHAIN if chain else "own")
    fitting = {pk for pk in places if pk == source.pk or (chain and source.pk in above[pk])}
    assert policy.library(cast.stranger).filter(pk=item.pk).exists() == bool(fitting)
    if fitting:
        assert policy.seat_for(cast.stranger, item).organization_id in fitting
    else:
        with pytest.raises(NotFound):
            policy.seat_for(cast.stranger, item)
    Membership.objects.filter(user=cast.stranger).delete()
    item.delete()


@pytest.mark.parametrize("rows", [10, 1000])
def test_statements_do_not_grow(
    cast: Cast, rows: int, django_assert_max_num_queries: AtMost
) -> None:
    moment = timezone.now()
    ContentItem.objects.bulk_create(
        [
            ContentItem(
                organization=cast.city,
                title=f"第{n}篇",
                state="published",
                reach="chain",
                author_name="",
                created_at=moment,
                changed_at=moment,
                published_at=moment,
            )
            for n in range(rows)
        ]
    )
    with django_assert_max_num_queries(2):
        assert policy.library(cast.member).count() == rows
    with django_assert_max_num_queries(3):
        assert policy.readable(cast.member).count() == rows
    item = ContentItem.objects.select_related("organization").first()
    assert item
    with django_assert_max_num_queries(4):
        policy.seat_for(cast.member, item)


def test_what_a_power_is_enough_for(cast: Cast) -> None:
    whole, scoped = (
        policy.place_of(cast.owner, cast.county.pk),
        policy.place_of(cast.colleague, cast.county.pk),
    )
    policy.need_writes(scoped.power)
    policy.need_publishes(whole.power)
    for need in (policy.need_publishes, policy.need_settings):
        with pytest.raises(PermissionDenied):
            need(scoped.power)
    with pytest.raises(StateConflict):
        policy.need_reach("chain", cast.newcomer)
    policy.need_reach("own", cast.newcomer)
