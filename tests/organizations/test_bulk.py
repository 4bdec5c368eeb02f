"""Many members at once: what is shown before, what is done, that it is the single acts' work."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as settings_of_site
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxue.audit.models import AuditEvent
from lianxue.audit.queries import first_broken_link
from lianxue.inbox.models import InboxItem
from lianxue.organizations import policy
from lianxue.organizations.actions import bulk_members, members, reminding, roles
from lianxue.organizations.models import Membership, RoleGrant
from lianxue.organizations.queries import bulk
from lianxue.organizations.web.chosen import Note, sign, unsign
from lianxue.shared.clock import now
from lianxue.shared.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    PermissionDenied,
    StateConflict,
    Unavailable,
)
from lianxue.shared.gateways import sms
from tests.cast import Cast, sign_in
from tests.factories import MembershipFactory, UserFactory

from .test_table import fill

Sent = list[tuple[str, str, str]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What went out as invitations."""
    box: Sent = []
    monkeypatch.setattr(sms, "send_invitation", lambda *message: box.append(message))
    return box


def seat(cast: Cast, who: str) -> Membership:
    if who == "invited":
        assert cast.invited
        return cast.invited
    return cast.memberships[getattr(cast, who).pk]


def marks(*rows: Membership) -> dict[int, str]:
    return {row.pk: policy.mark_of(Membership.objects.get(pk=row.pk)) for row in rows}


def run_jobs() -> None:
    """What the worker would do with every invitation that waits."""
    for task in DBTaskResult.objects.filter(task_path__contains="send_reminders").order_by("pk"):
        reminding.send_reminders.func(*task.args_kwargs["args"])


# ---------- the same as the single acts, one after another ----------

PEOPLE = ("owner", "colleague", "outsider_admin", "whole_admin", "member", "invited")


def shape(cast: Cast) -> dict[str, Any]:
    """All that the acts may change, without ids of rows made on the way."""
    return {
        "seats": list(
            Membership.objects.filter(organization=cast.county)
            .order_by("pk")
            .values_list("name", "state", "branch_id", "end_reason")
        ),
        "offices": sorted(
            RoleGrant.objects.filter(organization=cast.county).values_list(
                "membership__name", "role", "scope_id"
            ),
            key=str,
        ),
        "told": sorted(InboxItem.objects.values_list("place", "title", "body")),
        "events": sorted(
            (action, target, str({key: data[key] for key in sorted(data)}))
            for action, target, data in AuditEvent.objects.values_list(
                "action", "target_id", "data"
            )
        ),
    }


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    who=st.sampled_from(["owner", "whole_admin", "colleague", "outsider_admin"]),
    act=st.sampled_from(["move", "remove", "appoint"]),
    people=st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=6, unique=True),
    target=st.sampled_from([None, "general_branch", "first_branch", "second_branch"]),
)
def test_many_at_once_are_the_single_acts_one_after_another(
    cast: Cast, who: str, act: str, people: list[str], target: str | None
) -> None:
    actor, rows = getattr(cast, who), [seat(cast, name) for name in people]
    place = getattr(cast, target).pk if target else None

    def one_by_one() -> None:
        for row in sorted(rows, key=lambda row: row.pk):
            if act == "move":
                if row.branch_id == place:
                    raise StateConflict("已经在这里。")
                members.move_members(actor, cast.county.pk, [row.pk], place)
            elif act == "remove":
                members.remove_member(actor, row.pk, "调出")
            else:
                roles.appoint(actor, row.pk, place)

    def at_once() -> None:
        people = marks(*rows)
        if act == "move":
            bulk_members.move_members(actor, cast.county.pk, people, place)
        elif act == "remove":
            bulk_members.remove_members(actor, cast.county.pk, people, "调出")
        else:
            bulk_members.appoint_members(actor, cast.county.pk, people, place)

    before = shape(cast)
    single, first = outcome(cast, one_by_one)
    many, second = outcome(cast, at_once)
    assert (first is None) == (second is None), (first, second)
    assert many == (single if first is None else before), "all or none"


def outcome(cast: Cast, call: Callable[[], None]) -> tuple[dict[str, Any], DomainError | None]:
    """What ``call`` leaves, taken back afterwards."""
    mark, error = transaction.savepoint(), None
    try:
        with transaction.atomic():
            call()
    except DomainError as caught:
        error = caught
    left = shape(cast)
    transaction.savepoint_rollback(mark)
    return left, error


# ---------- all or none, and who is in the way ----------


def test_somebody_who_changed_stops_all(cast: Cast) -> None:
    rows = [seat(cast, "member"), seat(cast, "colleague")]
    seen = marks(*rows)
    members.move_members(cast.owner, cast.county.pk, [rows[0].pk], None)
    for act in (
        lambda: bulk_members.move_members(cast.owner, cast.county.pk, seen, cast.second_branch.pk),
        lambda: bulk_members.remove_members(cast.owner, cast.county.pk, seen, "调出"),
        lambda: bulk_members.appoint_members(cast.owner, cast.county.pk, seen, None),
    ):
        with pytest.raises(StateConflict, match="^刘洋的情况刚刚有变化"):
            act()
    members.remove_member(cast.owner, rows[0].pk, "调出")
    with pytest.raises(StateConflict, match="^刘洋的情况"):
        bulk_members.remove_members(cast.owner, cast.county.pk, seen, "调出")
    assert seat(cast, "colleague").role_grants.count() == 1
    rows[1].refresh_from_db()
    assert rows[1].state == "active"


def test_a_new_office_is_a_change(cast: Cast) -> None:
    row = seat(cast, "member")
    seen = marks(row)
    roles.appoint(cast.owner, row.pk, cast.first_branch.pk)
    with pytest.raises(StateConflict, match="刘洋"):
        bulk_members.remove_members(cast.owner, cast.county.pk, seen, "调出")


def test_who_can_not_be_touched_is_named(cast: Cast) -> None:
    with pytest.raises(StateConflict, match=r"没有做任何修改。李明：主管理员.*另有 1 人"):
        bulk_members.remove_members(
            cast.whole_admin,
            cast.county.pk,
            marks(seat(cast, "owner"), seat(cast, "colleague"), seat(cast, "member")),
            "调出",
        )
    with pytest.raises(PermissionDenied, match="王秀英：该成员是学习管理员"):
        bulk_members.remove_members(
            cast.whole_admin, cast.county.pk, marks(seat(cast, "colleague")), "调出"
        )
    with pytest.raises(PermissionDenied, match="张建国：不在您的管理范围内"):
        bulk_members.remove_members(
            cast.colleague, cast.county.pk, marks(seat(cast, "outsider_admin")), "调出"
        )
    with pytest.raises(PermissionDenied):
        bulk_members.move_members(
            cast.colleague, cast.county.pk, marks(seat(cast, "member")), cast.second_branch.pk
        )
    with pytest.raises(PermissionDenied):
        bulk_members.appoint_members(
            cast.whole_admin, cast.county.pk, marks(seat(cast, "member")), None
        )


def test_what_the_caller_may_not_know(cast: Cast) -> None:
    foreign = cast.memberships[cast.other_member.pk]
    with pytest.raises(NotFound):
        bulk_members.remove_members(cast.owner, cast.county.pk, {foreign.pk: ""}, "调出")
    with pytest.raises(NotFound):
        bulk_members.remove_members(cast.stranger, cast.county.pk, {1: ""}, "调出")
    with pytest.raises(PermissionDenied):
        bulk_members.remove_members(cast.member, cast.county.pk, {1: ""}, "调出")
    with pytest.raises(InvalidInput):
        bulk_members.remove_members(cast.owner, cast.county.pk, {}, "调出")
    with pytest.raises(InvalidInput, match="5000"):
        bulk_members.remove_members(
            cast.owner, cast.county.pk, dict.fromkeys(range(1, 5002), ""), "调出"
        )
    with pytest.raises(StateConflict, match="刚刚被删除"):
        bulk_members.move_members(cast.owner, cast.county.pk, marks(seat(cast, "member")), 99999)


@pytest.mark.slow
@pytest.mark.parametrize("act", ["move", "remove", "remind"])
def test_a_thousand_cost_what_ten_cost(cast: Cast, act: str, sent: Sent) -> None:
    """But for the batches in which the log's events are written."""

    def spend(first: int, count: int) -> int:
        fill(cast.county, count, first)
        rows = Membership.objects.filter(name__in=[f"名{n}" for n in range(first, first + count)])
        people = {row.pk: policy.mark_of(row) for row in rows.prefetch_related("role_grants")}
        with CaptureQueriesContext(connection) as spent:
            if act == "move":
                bulk_members.move_members(cast.owner, cast.county.pk, people, cast.second_branch.pk)
            elif act == "remove":
                bulk_members.remove_members(cast.owner, cast.county.pk, people, "调出")
            else:
                bulk_members.remind_members(cast.owner, cast.county.pk, people)
        return sum("audit_auditevent" not in one["sql"] for one in spent)

    generous = settings_of_site.ENV.model_copy(update={"invitations_per_day": 5000})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings_of_site, "ENV", generous)
        few, many = spend(0, 10), spend(1000, 1000)
    jobs = 10 if act == "remind" else 0  # of a hundred people each, two statements a job
    assert many <= few + 2 * jobs + 2
    assert first_broken_link(f"org:{cast.county.pk}") is None


# ---------- 再次邀请 ----------


def test_an_invitation_goes_out_once(cast: Cast, sent: Sent) -> None:
    row = seat(cast, "invited")
    bulk_members.remind_members(cast.colleague, cast.county.pk, marks(row))
    assert sent == [], "the worker's, after the commit"
    run_jobs()
    run_jobs()
    assert sent == [(row.phone, cast.county.name, f"{settings_of_site.SITE_URL}/")]
    with pytest.raises(StateConflict, match="一天内已经邀请过"):
        bulk_members.remind_members(cast.owner, cast.county.pk, marks(row))
    Membership.objects.filter(pk=row.pk).update(reminded_at=now() - timedelta(hours=25))
    bulk_members.remind_members(cast.owner, cast.county.pk, marks(row))
    run_jobs()
    assert len(sent) == 2
    events = AuditEvent.objects.filter(action="member.reminded")
    assert events.count() == 2
    assert not any(row.phone in str(event.data) for event in events)
    assert row.phone not in str(list(DBTaskResult.objects.values_list("args_kwargs", flat=True)))


def test_who_came_meanwhile_gets_nothing(cast: Cast, sent: Sent) -> None:
    row = seat(cast, "invited")
    bulk_members.remind_members(cast.owner, cast.county.pk, marks(row))
    members.activate_for(UserFactory(phone=row.phone))
    run_jobs()
    assert sent == []


def test_a_corrected_number_may_be_asked_at_once(cast: Cast, sent: Sent) -> None:
    row = seat(cast, "invited")
    bulk_members.remind_members(cast.owner, cast.county.pk, marks(row))
    members.correct_phone(cast.owner, row.pk, "13711113333")
    run_jobs()
    assert sent == [], "nothing to the number that was wrong"
    bulk_members.remind_members(cast.owner, cast.county.pk, marks(row))
    run_jobs()
    assert [message[0] for message in sent] == ["13711113333"]


def test_what_did_not_go_out_is_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*message: str) -> None:
        raise Unavailable("down")

    monkeypatch.setattr(sms, "send_invitation", down)
    row = seat(cast, "invited")
    bulk_members.remind_members(cast.owner, cast.county.pk, marks(row))
    run_jobs()
    note = InboxItem.objects.get(topic="member.remind_failed")
    assert note.place == f"user:{cast.owner.pk}"
    assert note.title == "有 1 条邀请短信没有发出"
    row.refresh_from_db()
    assert row.reminded_at is None


def test_a_days_budget(cast: Cast, sent: Sent, settings: Any) -> None:
    settings.ENV = settings.ENV.model_copy(update={"invitations_per_day": 3})
    fill(cast.county, 3)
    rows = list(Membership.objects.filter(name__startswith="名"))
    with pytest.raises(StateConflict, match="今天还能发 3 条邀请短信，这次选了 4 人"):
        bulk_members.remind_members(cast.owner, cast.county.pk, marks(*rows, seat(cast, "invited")))
    bulk_members.remind_members(cast.owner, cast.county.pk, marks(*rows))
    assert reminding.left_today(cast.county) == 0
    with pytest.raises(StateConflict, match="还能发 0 条"):
        bulk_members.remind_members(cast.owner, cast.county.pk, marks(seat(cast, "invited")))


def test_without_a_template_words_to_copy(cast: Cast, settings: Any) -> None:
    settings.ENV = settings.ENV.model_copy(
        update={"sms_backend": "aliyun", "aliyun_sms_invitation_template": ""}
    )
    row = seat(cast, "invited")
    with pytest.raises(StateConflict, match="没有开通邀请短信"):
        bulk_members.remind_members(cast.owner, cast.county.pk, marks(row))
    text = sign_in(cast.owner).get(f"/members/{row.pk}/remind/").text
    assert "没有开通邀请短信" in text
    assert "发送邀请短信</button>" not in text
    assert f"“{cast.county.name}”邀请您加入" in text
    note = {"act": "remind", "members": [row.pk]}
    text = sign_in(cast.owner).post(bulk_address(cast), note).text
    assert "没有开通邀请短信" in text
    assert "发送邀请短信</button>" not in text


def test_one_member_on_the_phone(cast: Cast, sent: Sent) -> None:
    row, client = seat(cast, "invited"), sign_in(cast.colleague)
    assert f"/members/{row.pk}/remind/" in client.get(f"/members/{row.pk}/").text
    assert "/remind/" not in client.get(f"/members/{seat(cast, 'member').pk}/").text
    assert row.phone not in client.get(f"/members/{row.pk}/remind/").text
    answer = client.post(f"/members/{row.pk}/remind/")
    assert answer["Location"] == f"/members/{row.pk}/"
    run_jobs()
    assert len(sent) == 1
    again = client.post(f"/members/{row.pk}/remind/")
    assert again.status_code == 409
    assert "一天内已经邀请过" in again.text


# ---------- the pages ----------


def bulk_address(cast: Cast) -> str:
    return f"/console/orgs/{cast.county.pk}/members/bulk/"


def hidden(text: str, name: str) -> str:
    return text.split(f'name="{name}" value="')[1].split('"')[0]


def test_moving_by_the_pages(cast: Cast) -> None:
    client, address = sign_in(cast.owner), bulk_address(cast)
    chosen = [seat(cast, "member").pk, seat(cast, "outsider_admin").pk]
    picked = client.post(address, {"act": "move", "members": chosen, "filter": "sort=-name"}).text
    assert "已选择 2 人" in picked
    second = str(cast.second_branch.pk)
    form = {"act": "move", "note": hidden(picked, "note"), "filter": hidden(picked, "filter")}
    asked = client.post(address, form | {"step": "look", "branch_id": second}).text
    assert "把 1 人调整到“第二党支部”" in asked
    assert "张建国：已经在这里。" in asked
    assert seat(cast, "member").branch_id == cast.first_branch.pk, "nothing is done yet"
    form |= {"note": hidden(asked, "note"), "step": "do", "branch_id": second}
    done = client.post(address, form, follow=True)
    assert done.redirect_chain == [(f"/console/orgs/{cast.county.pk}/tree/?sort=-name", 302)]
    assert "已把 1 人调整到“第二党支部”。" in done.text
    assert Membership.objects.get(user=cast.member).branch_id == cast.second_branch.pk
    again = client.post(address, form)
    assert again.status_code == 409
    assert "刘洋的情况刚刚有变化，所以没有做任何修改" in again.text


def test_removing_says_who_is_left_out(cast: Cast) -> None:
    client, address = sign_in(cast.whole_admin), bulk_address(cast)
    picked = client.post(address, {"act": "remove", "all": "on", "filter": ""}).text
    assert "把 2 人移出" in picked
    assert "李明：主管理员不能被移出，请先移交主管理员。" in picked
    assert "陈静：不能移出自己，请联系其他管理员。" in picked
    assert "王秀英、张建国：该成员是学习管理员，请由主管理员移出。" in picked
    note = hidden(picked, "note")
    form = {"act": "remove", "note": note, "step": "do", "reason": "组织关系转出"}
    done = client.post(address, form, follow=True)
    assert "已移出 2 人。" in done.text
    ended = Membership.objects.filter(organization=cast.county, state="ended")
    assert {row.name for row in ended} == {"刘洋", "孙未来"}
    told = InboxItem.objects.get(topic="member.removed")
    assert (told.place, "组织关系转出" in told.body) == (f"user:{cast.member.pk}", True)


def test_all_that_the_filter_matches(cast: Cast, sent: Sent) -> None:
    fill(cast.county, 40)
    client, address = sign_in(cast.owner), bulk_address(cast)
    picked = client.post(
        address, {"act": "remind", "all": "on", "filter": "state=invited", "members": []}
    ).text
    assert "向 41 人发送邀请短信" in picked
    assert "以及另外 21 人，共 41 人" in picked
    form = {"act": "remind", "note": hidden(picked, "note"), "step": "do"}
    assert "正在向 41 人发送邀请短信。" in client.post(address, form, follow=True).text
    run_jobs()
    assert len(sent) == 41


def test_appointing_by_the_pages(cast: Cast) -> None:
    client, address = sign_in(cast.owner), bulk_address(cast)
    chosen = [seat(cast, name).pk for name in ("member", "invited", "owner")]
    picked = client.post(address, {"act": "appoint", "members": chosen}).text
    assert "已选择 1 人" in picked
    assert "孙未来：该成员还没有激活" in picked
    form = {"act": "appoint", "note": hidden(picked, "note"), "scope_id": "top", "step": "look"}
    asked = client.post(address, form).text
    form |= {"note": hidden(asked, "note"), "step": "do"}
    done = client.post(address, form, follow=True).text
    assert f"已任命 1 位“{cast.county.name}”的学习管理员。" in done
    assert RoleGrant.objects.get(membership__user=cast.member).scope is None


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "请先勾选成员，再选择要做的操作。"),
        ({"act": "move"}, "请至少选择一位成员。"),
        ({"act": "dance", "members": ["1"]}, "请先勾选成员"),
        ({"act": "move", "members": ["x"]}, "请从列表中勾选成员。"),
        ({"act": "move", "members": ["9" * 40]}, "请从列表中勾选成员。"),
        ({"act": "move", "note": "junk"}, "这个页面已过期"),
        ({"act": "move", "all": "on", "filter": "q=无此人"}, "没有符合条件的成员。"),
        ({"act": "move", "all": "on", "filter": "branch=999999"}, "这个支部刚刚被删除"),
    ],
)
def test_nothing_to_do_leads_back_with_words(cast: Cast, form: dict[str, Any], words: str) -> None:
    client = sign_in(cast.owner)
    answer = client.post(bulk_address(cast), form)
    assert answer.status_code == 302
    assert words in client.get(f"/console/orgs/{cast.county.pk}/tree/").text


def test_a_note_is_its_owners_alone(cast: Cast) -> None:
    note = sign(cast.owner.pk, Note("remove", cast.county.pk, marks(seat(cast, "member"))))
    form = {"act": "remove", "note": note, "step": "do", "reason": "调出"}
    for who in ("whole_admin", "colleague"):
        client = sign_in(getattr(cast, who))
        assert client.post(bulk_address(cast), form).status_code == 302
        assert "这个页面已过期" in client.get(f"/console/orgs/{cast.county.pk}/tree/").text
    answer = sign_in(cast.owner).post(bulk_address(cast), form | {"act": "appoint"})
    assert answer.status_code == 302, "a note of another act"
    assert seat(cast, "member").state == "active"


@given(
    st.dictionaries(
        st.integers(1, 2**62), st.sampled_from(["a1", "i", "a12.m", "a3.l4.l5"]), max_size=50
    )
)
def test_a_note_comes_back_whole(seen: dict[int, str]) -> None:
    assert unsign(7, sign(7, Note("move", 3, seen))) == Note("move", 3, seen)


def test_a_note_of_thousands_is_small() -> None:
    seen = {pk * 3: f"a{pk % 40}" for pk in range(1, bulk.LIMIT + 1)}
    assert len(sign(7, Note("move", 3, seen))) < 20_000


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("owner", 200),
        ("whole_admin", 200),
        ("colleague", 200),
        ("outsider_admin", 200),
        ("member", 403),
        ("city_admin", 404),
        ("newcomer_admin", 404),
        ("stranger", 404),
    ],
)
def test_doors(cast: Cast, who: str, status: int) -> None:
    client = sign_in(getattr(cast, who))
    form = {"act": "remove", "members": [seat(cast, "member").pk]}
    answer = client.post(bulk_address(cast), form)
    assert answer.status_code == status
    if who == "outsider_admin":
        assert "刘洋：不在您的管理范围内，请联系主管理员。" in answer.text
        assert 'name="reason"' not in answer.text
    assert client.get(bulk_address(cast)).status_code == 405
    appoint = client.post(bulk_address(cast), form | {"act": "appoint"}).status_code
    assert appoint == (200 if who == "owner" else 403 if status == 200 else status)


# ---------- the API ----------

JSON = "application/json"


def test_api(cast: Cast, sent: Sent) -> None:
    base = f"/api/v1/organizations/{cast.county.pk}/members"
    client = sign_in(cast.owner)
    member, waits = seat(cast, "member"), seat(cast, "invited")

    def post(path: str, **body: Any) -> tuple[int, Any]:
        answer = client.post(f"{base}/{path}", body, content_type=JSON)
        return answer.status_code, answer.json()

    assert post("remind", members=[waits.pk]) == (202, {"count": 1})
    status, problem = post("remind", members=[waits.pk, member.pk])
    assert (status, problem["code"]) == (409, "not-all-possible")
    assert post("appoint", members=[member.pk], scope_id=cast.first_branch.pk) == (
        200,
        {"count": 1},
    )
    status, problem = post("remove", members=[member.pk, waits.pk], reason="")
    assert (status, problem["errors"][0]["field"]) == (422, "reason")
    assert post("remove", members=[member.pk, waits.pk], reason="转出") == (200, {"count": 2})
    status, problem = post("remove", members=[member.pk], reason="转出")
    assert status == 404
    assert post("remove", members=[], reason="转出")[0] == 422
    assert post("remove", members=[2**70], reason="转出")[0] == 422


def test_api_doors(cast: Cast) -> None:
    base = f"/api/v1/organizations/{cast.county.pk}/members"
    body = {"members": [seat(cast, "invited").pk], "reason": "转出"}
    for path in ("remove", "appoint", "remind"):
        for who, right in (
            ("outsider_admin", 403),
            ("member", 403),
            ("city_admin", 404),
            ("stranger", 404),
        ):
            answer = sign_in(getattr(cast, who)).post(f"{base}/{path}", body, content_type=JSON)
            assert answer.status_code == right, (path, who)
        assert sign_in(None).post(f"{base}/{path}", body, content_type=JSON).status_code == 401
    waits = seat(cast, "invited")
    waits.refresh_from_db()
    assert waits.state == "invited"


def test_api_list_in_any_order(cast: Cast) -> None:
    address = f"/api/v1/organizations/{cast.county.pk}/members"
    client = sign_in(cast.owner)

    def found(**asked: Any) -> list[str]:
        return [one["name"] for one in client.get(address, asked).json()["items"]]

    Membership.objects.filter(organization=cast.county, name="李明").update(sort_key="li ming")
    assert found(sort="-state")[0] == "孙未来"
    assert found(role="main_admin") == ["李明"]
    assert set(found(direct="true")) == {"李明", "陈静"}
    assert client.get(address, {"sort": "phone"}).status_code == 422
    assert client.get(address, {"role": "x"}).status_code == 422
    assert client.get(address, {"branch_id": 999_999}).status_code == 404


def test_moved_events_stay_small(cast: Cast) -> None:
    """Each event says where its own person came from, not where all of them did."""
    MembershipFactory(organization=cast.county, user=None, phone="13600000001", name="周一")
    rows = list(Membership.objects.filter(organization=cast.county).order_by("pk"))
    bulk_members.move_members(
        cast.owner,
        cast.county.pk,
        marks(*[r for r in rows if r.branch_id is None]),
        cast.second_branch.pk,
    )
    for event in AuditEvent.objects.filter(action="member.moved"):
        assert event.data["from"] is None
        assert event.data["to"] == cast.second_branch.pk


def test_times_are_kept_to_the_microsecond(cast: Cast) -> None:
    """The claim of an invitation is a moment: what is read is what was written."""
    moment = timezone.now()
    Membership.objects.filter(pk=seat(cast, "invited").pk).update(reminded_at=moment)
    assert Membership.objects.filter(reminded_at=moment).count() == 1
