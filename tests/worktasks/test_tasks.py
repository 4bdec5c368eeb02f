"""What a task asks, what that means for sending it, and who is asked."""

import pytest
from django.utils import timezone

from lianxue.audit.models import AuditEvent
from lianxue.notices.actions import drafts, sending
from lianxue.notices.actions.audiences import Audience
from lianxue.notices.extensions import extension_of
from lianxue.notices.models import Notice, Relay
from lianxue.notices.policy import incoming
from lianxue.organizations.models import Branch, Organization
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, StateConflict
from lianxue.worktasks import policy
from lianxue.worktasks.actions import tasks
from lianxue.worktasks.fields import QuestionSpec, TaskSettings, settings_of, spec_of
from lianxue.worktasks.models import Question, WorkTask
from tests.cast import Cast
from tests.factories import MembershipFactory, OrganizationFactory, put_in_chain
from tests.notices.makers import BELOW, WHOLE, draft, passed, to_branches, to_chosen

from .makers import FILE, NUMBER, SPECS, TEXT, draft_task, in_days, sent_task

pytestmark = pytest.mark.django_db

MEMBERS = TaskSettings("members", "month", sms_before_deadline=True)


def test_questions_are_kept_in_their_order_in_place_of_the_former(cast: Cast) -> None:
    notice = draft_task(cast.owner, cast.county, SPECS)
    tasks.set_questions(cast.owner, notice.pk, MEMBERS, [FILE, TEXT])
    task = WorkTask.objects.get(notice=notice)
    rows = task.questions.order_by("position")
    assert [spec_of(row) for row in rows] == [FILE, TEXT]
    assert settings_of(task) == MEMBERS
    notice.refresh_from_db()
    assert (notice.kind, notice.pass_on) == ("task", True)
    tasks.set_questions(cast.owner, notice.pk, TaskSettings(), [NUMBER])
    notice.refresh_from_db()
    assert (notice.kind, notice.pass_on) == ("form", False)
    assert AuditEvent.objects.filter(action="task.questions_set").count() == 3


def test_what_is_wrong_changes_nothing(cast: Cast) -> None:
    notice = draft_task(cast.owner, cast.county, [NUMBER])
    with pytest.raises(InvalidInput):
        tasks.set_questions(cast.owner, notice.pk, MEMBERS, [TEXT, QuestionSpec("text", "")])
    for settings, field in [
        (TaskSettings("everybody"), "respondents"),
        (TaskSettings(period="week"), "period"),
    ]:
        with pytest.raises(InvalidInput) as caught:
            tasks.set_questions(cast.owner, notice.pk, settings, [TEXT])
        assert set(caught.value.fields) == {field}
    notice.refresh_from_db()
    assert notice.kind == "form"
    assert [row.label for row in Question.objects.filter(task=notice.pk)] == [NUMBER.label]


def test_who_may_not_change_the_draft_may_not_ask(cast: Cast) -> None:
    notice = draft_task(cast.owner, cast.county)
    wrong = [QuestionSpec("text", "")]  # who may not is told that first
    for person, error in [
        (cast.member, PermissionDenied),
        (cast.colleague, PermissionDenied),
        (cast.city_admin, NotFound),
        (cast.stranger, NotFound),
    ]:
        with pytest.raises(error):
            tasks.set_questions(person, notice.pk, TaskSettings(), wrong)
    own = draft(cast.colleague, cast.county, "task")
    tasks.set_questions(cast.colleague, own.pk, MEMBERS, [TEXT])
    plain = draft(cast.owner, cast.county)
    with pytest.raises(StateConflict):
        tasks.set_questions(cast.owner, plain.pk, TaskSettings(), [TEXT])


def test_nothing_is_asked_otherwise_once_it_was_sent(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, to_branches(cast.first_branch))
    with pytest.raises(StateConflict):
        tasks.set_questions(cast.owner, relay.notice_id, TaskSettings(), [TEXT])


def test_a_task_needs_questions_and_a_deadline(cast: Cast) -> None:
    empty = draft(cast.owner, cast.county, "task", deadline=in_days(3))
    with pytest.raises(StateConflict) as caught:
        sending.send(cast.owner, empty.pk, to_branches(cast.first_branch))
    assert caught.value.code == "task-empty"
    tasks.set_questions(cast.owner, empty.pk, TaskSettings(), [])
    with pytest.raises(StateConflict):
        sending.send(cast.owner, empty.pk, to_branches(cast.first_branch))
    timeless = draft_task(cast.owner, cast.county, deadline=None)
    with pytest.raises(InvalidInput) as wrong:
        sending.send(cast.owner, timeless.pk, to_branches(cast.first_branch))
    assert set(wrong.value.fields) == {"deadline"}
    assert not Relay.objects.exists()


def test_branches_of_a_task_for_units_answer_as_units(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, to_branches(cast.first_branch))
    assert relay.own == Relay.Own.UNITS
    assert not policy.asked_members(relay.pk).exists()
    with pytest.raises(InvalidInput) as caught:
        sent_task(cast.owner, cast.county, WHOLE)
    assert "own" in caught.value.fields
    members = sent_task(cast.owner, cast.county, to_branches(cast.first_branch), (TEXT,), "members")
    assert members.own == Relay.Own.BRANCHES
    assert [row.user for row in policy.asked_members(members.pk)] == [cast.member]


def test_a_preview_says_what_is_asked_and_what_was_asked_before(cast: Cast) -> None:
    sent_task(cast.city_admin, cast.city, BELOW, [NUMBER], title="市里的统计")
    notice = draft_task(cast.owner, cast.county, SPECS)
    lines = extension_of(notice).lines(notice, notice.organization)
    assert any("单位" in line for line in lines)
    assert any("5 项" in line and "“党员人数”" in line for line in lines)
    assert any("《市里的统计》" in line and cast.city.name in line for line in lines)
    assert extension_of(notice).lines(draft(cast.owner, cast.county, "task"), cast.county)


def test_a_copy_asks_the_same(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, to_branches(cast.first_branch), SPECS)
    copied = drafts.copy(cast.owner, relay.notice_id)
    rows = Question.objects.filter(task=copied.pk).order_by("position")
    assert [spec_of(row) for row in rows] == list(SPECS)
    assert settings_of(WorkTask.objects.get(notice=copied)) == TaskSettings()
    nothing = drafts.copy(cast.owner, draft(cast.owner, cast.county, "task").pk)
    assert not WorkTask.objects.filter(notice=nothing).exists()


# ---------- who is asked ----------


def asked(relay: Relay) -> set[Organization]:
    return set(policy.asked_organizations(relay.pk))


def test_the_two_sides_of_what_is_handed_down_agree(cast: Cast) -> None:
    """Who is asked is who has it among ``incoming``, whatever the audience."""
    siblings = [put_in_chain(OrganizationFactory(), cast.city) for _ in range(2)]
    everybody = [cast.province, cast.city, cast.county, cast.newcomer, *siblings]
    late = put_in_chain(OrganizationFactory(), cast.city)
    Organization.objects.filter(pk=late.pk).update(certified_at=in_days(60))
    late.refresh_from_db()
    audiences = [BELOW, to_chosen(siblings[0]), to_chosen(cast.county, siblings[1])]
    for audience in audiences:
        relay = sent_task(cast.city_admin, cast.city, audience)
        has = {one for one in [*everybody, late] if incoming(one).filter(pk=relay.pk).exists()}
        assert asked(relay) == has
        assert late not in has
        assert has  # of each somebody is asked
    assert set(policy.duties_of_organizations([cast.county.pk]).values_list("pk", flat=True)) == {
        cast.county.pk
    }


def test_a_decertified_unit_and_a_merged_branch_are_asked_no_more(cast: Cast) -> None:
    other = put_in_chain(OrganizationFactory(), cast.city)
    relay = sent_task(cast.city_admin, cast.city, BELOW)
    assert asked(relay) == {cast.county, other}
    Organization.objects.filter(pk=other.pk).update(
        superior=None, chain_path=None, certified_at=None
    )
    assert asked(relay) == {cast.county}
    own = sent_task(cast.owner, cast.county, to_branches(cast.first_branch, cast.second_branch))
    assert policy.asked_branches(own.pk).count() == 2
    own.branches.filter(branch=cast.first_branch).update(branch=None)
    assert [row.branch for row in policy.asked_branches(own.pk)] == [cast.second_branch]


def test_a_unit_passes_its_task_on_to_its_own_branches(cast: Cast) -> None:
    relay = sent_task(cast.city_admin, cast.city, to_chosen(cast.county))
    own = passed(cast.owner, cast.county, relay.notice_id, to_branches(cast.second_branch))
    assert own.own == Relay.Own.UNITS
    assert [row.branch for row in policy.asked_branches(own.pk)] == [cast.second_branch]
    assert not policy.asked_organizations(own.pk).exists()


def test_members_tasks_are_passed_on_to_members(cast: Cast) -> None:
    audience = Audience(own="nobody", below="all")
    relay = sent_task(cast.city_admin, cast.city, audience, (TEXT,), "members")
    assert relay.notice.pass_on
    assert not asked(relay)
    own = passed(cast.owner, cast.county, relay.notice_id)
    people = {row.user for row in policy.asked_members(own.pk)}
    assert people == {
        cast.owner, cast.colleague, cast.outsider_admin, cast.whole_admin, cast.member
    }  # fmt: skip


def test_who_is_texted_before_the_deadline(cast: Cast) -> None:
    unit = sent_task(cast.city_admin, cast.city, BELOW)
    assert {row.user for row in tasks.unanswered(unit)} == {cast.owner, cast.whole_admin}
    assert not tasks.reminded(unit).exists()  # the author did not ask for it
    branch = sent_task(cast.owner, cast.county, to_branches(cast.first_branch, cast.second_branch))
    assert {row.user for row in tasks.unanswered(branch)} == {cast.colleague, cast.outsider_admin}
    notice = draft(cast.owner, cast.county, "task", deadline=in_days(2))
    tasks.set_questions(cast.owner, notice.pk, MEMBERS, [TEXT])
    members = sending.send(cast.owner, notice.pk, to_branches(cast.first_branch))
    assert [row.user for row in tasks.reminded(members)] == [cast.member]


def test_branches_without_an_own_administrator_are_left_to_who_is_nearest(cast: Cast) -> None:
    relay = sent_task(
        cast.owner,
        cast.county,
        to_branches(cast.general_branch, cast.first_branch, cast.second_branch),
    )
    near = policy.duties_of_branches().filter(policy.nearest_to([cast.general_branch.path]))
    assert {row.branch for row in near} == {cast.general_branch, cast.first_branch}
    from_first = MembershipFactory(organization=cast.county, branch=cast.first_branch)
    from_first.role_grants.create(
        organization=cast.county,
        role="learning_admin",
        scope=Branch.objects.get(pk=cast.first_branch.pk),
        granted_at=timezone.now(),
    )
    near = policy.duties_of_branches().filter(policy.nearest_to([cast.general_branch.path]))
    assert {row.branch for row in near} == {cast.general_branch}
    assert relay.notice.state == Notice.State.SENT
