"""Answering: who may, what is kept, what is late, what is refused."""

import json
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.audit.models import AuditEvent
from lianxue.notices.models import Notice, Relay
from lianxue.organizations.models import Membership, Organization
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, StateConflict
from lianxue.worktasks import policy
from lianxue.worktasks.actions import answering, reviewing
from lianxue.worktasks.models import Answer, AnswerValue
from lianxue.worktasks.policy import State, Step
from lianxue.worktasks.queries import answers
from tests.cast import Cast
from tests.notices.makers import BELOW, WHOLE, to_branches

from .makers import SPECS, in_days, questions, sent_task, submitted, values, who

pytestmark = pytest.mark.django_db

#: What no address of an answer may be.
NO_RESPONDENTS = [
    "",
    "m",
    "m:",
    "m:0",
    "m:1x",
    "x:1",
    "m:-1",
    "m:１",
    "o:99999999999999999999",
    "b: 1",
]


@pytest.fixture
def unit(cast: Cast) -> Relay:
    """What 市 asks 县."""
    return sent_task(cast.city_admin, cast.city, BELOW)


@pytest.fixture
def branch(cast: Cast) -> Relay:
    """What 县 asks its first branch."""
    return sent_task(cast.owner, cast.county, to_branches(cast.first_branch))


@pytest.fixture
def personal(cast: Cast) -> Relay:
    """What 县 asks each of its members."""
    return sent_task(cast.owner, cast.county, WHOLE, respondents="members")


def seat(cast: Cast, user: User) -> Membership:
    return cast.memberships[user.pk]


def past_deadline(relay: Relay) -> None:
    Notice.objects.filter(pk=relay.notice_id).update(deadline=in_days(-1))


def recall(relay: Relay) -> None:
    Relay.objects.filter(pk=relay.pk).update(recalled_at=timezone.now())


# ---------- who may ----------


def test_for_a_unit_answer_those_who_administer_the_whole(cast: Cast, unit: Relay) -> None:
    for person in (cast.owner, cast.whole_admin):
        assert answers.get_to_answer(person, unit.pk, who(cast.county)).name == cast.county.name
    for person in (cast.colleague, cast.outsider_admin, cast.member):
        with pytest.raises(PermissionDenied):
            answering.save_draft(person, unit.pk, who(cast.county), {}, 0)
    for person in (cast.city_admin, cast.province_admin, cast.stranger, cast.newcomer_admin):
        with pytest.raises(NotFound):
            answering.save_draft(person, unit.pk, who(cast.county), {}, 0)
    assert not Answer.objects.exists()


def test_for_a_branch_answer_those_who_cover_it(cast: Cast, branch: Relay) -> None:
    for person in (cast.colleague, cast.owner, cast.whole_admin):
        assert answers.get_to_answer(person, branch.pk, who(cast.first_branch)).may_edit
    for person in (cast.outsider_admin, cast.member):
        with pytest.raises(PermissionDenied):
            answers.get_to_answer(person, branch.pk, who(cast.first_branch))
    with pytest.raises(NotFound):
        answers.get_to_answer(cast.city_admin, branch.pk, who(cast.first_branch))


def test_for_oneself_answers_each_member(cast: Cast, personal: Relay) -> None:
    assert answers.get_to_answer(cast.member, personal.pk, who(seat(cast, cast.member))).may_edit
    for person in (cast.owner, cast.colleague, cast.other_member, cast.stranger):
        with pytest.raises(NotFound):
            answers.get_to_answer(person, personal.pk, who(seat(cast, cast.member)))


def test_only_who_is_asked_is_a_respondent(
    cast: Cast, unit: Relay, branch: Relay, personal: Relay
) -> None:
    member = seat(cast, cast.owner)
    for relay, text in [
        (unit, who(member)),
        (unit, who(cast.city)),
        (unit, who(cast.newcomer)),
        (branch, who(member)),
        (branch, who(cast.county)),
        (branch, who(cast.second_branch)),
        (personal, who(cast.county)),
        (personal, who(cast.first_branch)),
        *((unit, text) for text in NO_RESPONDENTS),
    ]:
        with pytest.raises(NotFound):
            answers.get_to_answer(cast.owner, relay.pk, text)
    for pk in (0, 2**62):
        with pytest.raises(NotFound):
            answers.get_to_answer(cast.owner, pk, who(cast.county))


def test_a_plain_notice_and_an_unsent_task_have_no_answers(cast: Cast, unit: Relay) -> None:
    Relay.objects.filter(pk=unit.pk).update(state=Relay.State.RECEIVED)
    with pytest.raises(NotFound):
        answers.get_to_answer(cast.owner, unit.pk, who(cast.county))


# ---------- filling in ----------


def test_a_draft_keeps_what_is_filled_in_so_far(cast: Cast, unit: Relay) -> None:
    asked = questions(unit.notice_id)
    first = answering.save_draft(
        cast.owner, unit.pk, who(cast.county), {asked["number"].pk: "１，２３４人"}, 0
    )
    assert (first.state, first.version) == ("draft", 1)
    again = answering.save_draft(
        cast.whole_admin, unit.pk, who(cast.county), {asked["text"].pk: "按时完成"}, 1
    )
    assert again.pk == first.pk
    found = answers.get_to_answer(cast.owner, unit.pk, who(cast.county))
    assert found.values == {asked["number"].pk: "1234", asked["text"].pk: "按时完成"}
    assert found.version == 2
    assert not found.late
    cleared = answering.save_draft(
        cast.owner, unit.pk, who(cast.county), {asked["number"].pk: " "}, 2
    )
    assert answers.get_to_answer(cast.owner, unit.pk, who(cast.county)).values == {
        asked["text"].pk: "按时完成"
    }
    assert cleared.version == 3
    assert not AuditEvent.objects.filter(action__startswith="task.an").exists()


def test_values_are_encrypted_at_rest(cast: Cast, unit: Relay) -> None:
    submitted(cast.owner, unit, cast.county, "987654")
    with connection.cursor() as cursor:
        for table in ("worktasks_answervalue", "worktasks_answerstep"):
            cursor.execute(f"SELECT * FROM {table}")
            rows = str(cursor.fetchall())
            assert "987654" not in rows
            assert ":" in rows
    assert AnswerValue.objects.filter(text="987654").count() == 0  # no two ciphers are alike


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_kept(cast: Cast, unit: Relay) -> None:
    asked = questions(unit.notice_id)
    wrong = {
        asked["number"].pk: "很多",
        asked["choice"].pk: "不清楚",
        asked["date"].pk: "昨天",
        asked["text"].pk: "字" * 2001,
    }
    with pytest.raises(InvalidInput) as caught:
        answering.save_draft(cast.owner, unit.pk, who(cast.county), wrong, 0)
    assert set(caught.value.fields) == {f"q{pk}" for pk in wrong}
    with pytest.raises(InvalidInput):
        answering.save_draft(cast.owner, unit.pk, who(cast.county), {2**62: "1"}, 0)
    assert not Answer.objects.exists()


def test_what_has_to_be_filled_in_is_asked_when_it_is_handed_in(cast: Cast, unit: Relay) -> None:
    asked = questions(unit.notice_id)
    needed = {f"q{asked['number'].pk}", f"q{asked['choice'].pk}"}
    with pytest.raises(InvalidInput) as caught:
        answering.check(cast.owner, unit.pk, who(cast.county))
    assert set(caught.value.fields) == needed
    with pytest.raises(InvalidInput) as caught:
        answering.submit(cast.owner, unit.pk, who(cast.county), {}, None)
    assert set(caught.value.fields) == needed
    answering.save_draft(cast.owner, unit.pk, who(cast.county), values(unit), 0)
    answering.check(cast.owner, unit.pk, who(cast.county))
    assert answering.submit(cast.owner, unit.pk, who(cast.county), {}, 1).state == "submitted"


def test_of_two_who_fill_in_the_same_answer_the_second_is_told(cast: Cast, unit: Relay) -> None:
    given = values(unit)
    answering.save_draft(cast.owner, unit.pk, who(cast.county), given, 0)
    later: list[Callable[[], object]] = [
        lambda: answering.save_draft(cast.whole_admin, unit.pk, who(cast.county), given, 0),
        lambda: answering.submit(cast.whole_admin, unit.pk, who(cast.county), given, 0),
    ]
    for act in later:
        with pytest.raises(StateConflict) as caught:
            act()
        assert caught.value.code == "answer-changed"
    assert answering.save_draft(cast.whole_admin, unit.pk, who(cast.county), {}, None).version == 2


# ---------- handing in ----------


def test_handing_in_is_kept_whole_and_told_to_the_units_log(cast: Cast, unit: Relay) -> None:
    answer = submitted(cast.owner, unit, cast.county)
    answer.refresh_from_db()
    assert (answer.state, answer.late, answer.submitted_by) == ("submitted", False, cast.owner)
    assert (answer.name, answer.submitted_by_name) == (cast.county.name, "李明")
    (step,) = answer.steps.all()
    assert answers.submission_of(step).values == values(unit)
    assert set(json.loads(step.values)) == {"texts", "files"}
    event = AuditEvent.objects.get(action="task.answered")
    assert event.organization_id == cast.county.pk
    assert event.data == {
        "name": unit.notice.title,
        "respondent": cast.county.name,
        "asked_by": cast.city.name,
    }


def test_a_branchs_stands_in_the_own_log_and_a_members_in_none(
    cast: Cast, branch: Relay, personal: Relay
) -> None:
    before = AuditEvent.objects.count()
    submitted(cast.member, personal, seat(cast, cast.member))
    answering.take_back(cast.member, personal.pk, who(seat(cast, cast.member)))
    assert AuditEvent.objects.count() == before
    submitted(cast.colleague, branch, cast.first_branch)
    answering.take_back(cast.colleague, branch.pk, who(cast.first_branch))
    told = AuditEvent.objects.order_by("pk")[before:]
    assert [(event.action, event.organization_id) for event in told] == [
        ("task.answered", cast.county.pk),
        ("task.taken_back", cast.county.pk),
    ]


def test_handing_in_after_the_deadline_is_late(cast: Cast, unit: Relay) -> None:
    past_deadline(unit)
    assert answers.get_to_answer(cast.owner, unit.pk, who(cast.county)).late
    assert submitted(cast.owner, unit, cast.county).late
    assert AuditEvent.objects.get(action="task.answered").data["late"] == "是"


def test_one_that_was_in_time_is_not_late_for_being_returned(cast: Cast, unit: Relay) -> None:
    answer = submitted(cast.owner, unit, cast.county)
    reviewing.return_(cast.city_admin, answer.pk, "请核对人数")
    past_deadline(unit)
    assert not submitted(cast.owner, unit, cast.county, "129").late
    answering.take_back(cast.owner, unit.pk, who(cast.county))
    assert submitted(cast.owner, unit, cast.county).late  # one's own doing


def test_what_was_taken_back_is_a_draft_with_everything_in_it(cast: Cast, unit: Relay) -> None:
    submitted(cast.owner, unit, cast.county)
    with pytest.raises(StateConflict):
        answering.save_draft(cast.owner, unit.pk, who(cast.county), {}, None)
    with pytest.raises(StateConflict):
        submitted(cast.owner, unit, cast.county)
    assert answering.take_back(cast.whole_admin, unit.pk, who(cast.county)).state == "draft"
    found = answers.get_to_answer(cast.owner, unit.pk, who(cast.county))
    assert found.values == values(unit)
    assert found.may_edit
    assert not found.may_take_back
    assert [step.what for step in found.steps] == ["submitted", "taken_back"]
    with pytest.raises(StateConflict):
        answering.take_back(cast.owner, unit.pk, who(cast.county))


def test_after_a_recall_nothing_is_answered(cast: Cast, unit: Relay) -> None:
    submitted(cast.owner, unit, cast.county)
    recall(unit)
    found = answers.get_to_answer(cast.owner, unit.pk, who(cast.county))
    assert not found.may_edit
    assert not found.may_take_back
    assert "撤回" in found.why_not
    acts: list[Callable[[], object]] = [
        lambda: answering.take_back(cast.owner, unit.pk, who(cast.county)),
        lambda: answering.save_draft(cast.owner, unit.pk, who(cast.county), {}, None),
        lambda: answering.submit(cast.owner, unit.pk, who(cast.county), {}, None),
    ]
    for act in acts:
        with pytest.raises(StateConflict) as caught:
            act()
        assert caught.value.code == "task-recalled"


def test_who_is_asked_no_more_answers_no_more(cast: Cast, unit: Relay, branch: Relay) -> None:
    personal = sent_task(
        cast.owner, cast.county, to_branches(cast.first_branch), respondents="members"
    )
    mine = seat(cast, cast.member)
    submitted(cast.member, personal, mine)
    submitted(cast.owner, unit, cast.county)
    submitted(cast.colleague, branch, cast.first_branch)
    assert policy.in_force(Answer.objects.all()).count() == 3
    Membership.objects.filter(pk=mine.pk).update(branch=cast.second_branch)
    Organization.objects.filter(pk=cast.county.pk).update(
        superior=None, chain_path=None, certified_at=None
    )
    branch.branches.update(branch=None)
    assert not policy.in_force(Answer.objects.all()).exists()
    acts: list[Callable[[], object]] = [
        lambda: answering.take_back(cast.member, personal.pk, who(mine)),
        lambda: answering.take_back(cast.owner, unit.pk, who(cast.county)),
        lambda: answering.take_back(cast.colleague, branch.pk, who(cast.first_branch)),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
    Membership.objects.filter(pk=mine.pk).update(branch=cast.first_branch)
    assert policy.in_force(Answer.objects.all()).count() == 1  # back again, it counts again
    Membership.objects.filter(pk=mine.pk).update(state="ended")
    assert not policy.in_force(Answer.objects.all()).exists()


def test_the_table_of_transitions_is_all_there_is(cast: Cast) -> None:
    assert len(policy.TRANSITIONS) == 8
    for state in State:
        for step in Step:
            if (state, step) in policy.TRANSITIONS:
                assert policy.next_state(state, step) in State
            else:
                with pytest.raises(StateConflict) as caught:
                    policy.next_state(state, step)
                assert caught.value.code == "answer-state"


def test_handing_in_takes_as_many_statements_with_30_questions_as_with_one(cast: Cast) -> None:
    spec = SPECS[0].__class__
    counts = []
    for many in (1, 30):
        relay = sent_task(
            cast.owner,
            cast.county,
            WHOLE,
            [spec("text", f"第{n}问") for n in range(many)],
            "members",
        )
        given = {row.pk: "好" for row in relay.notice.task.questions.all()}
        with CaptureQueriesContext(
            connection,
        ) as found:
            answering.submit(cast.member, relay.pk, who(seat(cast, cast.member)), given, 0)
        counts.append(len(found))
    # the last is the lock against a recall, which SQLite does without
    assert counts[0] == counts[1] <= 14 + (connection.vendor == "postgresql")
