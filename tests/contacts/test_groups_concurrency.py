"""What crosses in a group (PostgreSQL): two people act on it at the same moment."""

from functools import partial

import pytest

from lianxue.audit.queries import first_broken_link, organization_stream
from lianxue.contacts import circles
from lianxue.contacts.actions import frequent
from lianxue.contacts.actions import groups as actions
from lianxue.contacts.models import FrequentContact, Group
from lianxue.organizations.actions import leaving
from lianxue.organizations.models import Membership
from tests.cast import Cast
from tests.organizations.test_concurrency import at_once, good, people

__all__ = ["people"]

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TIMES = 6


def fresh(people: Cast, *others: int) -> Group:
    """An internal group of 县 of its own."""
    name = f"群组{Group.objects.count()}"
    return actions.create_group(people.owner, name, people.county.pk, others)


def inside(group: Group) -> set[int]:
    return set(circles.members_of(group).values_list("user_id", flat=True))


def test_added_while_it_is_dissolved(people: Cast) -> None:
    for _ in range(TIMES):
        group = fresh(people)
        add = partial(actions.add_members, people.owner, group.pk, [people.member.pk])
        end = partial(actions.dissolve_group, people.whole_admin, group.pk)
        results = at_once([add, end])
        group.refresh_from_db()
        assert group.dissolved_at
        assert (people.member.pk in inside(group)) == (len(good(results)) == 2)
    assert first_broken_link(organization_stream(people.county.pk)) is None


def test_handed_over_to_who_is_leaving(people: Cast) -> None:
    for _ in range(TIMES):
        group = fresh(people, people.member.pk)
        results = at_once(
            [
                partial(actions.hand_over, people.owner, group.pk, people.member.pk),
                partial(actions.leave_group, people.member, group.pk),
            ]
        )
        assert len(good(results)) == 1
        group.refresh_from_db()
        assert group.owner_id in inside(group)


def test_the_same_people_twice_at_once(people: Cast) -> None:
    for _ in range(TIMES):
        group = fresh(people)
        ids = [people.member.pk, people.colleague.pk]
        add = partial(actions.add_members, people.owner, group.pk, ids)
        assert sorted(good(at_once([add, add, add]))) == [0, 0, 2]
        assert inside(group) == {people.owner.pk, *ids}


def test_never_more_than_there_is_room_for(people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MAX_MEMBERS", 3)
    for _ in range(TIMES):
        group = fresh(people)
        pairs = [[people.member.pk, people.colleague.pk], [people.outsider_admin.pk]]
        results = at_once(
            [partial(actions.add_members, people.owner, group.pk, ids) for ids in pairs]
        )
        assert len(good(results)) == 1
        assert len(inside(group)) <= 3


def test_left_twice(people: Cast) -> None:
    group = fresh(people, people.member.pk)
    leave = partial(actions.leave_group, people.member, group.pk)
    assert len(good(at_once([leave, leave]))) == 1


def test_a_double_tap_makes_one_group(people: Cast) -> None:
    make = partial(actions.create_group, people.member, "读书小组", people.county.pk)
    assert len(good(at_once([make, make, make]))) == 1
    assert Group.objects.filter(name="读书小组").count() == 1


def test_two_who_add_each_other_do_not_wait_for_each_other(people: Cast) -> None:
    """Each has a hold on the own account while the other's rows point at it."""
    for number in range(TIMES):
        name, place = f"互加{number}", people.county.pk
        at_once(
            [
                partial(actions.create_group, people.owner, name, place, [people.member.pk]),
                partial(actions.create_group, people.member, name, place, [people.owner.pk]),
            ]
        )
        assert Group.objects.filter(name=name).count() == 2


def test_added_while_leaving_the_organisation(people: Cast) -> None:
    for _ in range(3):
        group = fresh(people)
        Membership.objects.filter(user=people.member).update(state="active")
        at_once(
            [
                partial(actions.add_members, people.owner, group.pk, [people.member.pk]),
                partial(leaving.leave, people.member, people.county.pk),
            ]
        )
        assert people.member.pk not in inside(group)
        actions.tidy_groups()
        assert not group.members.filter(user=people.member).exists()


def test_the_tidying_and_a_handover(people: Cast) -> None:
    for _ in range(TIMES):
        group = fresh(people, people.member.pk, people.colleague.pk)
        Group.objects.filter(pk=group.pk).update(owner=None)
        give = partial(actions.hand_over, people.whole_admin, group.pk, people.colleague.pk)
        results = at_once([actions.tidy_groups, give])
        assert results
        group.refresh_from_db()
        assert group.owner_id in inside(group)
    assert actions.tidy_groups()["orphans"] == 0


def test_one_use_however_many_at_once(people: Cast) -> None:
    use = partial(frequent.note_use, people.owner, people.member.pk)
    assert len(good(at_once([use] * 4))) == 4
    once = FrequentContact.objects.get().weight
    FrequentContact.objects.all().delete()
    frequent.note_use(people.owner, people.member.pk)
    assert FrequentContact.objects.get().weight == pytest.approx(once, rel=1e-3)
