"""Looking over a task on the phone and on the console: numbers, lists, one answer, many at once."""

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from lianxue.notices.models import Relay
from lianxue.organizations.models import Membership
from lianxue.worktasks.actions import answering, reviewing
from lianxue.worktasks.models import Answer, AnswerStep
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory, UserFactory
from tests.files.makers import PDF, stored
from tests.forms.reading import Fields
from tests.notices.makers import ALL, BELOW, WHOLE, passed, to_branches

from .makers import SPECS, put_answer, questions, sent_task, submitted, values, who

pytestmark = pytest.mark.django_db
FACES = pytest.mark.parametrize("face", ["", "console_"])


def address(name: str, *arguments: object, face: str = "") -> str:
    return reverse(f"worktasks:{face}{name}", args=arguments)


@pytest.fixture
def own(cast: Cast) -> Relay:
    """县 asks its members; 刘洋 has answered."""
    relay = sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    submitted(cast.member, relay, cast.memberships[cast.member.pk])
    return relay


@pytest.fixture
def answer(own: Relay) -> Answer:
    return Answer.objects.get(relay=own)


@FACES
def test_the_numbers_have_their_denominator_and_open(cast: Cast, own: Relay, face: str) -> None:
    client = sign_in(cast.owner)
    text = client.get(
        address("progress", cast.county.pk, own.notice_id, face=face)
    ).content.decode()
    assert "1 / 5 人" in text  # five of 县 have come; 孙未来 has not
    assert "统计于" in text
    assert f"{address('answers', cast.county.pk, own.notice_id, face=face)}?state=silent" in text
    assert "第一党支部" in text
    assert "不分支部" in text


@FACES
def test_the_rows_are_narrowed(cast: Cast, own: Relay, face: str) -> None:
    client = sign_in(cast.owner)
    base = address("progress", cast.county.pk, own.notice_id, face=face)
    text = client.get(f"{base}?left=1").content.decode()
    assert "第二党支部" in text
    text = client.get(f"{base}?q=第一党支部").content.decode()
    assert "第一党支部" in text
    assert "第二党支部" not in text
    submitted(cast.outsider_admin, own, cast.memberships[cast.outsider_admin.pk])
    text = client.get(f"{base}?left=1").content.decode()
    assert "第二党支部" not in text, "all of it has answered"
    assert "没有找到" in client.get(f"{base}?q=没有这个").content.decode()


def test_a_scoped_administrator_sees_the_own_numbers(cast: Cast, own: Relay) -> None:
    client = sign_in(cast.colleague)
    text = client.get(address("progress", cast.county.pk, own.notice_id)).content.decode()
    assert "1 / 2 人" in text
    assert "您管理的成员" in text
    assert "第二党支部" not in text
    text = client.get(
        address("answers", cast.county.pk, own.notice_id) + "?state=silent"
    ).content.decode()
    assert "王秀英" in text
    assert "张建国" not in text


@FACES
def test_lists_by_state_branch_and_name(cast: Cast, own: Relay, face: str) -> None:
    client = sign_in(cast.owner)
    base = address("answers", cast.county.pk, own.notice_id, face=face)
    text = client.get(base).content.decode()
    assert "刘洋" in text
    assert "张建国" not in text
    text = client.get(f"{base}?state=silent").content.decode()
    assert "张建国" in text
    text = client.get(f"{base}?state=silent&branch={cast.first_branch.pk}").content.decode()
    assert "全部答复了" in text or "没有找到" in text
    text = client.get(f"{base}?state=silent&q=建国").content.decode()
    assert "张建国" in text
    assert "王秀英" not in text
    assert client.get(f"{base}?state=nonsense&page=99").status_code == 200
    assert client.get(f"{base}?branch=99999").status_code == 404
    assert client.get(f"{base}?branch=x").status_code == 404
    assert client.get(f"{base}?at={'9' * 18}").status_code == 404


@FACES
def test_accepting_and_reopening(cast: Cast, answer: Answer, face: str) -> None:
    client = sign_in(cast.owner)
    here = address("review", cast.county.pk, answer.pk, face=face)
    text = client.get(here).content.decode()
    assert "128 人" in text
    assert "提交" in text
    done = client.post(here, {"act": "accept", "version": answer.version})
    assert done.status_code == 302
    answer.refresh_from_db()
    assert answer.state == Answer.State.ACCEPTED
    text = client.get(here).content.decode()
    assert "取消通过" in text
    again = client.post(here, {"act": "reopen", "remark": "", "version": answer.version})
    assert again.status_code == 422
    done = client.post(here, {"act": "reopen", "remark": "人数有变", "version": answer.version})
    assert done.status_code == 302
    answer.refresh_from_db()
    assert answer.state == Answer.State.RETURNED
    assert "人数有变" in client.get(here).content.decode()


@FACES
def test_returning_needs_a_remark_and_keeps_what_was_typed(
    cast: Cast, answer: Answer, face: str
) -> None:
    client = sign_in(cast.owner)
    here = address("review", cast.county.pk, answer.pk, face=face)
    page = client.post(here, {"act": "return", "remark": "太" * 501, "version": answer.version})
    assert page.status_code == 422
    fields = Fields(page.content.decode())
    assert "500" in fields.texts["remark-error"]
    assert "太" * 501 in fields.values["remark"]
    done = client.post(here, {"act": "return", "remark": "请核对", "version": answer.version})
    assert done.status_code == 302
    step = AnswerStep.objects.latest("pk")
    assert (step.what, step.remark) == (AnswerStep.What.RETURNED, "请核对")
    text = client.get(here).content.decode()
    assert "请核对" in text
    assert "等对方重新提交" in text


@pytest.mark.parametrize("version", ["", "x", "99", "9" * 20])
def test_what_changed_meanwhile_is_not_decided(cast: Cast, answer: Answer, version: str) -> None:
    client = sign_in(cast.owner)
    page = client.post(
        address("review", cast.county.pk, answer.pk), {"act": "accept", "version": version}
    )
    assert page.status_code == 409
    answer.refresh_from_db()
    assert answer.state == Answer.State.SUBMITTED


def test_nobody_reviews_the_own_answer(cast: Cast, own: Relay) -> None:
    mine = submitted(cast.owner, own, cast.memberships[cast.owner.pk])
    client = sign_in(cast.owner)
    here = address("review", cast.county.pk, mine.pk)
    assert "要由其他管理员审核" in client.get(here).content.decode()
    page = client.post(here, {"act": "accept", "version": mine.version})
    assert page.status_code == 403


def test_a_draft_is_not_there(cast: Cast, own: Relay, answer: Answer) -> None:
    answering.take_back(cast.member, own.pk, answer.respondent)
    assert sign_in(cast.owner).get(address("review", cast.county.pk, answer.pk)).status_code == 404


def test_files_of_an_answer(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    respondent = who(cast.memberships[cast.member.pk])
    file = stored(cast.member, "照片说明.pdf")
    asked = questions(relay.notice_id)
    answering.add_file(cast.member, relay.pk, respondent, asked["file"].pk, file)
    answer = answering.submit(cast.member, relay.pk, respondent, values(relay), None)
    client = sign_in(cast.owner)
    text = client.get(address("review", cast.county.pk, answer.pk)).content.decode()
    here = address("review_file", cast.county.pk, answer.pk, file.pk)
    assert f"{here}?view=1" in text
    response = client.get(here)
    assert response["Content-Disposition"].startswith("attachment")
    assert b"".join(response) == PDF  # type: ignore[arg-type]
    shown = client.get(f"{here}?view=1")
    assert shown["Content-Disposition"].startswith("inline")
    assert b"".join(shown) == PDF  # type: ignore[arg-type]
    other = stored(cast.owner)
    assert (
        client.get(address("review_file", cast.county.pk, answer.pk, other.pk)).status_code == 404
    )
    reviewing.return_(cast.owner, answer.pk, "换一张")
    assert client.get(here).status_code == 404, "what is being changed is not shown"
    assert (
        "照片说明.pdf" in client.get(address("review", cast.county.pk, answer.pk)).content.decode()
    )


# ---------- many at once ----------


def crowd(relay: Relay, number: int) -> list[Answer]:
    """So many members with an answer that waits."""
    people = [
        MembershipFactory(organization=relay.organization, user=UserFactory())
        for _ in range(number)
    ]
    answers = Answer.objects.bulk_create([put_answer(relay, one) for one in people])
    AnswerStep.objects.bulk_create(
        [
            AnswerStep(
                answer=one,
                what="submitted",
                at=one.changed_at,
                by_name=one.name,
                values='{"texts": {}, "files": {}}',
            )
            for one in answers
        ]
    )
    return answers


@FACES
def test_many_are_looked_through_confirmed_and_accepted(
    cast: Cast, own: Relay, answer: Answer, face: str
) -> None:
    client = sign_in(cast.owner)
    one, two = crowd(own, 2)
    base = address("accept_many", cast.county.pk, own.notice_id, face=face)
    text = client.get(base).content.decode()
    assert "党员人数：128 人" in text
    chosen = [f"{answer.pk}:{answer.version}", f"{one.pk}:{one.version}"]
    text = client.post(base, {"answers": chosen}).content.decode()
    assert "2</span> 份答复" in text
    assert Answer.objects.filter(state="accepted").count() == 0
    done = client.post(base, {"answers": chosen, "step": "do"}, follow=True)
    assert "已通过 2 份" in done.content.decode()
    assert set(Answer.objects.filter(state="accepted")) == {answer, one}
    two.refresh_from_db()
    assert two.state == Answer.State.SUBMITTED


def test_what_changed_since_the_preview_is_left_out(cast: Cast, own: Relay, answer: Answer) -> None:
    client = sign_in(cast.owner)
    (other,) = crowd(own, 1)
    base = address("accept_many", cast.county.pk, own.notice_id)
    chosen = [f"{answer.pk}:{answer.version}", f"{other.pk}:{other.version}"]
    answering.take_back(cast.member, own.pk, answer.respondent)
    answering.submit(cast.member, own.pk, answer.respondent, {}, None)
    text = client.post(base, {"answers": chosen}).content.decode()
    assert "1 份刚刚有变化" in text
    text = client.post(base, {"answers": chosen, "step": "do"}, follow=True).content.decode()
    assert "已通过 1 份" in text
    answer.refresh_from_db()
    assert answer.state == Answer.State.SUBMITTED
    assert client.post(base, {"answers": chosen, "step": "do"}).status_code == 409


@pytest.mark.parametrize("chosen", [[], ["x"], ["1"], ["1:x"], ["9" * 30 + ":1"], ["999:1"] * 3])
def test_nonsense_ticked(cast: Cast, own: Relay, chosen: list[str]) -> None:
    client = sign_in(cast.owner)
    page = client.post(
        address("accept_many", cast.county.pk, own.notice_id), {"answers": chosen, "step": "do"}
    )
    assert page.status_code in {409, 422}
    assert not Answer.objects.filter(state="accepted").exists()


def test_only_those_in_scope_and_not_the_own_are_offered(cast: Cast, own: Relay) -> None:
    submitted(cast.outsider_admin, own, cast.memberships[cast.outsider_admin.pk])
    submitted(cast.colleague, own, cast.memberships[cast.colleague.pk])
    base = address("accept_many", cast.county.pk, own.notice_id)
    text = sign_in(cast.colleague).get(base).content.decode()
    assert text.count('name="answers"') == 1, "刘洋 alone"


# ---------- units, and down the chain ----------


def test_units_further_down_open_to_who_is_above(cast: Cast) -> None:
    top = sent_task(cast.province_admin, cast.province, BELOW)
    lower = passed(cast.city_admin, cast.city, top.notice_id, BELOW)
    answer = submitted(cast.owner, lower, cast.county)
    client = sign_in(cast.province_admin)
    base = address("progress", cast.province.pk, top.notice_id)
    text = client.get(base).content.decode()
    assert "0 / 1 个单位" in text
    assert f"{base}?at={cast.city.pk}" in text
    text = client.get(f"{base}?at={cast.city.pk}").content.decode()
    assert "1 / 1 个单位" in text
    assert address("review", cast.province.pk, answer.pk) in text
    there = address("answers", cast.province.pk, top.notice_id)
    assert "中共历山县委宣传部" in client.get(f"{there}?at={cast.city.pk}").content.decode()
    text = client.get(address("review", cast.province.pk, answer.pk)).content.decode()
    assert "128 人" in text
    assert "李明" not in text, "people of another organisation stay unnamed"
    assert "由“中共临江市委宣传部”审核" in text
    page = client.post(
        address("review", cast.province.pk, answer.pk), {"act": "accept", "version": 1}
    )
    assert page.status_code == 404
    # the asking organisation is told who handed in
    text = sign_in(cast.city_admin).get(address("review", cast.city.pk, answer.pk)).content.decode()
    assert "李明" in text


def test_members_further_down_are_numbers(cast: Cast) -> None:
    top = sent_task(cast.province_admin, cast.province, ALL, SPECS, "members")
    passed(cast.city_admin, cast.city, top.notice_id, ALL)
    lower = passed(cast.owner, cast.county, top.notice_id, WHOLE)
    answer = submitted(cast.member, lower, cast.memberships[cast.member.pk])
    client = sign_in(cast.province_admin)
    base = address("progress", cast.province.pk, top.notice_id)
    text = client.get(base).content.decode()
    assert "共已答复 1 / 6 人" in text
    text = client.get(f"{base}?at={cast.county.pk}").content.decode()
    assert "1 / 5 人" in text
    assert "刘洋" not in text
    query = f"?at={cast.county.pk}"
    for name in ("answers", "export"):
        there = address(name, cast.province.pk, top.notice_id) + query
        assert client.get(there).status_code == 404
    assert client.get(address("review", cast.province.pk, answer.pk)).status_code == 404


def test_branches_as_units(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, to_branches(cast.first_branch, cast.second_branch))
    submitted(cast.colleague, relay, cast.first_branch)
    client = sign_in(cast.owner)
    text = client.get(address("progress", cast.county.pk, relay.notice_id)).content.decode()
    assert "1 / 2 个单位" in text
    silent = address("answers", cast.county.pk, relay.notice_id) + "?state=silent"
    text = client.get(silent).content.decode()
    assert "第二党支部" in text
    assert "代为填写" in text


def test_what_was_not_passed_on_says_so(cast: Cast) -> None:
    top = sent_task(cast.province_admin, cast.province, BELOW)
    client = sign_in(cast.province_admin)
    base = address("progress", cast.province.pk, top.notice_id)
    assert "还没有传达" in client.get(f"{base}?at={cast.city.pk}").content.decode()
    there = address("answers", cast.province.pk, top.notice_id)
    assert client.get(f"{there}?at={cast.city.pk}").status_code == 404


def test_a_plain_notice_has_no_progress(cast: Cast) -> None:
    from_makers = sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    client = sign_in(cast.owner)
    assert client.get(address("progress", cast.county.pk, 10**18)).status_code == 404
    other = address("progress", cast.city.pk, from_makers.notice_id)
    assert sign_in(cast.city_admin).get(other).status_code == 404


# ---------- long lists ----------


@pytest.mark.parametrize("name", ["progress", "answers", "accept_many"])
def test_statements_do_not_grow(
    cast: Cast,
    own: Relay,
    name: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = sign_in(cast.owner)
    base = address(name, cast.county.pk, own.notice_id)
    crowd(own, 10)
    client.get(base)
    with django_assert_max_num_queries(100) as few:
        assert client.get(base).status_code == 200
    Membership.objects.filter(organization=cast.county).update(branch=cast.first_branch)
    many = [
        Membership(
            organization=cast.county,
            user=user,
            branch=cast.first_branch,
            phone=user.phone,
            name=user.name,
            sort_key=user.sort_key,
            state="active",
            created_at=own.passed_at,
            activated_at=own.passed_at,
        )
        for user in UserFactory.create_batch(1000)
    ]
    answers = [put_answer(own, one) for one in Membership.objects.bulk_create(many)]
    Answer.objects.bulk_create(answers)
    with django_assert_max_num_queries(100) as lots:
        assert client.get(base).status_code == 200
    assert len(lots) <= len(few), [query["sql"][:120] for query in lots.captured_queries]
