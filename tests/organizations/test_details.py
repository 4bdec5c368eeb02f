"""名册信息: who may look and change, what is said of it in the log; 修改姓名."""

import json
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from lianxue.audit.models import AuditEvent
from lianxue.inbox.models import InboxItem
from lianxue.organizations import logbook
from lianxue.organizations.actions import details
from lianxue.organizations.models import Membership, RosterDetail
from lianxue.organizations.roster.fields import DETAIL_KEYS
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, StateConflict
from tests.cast import Cast, sign_in

#: Who stands in 第一党支部: the member's own administrators may, nobody else.
WHO = {
    "owner": 200,
    "whole_admin": 200,
    "colleague": 200,
    "outsider_admin": 403,
    "member": 403,
    "city_admin": 404,
    "stranger": 404,
    "operator": 404,
}
KEPT = {"ethnicity": "汉族", "birth_date": "1990-05-04"}


def seat(cast: Cast) -> Membership:
    return Membership.objects.get(pk=cast.memberships[cast.member.pk].pk)


def with_details(cast: Cast) -> RosterDetail:
    return RosterDetail.objects.create(
        membership=seat(cast), data=json.dumps(KEPT), changed_at=now()
    )


def events(cast: Cast, action: str) -> list[AuditEvent]:
    return list(
        AuditEvent.objects.filter(action=action, organization_id=cast.county.pk).order_by("seq")
    )


def url(name: str, cast: Cast) -> str:
    return reverse(f"organizations:{name}", args=[seat(cast).pk])


# ---------- the actions ----------


def test_each_look_leaves_an_event_and_no_value_in_it(cast: Cast) -> None:
    with_details(cast)
    assert details.reveal(cast.colleague, seat(cast).pk).values == KEPT
    [event] = events(cast, "member.details_revealed")
    assert event.actor_id == cast.colleague.pk
    assert "汉族" not in json.dumps(event.data, ensure_ascii=False)
    assert cast.member.phone not in json.dumps(event.data)
    assert details.reveal(cast.owner, cast.memberships[cast.owner.pk].pk).values == {}


def test_a_change_names_what_changed_never_the_values(cast: Cast) -> None:
    before = with_details(cast)
    typed = {"ethnicity": "汉族", "birth_date": "", "education": " 本科 ", "gender": "1"}
    now_kept = details.change(cast.owner, seat(cast).pk, typed)
    assert now_kept.values == {"ethnicity": "汉族", "education": "本科", "gender": "男"}
    assert details.reveal(cast.owner, seat(cast).pk).values == now_kept.values
    assert now_kept.changed_at
    assert now_kept.changed_at > before.changed_at
    [event] = events(cast, "member.details_changed")
    [line] = logbook.lines_of(cast.county.pk, [event])
    words = {one.label: one.value for one in line.details}
    assert words["修改的项目"] == "出生日期、学历、性别"
    assert "本科" not in json.dumps(event.data, ensure_ascii=False)


def test_no_change_no_event(cast: Cast) -> None:
    with_details(cast)
    details.change(cast.owner, seat(cast).pk, KEPT)
    assert events(cast, "member.details_changed") == []


def test_they_are_unreadable_in_the_database(cast: Cast) -> None:
    details.change(cast.owner, seat(cast).pk, KEPT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM organizations_rosterdetail")
        [[stored]] = cursor.fetchall()
    assert "汉族" not in stored
    assert "1990" not in stored


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"birth_date": "明天"}, "birth_date"),
        ({"gender": "不详"}, "gender"),
        ({"post": "长" * 101}, "post"),
        ({"post": "长" * 201}, "post"),
        ({"id_number": "11010519491231002X"}, "id_number"),
        ({"name": "李四"}, "name"),
        ({"gender": "不详", "landline": "有的"}, "landline"),
    ],
)
def test_what_makes_no_sense_is_named_and_changes_nothing(
    cast: Cast, typed: dict[str, str], at: str
) -> None:
    with_details(cast)
    with pytest.raises(InvalidInput) as caught:
        details.change(cast.owner, seat(cast).pk, typed)
    assert at in caught.value.fields
    assert len(caught.value.fields) == len(typed), "all at once"
    assert json.loads(RosterDetail.objects.get().data) == KEPT


def test_two_who_change_at_once(cast: Cast) -> None:
    version = details.reveal(cast.owner, seat(cast).pk).version
    details.change(cast.whole_admin, seat(cast).pk, {"education": "本科"}, version)
    with pytest.raises(StateConflict):
        details.change(cast.owner, seat(cast).pk, {"education": "大专"}, version)


@pytest.mark.parametrize("act", [details.reveal, lambda a, m: details.change(a, m, KEPT)])
def test_who_may(cast: Cast, act: Any) -> None:
    for who, status in WHO.items():
        if who == "operator":
            continue
        if who == "member" and act is details.reveal:
            continue  # oneself
        error = {403: PermissionDenied, 404: NotFound}.get(status)
        if error is None:
            act(getattr(cast, who), seat(cast).pk)
        else:
            with pytest.raises(error):
                act(getattr(cast, who), seat(cast).pk)


def test_not_of_one_who_has_left(cast: Cast) -> None:
    Membership.objects.filter(pk=seat(cast).pk).update(state="ended", ended_at=now())
    with pytest.raises((StateConflict, NotFound)):
        details.reveal(cast.owner, seat(cast).pk)


def test_oneself_alone_among_members(cast: Cast) -> None:
    with_details(cast)
    assert details.reveal(cast.member, seat(cast).pk).values == KEPT
    [event] = events(cast, "member.details_revealed")
    assert event.actor_id == cast.member.pk
    for other in (cast.invited, cast.memberships[cast.owner.pk]):
        assert other
        with pytest.raises(PermissionDenied):
            details.reveal(cast.member, other.pk)


# ---------- the name ----------


def test_a_name_is_mended_and_its_owner_is_told(cast: Cast) -> None:
    row = details.rename_member(cast.colleague, seat(cast).pk, " 刘 洋洋 ".strip())
    assert row.name == "刘 洋洋"
    row = details.rename_member(cast.colleague, seat(cast).pk, "曾洋")
    assert row.sort_key.startswith("zeng")
    told = InboxItem.objects.filter(place=f"user:{cast.member.pk}", topic="member.renamed")
    assert told.count() == 2
    newest = told.order_by("-pk")[0]
    assert "曾洋" in newest.title
    assert "刘 洋洋" in newest.body
    event = events(cast, "member.renamed")[-1]
    assert (event.data["before"], event.data["after"]) == ("刘 洋洋", "曾洋")
    cast.member.refresh_from_db()
    assert cast.member.name == "刘洋", "the person's own name is the person's"


def test_a_renamed_member_is_found_by_the_new_name_alone(cast: Cast) -> None:
    details.rename_member(cast.owner, seat(cast).pk, "欧阳修文")
    page = reverse("organizations:members", args=[cast.county.pk])
    browser = sign_in(cast.owner)
    assert "欧阳修文" in browser.get(page, {"q": "修文"}).content.decode()
    assert "欧阳修文" not in browser.get(page, {"q": "刘洋"}).content.decode()


def test_nobody_is_told_who_has_not_come(cast: Cast) -> None:
    assert cast.invited
    details.rename_member(cast.owner, cast.invited.pk, "孙将来")
    assert not InboxItem.objects.filter(topic="member.renamed").exists()


def test_an_administrators_name_is_the_main_ones_to_mend(cast: Cast) -> None:
    seats = cast.memberships
    with pytest.raises(PermissionDenied):
        details.rename_member(cast.whole_admin, seats[cast.owner.pk].pk, "李名")
    details.rename_member(cast.whole_admin, seats[cast.whole_admin.pk].pk, "陈婧")
    details.rename_member(cast.owner, seats[cast.colleague.pk].pk, "王秀瑛")
    for name, words in (("", "请填写"), ("刘洋", "相同"), ("长" * 21, "20"), ("刘1", "只能用")):
        with pytest.raises(InvalidInput) as caught:
            details.rename_member(cast.owner, seat(cast).pk, name)
        assert words in caught.value.fields["name"]


# ---------- the doors ----------


@pytest.mark.parametrize(("who", "status"), WHO.items())
def test_who_may_come_in(cast: Cast, who: str, status: int) -> None:
    with_details(cast)
    browser = sign_in(getattr(cast, who))
    looks = 200 if who == "member" else status  # what is kept of oneself is one's own to know
    assert browser.get(url("member_detail", cast)).status_code == looks
    assert browser.get(url("member_name", cast)).status_code == status
    shown = browser.post(url("member_detail_reveal", cast))
    assert shown.status_code == looks
    assert ("汉族" in shown.content.decode()) == (looks == 200)
    assert (url("member_detail_change", cast) in shown.content.decode()) == (status == 200)
    saved = browser.post(url("member_detail_change", cast), {"education": "本科"})
    assert saved.status_code == (409 if status == 200 else status), "409: without its version"
    assert len(events(cast, "member.details_revealed")) == (looks == 200)


def test_nothing_is_shown_before_the_button(cast: Cast) -> None:
    with_details(cast)
    browser = sign_in(cast.owner)
    page = browser.get(url("member_detail", cast)).content.decode()
    assert "汉族" not in page
    assert url("member_detail_reveal", cast) in page
    assert browser.get(url("member_detail_reveal", cast)).status_code == 405
    shown = browser.post(url("member_detail_reveal", cast))
    assert "no-store" in shown["Cache-Control"]
    for key in DETAIL_KEYS:
        assert f'name="{key}"' in shown.content.decode()
    assert browser.get(url("member_detail", cast)).content.decode().count("汉族") == 0


def test_a_change_by_the_form(cast: Cast) -> None:
    kept = with_details(cast)
    browser = sign_in(cast.owner)
    form = {**KEPT, "birth_date": "1990年6月5日", "version": kept.changed_at.isoformat()}
    answer = browser.post(url("member_detail_change", cast), form, follow=True)
    assert "名册信息已保存" in answer.content.decode()
    assert json.loads(RosterDetail.objects.get().data)["birth_date"] == "1990-06-05"
    wrong = browser.post(url("member_detail_change", cast), form | {"birth_date": "二月三十"})
    assert wrong.status_code in {409, 422}
    fresh = RosterDetail.objects.get().changed_at.isoformat()
    form = {"version": fresh, "birth_date": "二月三十", "post": "办公室主任"}
    wrong = browser.post(url("member_detail_change", cast), form)
    assert wrong.status_code == 422
    page = wrong.content.decode()
    assert 'id="birth_date-error"' in page
    assert "办公室主任" in page


def test_the_members_page_has_the_doors_for_its_administrators(cast: Cast) -> None:
    page = reverse("organizations:member", args=[seat(cast).pk])
    for who, seen in (("owner", True), ("colleague", True), ("member", False)):
        shown = sign_in(getattr(cast, who)).get(page).content.decode()
        assert url("member_detail", cast) in shown, who
        assert (url("member_name", cast) in shown) == seen, who
