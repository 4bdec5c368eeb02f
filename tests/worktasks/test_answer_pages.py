"""What a respondent sees and does: the list, the task, the form, its files, handing it in."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lianxue.notices.actions import recalling
from lianxue.notices.models import Notice, Receipt, Relay
from lianxue.organizations.models import Membership
from lianxue.worktasks.actions import answering, reviewing
from lianxue.worktasks.fields import QuestionSpec
from lianxue.worktasks.models import Answer
from tests.cast import Cast, sign_in
from tests.forms.reading import Fields
from tests.notices.makers import BELOW, WHOLE, to_branches

from .makers import SPECS, sent_task, submitted, values, who
from .pages import field_of, form, kept, my_page, page_of

LONG = (
    "参加集中轮训的党员人数（含离退休党员、流动党员和预备党员，不含请假人员）"
    + "，以实际到课为准" * 5
)


@pytest.fixture
def relay(cast: Cast) -> Relay:
    """县 asks its members."""
    return sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")


@pytest.fixture
def client(cast: Cast) -> Client:
    """刘洋's phone."""
    return sign_in(cast.member)


# ---------- the list and the task ----------


def test_the_list_has_what_is_to_be_answered(cast: Cast, relay: Relay, client: Client) -> None:
    page = client.get(reverse("worktasks:home")).text
    assert "关于报送党员情况的通知" in page
    assert "截止" in page
    assert reverse("worktasks:task", args=[relay.notice_id]) in page
    for tab, words in [
        ("submitted", "没有等待审核"),
        ("done", "还没有完成"),
        ("closed", "没有已截止"),
    ]:
        assert words in client.get(reverse("worktasks:home"), {"tab": tab}).text
    assert "没有要答复" in sign_in(cast.stranger).get(reverse("worktasks:home")).text
    assert client.get(reverse("worktasks:home"), {"tab": "x", "page": "x"}).status_code == 200


def test_a_returned_one_leads_to_the_form_with_its_remark(cast: Cast, client: Client) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, SPECS, "members", title="后到期")
    sent_task(cast.owner, cast.county, WHOLE, SPECS, "members", title="先到期", deadline=soon())
    answer = submitted(cast.member, relay, cast.memberships[cast.member.pk])
    reviewing.return_(cast.owner, answer.pk, "人数不对", answer.version)
    page = client.get(reverse("worktasks:home")).text
    assert page.index("后到期") < page.index("先到期")
    assert "退回意见：人数不对" in page
    assert my_page(cast, relay) in page
    found = client.get(my_page(cast, relay)).text
    assert "人数不对" in found
    assert "李明" in found


def soon() -> Any:
    return timezone.now() + timedelta(hours=3)


def test_opening_a_task_is_reading_it(cast: Cast, relay: Relay, client: Client) -> None:
    address = reverse("worktasks:task", args=[relay.notice_id])
    assert client.head(address).status_code == 200
    assert client.get(address, headers={"Sec-Purpose": "prefetch"}).status_code == 503
    assert not Receipt.objects.filter(membership__user=cast.member).exists()
    page = client.get(address).text
    assert Receipt.objects.filter(membership__user=cast.member).count() == 1
    assert "去填写" in page
    assert "我本人" in page
    notice = reverse("notices:notice", args=[relay.notice_id])
    assert client.get(notice).headers["Location"] == address


def test_a_task_for_units_is_answered_by_their_administrators(cast: Cast) -> None:
    relay = sent_task(cast.city_admin, cast.city, BELOW)
    address = reverse("worktasks:task", args=[relay.notice_id])
    page = sign_in(cast.owner).get(address).text
    assert cast.county.name in page
    assert page_of(relay, cast.county) in page
    # 市 sees that 县 has looked at it
    assert Relay.objects.filter(notice=relay.notice, organization=cast.county).exists()
    for person in (cast.colleague, cast.member, cast.stranger, cast.newcomer_admin):
        assert sign_in(person).get(address).status_code == 404
        assert sign_in(person).get(page_of(relay, cast.county)).status_code in {403, 404}


def test_for_whom_is_asked_when_there_is_a_choice(cast: Cast) -> None:
    both = to_branches(cast.general_branch, cast.first_branch)
    relay = sent_task(cast.owner, cast.county, both)
    page = sign_in(cast.colleague).get(reverse("worktasks:task", args=[relay.notice_id])).text
    assert "为谁答复" in page
    for branch in (cast.general_branch, cast.first_branch):
        assert branch.name in page
        assert page_of(relay, branch) in page


def test_a_plain_notice_is_no_task(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    Notice.objects.filter(pk=relay.notice_id).update(kind="notice")
    address = reverse("worktasks:task", args=[relay.notice_id])
    assert sign_in(cast.stranger).get(address).status_code == 404
    assert sign_in(cast.member).get(address).status_code == 404


def test_a_recalled_task_says_so(cast: Cast, relay: Relay, client: Client) -> None:
    answering.save_draft(
        cast.member, relay.pk, who(cast.memberships[cast.member.pk]), values(relay), None
    )
    recalling.recall(cast.owner, cast.county.pk, relay.notice_id, "发错了")
    page = client.get(reverse("worktasks:task", args=[relay.notice_id])).text
    assert "已经撤回" in page
    assert "请各支部" not in page
    found = client.get(my_page(cast, relay)).text
    assert "不用再答复" in found
    assert "保存草稿" not in found
    assert client.post(my_page(cast, relay), form(relay)).status_code == 409


# ---------- the form ----------


def test_the_form_shows_every_kind(cast: Cast, client: Client) -> None:
    options = tuple(f"第{at}党支部" for at in range(1, 21))
    specs = [
        QuestionSpec("number", LONG[:60], unit="人"),
        QuestionSpec("choice", "支部", options=options),
        QuestionSpec("choice", "方式", options=("集中授课", "线上自学"), required=False),
        *SPECS[2:],
    ]
    relay = sent_task(cast.owner, cast.county, WHOLE, specs, "members")
    page = client.get(my_page(cast, relay)).text
    assert LONG[:60] in page
    assert 'inputmode="decimal"' in page
    assert page.count("<option") == 21
    assert page.count('type="radio"') == 3  # one of them says that none is chosen
    assert 'type="date"' in page
    assert 'type="file"' in page
    assert page.count("必填") == 2
    assert page.count("（选填）") == 4


def test_a_draft_is_kept_and_handed_in_after_a_look(
    cast: Cast, relay: Relay, client: Client
) -> None:
    address = my_page(cast, relay)
    asked = client.post(address, form(relay, act="save"))
    assert asked.headers["Location"] == address
    assert Answer.objects.get(relay=relay).state == "draft"
    assert "填了一部分" in client.get(reverse("worktasks:home")).text
    version = Fields(client.get(address).text).values["version"][0]
    asked = client.post(address, form(relay, act="submit", version=version))
    confirm = my_page(cast, relay, "confirm")
    assert asked.headers["Location"] == confirm
    assert Answer.objects.get(relay=relay).state == "draft"
    page = client.get(confirm)
    for words in ("党员人数", "128 人", "已开展", "（没有填）", "确认提交"):
        assert words in page.text
    version = Fields(page.text).values["version"][0]
    done = client.post(confirm, {"version": version}, follow=True)
    answer = Answer.objects.get(relay=relay)
    assert answer.state == "submitted"
    assert "待审核" in done.text
    assert "撤回修改" in done.text
    assert "保存草稿" not in done.text
    client.post(my_page(cast, relay, "take_back"))
    assert Answer.objects.get(relay=relay).state == "draft"


def test_what_is_missing_is_said_all_at_once(cast: Cast, relay: Relay, client: Client) -> None:
    number, choice = field_of(relay, "number"), field_of(relay, "choice")
    text = field_of(relay, "text")
    answer = client.post(
        my_page(cast, relay), {"version": "0", number: "很多", text: "做法", "act": "submit"}
    )
    assert answer.status_code == 422
    found = Fields(answer.content.decode())
    assert f"{number}-error" in found.texts
    assert f"{choice}-error" in found.texts
    assert found.values[text] == ["做法"]
    assert not Answer.objects.filter(relay=relay).exclude(state="draft").exists()


def test_what_is_whole_but_for_a_question_is_kept(cast: Cast, relay: Relay, client: Client) -> None:
    number = field_of(relay, "number")
    answer = client.post(my_page(cast, relay), {"version": "0", number: "7", "act": "submit"})
    assert answer.status_code == 422
    assert kept(relay)["number"] == "7"
    # nobody gets round it by the address
    confirm = my_page(cast, relay, "confirm")
    for asked in (client.get(confirm), client.post(confirm, {"version": "1"})):
        assert asked.headers["Location"] == f"{my_page(cast, relay)}?check=1"
    page = client.get(f"{my_page(cast, relay)}?check=1")
    assert f"{field_of(relay, 'choice')}-error" in Fields(page.text).texts


def test_what_somebody_else_saved_meanwhile_is_shown(cast: Cast) -> None:
    relay = sent_task(cast.city_admin, cast.city, BELOW)
    address, number = page_of(relay, cast.county), field_of(relay, "number")
    sign_in(cast.whole_admin).post(address, form(relay, **{number: "500"}, act="save"))
    late = sign_in(cast.owner).post(address, form(relay, **{number: "600"}, act="save"))
    assert late.status_code == 409
    assert "别人刚才保存的是：500" in late.text
    found = Fields(late.text).values
    assert found[number] == ["600"]
    again = form(relay, **{number: "600"}, act="save", version=found["version"][0])
    assert sign_in(cast.owner).post(address, again).status_code == 302
    assert kept(relay)["number"] == "600"


# ---------- what was answered before ----------


@pytest.fixture
def second(cast: Cast, relay: Relay) -> Relay:
    """The same questions again, after 刘洋 answered the first time."""
    submitted(cast.member, relay, cast.memberships[cast.member.pk], "321")
    return sent_task(cast.owner, cast.county, WHOLE, SPECS, "members", title="又一次统计")


def test_an_answer_given_before_is_offered(cast: Cast, second: Relay, client: Client) -> None:
    address, number = my_page(cast, second), field_of(second, "number")
    page = client.get(address).text
    assert "“关于报送党员情况的通知”里填过：321 人" in page
    assert "全部采用" in page
    asked = client.post(address, {"version": "0", number: "", "act": f"use-{number[1:]}"})
    assert asked.status_code == 200
    assert Fields(asked.text).values[number] == ["321"]
    assert "已填入以前的答复" in asked.text


def test_all_of_it_at_once_leaves_what_was_typed(cast: Cast, second: Relay, client: Client) -> None:
    number, text = field_of(second, "number"), field_of(second, "text")
    sent = {"version": "0", number: "9", text: "新做法", "act": "use-all"}
    page = client.post(my_page(cast, second), sent)
    found = Fields(page.text).values
    assert found[number] == ["9"]
    assert found[text] == ["新做法"]
    assert found[field_of(second, "choice")] == ["已开展"]
    assert kept(second)["choice"] == "已开展"


# ---------- junk, and how much it costs ----------


@pytest.mark.parametrize("respondent", ["x", "m:0", "m:99999999999999999999", "q:1", "m:-1", "o:1"])
def test_respondents_that_are_none(
    cast: Cast, relay: Relay, client: Client, respondent: str
) -> None:
    for name in ("answer", "confirm"):
        address = reverse(f"worktasks:{name}", args=[relay.pk, respondent])
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404


@pytest.mark.parametrize(
    "junk",
    [
        {"act": "remove-x"},
        {"act": "remove-²"},
        {"act": "use-x"},
        {"act": "remove-99999999999999999999999"},
        {"act": "\0", "version": "\0"},
        {"version": "²"},
        {"version": "9" * 40},
    ],
)
def test_junk_is_never_a_server_error(
    cast: Cast, relay: Relay, client: Client, junk: dict[str, str]
) -> None:
    text = field_of(relay, "text")
    answer: HttpResponse = client.post(
        my_page(cast, relay), {"version": "0", text: "字\0字", **junk}
    )
    assert answer.status_code in {200, 302, 404, 409, 422}
    assert not Answer.objects.exclude(state="draft").exists()


def test_many_tasks_cost_no_more(cast: Cast, client: Client) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(reverse("worktasks:home")).status_code == 200
        return len(seen)

    for at in range(2):
        sent_task(cast.owner, cast.county, WHOLE, SPECS[:1], "members", title=f"第{at}次")
    few = statements()
    for at in range(2, 24):
        sent_task(cast.owner, cast.county, WHOLE, SPECS[:1], "members", title=f"第{at}次")
    assert statements() <= few


def test_a_member_who_left_finds_nothing(cast: Cast, relay: Relay, client: Client) -> None:
    Membership.objects.filter(user=cast.member).update(state=Membership.State.ENDED)
    assert client.get(my_page(cast, relay)).status_code == 404
    assert client.post(my_page(cast, relay), form(relay)).status_code == 404
    assert client.get(reverse("worktasks:task", args=[relay.notice_id])).status_code == 404
