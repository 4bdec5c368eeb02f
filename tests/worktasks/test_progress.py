"""Numbers with their denominators: per relay, per branch, per subordinate, down the chain."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.notices.actions import counting
from lianxue.notices.models import Notice, Relay
from lianxue.notices.policy import place_of
from lianxue.notices.queries.subtrees import BranchCounts
from lianxue.organizations.models import Branch, Membership, Organization
from lianxue.shared.ids import path_step
from lianxue.worktasks.actions import answering, reviewing
from lianxue.worktasks.models import Answer
from lianxue.worktasks.queries import answers
from lianxue.worktasks.queries.progress import (
    Counts,
    by_branch,
    by_subordinate,
    progress,
)
from tests.cast import Cast
from tests.factories import OrganizationFactory, UserFactory, make_branch, make_many, put_in_chain
from tests.notices.makers import BELOW, WHOLE, passed, to_branches, to_chosen

from .makers import in_days, put_answer, sent_task, submitted, who

pytestmark = pytest.mark.django_db


def numbers(person: User, organization: Organization, relay: Relay, **more: Branch) -> Counts:
    return progress(place_of(person, organization.pk), relay, **more)


def activate(rows: list[Membership]) -> list[Membership]:
    """People who have come, without their users' being looked at."""
    users = User.objects.bulk_create(UserFactory.build(phone=row.phone) for row in rows)
    for row, user in zip(rows, users, strict=True):
        row.user, row.state, row.activated_at = user, "active", timezone.now()
    Membership.objects.bulk_update(rows, ["user", "state", "activated_at"])
    return rows


def test_members_by_the_state_of_their_answers(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, respondents="members")
    assert numbers(cast.owner, cast.county, relay) == Counts(asked=5)
    seats = cast.memberships
    mine = submitted(cast.member, relay, seats[cast.member.pk])
    submitted(cast.colleague, relay, seats[cast.colleague.pk])
    Notice.objects.filter(pk=relay.notice_id).update(deadline=in_days(-1))
    late = submitted(cast.outsider_admin, relay, seats[cast.outsider_admin.pk])
    answering.save_draft(cast.whole_admin, relay.pk, who(seats[cast.whole_admin.pk]), {}, 0)
    reviewing.accept(cast.owner, mine.pk)
    found = numbers(cast.owner, cast.county, relay)
    assert found == Counts(asked=5, draft=1, submitted=2, accepted=1, late=1)
    assert (found.answered, found.silent, found.missing) == (3, 2, 2)
    reviewing.return_(cast.owner, late.pk, "请补充")
    found = numbers(cast.owner, cast.county, relay)
    assert found == Counts(asked=5, draft=1, submitted=1, returned=1, accepted=1)
    assert (found.answered, found.silent, found.missing) == (2, 2, 3)


def test_the_numbers_of_a_scope_are_its_own(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, respondents="members")
    submitted(cast.member, relay, cast.memberships[cast.member.pk])
    submitted(cast.outsider_admin, relay, cast.memberships[cast.outsider_admin.pk])
    assert numbers(cast.colleague, cast.county, relay) == Counts(asked=2, submitted=1)
    assert numbers(cast.outsider_admin, cast.county, relay) == Counts(asked=1, submitted=1)
    one = numbers(cast.owner, cast.county, relay, branch=cast.first_branch)
    assert one == Counts(asked=1, submitted=1)
    none = numbers(cast.outsider_admin, cast.county, relay, branch=cast.first_branch)
    assert none == Counts()


def test_units_by_the_state_of_their_answers(cast: Cast) -> None:
    put_in_chain(OrganizationFactory(), cast.city)
    relay = sent_task(cast.city_admin, cast.city, BELOW)
    assert numbers(cast.city_admin, cast.city, relay) == Counts(asked=2)
    submitted(cast.owner, relay, cast.county)
    assert numbers(cast.city_admin, cast.city, relay) == Counts(asked=2, submitted=1)
    place, _ = answers.relay_of(cast.city_admin, cast.city.pk, relay.notice_id)
    assert len(answers.silent_units(place, relay)) == 1
    own = sent_task(cast.owner, cast.county, to_branches(cast.first_branch, cast.second_branch))
    submitted(cast.colleague, own, cast.first_branch)
    assert numbers(cast.owner, cast.county, own) == Counts(asked=2, submitted=1)
    assert numbers(cast.colleague, cast.county, own) == Counts(asked=1, submitted=1)
    place, _ = answers.relay_of(cast.owner, cast.county.pk, own.notice_id)
    assert answers.silent_units(place, own) == [cast.second_branch]
    assert answers.silent_units(place, own, "没有") == []


def test_who_leaves_counts_on_neither_side(cast: Cast) -> None:
    relay = sent_task(
        cast.owner, cast.county, to_branches(cast.general_branch), respondents="members"
    )
    submitted(cast.member, relay, cast.memberships[cast.member.pk])
    assert numbers(cast.owner, cast.county, relay) == Counts(asked=2, submitted=1)
    seat = Membership.objects.filter(pk=cast.memberships[cast.member.pk].pk)
    seat.update(branch=cast.second_branch)
    assert numbers(cast.owner, cast.county, relay) == Counts(asked=1)
    place, _ = answers.relay_of(cast.owner, cast.county.pk, relay.notice_id)
    assert not answers.answers_of(place, relay)
    seat.update(branch=cast.first_branch)
    assert numbers(cast.owner, cast.county, relay) == Counts(asked=2, submitted=1)


def test_branches_add_up_along_the_tree(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, respondents="members")
    submitted(cast.member, relay, cast.memberships[cast.member.pk])
    rows = by_branch(place_of(cast.owner, cast.county.pk), relay)
    assert rows == [
        BranchCounts(None, Counts(asked=2)),
        BranchCounts(cast.general_branch, Counts(asked=2, submitted=1)),
        BranchCounts(cast.first_branch, Counts(asked=1, submitted=1), 1),
        BranchCounts(cast.second_branch, Counts(asked=1)),
    ]
    scoped = by_branch(place_of(cast.colleague, cast.county.pk), relay)
    assert scoped == [rows[1], rows[2]]
    assert by_branch(place_of(cast.city_admin, cast.city.pk), relay) == []


def chain_of(cast: Cast) -> tuple[Notice, dict[str, Organization]]:
    """省 asks 市 and another city; 市 asks 县; 县 its branches."""
    other = put_in_chain(OrganizationFactory(), cast.province)
    root = sent_task(cast.province_admin, cast.province, BELOW)
    passed(cast.city_admin, cast.city, root.notice_id, BELOW)
    passed(cast.owner, cast.county, root.notice_id, to_branches(cast.first_branch))
    return root.notice, {"other": other}


def test_units_down_the_chain(cast: Cast) -> None:
    notice, places = chain_of(cast)
    path = str(cast.province.chain_path)
    city, other = path_step(cast.city.pk), path_step(places["other"].pk)
    assert by_subordinate(notice, path) == {city: Counts(asked=3), other: Counts(asked=1)}
    relays = {row.organization_id: row for row in Relay.objects.filter(notice=notice)}
    submitted(cast.colleague, relays[cast.county.pk], cast.first_branch)
    submitted(cast.owner, relays[cast.city.pk], cast.county)
    submitted(cast.city_admin, relays[cast.province.pk], cast.city)
    assert by_subordinate(notice, path) == {
        city: Counts(asked=3, submitted=3),
        other: Counts(asked=1),
    }
    below_city = by_subordinate(notice, str(cast.city.chain_path))
    assert below_city == {path_step(cast.county.pk): Counts(asked=2, submitted=2)}
    assert by_subordinate(notice, str(cast.county.chain_path)) == {}
    assert by_subordinate(notice, "") == {}


def test_what_was_recalled_below_is_left_out(cast: Cast) -> None:
    notice, _ = chain_of(cast)
    path = str(cast.province.chain_path)
    Relay.objects.filter(notice=notice, organization__in=[cast.city, cast.county]).update(
        recalled_at=timezone.now()
    )
    assert sum(by_subordinate(notice, path).values(), Counts()) == Counts(asked=2)
    notice.state = Notice.State.RECALLED
    notice.save()
    Relay.objects.filter(notice=notice).update(recalled_at=timezone.now())
    assert sum(by_subordinate(notice, path).values(), Counts()) == Counts(asked=4)


def test_members_down_the_chain(cast: Cast) -> None:
    root = sent_task(cast.province_admin, cast.province, BELOW, respondents="members")
    passed(cast.city_admin, cast.city, root.notice_id, BELOW)
    relay = passed(cast.owner, cast.county, root.notice_id)
    submitted(cast.member, relay, cast.memberships[cast.member.pk])
    counting.count([relay.pk])
    path = str(cast.province.chain_path)
    (found,) = by_subordinate(root.notice, path).values()
    assert (found.asked, found.submitted) == (5, 1)
    assert found.as_of
    assert not found.uncounted
    Membership.objects.filter(pk=cast.memberships[cast.member.pk].pk).update(state="ended")
    counting.count([relay.pk])
    (found,) = by_subordinate(root.notice, path).values()
    assert (found.asked, found.submitted) == (4, 0)


def test_a_denominator_is_never_smaller_than_what_it_divides(cast: Cast) -> None:
    """The stored count is of a moment ago; somebody has joined and answered since."""
    root = sent_task(cast.city_admin, cast.city, BELOW, respondents="members")
    relay = passed(cast.owner, cast.county, root.notice_id)
    for person in (cast.member, cast.colleague):
        submitted(person, relay, cast.memberships[person.pk])
    Relay.objects.filter(pk=relay.pk).update(expected=1, counted_at=timezone.now())
    (found,) = by_subordinate(root.notice, str(cast.city.chain_path)).values()
    assert (found.asked, found.answered, found.silent) == (2, 2, 0)


def statements(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as found:
        act()
    return len(found)


def test_numbers_of_1000_take_as_many_statements_as_of_10(cast: Cast) -> None:
    root = sent_task(cast.city_admin, cast.city, BELOW, respondents="members")
    relay = passed(cast.owner, cast.county, root.notice_id)
    place, relay = answers.relay_of(cast.owner, cast.county.pk, root.notice_id)
    branches = [make_branch(cast.county, f"支部{n}") for n in range(20)]

    def answer(many: int, branch: Branch) -> None:
        rows = activate(make_many(cast.county, [f"人{n}" for n in range(many)], branch=branch))
        Answer.objects.bulk_create(put_answer(relay, row, "accepted") for row in rows)

    def all_of_it() -> list[int]:
        rows = answers.answers_of(place, relay)
        return [
            statements(lambda: progress(place, relay)),
            statements(lambda: by_branch(place, relay)),
            statements(lambda: by_subordinate(relay.notice, str(cast.city.chain_path))),
            statements(lambda: [row.membership for row in rows[:20]]),
            statements(lambda: list(answers.silent_of(place, relay)[:20])),
        ]

    answer(10, branches[0])
    few = all_of_it()
    for branch in branches[1:]:
        answer(52, branch)
    assert progress(place, relay).accepted == 998
    assert all_of_it() == few
    assert few == [1, 2, 3, 1, 1]


def test_units_of_a_long_list_take_two_statements(cast: Cast) -> None:
    for _ in range(12):
        put_in_chain(OrganizationFactory(), cast.city)
    sent = sent_task(cast.city_admin, cast.city, BELOW)
    place, relay = answers.relay_of(cast.city_admin, cast.city.pk, sent.notice_id)
    assert statements(lambda: progress(place, relay)) == 2
    assert progress(place, relay).asked == 13
    assert statements(lambda: by_subordinate(relay.notice, str(cast.city.chain_path))) == 2
    chosen = sent_task(cast.city_admin, cast.city, to_chosen(cast.county))
    assert progress(place, chosen).asked == 1


@pytest.mark.once
def test_answers_are_found_by_their_unique_index(cast: Cast) -> None:
    """Else each of 10,000 members is looked for among 10,000 answers."""
    sent = sent_task(cast.owner, cast.county, WHOLE, respondents="members")
    place, relay = answers.relay_of(cast.owner, cast.county.pk, sent.notice_id)
    for act in (
        lambda: progress(place, relay),
        lambda: by_branch(place, relay),
        lambda: list(answers.silent_of(place, relay)),
    ):
        with CaptureQueriesContext(connection) as found:
            act()
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {found[0]['sql']}")
            plan = [row[3] for row in cursor.fetchall() if "worktasks_answer" in row[3]]
        assert plan
        assert all("relay_id=? AND respondent=?" in line for line in plan), plan
