"""What waits to be answered and reviewed: whose it is, in which tab, in how many statements."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.notices.models import Notice, Relay
from lianxue.notices.policy import seats_of
from lianxue.shared.pagination import cut
from lianxue.worktasks.actions import answering, reviewing
from lianxue.worktasks.models import Answer
from lianxue.worktasks.queries import tasks, waiting
from tests.cast import Cast
from tests.factories import OrganizationFactory, put_in_chain
from tests.notices.makers import BELOW, WHOLE, sent, to_branches

from .makers import in_days, sent_task, submitted, who

pytestmark = pytest.mark.django_db


def listed(user: User, tab: str = "waiting") -> list[tuple[int, str]]:
    """What stands in a tab: the relays and the respondents."""
    return [(row.relay.pk, str(row.respondent)) for row in tasks.my_tasks(user, tab)]


def counts(user: User) -> dict[str, int]:
    return {line.title: line.count for line in waiting.lines(user, seats_of(user))}


def test_each_task_waits_for_who_answers_it(cast: Cast) -> None:
    unit = sent_task(cast.city_admin, cast.city, BELOW)
    branch = sent_task(cast.owner, cast.county, to_branches(cast.first_branch))
    personal = sent_task(
        cast.owner, cast.county, to_branches(cast.first_branch), respondents="members"
    )
    sent(cast.owner, cast.county, WHOLE)  # a plain notice is no task
    mine = who(cast.memberships[cast.member.pk])
    assert listed(cast.owner) == listed(cast.whole_admin) == [(unit.pk, who(cast.county))]
    assert listed(cast.colleague) == [(branch.pk, who(cast.first_branch))]
    assert listed(cast.member) == [(personal.pk, mine)]
    for person in (cast.outsider_admin, cast.city_admin, cast.stranger, cast.other_member):
        assert not listed(person)
        assert not waiting.lines(person, seats_of(person))
    (row,) = tasks.my_tasks(cast.owner)
    assert (row.name, row.title, row.state) == (cast.county.name, unit.notice.title, "")
    assert tasks.my_tasks(cast.member)[0].name == ""


def test_a_task_goes_through_the_tabs(cast: Cast) -> None:
    relay = sent_task(cast.city_admin, cast.city, BELOW)
    found = [(relay.pk, who(cast.county))]

    def where() -> list[str]:
        return [tab for tab in tasks.TABS if listed(cast.owner, tab) == found]

    assert where() == ["waiting"]
    answering.save_draft(cast.owner, relay.pk, who(cast.county), {}, 0)
    assert where() == ["waiting"]
    answer = submitted(cast.owner, relay, cast.county)
    assert where() == ["submitted"]
    reviewing.return_(cast.city_admin, answer.pk, "请核对")
    assert where() == ["waiting"]
    (row,) = tasks.my_tasks(cast.owner)
    assert (row.state, row.remark) == ("returned", "请核对")
    submitted(cast.owner, relay, cast.county)
    reviewing.accept(cast.city_admin, answer.pk)
    assert where() == ["done"]
    reviewing.reopen(cast.city_admin, answer.pk, "还要改")
    (row,) = tasks.my_tasks(cast.owner)
    assert (row.state, row.remark) == ("returned", "还要改")
    Relay.objects.filter(pk=relay.pk).update(recalled_at=timezone.now())
    assert where() == ["closed"]


def test_the_overdue_wait_for_a_month_and_returned_ones_for_ever(cast: Cast) -> None:
    relay = sent_task(cast.city_admin, cast.city, BELOW)
    for days, tab in [(-1, "waiting"), (-29, "waiting"), (-31, "closed")]:
        Notice.objects.filter(pk=relay.notice_id).update(deadline=in_days(days))
        assert listed(cast.owner, tab)
        assert sum(bool(listed(cast.owner, one)) for one in tasks.TABS) == 1
    answer = submitted(cast.owner, relay, cast.county)
    reviewing.return_(cast.city_admin, answer.pk, "请核对")
    assert listed(cast.owner)
    assert not listed(cast.owner, "closed")


def test_returned_ones_come_first_then_what_is_due_first(cast: Cast) -> None:
    late = sent_task(cast.city_admin, cast.city, BELOW, deadline=in_days(20))
    soon = sent_task(cast.city_admin, cast.city, BELOW, deadline=in_days(2))
    back = sent_task(cast.city_admin, cast.city, BELOW, deadline=in_days(30))
    answer = submitted(cast.owner, back, cast.county)
    reviewing.return_(cast.city_admin, answer.pk, "请核对")
    answering.save_draft(cast.owner, late.pk, who(cast.county), {}, 0)
    order = [row.relay.pk for row in tasks.my_tasks(cast.owner)]
    assert order[0] == back.pk
    assert order.index(soon.pk) < order.index(late.pk)


def test_one_notice_asked_twice_of_one_person_is_two_rows(cast: Cast) -> None:
    other = put_in_chain(OrganizationFactory(), cast.city)
    seat = cast.memberships[cast.owner.pk]
    again = other.memberships.create(
        user=cast.owner,
        phone=cast.owner.phone,
        name=cast.owner.name,
        state="active",
        created_at=timezone.now(),
        activated_at=timezone.now(),
    )
    seat.role_grants.model.objects.create(
        organization=other, membership=again, role="main_admin", granted_at=timezone.now()
    )
    relay = sent_task(cast.city_admin, cast.city, BELOW)
    expected = sorted([who(cast.county), who(other)])
    assert [str(row.respondent) for row in tasks.mine(cast.owner, relay.notice_id)] == expected
    assert len(tasks.my_tasks(cast.owner)) == 2
    assert tasks.mine(cast.owner, 2**63) == tasks.mine(cast.stranger, relay.notice_id) == []


# ---------- waiting lines ----------


def test_lines_say_how_many_and_what_is_urgent(cast: Cast) -> None:
    first = sent_task(cast.city_admin, cast.city, BELOW, deadline=in_days(9))
    (line,) = waiting.lines(cast.owner, seats_of(cast.owner))
    assert (line.count, line.urgent) == (1, False)
    sent_task(cast.city_admin, cast.city, BELOW, deadline=timezone.now() + timedelta(hours=20))
    (line,) = waiting.lines(cast.owner, seats_of(cast.owner))
    assert (line.count, line.urgent) == (2, True)
    assert "截止" in line.second
    answer = submitted(cast.owner, first, cast.county)
    assert counts(cast.owner) == {"工作任务待答复": 1}
    (review,) = waiting.lines(cast.city_admin, seats_of(cast.city_admin))
    assert (review.title, review.count, review.unit) == ("任务答复待审核", 1, "份")
    assert first.notice.title in review.second
    reviewing.return_(cast.city_admin, answer.pk, "请核对")
    assert "1 件被退回" in waiting.lines(cast.owner, seats_of(cast.owner))[0].second
    assert not waiting.lines(cast.city_admin, seats_of(cast.city_admin))


def test_only_what_one_may_review_waits_for_review(cast: Cast) -> None:
    personal = sent_task(cast.owner, cast.county, WHOLE, respondents="members")
    for person in (cast.member, cast.colleague, cast.outsider_admin, cast.owner):
        submitted(person, personal, cast.memberships[person.pk])
    branch = sent_task(cast.owner, cast.county, to_branches(cast.first_branch, cast.general_branch))
    submitted(cast.whole_admin, branch, cast.first_branch)
    submitted(cast.whole_admin, branch, cast.general_branch)

    def reviews(user: User) -> int:
        return sum(line.count for line in waiting.lines(user, seats_of(user)) if line.unit == "份")

    # the first branch's member; of the branches' that of the branch below the own scope
    assert reviews(cast.colleague) == 1 + 1
    assert reviews(cast.outsider_admin) == 0  # nobody but oneself
    assert reviews(cast.owner) == 3 + 2
    assert reviews(cast.whole_admin) == 4  # not the two that were handed in by oneself
    assert reviews(cast.member) == reviews(cast.city_admin) == 0
    Relay.objects.update(recalled_at=timezone.now())
    assert reviews(cast.owner) == 0


def test_many_tasks_to_review_are_one_line(cast: Cast) -> None:
    for n in range(4):
        relay = sent_task(cast.city_admin, cast.city, BELOW, title=f"任务{n}")
        submitted(cast.owner, relay, cast.county)
        assert len(waiting.lines(cast.city_admin, seats_of(cast.city_admin))) == (
            n + 1 if n < 3 else 1
        )
    (line,) = waiting.lines(cast.city_admin, seats_of(cast.city_admin))
    assert line.count == 4
    assert "4 项任务" in line.second


def statements(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as found:
        act()
    return len(found)


def test_lines_take_few_statements_whatever_waits(cast: Cast) -> None:
    def all_of(user: User) -> int:
        return statements(lambda: waiting.lines(user, seats_of(user)))

    assert all_of(cast.stranger) == 1
    empty = {person.pk: all_of(person) for person in (cast.owner, cast.colleague, cast.member)}
    assert empty == {cast.owner.pk: 4, cast.colleague.pk: 4, cast.member.pk: 2}
    for _ in range(3):
        for_members = sent_task(cast.owner, cast.county, WHOLE, respondents="members")
        submitted(cast.member, for_members, cast.memberships[cast.member.pk])
        sent_task(cast.owner, cast.county, to_branches(cast.first_branch))
        sent_task(cast.city_admin, cast.city, BELOW)
    for person in (cast.owner, cast.colleague, cast.member):
        assert all_of(person) == empty[person.pk]


def test_a_page_of_the_list_takes_as_many_statements_for_10_as_for_200(cast: Cast) -> None:
    first = sent_task(cast.owner, cast.county, WHOLE, respondents="members")

    def multiply(until: int) -> None:
        """Rows like the first one's, straight in the database."""
        there = Notice.objects.count()
        for n in range(there, until):
            notice = Notice.objects.get(pk=first.notice_id)
            notice.pk, notice.title = None, f"任务{n}"
            notice.save(force_insert=True)
            notice.refresh_from_db()
            first.notice.task.__class__.objects.create(notice=notice, respondents="members")
            relay = Relay.objects.get(pk=first.pk)
            relay.pk, relay.notice = None, notice
            relay.save(force_insert=True)

    def one_page() -> None:
        page = cut(tasks.my_tasks(cast.member), 1)
        assert page.items

    multiply(10)
    few = statements(one_page)
    multiply(200)
    assert statements(one_page) == few <= 6
    assert len(tasks.my_tasks(cast.member)) == 200
    assert not Answer.objects.exists()
