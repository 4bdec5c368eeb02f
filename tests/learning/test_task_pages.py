"""The pages of learning tasks: choosing, doing, looking over, exporting, on both faces."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from lianxue.audit.models import AuditEvent
from lianxue.learning.models import Completion, ContentItem, LearningTask, Quiz, TaskContent
from lianxue.learning.queries import task_people
from lianxue.learning.queries.tasks import contents_of
from lianxue.notices import policy
from lianxue.notices.actions import drafts, nudging, recalling, sending
from lianxue.notices.models import Notice, Receipt, Relay
from lianxue.notices.queries.people import Asked
from lianxue.organizations.models import Organization
from lianxue.shared.errors import StateConflict
from tests.cast import Cast, sign_in
from tests.notices.makers import ALL, BELOW, WHOLE, draft, passed

from .task_makers import draft_learning, finish, hand_in, item, many, sent_learning

pytestmark = pytest.mark.django_db


def at(place: Organization, rest: str, console: bool = False) -> str:
    return f"{'/console' if console else ''}/orgs/{place.pk}/{rest}"


def words(answer: HttpResponse) -> str:
    return answer.content.decode()


@pytest.fixture
def owner(cast: Cast) -> Client:
    return sign_in(cast.owner)


@pytest.fixture
def member(cast: Cast) -> Client:
    return sign_in(cast.member)


# ---------- choosing what is to be learned ----------


def chosen(notice: Notice) -> list[int]:
    rows = TaskContent.objects.filter(task=notice.pk).order_by("position")
    return list(rows.values_list("item", flat=True))


@pytest.mark.parametrize("console", [False, True])
def test_contents_are_added_ordered_removed_and_kept(
    cast: Cast, owner: Client, console: bool
) -> None:
    one, two, three = (item(cast.county, title) for title in ("一", "二", "三"))
    notice = draft(cast.owner, cast.county, "learning")
    here = at(cast.county, f"notices/{notice.pk}/learning/", console)
    page = words(owner.get(here))
    assert all(f"加入“{title}”" in page for title in "一二三")
    ids = [str(one.pk), str(two.pk)]
    page = words(owner.post(here, {"act": f"add-{three.pk}", "items": ids}))
    assert page.index("“三”上移") > page.index("“二”上移") > page.index("“一”上移")
    assert chosen(notice) == []  # only turned, not kept
    ids = [str(pk) for pk in (one.pk, two.pk, three.pk)]
    page = words(owner.post(here, {"act": f"up-{three.pk}", "items": ids}))
    assert page.index("“二”上移") > page.index("“三”上移")
    page = words(owner.post(here, {"act": f"remove-{one.pk}", "items": ids}))
    assert "“一”上移" not in page
    assert "加入“一”" in page
    answer = owner.post(here, {"act": "save", "items": ids[::-1]})
    assert answer.headers["Location"] == at(cast.county, f"notices/{notice.pk}/audience/", console)
    assert chosen(notice) == [three.pk, two.pk, one.pk]
    answer = owner.post(here, {"act": "quiz", "items": ids[:1]})
    assert answer.headers["Location"] == at(cast.county, f"notices/{notice.pk}/quiz/", console)
    assert chosen(notice) == [one.pk]


def test_searching_and_turning_pages(cast: Cast, owner: Client) -> None:
    for number in range(23):
        item(cast.county, f"第{number:02d}讲")
    notice = draft(cast.owner, cast.county, "learning")
    here = at(cast.county, f"notices/{notice.pk}/learning/")
    assert "第22讲" in words(owner.get(here))
    page = words(owner.post(here, {"act": "page-3"}))
    assert "第00讲" in page
    assert "第22讲" not in page
    page = words(owner.post(here, {"act": "find", "q": "没有的词"}))
    assert "没有找到“没有的词”" in page
    for junk in ({"act": "page-x"}, {"act": "add-"}, {"page": "9" * 40}, {"items": ["x", "²", ""]}):
        assert owner.post(here, {"act": "find"} | junk).status_code == 200


def test_only_what_the_organisation_sees_is_offered_and_taken(cast: Cast, owner: Client) -> None:
    above = item(cast.city, "上级的", reach="chain")
    hidden = item(cast.city, "上级自己的")
    strange = item(cast.other, "外面的", reach="chain")
    gone = item(cast.county, "下架的", state="withdrawn")
    notice = draft(cast.owner, cast.county, "learning")
    here = at(cast.county, f"notices/{notice.pk}/learning/")
    page = words(owner.get(here))
    assert "加入“上级的”" in page
    for one in (hidden, strange, gone):
        assert one.title not in page
        answer = owner.post(here, {"act": "save", "items": [str(one.pk)]})
        assert answer.status_code == 422
    assert owner.post(here, {"act": "save", "items": [str(above.pk)]}).status_code == 302


def test_a_withdrawn_item_is_said_and_keeps_a_draft_from_being_sent(
    cast: Cast, owner: Client
) -> None:
    one = item(cast.county, "旧的")
    notice = draft_learning(cast.owner, cast.county, [one])
    ContentItem.objects.filter(pk=one.pk).update(state="withdrawn")
    here = at(cast.county, f"notices/{notice.pk}/learning/")
    assert "已下架，请移除" in words(owner.get(here))
    answer = owner.get(at(cast.county, f"notices/{notice.pk}/audience/"), follow=True)
    assert answer.redirect_chain[-1][0] == here
    assert "《旧的》已下架" in words(answer)


@pytest.mark.parametrize("how", ["narrowed", "moved"])
def test_what_is_no_longer_for_the_organisation_keeps_a_draft_from_being_sent(
    cast: Cast, how: str
) -> None:
    """Else the task would open to all below what the superior wants to keep to itself."""
    above = item(cast.city, "上级的", reach="chain")
    relay = sent_learning(cast.owner, cast.county, [above, item(cast.county, "自己的")])
    notice = draft_learning(cast.owner, cast.county, [above])
    if how == "narrowed":
        ContentItem.objects.filter(pk=above.pk).update(reach="own")
    else:
        ContentItem.objects.filter(pk=above.pk).update(organization=cast.other)
    with pytest.raises(StateConflict) as caught:
        sending.send(cast.owner, notice.pk, WHOLE)
    assert "不再对本组织开放" in caught.value.message
    made = drafts.copy(cast.owner, relay.notice_id)
    assert [row.item.title for row in contents_of(made)] == ["自己的"]


def test_what_was_sent_is_shown_not_edited(cast: Cast, owner: Client) -> None:
    relay = sent_learning(cast.owner, cast.county, [item(cast.county)], WHOLE)
    here = at(cast.county, f"notices/{relay.notice_id}/learning/")
    assert owner.get(here).headers["Location"] == at(cast.county, f"notices/{relay.notice_id}/")
    assert owner.post(here, {"act": "save"}).status_code == 409
    assert f"learning-tasks/{relay.notice_id}/" in words(
        owner.get(at(cast.county, f"notices/{relay.notice_id}/"))
    )


def test_a_plain_notice_and_a_work_task_have_no_contents(cast: Cast, owner: Client) -> None:
    for kind in ("notice", "task"):
        notice = draft(cast.owner, cast.county, kind)
        assert owner.get(at(cast.county, f"notices/{notice.pk}/learning/")).status_code == 404
    learning = draft(cast.owner, cast.county, "learning")
    assert owner.get(at(cast.county, f"notices/{learning.pk}/questions/")).status_code == 404
    assert owner.get(at(cast.county, f"tasks/{learning.pk}/")).status_code == 404


# ---------- doing it ----------


def test_opening_reads_and_leads_on(cast: Cast, member: Client) -> None:
    one, two = item(cast.county, "第一篇"), item(cast.county, "第二篇")
    relay = sent_learning(cast.owner, cast.county, [one, two], WHOLE)
    here = f"/learn/tasks/{relay.notice_id}/"
    assert "学习任务待完成" in words(member.get(reverse("inbox:home")))
    assert member.get(here, headers={"sec-purpose": "prefetch"}).status_code == 503
    assert not Receipt.objects.filter(membership__user=cast.member).exists()
    page = words(member.get(here))
    assert Receipt.objects.filter(relay=relay, membership__user=cast.member).count() == 1
    assert "开始学习：第一篇" in page
    assert "0 / 2 项" in page
    finish(cast.member, one)
    page = words(member.get(here))
    assert "开始学习：第二篇" in page
    assert f"/learn/{two.pk}/" in page
    finish(cast.member, two)
    page = words(member.get(here))
    assert "完成。" in page
    assert "得 2 分" in page
    assert "学习任务待完成" not in words(member.get(reverse("inbox:home")))
    assert relay.notice.title in words(member.get("/learn/tasks/?tab=done"))
    assert member.get(f"/notices/{relay.notice_id}/").headers["Location"] == here


def test_who_had_done_all_completes_it_by_opening(cast: Cast, member: Client) -> None:
    one = item(cast.county)
    finish(cast.member, one)
    relay = sent_learning(cast.owner, cast.county, [one], WHOLE)
    here = f"/learn/tasks/{relay.notice_id}/"
    assert member.head(here).status_code == 200
    assert not Completion.objects.exists()
    assert "您已在" in words(member.get(here))
    assert Completion.objects.count() == 1
    assert member.get(here).status_code == 200
    assert Completion.objects.count() == 1


def test_a_quiz_is_the_last_step(cast: Cast, member: Client) -> None:
    one = item(cast.county)
    relay = sent_learning(cast.owner, cast.county, [one], WHOLE, quiz=True)
    here = f"/learn/tasks/{relay.notice_id}/"
    finish(cast.member, one)
    page = words(member.get(here))
    assert "去测验" in page
    hand_in(cast.member, relay.notice_id, passed=False)
    assert "再做一次测验" in words(member.get(here))
    hand_in(cast.member, relay.notice_id)
    assert "已及格" in words(member.get(here))


def test_a_recalled_task_is_only_its_trace(cast: Cast, member: Client) -> None:
    relay = sent_learning(cast.owner, cast.county, [item(cast.county, "秘密")], WHOLE)
    recalling.recall(cast.owner, cast.county.pk, relay.notice_id, "时间有变")
    page = words(member.get(f"/learn/tasks/{relay.notice_id}/"))
    assert "已经撤回" in page
    assert "秘密" not in page
    assert relay.notice.title in words(member.get("/learn/tasks/?tab=closed"))
    assert relay.notice.title not in words(member.get("/learn/tasks/"))


def test_long_overdue_is_closed(cast: Cast, member: Client) -> None:
    relay = sent_learning(cast.owner, cast.county, [item(cast.county)], WHOLE)
    long_ago = timezone.now() - timedelta(days=31)
    Notice.objects.filter(pk=relay.notice_id).update(deadline=long_ago)
    assert relay.notice.title not in words(member.get("/learn/tasks/"))
    assert relay.notice.title in words(member.get("/learn/tasks/?tab=closed"))
    assert "学习任务待完成" not in words(member.get(reverse("inbox:home")))


def test_a_reminder_is_told_until_it_is_completed(cast: Cast, member: Client) -> None:
    one = item(cast.county)
    relay = sent_learning(cast.owner, cast.county, [one], WHOLE)
    here = f"/learn/tasks/{relay.notice_id}/"
    assert "提醒您完成" not in words(member.get(here))
    nudging.nudge(cast.owner, cast.county.pk, relay.notice_id, nudging.OWN)
    for _ in range(2):  # opened is not done
        assert "提醒您完成" in words(member.get(here))
    finish(cast.member, one)
    assert "提醒您完成" not in words(member.get(here))


def test_who_has_used_up_the_papers_is_not_sent_to_the_quiz(cast: Cast, member: Client) -> None:
    relay = sent_learning(cast.owner, cast.county, [], WHOLE, quiz=True)
    Quiz.objects.filter(pk=relay.notice_id).update(attempts=1)
    here = f"/learn/tasks/{relay.notice_id}/"
    assert "去测验" in words(member.get(here))
    hand_in(cast.member, relay.notice_id, passed=False)
    page = words(member.get(here))
    assert "次数已经用完" in page
    assert "再做一次测验" not in page


# ---------- looking over it ----------


def test_what_completes_it_is_said_as_it_is(cast: Cast, owner: Client) -> None:
    one = item(cast.county)
    quiz = sent_learning(cast.owner, cast.county, [], WHOLE, quiz=True)
    both = sent_learning(cast.owner, cast.county, [one], WHOLE, quiz=True)
    gone = sent_learning(cast.owner, cast.county, [item(cast.county, "旧")], WHOLE)
    ContentItem.objects.filter(title="旧").update(state="withdrawn")
    for relay, page, sheet in (
        (quiz, "测验及格算完成", "测验及格"),
        (both, "学完全部 1 项内容，并且测验及格算完成", "学完全部 1 项内容，并且测验及格"),
        (gone, "都已下架，不用再完成", "要学的内容都已下架，不用再完成"),
    ):
        here = at(cast.county, f"learning-tasks/{relay.notice_id}/")
        assert page in words(owner.get(here))
        found = sheets(owner.post(f"{here}export/", {"which": "expected"}))
        assert ["完成的标准", sheet] in [row[:2] for row in found["说明"]]
        head, *rows = found["完成情况"][1:]
        assert any("学完内容" in word for word in head) == (relay == both)
        assert {len(row) for row in rows} == {len(head)}


def test_progress_of_the_own_and_of_those_below(cast: Cast, owner: Client) -> None:
    one = item(cast.city, reach="chain")
    above = sent_learning(cast.city_admin, cast.city, [one], ALL)
    passed(cast.owner, cast.county, above.notice_id)
    finish(cast.member, one)
    city = sign_in(cast.city_admin)
    page = words(city.get(at(cast.city, f"learning-tasks/{above.notice_id}/")))
    assert "共已完成 1 / 5 人" in page
    page = words(city.get(at(cast.city, f"learning-tasks/{above.notice_id}/?at={cast.county.pk}")))
    assert "1 / 5" in page
    assert "上级只看数字" in page
    page = words(owner.get(at(cast.county, f"learning-tasks/{above.notice_id}/", True)))
    assert cast.first_branch.name in page
    assert "20.0%" in page


def test_names_stay_inside(cast: Cast, owner: Client) -> None:
    one = item(cast.city, reach="chain")
    above = sent_learning(cast.city_admin, cast.city, [one], BELOW)
    passed(cast.owner, cast.county, above.notice_id)
    finish(cast.member, one)
    rest = f"learning-tasks/{above.notice_id}/people/"
    page = words(owner.get(at(cast.county, f"{rest}?state=done")))
    assert cast.member.name in page
    assert cast.member.name not in words(owner.get(at(cast.county, f"{rest}?state=left")))
    city = sign_in(cast.city_admin)
    assert cast.member.name not in words(city.get(at(cast.city, f"{rest}?state=done")))
    assert city.get(at(cast.city, f"{rest}?at={cast.county.pk}")).status_code == 404
    export = f"learning-tasks/{above.notice_id}/export/?at={cast.county.pk}"
    assert city.get(at(cast.city, export)).status_code == 404
    outsider = sign_in(cast.outsider_admin)
    assert cast.member.name not in words(outsider.get(at(cast.county, f"{rest}?state=done")))
    place = policy.place_of(cast.owner, cast.county.pk)
    relay = Relay.objects.get(notice=above.notice_id, organization=cast.county)
    for state in task_people.STATES:  # what the tabs say is what the lists hold
        found = task_people.people(place, relay, Asked(state))
        assert found.counts[state] == found.rows.count()
    assert found.counts["done"] == 1
    branch = f"{rest}?state=done&branch={cast.first_branch.pk}"
    assert outsider.get(at(cast.county, branch)).status_code == 404
    assert cast.member.name in words(sign_in(cast.colleague).get(at(cast.county, branch)))
    assert owner.get(at(cast.county, f"{rest}?state=x")).status_code == 404


def sheets(answer: Any) -> dict[str, list[list[Any]]]:
    data = io.BytesIO(b"".join(answer.streaming_content))
    book = CalamineWorkbook.from_filelike(data)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_workbook_says_who_did_and_who_did_not(cast: Cast, owner: Client) -> None:
    one = item(cast.county, "一")
    relay = sent_learning(cast.owner, cast.county, [one], WHOLE, quiz=True)
    finish(cast.member, one)
    hand_in(cast.member, relay.notice_id, passed=False)
    hand_in(cast.member, relay.notice_id)
    here = at(cast.county, f"learning-tasks/{relay.notice_id}/export/")
    assert owner.get(here).status_code == 200
    found = sheets(owner.post(here, {"which": "expected"}))
    head, *rows = found["完成情况"][1:]
    assert len(rows) == 5
    by_name = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    mine = by_name[cast.member.name]
    assert (mine["状态"], mine["测验最好成绩（分）"], mine["满分"]) == ("已完成", 10, 10)
    assert (mine["是否及格"], mine["交卷次数"], mine["学完内容（项，共 1 项）"]) == ("及格", 2, 1)
    assert by_name[cast.colleague.name]["状态"] == "未完成"
    said = {row[0]: row[1] for row in found["说明"] if len(row) > 1}
    assert (said["应完成（人）"], said["已完成（人）"], said["未完成（人）"]) == (5, 1, 4)
    lacking = {row[0] for row in found["说明"]}
    assert cast.colleague.name in lacking
    assert cast.member.name not in lacking
    assert len(sheets(owner.post(here, {"which": "done"}))["完成情况"]) == 3
    event = AuditEvent.objects.filter(action="learning_task.exported").first()
    assert event is not None
    assert event.data["people"] == 5
    scoped = sign_in(cast.colleague).post(here, {"which": "expected"})
    assert {row[0] for row in sheets(scoped)["完成情况"][2:]} == {
        cast.colleague.name,
        cast.member.name,
    }


@pytest.mark.parametrize("rest", ["", "people/?state=left", "people/?state=done", "export/"])
def test_as_many_statements_for_many_people(cast: Cast, owner: Client, rest: str) -> None:
    one = item(cast.county)
    relay = sent_learning(cast.owner, cast.county, [one], WHOLE)
    finish(cast.member, one)
    here = at(cast.county, f"learning-tasks/{relay.notice_id}/{rest}")

    def statements() -> int:
        with CaptureQueriesContext(connection) as told:
            assert owner.get(here).status_code == 200
        return len(told)

    statements()
    few = statements()
    moment, rows = timezone.now(), many(cast.county, 120)
    Completion.objects.bulk_create(
        [Completion(relay=relay, membership=row, completed_at=moment) for row in rows[:60]]
    )
    assert statements() == few


def test_copied_with_what_is_still_there(cast: Cast, owner: Client) -> None:
    one, two = item(cast.county, "一"), item(cast.county, "二")
    relay = sent_learning(cast.owner, cast.county, [one, two], WHOLE, quiz=True)
    ContentItem.objects.filter(pk=one.pk).update(state="withdrawn")
    owner.post(at(cast.county, f"notices/{relay.notice_id}/copy/"))
    made = Notice.objects.latest("pk")
    assert (made.kind, made.state, made.pass_on) == ("learning", "draft", True)
    assert chosen(made) == [two.pk]
    assert LearningTask.objects.get(pk=made.pk).quiz.pass_percent == 60
