"""Reviewing: who may, what becomes of it, who is told; many at once."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.audit.models import AuditEvent
from lianxue.inbox.models import InboxItem
from lianxue.notices.models import Relay
from lianxue.organizations.logbook import lines_of
from lianxue.organizations.models import Membership, Organization
from lianxue.shared.actors import Operator
from lianxue.shared.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    PermissionDenied,
    StateConflict,
)
from lianxue.worktasks.actions import answering, reviewing
from lianxue.worktasks.models import Answer
from lianxue.worktasks.queries import answers
from lianxue.worktasks.queries.reviewing import submissions_of
from tests.cast import Cast
from tests.factories import MembershipFactory, UserFactory, make_many
from tests.notices.makers import BELOW, WHOLE, passed, to_branches, to_chosen

from .makers import put_answer, questions, sent_task, submitted, values, who

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer(cast: Cast) -> Answer:
    """What 县 handed in to 市."""
    relay = sent_task(cast.city_admin, cast.city, BELOW)
    return submitted(cast.owner, relay, cast.county)


def told(user: User) -> list[str]:
    """The inbox's messages to a person, the latest first."""
    rows = InboxItem.objects.filter(place=f"user:{user.pk}", topic__startswith="task.")
    return [f"{row.title} {row.body}" for row in rows.order_by("-pk")]


def refused(act: Callable[[], object], error: type[DomainError]) -> DomainError:
    with pytest.raises(error) as caught:
        act()
    return caught.value


# ---------- who may ----------


def test_a_units_answer_is_reviewed_by_who_asked(cast: Cast, answer: Answer) -> None:
    for person in (cast.owner, cast.whole_admin, cast.member, cast.province_admin, cast.stranger):
        refused(lambda p=person: reviewing.accept(p, answer.pk), NotFound)  # type: ignore[misc]
    assert reviewing.accept(cast.city_admin, answer.pk).state == "accepted"


def test_a_members_answer_is_reviewed_by_who_covers_the_member(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, respondents="members")
    mine = submitted(cast.member, relay, cast.memberships[cast.member.pk])
    refused(lambda: reviewing.accept(cast.outsider_admin, mine.pk), PermissionDenied)
    for person in (cast.member, cast.city_admin, cast.stranger):
        refused(lambda p=person: reviewing.accept(p, mine.pk), NotFound)  # type: ignore[misc]
    assert reviewing.accept(cast.colleague, mine.pk).state == "accepted"


def test_a_branchs_answer_is_reviewed_from_above_it(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, to_branches(cast.first_branch, cast.general_branch))
    upper = submitted(cast.whole_admin, relay, cast.general_branch)
    lower = submitted(cast.whole_admin, relay, cast.first_branch)
    refused(lambda: reviewing.accept(cast.colleague, upper.pk), PermissionDenied)
    refused(lambda: reviewing.accept(cast.outsider_admin, upper.pk), PermissionDenied)
    assert reviewing.accept(cast.colleague, lower.pk).state == "accepted"
    assert reviewing.accept(cast.owner, upper.pk).state == "accepted"


def test_nobody_reviews_what_one_handed_in(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, to_branches(cast.first_branch))
    own = submitted(cast.owner, relay, cast.first_branch)
    refused(lambda: reviewing.accept(cast.owner, own.pk), PermissionDenied)
    assert reviewing.accept_many(cast.owner, [own.pk]).done == []
    assert reviewing.accept(cast.whole_admin, own.pk).state == "accepted"
    refused(lambda: reviewing.reopen(cast.owner, own.pk, "再看看"), PermissionDenied)


def test_the_operator_reviews_where_nobody_else_can(cast: Cast, answer: Answer) -> None:
    assert reviewing.return_(Operator(), answer.pk, "请重报").state == "returned"


# ---------- what becomes of it ----------


def test_returned_mended_accepted_reopened(cast: Cast, answer: Answer) -> None:
    with pytest.raises(InvalidInput) as caught:
        reviewing.return_(cast.city_admin, answer.pk, " \0 ")
    assert set(caught.value.fields) == {"remark"}
    refused(lambda: reviewing.return_(cast.city_admin, answer.pk, "长" * 501), InvalidInput)
    reviewing.return_(cast.city_admin, answer.pk, "人数不对，请核对")
    for act in (reviewing.accept, reviewing.return_, reviewing.reopen):
        refused(lambda a=act: a(cast.city_admin, answer.pk, "再退"), StateConflict)  # type: ignore[misc]
    submitted(cast.owner, answer.relay, cast.county, "130")
    reviewing.accept(cast.city_admin, answer.pk, "好")
    refused(
        lambda: answering.take_back(cast.owner, answer.relay_id, who(cast.county)), StateConflict
    )
    refused(lambda: reviewing.return_(cast.city_admin, answer.pk, "再退"), StateConflict)
    reviewing.reopen(cast.city_admin, answer.pk, "漏了一个支部")
    steps = answer.steps.order_by("pk")
    assert [(step.what, step.remark, step.by_name) for step in steps] == [
        ("submitted", "", "李明"),
        ("returned", "人数不对，请核对", "市主管"),
        ("submitted", "", "李明"),
        ("accepted", "好", "市主管"),
        ("reopened", "漏了一个支部", "市主管"),
    ]
    asked = questions(answer.task_id)["number"].pk
    texts = [answers.submission_of(step).values.get(asked) for step in steps]
    assert texts == ["128", None, "130", None, None]
    answer.refresh_from_db()
    assert (answer.state, answer.version) == ("returned", 5)
    assert answer.reviewed_at


def test_reviews_stand_in_the_asking_organisations_log(cast: Cast, answer: Answer) -> None:
    reviewing.return_(cast.city_admin, answer.pk, "请核对")
    event = AuditEvent.objects.get(action="task.returned")
    assert event.organization_id == cast.city.pk
    assert event.data == {
        "name": answer.relay.notice.title,
        "respondent": cast.county.name,
        "review_remark": "请核对",
    }


def test_the_respondent_is_told(cast: Cast, answer: Answer) -> None:
    reviewing.return_(cast.city_admin, answer.pk, "请核对人数")
    assert told(cast.owner)[0].startswith("您的答复被退回")
    assert "请核对人数" in told(cast.owner)[0]
    assert not told(cast.whole_admin)
    submitted(cast.whole_admin, answer.relay, cast.county)
    reviewing.accept(cast.city_admin, answer.pk)
    assert told(cast.whole_admin)[0].startswith("您的答复已通过")
    relay = sent_task(cast.owner, cast.county, WHOLE, respondents="members")
    mine = submitted(cast.member, relay, cast.memberships[cast.member.pk])
    reviewing.accept(cast.owner, mine.pk)
    assert len(told(cast.member)) == 1


def test_what_changed_since_it_was_looked_at_is_not_reviewed_unseen(
    cast: Cast, answer: Answer
) -> None:
    answering.take_back(cast.owner, answer.relay_id, who(cast.county))
    submitted(cast.owner, answer.relay, cast.county, "1")
    error = refused(lambda: reviewing.accept(cast.city_admin, answer.pk, "", 1), StateConflict)
    assert error.code == "answer-changed"
    found = reviewing.accept_many(cast.city_admin, [answer.pk], {answer.pk: 1})
    assert set(found.left_out) == {answer.pk}
    assert reviewing.accept(cast.city_admin, answer.pk, "", 3).state == "accepted"


def test_a_draft_is_nobodys_to_review(cast: Cast, answer: Answer) -> None:
    answering.take_back(cast.owner, answer.relay_id, who(cast.county))
    refused(lambda: reviewing.accept(cast.city_admin, answer.pk), StateConflict)
    refused(lambda: answers.get_review(cast.city_admin, cast.city.pk, answer.pk), NotFound)
    fresh = sent_task(cast.city_admin, cast.city, BELOW)
    begun = answering.save_draft(cast.owner, fresh.pk, who(cast.county), {}, 0)
    refused(lambda: reviewing.accept(cast.city_admin, begun.pk), NotFound)


def test_after_a_recall_and_of_who_left_nothing_is_reviewed(cast: Cast, answer: Answer) -> None:
    Relay.objects.filter(pk=answer.relay_id).update(recalled_at=timezone.now())
    assert (
        refused(lambda: reviewing.accept(cast.city_admin, answer.pk), StateConflict).code
        == "task-recalled"
    )
    Relay.objects.filter(pk=answer.relay_id).update(recalled_at=None)
    Organization.objects.filter(pk=cast.county.pk).update(
        superior=None, chain_path=None, certified_at=None
    )
    assert (
        refused(lambda: reviewing.accept(cast.city_admin, answer.pk), StateConflict).code
        == "answer-out"
    )
    seen = answers.get_review(cast.city_admin, cast.city.pk, answer.pk)
    assert not seen.may_review
    assert "不再计入" in seen.why_not


# ---------- what a reviewer sees ----------


def test_a_reviewer_sees_what_was_handed_in_not_what_is_being_changed(
    cast: Cast, answer: Answer
) -> None:
    reviewing.return_(cast.city_admin, answer.pk, "请核对")
    answering.save_draft(
        cast.owner, answer.relay_id, who(cast.county), values(answer.relay, "1"), None
    )
    seen = answers.get_review(cast.city_admin, cast.city.pk, answer.pk)
    assert seen.values == values(answer.relay)
    assert not seen.may_review
    (handed,) = submissions_of([answer]).values()
    assert handed.values == values(answer.relay)


def test_what_a_unit_answered_is_seen_by_those_above_who_have_the_task(cast: Cast) -> None:
    root = sent_task(cast.province_admin, cast.province, to_chosen(cast.city))
    relay = passed(cast.city_admin, cast.city, root.notice_id, to_chosen(cast.county))
    answer = submitted(cast.owner, relay, cast.county)
    above = answers.get_review(cast.province_admin, cast.province.pk, answer.pk)
    assert not above.may_review
    assert cast.city.name in above.why_not
    assert answers.get_review(cast.city_admin, cast.city.pk, answer.pk).may_review
    place, found = answers.relay_of(
        cast.province_admin, cast.province.pk, root.notice_id, cast.city.pk
    )
    assert [row.pk for row in answers.answers_of(place, found)] == [answer.pk]
    for person, home in [
        (cast.owner, cast.county),
        (cast.newcomer_admin, cast.newcomer),
        (cast.city_admin, cast.province),
    ]:
        refused(lambda p=person, h=home: answers.get_review(p, h.pk, answer.pk), NotFound)  # type: ignore[misc]
    own = sent_task(cast.city_admin, cast.city, BELOW)  # the province has no part in this one
    other = submitted(cast.owner, own, cast.county)
    refused(lambda: answers.get_review(cast.province_admin, cast.province.pk, other.pk), NotFound)
    refused(
        lambda: answers.relay_of(
            cast.province_admin, cast.province.pk, own.notice_id, cast.city.pk
        ),
        NotFound,
    )


def test_what_a_member_answered_stays_inside(cast: Cast) -> None:
    root = sent_task(cast.city_admin, cast.city, BELOW, respondents="members")
    relay = passed(cast.owner, cast.county, root.notice_id)
    mine = submitted(cast.member, relay, cast.memberships[cast.member.pk])
    assert answers.get_review(cast.colleague, cast.county.pk, mine.pk).name == "刘洋"
    refused(
        lambda: answers.get_review(cast.outsider_admin, cast.county.pk, mine.pk), PermissionDenied
    )
    refused(lambda: answers.get_review(cast.member, cast.county.pk, mine.pk), PermissionDenied)
    refused(lambda: answers.get_review(cast.city_admin, cast.city.pk, mine.pk), NotFound)
    place, found = answers.relay_of(cast.city_admin, cast.city.pk, root.notice_id, cast.county.pk)
    refused(lambda: answers.answers_of(place, found), NotFound)
    refused(lambda: answers.silent_of(place, found), NotFound)


def test_lists_are_cut_to_the_scope(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, respondents="members")
    for person in (cast.member, cast.colleague, cast.outsider_admin):
        submitted(person, relay, cast.memberships[person.pk])
    seen = {
        person.pk: {
            row.name
            for row in answers.answers_of(
                answers.relay_of(person, cast.county.pk, relay.notice_id)[0], relay
            )
        }
        for person in (cast.owner, cast.colleague, cast.outsider_admin)
    }
    assert seen == {
        cast.owner.pk: {"刘洋", "王秀英", "张建国"},
        cast.colleague.pk: {"刘洋", "王秀英"},
        cast.outsider_admin.pk: {"张建国"},
    }
    place, _ = answers.relay_of(cast.owner, cast.county.pk, relay.notice_id)
    assert {row.name for row in answers.silent_of(place, relay)} == {"李明", "陈静"}
    assert not answers.silent_of(place, relay, cast.second_branch)
    assert [row.name for row in answers.answers_of(place, relay, "", cast.first_branch)] == ["刘洋"]
    assert [row.name for row in answers.answers_of(place, relay, "", None, "建国")] == ["张建国"]
    assert not answers.answers_of(place, relay, "late")


# ---------- many at once ----------


def test_of_many_each_is_judged(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, respondents="members")
    rows = {
        person.pk: submitted(person, relay, cast.memberships[person.pk])
        for person in (cast.member, cast.colleague, cast.outsider_admin)
    }
    done = reviewing.accept(cast.owner, rows[cast.colleague.pk].pk)
    found = reviewing.accept_many(cast.owner, [*(row.pk for row in rows.values()), 0, 2**70, 999])
    assert set(found.done) == {rows[cast.member.pk].pk, rows[cast.outsider_admin.pk].pk}
    assert set(found.left_out) == {done.pk, 999}
    assert "已经通过" in found.left_out[done.pk]
    for none in ([], [0]):
        refused(lambda n=none: reviewing.accept_many(cast.owner, n), InvalidInput)  # type: ignore[misc]
    refused(lambda: reviewing.accept_many(cast.owner, range(1, 502)), InvalidInput)
    strangers = reviewing.accept_many(cast.stranger, [done.pk])
    assert strangers.left_out == {done.pk: NotFound().message}


def test_80_at_once_take_as_many_statements_as_8(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, respondents="members")

    def many(count: int) -> list[int]:
        people = make_many(cast.county, [f"成员{n}" for n in range(count)])
        users = [UserFactory(phone=row.phone) for row in people]
        for row, user in zip(people, users, strict=True):
            row.user, row.state, row.activated_at = user, "active", timezone.now()
        Membership.objects.bulk_update(people, ["user", "state", "activated_at"])
        return [row.pk for row in Answer.objects.bulk_create(put_answer(relay, m) for m in people)]

    counts = []
    for count in (8, 80):  # more are inserted in batches
        ids = many(count)
        with CaptureQueriesContext(connection) as found:
            assert len(reviewing.accept_many(cast.owner, ids).done) == count
        counts.append(len(found))
    assert counts[0] == counts[1]
    assert AuditEvent.objects.filter(action="task.accepted").count() == 88
    assert InboxItem.objects.filter(topic="task.accepted").count() == 88


def test_whom_the_reviewer_is_one_of(cast: Cast, answer: Answer) -> None:
    """Who administers both organisations reviews what somebody else handed in."""
    both = MembershipFactory(organization=cast.city, user=cast.whole_admin)
    both.role_grants.create(
        organization=cast.city, role="learning_admin", granted_at=timezone.now()
    )
    assert reviewing.accept(cast.whole_admin, answer.pk).state == "accepted"


def test_the_logs_read_well(cast: Cast, answer: Answer) -> None:
    """Of who asked, and of who answered."""
    reviewing.return_(cast.city_admin, answer.pk, "请核对")
    for place, action, what, details in [
        (cast.county, "task.answered", "提交了任务答复", {"布置任务的组织": cast.city.name}),
        (cast.city, "task.returned", "退回了任务答复", {"审核意见": "请核对"}),
    ]:
        (line,) = lines_of(place.pk, [AuditEvent.objects.get(action=action)])
        assert (line.what, line.thing) == (what, "答复")
        assert line.target == answer.relay.notice.title
        told = {one.label: one.value for one in line.details}
        assert told == {"答复单位": cast.county.name, **details}
