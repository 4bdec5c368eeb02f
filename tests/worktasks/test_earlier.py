"""减负: what was answered before is offered, and the author is told what was asked before."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from lianxue.notices.models import Notice, Relay
from lianxue.shared.errors import StateConflict
from lianxue.worktasks.actions import answering, reviewing
from lianxue.worktasks.fields import QuestionSpec, period_start
from lianxue.worktasks.models import Answer, WorkTask
from lianxue.worktasks.queries import answers
from lianxue.worktasks.queries.earlier import asked_before, earlier_answers
from tests.cast import Cast
from tests.notices.makers import BELOW, WHOLE, passed, to_branches

from .makers import CHOICE, FILE, NUMBER, SPECS, TEXT, questions, sent_task, submitted, who

pytestmark = pytest.mark.django_db


def offered(relay_notice: Notice, respondent: str) -> dict[str, str]:
    """What is offered, by the label."""
    task = WorkTask.objects.get(notice=relay_notice)
    labels = {row.pk: row.label for row in task.questions.all()}
    return {labels[pk]: one.text for pk, one in earlier_answers(task, respondent).items()}


def backdate(answer: Answer, moment: datetime) -> None:
    Answer.objects.filter(pk=answer.pk).update(submitted_at=moment)


def test_the_same_question_is_answered_once(cast: Cast) -> None:
    """Whoever asks: an answer to 市 is offered when 省's task asks the same."""
    first = sent_task(cast.city_admin, cast.city, BELOW, SPECS, title="市里的统计")
    handed = submitted(cast.owner, first, cast.county, "1,280")
    root = sent_task(cast.province_admin, cast.province, BELOW, [NUMBER, TEXT])
    relay = passed(cast.city_admin, cast.city, root.notice_id, BELOW)
    assert offered(relay.notice, who(cast.county)) == {"党员人数": "1280"}
    (found,) = earlier_answers(relay.notice.task, who(cast.county)).values()
    assert found.task_title == "市里的统计"
    assert found.at == handed.submitted_at
    assert offered(relay.notice, who(cast.city)) == {}
    kept = answering.fill_earlier(cast.owner, relay.pk, who(cast.county), 0)
    assert kept.version == 1
    sheet = answers.get_to_answer(cast.owner, relay.pk, who(cast.county))
    assert list(sheet.values.values()) == ["1280"]
    with pytest.raises(StateConflict):
        answering.fill_earlier(cast.owner, relay.pk, who(cast.county), None)


def test_what_is_filled_in_already_is_left_alone(cast: Cast) -> None:
    first = sent_task(cast.city_admin, cast.city, BELOW)
    submitted(cast.owner, first, cast.county, "128")
    again = sent_task(cast.city_admin, cast.city, BELOW)
    asked = questions(again.notice_id)
    answering.save_draft(cast.owner, again.pk, who(cast.county), {asked["number"].pk: "7"}, 0)
    answering.fill_earlier(cast.owner, again.pk, who(cast.county), 1)
    found = answers.get_to_answer(cast.owner, again.pk, who(cast.county)).values
    assert found == {asked["number"].pk: "7", asked["choice"].pk: "已开展"}


def test_only_what_was_handed_in_and_stands_is_offered(cast: Cast) -> None:
    first = sent_task(cast.city_admin, cast.city, BELOW)
    again = sent_task(cast.city_admin, cast.city, BELOW)
    text = who(cast.county)
    answering.save_draft(
        cast.owner, first.pk, text, {questions(first.notice_id)["number"].pk: "5"}, 0
    )
    assert not offered(again.notice, text)
    answer = submitted(cast.owner, first, cast.county)
    assert offered(again.notice, text)
    assert not offered(first.notice, text)  # not its own answer
    reviewing.return_(cast.city_admin, answer.pk, "不对")
    assert not offered(again.notice, text)
    submitted(cast.owner, first, cast.county)
    reviewing.accept(cast.city_admin, answer.pk)
    assert offered(again.notice, text)


def test_the_latest_is_offered_and_only_of_this_period(cast: Cast) -> None:
    again = sent_task(cast.city_admin, cast.city, BELOW, [NUMBER])
    start, text = period_start("year"), who(cast.county)
    for number, moment in [
        ("1", start - timedelta(seconds=1)),
        ("2", start + timedelta(seconds=2)),
        ("3", start + timedelta(seconds=1)),
    ]:
        relay = sent_task(cast.city_admin, cast.city, BELOW, [NUMBER])
        backdate(submitted(cast.owner, relay, cast.county, number), moment)
    assert offered(again.notice, text) == {"党员人数": "2"}
    backdate(Answer.objects.get(submitted_at=start + timedelta(seconds=2)), start)
    assert offered(again.notice, text) == {"党员人数": "3"}
    Answer.objects.update(submitted_at=start - timedelta(seconds=1))
    assert offered(again.notice, text) == {}


def test_each_person_has_the_own_answers(cast: Cast) -> None:
    first = sent_task(cast.owner, cast.county, WHOLE, [NUMBER], "members")
    submitted(cast.member, first, cast.memberships[cast.member.pk], "12")
    again = sent_task(cast.owner, cast.county, WHOLE, [NUMBER], "members")
    assert offered(again.notice, who(cast.memberships[cast.member.pk])) == {"党员人数": "12"}
    assert offered(again.notice, who(cast.memberships[cast.colleague.pk])) == {}


def test_words_that_say_nothing_and_files_are_not_offered(cast: Cast) -> None:
    specs = [QuestionSpec("text", "情况说明"), FILE]
    first = sent_task(cast.city_admin, cast.city, BELOW, specs)
    asked = questions(first.notice_id)["text"].pk
    answering.submit(cast.owner, first.pk, who(cast.county), {asked: "完成了"}, None)
    again = sent_task(cast.city_admin, cast.city, BELOW, specs)
    assert offered(again.notice, who(cast.county)) == {}
    assert asked_before(cast.city, specs, "year") == {}


def test_the_author_is_told_what_the_own_or_one_above_asked(cast: Cast) -> None:
    sent_task(cast.province_admin, cast.province, BELOW, [NUMBER], title="省里问的")
    sent_task(cast.owner, cast.county, to_branches(cast.first_branch), [CHOICE], title="县里问的")
    found = asked_before(cast.city, [TEXT, CHOICE, NUMBER], "year")
    assert {index: one.task_title for index, one in found.items()} == {2: "省里问的"}
    assert found[2].organization_name == cast.province.name
    relay = sent_task(cast.city_admin, cast.city, BELOW, [NUMBER], title="市里问的")
    assert asked_before(cast.city, [NUMBER], "year")[0].task_title == "市里问的"
    but = asked_before(cast.city, [NUMBER], "year", but=relay.notice_id)
    assert but[0].task_title == "省里问的"
    assert asked_before(cast.newcomer, [NUMBER], "year") == {}
    # 县 was not asked by 省, whose task 市 has not passed on; and 市 asks it now
    assert asked_before(cast.county, [NUMBER], "year")[0].task_title == "市里问的"
    Relay.objects.filter(pk=relay.pk).update(recalled_at=timezone.now())
    assert asked_before(cast.county, [NUMBER], "year") == {}


def test_what_those_above_ask_their_own_people_is_not_told(cast: Cast) -> None:
    sent_task(cast.city_admin, cast.city, WHOLE, [NUMBER], "members", title="市里自己的事")
    assert asked_before(cast.county, [NUMBER], "year") == {}
    assert asked_before(cast.city, [NUMBER], "year")


def test_drafts_recalled_ones_and_earlier_periods_were_not_asked(cast: Cast) -> None:
    relay = sent_task(cast.city_admin, cast.city, BELOW, [NUMBER])
    assert asked_before(cast.city, [NUMBER], "month")
    Notice.objects.update(state=Notice.State.RECALLED)
    assert not asked_before(cast.city, [NUMBER], "month")
    Notice.objects.update(state=Notice.State.SENT, sent_at=timezone.now() - timedelta(days=32))
    assert not asked_before(cast.city, [NUMBER], "month")
    Notice.objects.update(state=Notice.State.DRAFT, sent_at=None)
    assert not asked_before(cast.city, [NUMBER], "year")
    assert relay.notice.pk
