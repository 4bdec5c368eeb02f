"""Many members at once while others act (PostgreSQL): one way or the other, never half."""

from collections.abc import Callable
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from lianxue.audit.queries import first_broken_link
from lianxue.inbox.models import InboxItem
from lianxue.organizations import policy
from lianxue.organizations.actions import branches, bulk_members, members, reminding
from lianxue.organizations.models import Branch, Membership, RoleGrant
from lianxue.shared.errors import DomainError
from lianxue.shared.gateways import sms
from tests.cast import Cast, make_cast
from tests.factories import UserFactory, make_branch

from .test_concurrency import at_once, good
from .test_table import fill

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(transactional_db: None) -> Cast:
    made = make_cast()
    fill(made.county, 60)
    return made


def seen(cast: Cast, **filters: Any) -> dict[int, str]:
    rows = Membership.objects.filter(organization=cast.county, state="invited", **filters)
    return {row.pk: policy.mark_of(row) for row in rows.prefetch_related("role_grants")}


def test_moved_into_a_branch_that_is_being_deleted(people: Cast) -> None:
    """Either the branch is gone and nobody moved, or all stand in it and it stays."""
    for turn in range(6):
        branch = make_branch(people.county, f"第{turn}组")
        marks = seen(people)

        def move(branch: Branch = branch, marks: dict[int, str] = marks) -> list[Membership]:
            return bulk_members.move_members(people.owner, people.county.pk, marks, branch.pk)

        def delete(branch: Branch = branch) -> bool:
            branches.delete_branch(people.owner, branch.pk)
            return True

        results = at_once([move, delete])
        assert len(good(results)) == 1, results
        there = Membership.objects.filter(branch=branch.pk).count()
        assert there == (0 if results[0] not in good(results) else len(marks))
        assert Branch.objects.filter(pk=branch.pk).exists() == bool(there)
    assert first_broken_link(f"org:{people.county.pk}") is None


def test_two_remove_the_same_people(people: Cast) -> None:
    marks = seen(people)
    half = dict(list(marks.items())[: len(marks) // 2])

    def remove(actor: Any, whom: dict[int, str]) -> Callable[[], list[Membership]]:
        return lambda: bulk_members.remove_members(actor, people.county.pk, whom, "调出")

    results = at_once([remove(people.owner, marks), remove(people.whole_admin, half)])
    won = good(results)
    assert len(won) == 1
    ended = Membership.objects.filter(organization=people.county, state="ended")
    assert ended.count() == len(won[0])
    refused = next(one for one in results if isinstance(one, DomainError))
    assert "刚刚有变化" in refused.message
    assert "等" in refused.message, "many are counted, not listed"


def test_moved_and_removed_at_once(people: Cast) -> None:
    marks = seen(people)
    goal = people.second_branch.pk
    results = at_once(
        [
            lambda: bulk_members.move_members(people.owner, people.county.pk, marks, goal),
            lambda: bulk_members.remove_members(people.owner, people.county.pk, marks, "调出"),
        ]
    )
    assert len(good(results)) == 1
    ended = Membership.objects.filter(organization=people.county, state="ended").count()
    moved = Membership.objects.filter(branch=goal, state="invited").count()
    assert sorted([ended, moved]) == [0, len(marks)]


def test_appointed_twice_at_once(people: Cast) -> None:
    seat = people.memberships[people.member.pk]
    marks = {seat.pk: policy.mark_of(seat)}

    def appoint() -> list[RoleGrant]:
        return bulk_members.appoint_members(people.owner, people.county.pk, marks, None)

    assert len(good(at_once([appoint, appoint, appoint]))) == 1
    assert RoleGrant.objects.filter(membership=seat).count() == 1


def test_one_invitation_however_many_workers(people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(sms, "send_invitation", lambda phone, *rest: sent.append(phone))
    marks = seen(people)

    def ask() -> list[Membership]:
        return bulk_members.remind_members(people.owner, people.county.pk, marks)

    assert len(good(at_once([ask, ask]))) == 1
    jobs = [task.args_kwargs["args"] for task in DBTaskResult.objects.all()]
    assert len(jobs) == 1
    work = lambda: reminding.send_reminders.func(*jobs[0])  # noqa: E731
    comes = Membership.objects.get(pk=max(marks))
    person = UserFactory(phone=comes.phone)
    at_once([work, work, work, lambda: members.activate_for(person)])
    assert len(sent) == len(set(sent))
    assert set(sent) | {comes.phone} == set(
        Membership.objects.filter(pk__in=marks).values_list("phone", flat=True)
    )
    assert not InboxItem.objects.filter(topic="member.remind_failed").exists()
