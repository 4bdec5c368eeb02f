"""A task is completed when all of it is done, once, for each relay that reaches the person."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lianxue.learning.actions.completing import settle_item, settle_task
from lianxue.learning.models import Completion, ContentItem, LearningRecord
from lianxue.learning.queries.unfinished import unfinished
from lianxue.notices.actions import recalling
from lianxue.organizations.models import Membership
from lianxue.points.models import PointEntry
from tests.cast import Cast
from tests.factories import MembershipFactory
from tests.notices.makers import BELOW, WHOLE, passed

from .task_makers import finish, hand_in, item, sent_learning

pytestmark = pytest.mark.django_db


def of(notice_id: int) -> list[Completion]:
    return list(Completion.objects.filter(relay__notice=notice_id).order_by("pk"))


def points_of(user: object) -> list[PointEntry]:
    return list(PointEntry.objects.filter(user=user, item="learning.task"))  # type: ignore[misc]


def test_the_last_item_completes_it_once(cast: Cast) -> None:
    one, two = item(cast.county, "一"), item(cast.county, "二")
    relay = sent_learning(cast.owner, cast.county, [one, two], WHOLE)
    assert finish(cast.member, one) == []
    assert of(relay.notice_id) == []
    assert finish(cast.member, two) == [relay.notice_id]
    (done,) = of(relay.notice_id)
    assert (done.relay, done.membership) == (relay, cast.memberships[cast.member.pk])
    assert not done.late
    (entry,) = points_of(cast.member)
    assert (entry.earned, entry.organization, entry.source_id) == (20, cast.county, relay.notice_id)
    assert settle_item(cast.member, two.pk) == []
    assert settle_task(cast.member, relay.notice_id)
    assert len(of(relay.notice_id)) == len(points_of(cast.member)) == 1


def test_a_quiz_has_to_be_passed_too(cast: Cast) -> None:
    one = item(cast.county)
    relay = sent_learning(cast.owner, cast.county, [one], WHOLE, quiz=True)
    assert finish(cast.member, one) == []
    assert not hand_in(cast.member, relay.notice_id, passed=False)
    assert hand_in(cast.member, relay.notice_id)
    assert len(of(relay.notice_id)) == 1


def test_a_quiz_alone_is_a_task(cast: Cast) -> None:
    relay = sent_learning(cast.owner, cast.county, [], WHOLE, quiz=True)
    assert not settle_task(cast.member, relay.notice_id)
    assert hand_in(cast.member, relay.notice_id)


def test_what_was_finished_before_counts_and_is_in_time(cast: Cast) -> None:
    one = item(cast.county)
    finish(cast.member, one, at=timezone.now() - timedelta(days=40))
    relay = sent_learning(cast.owner, cast.county, [one], WHOLE)
    assert of(relay.notice_id) == []
    relay.notice.deadline = timezone.now() - timedelta(seconds=1)
    relay.notice.save()
    relay.passed_at = timezone.now() - timedelta(days=2)
    relay.save()
    assert settle_task(cast.member, relay.notice_id)
    (done,) = of(relay.notice_id)
    assert done.completed_at == relay.passed_at
    assert not done.late


def test_what_is_finished_behind_the_deadline_is_late(cast: Cast) -> None:
    one = item(cast.county)
    relay = sent_learning(cast.owner, cast.county, [one], WHOLE)
    relay.notice.deadline = timezone.now() - timedelta(seconds=1)
    relay.notice.save()
    assert finish(cast.member, one) == [relay.notice_id]
    assert [done.late for done in of(relay.notice_id)] == [True]


def test_nothing_after_a_recall(cast: Cast) -> None:
    one = item(cast.county)
    relay = sent_learning(cast.owner, cast.county, [one], WHOLE)
    recalling.recall(cast.owner, cast.county.pk, relay.notice_id, "时间有变")
    assert finish(cast.member, one) == []
    assert not settle_task(cast.member, relay.notice_id)
    assert (of(relay.notice_id), points_of(cast.member)) == ([], [])


def test_who_is_not_reached_completes_nothing(cast: Cast) -> None:
    one = item(cast.county)
    relay = sent_learning(cast.owner, cast.county, [one], WHOLE)
    assert finish(cast.stranger, one) == finish(cast.city_admin, one) == []
    assert not settle_task(cast.stranger, relay.notice_id)
    assert not settle_task(cast.member, 2**70)
    assert of(relay.notice_id) == []


def test_a_withdrawn_item_is_asked_of_nobody(cast: Cast) -> None:
    one, two = item(cast.county, "一"), item(cast.county, "二")
    relay = sent_learning(cast.owner, cast.county, [one, two], WHOLE)
    finish(cast.member, one)
    ContentItem.objects.filter(pk=two.pk).update(state="withdrawn")
    assert settle_task(cast.member, relay.notice_id)
    ContentItem.objects.filter(pk=one.pk).update(state="withdrawn")
    assert not settle_task(cast.outsider_admin, relay.notice_id)
    assert len(of(relay.notice_id)) == 1


def test_both_organisations_that_passed_it_on_get_theirs_and_points_are_once(cast: Cast) -> None:
    one = item(cast.city, reach="chain")
    second = MembershipFactory(organization=cast.city, user=cast.member)
    above = sent_learning(cast.city_admin, cast.city, [one], BELOW)
    below = passed(cast.owner, cast.county, above.notice_id)
    assert finish(cast.member, one) == [above.notice_id]
    assert [done.relay for done in of(above.notice_id)] == [below]
    again = sent_learning(cast.city_admin, cast.city, [one])
    passed(cast.owner, cast.county, again.notice_id)
    assert settle_task(cast.member, again.notice_id)
    found = {done.membership for done in of(again.notice_id)}
    assert found == {second, cast.memberships[cast.member.pk]}
    assert len(points_of(cast.member)) == 2
    first = min(found, key=lambda one: one.pk)
    assert points_of(cast.member)[-1].organization == first.organization


def test_a_later_relay_is_completed_when_the_task_is_opened(cast: Cast) -> None:
    one = item(cast.city, reach="chain")
    relay = sent_learning(cast.city_admin, cast.city, [one])
    MembershipFactory(organization=cast.city, user=cast.member)
    finish(cast.member, one)
    assert len(of(relay.notice_id)) == 1
    passed(cast.owner, cast.county, relay.notice_id)
    assert len(of(relay.notice_id)) == 1
    assert settle_task(cast.member, relay.notice_id)
    assert len(of(relay.notice_id)) == 2
    assert len(points_of(cast.member)) == 1


def test_who_left_completes_nothing(cast: Cast) -> None:
    one = item(cast.county)
    sent_learning(cast.owner, cast.county, [one], WHOLE)
    Membership.objects.filter(user=cast.member).update(state="ended")
    assert finish(cast.member, one) == []


def test_a_fixed_number_of_statements(cast: Cast, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    items = [item(cast.county, str(number)) for number in range(12)]
    for _ in range(3):
        sent_learning(cast.owner, cast.county, items, WHOLE)
    lonely = item(cast.county)
    finish(cast.member, lonely)
    with django_assert_max_num_queries(4):  # the seats, no task; savepoints
        settle_item(cast.member, lonely.pk)
    for one in items:
        LearningRecord.objects.create(
            user=cast.member,
            item=one,
            organization=cast.county,
            started_at=timezone.now(),
            changed_at=timezone.now(),
            finished_at=timezone.now(),
        )
    with django_assert_max_num_queries(26):
        assert len(settle_item(cast.member, items[-1].pk)) == 3


def test_what_was_done_in_time_is_not_late_because_it_was_passed_on_late(cast: Cast) -> None:
    one = item(cast.county)
    relay = sent_learning(cast.owner, cast.county, [one], WHOLE)
    finish(cast.member, one, at=timezone.now() - timedelta(days=3))
    relay.notice.deadline = timezone.now() - timedelta(days=2)
    relay.notice.save()
    Completion.objects.all().delete()
    assert settle_task(cast.member, relay.notice_id)
    (done,) = of(relay.notice_id)
    assert (done.completed_at, done.late) == (relay.passed_at, False)
    finish(cast.colleague, one, at=timezone.now() - timedelta(days=1))
    assert [done.late for done in of(relay.notice_id)] == [False, True]


def test_contents_alone_and_a_quiz_alone_have_a_moment(cast: Cast) -> None:
    one = item(cast.county)
    contents = sent_learning(cast.owner, cast.county, [one], WHOLE)
    alone = sent_learning(cast.owner, cast.county, [], WHOLE, quiz=True)
    gone = sent_learning(cast.owner, cast.county, [item(cast.county)], WHOLE, quiz=True)
    finish(cast.member, one)
    hand_in(cast.member, alone.notice_id)
    hand_in(cast.member, gone.notice_id)
    assert of(gone.notice_id) == []
    ContentItem.objects.exclude(pk=one.pk).update(state="withdrawn")
    assert settle_task(cast.member, gone.notice_id)
    for relay in (contents, alone, gone):
        (done,) = of(relay.notice_id)
        assert relay.passed_at is not None
        assert relay.passed_at <= done.completed_at <= timezone.now()
        assert not done.late


def test_nobody_is_asked_by_text_message_for_what_is_all_withdrawn(cast: Cast) -> None:
    one = item(cast.county)
    relay = sent_learning(cast.owner, cast.county, [one], WHOLE)
    tested = sent_learning(cast.owner, cast.county, [one], WHOLE, quiz=True)
    assert unfinished(relay).count() == 5
    ContentItem.objects.filter(pk=one.pk).update(state="withdrawn")
    assert (unfinished(relay).count(), unfinished(tested).count()) == (0, 5)
