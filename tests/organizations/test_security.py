"""安全中心: who may, what each setting does everywhere, what the log says of it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lianxue.audit.models import AuditEvent
from lianxue.inbox.models import InboxItem
from lianxue.organizations import logbook, queries
from lianxue.organizations.actions import branches, members, security
from lianxue.organizations.models import (
    BranchReach,
    HiddenPhones,
    Membership,
    RoleGrant,
    SecuritySettings,
)
from lianxue.organizations.queries.security import Choices, choices_of, state_of
from lianxue.shared.actors import Operator
from lianxue.shared.errors import (
    InvalidInput,
    NotFound,
    PermissionDenied,
    RateLimited,
    StateConflict,
)
from tests.cast import Cast, make_cast, sign_in
from tests.factories import make_branch
from tests.organizations.test_concurrency import at_once

OPEN = Choices(True, True, True, "whole")
API = "/api/v1/organizations"


def url(name: str, *args: int) -> str:
    return reverse(f"organizations:{name}", args=args)


def seat(cast: Cast, name: str) -> Membership:
    return cast.memberships[getattr(cast, name).pk]


def last_line(cast: Cast) -> tuple[str, dict[str, str]]:
    event = AuditEvent.objects.filter(organization_id=cast.county.pk).latest("seq")
    line = logbook.lines_of(cast.county.pk, [event])[0]
    return line.what, {one.label: one.value for one in line.details}


def narrow(cast: Cast, reach: str = "branch") -> None:
    security.change(cast.owner, cast.county.pk, Choices(True, True, True, reach))


# ---------- the settings ----------


def test_without_a_row_there_are_the_defaults(cast: Cast) -> None:
    row = queries.settings_of(cast.county)
    assert row._state.adding
    assert choices_of(row) == OPEN
    assert queries.watermark_of(cast.member, cast.county)
    assert queries.watermark_of(cast.member)
    assert not queries.watermark_of(cast.stranger)


def test_a_change_is_kept_and_said(cast: Cast) -> None:
    wanted = Choices(False, True, False, "subtree")
    row = security.change(cast.owner, cast.county.pk, wanted)
    assert choices_of(SecuritySettings.objects.get()) == choices_of(row) == wanted
    assert last_line(cast) == (
        "修改了安全设置",
        {
            "原来": "通讯录水印 开，内部群水印 开，成员可见范围 整个组织",
            "现在": "通讯录水印 关，内部群水印 关，成员可见范围 本支部及下级支部",
        },
    )
    assert not queries.watermark_of(cast.member, cast.county)
    assert not queries.watermark_of(cast.member)
    events = AuditEvent.objects.count()
    security.change(cast.owner, cast.county.pk, wanted)
    assert AuditEvent.objects.count() == events, "nothing changed, nothing to say"


def test_the_second_of_two_administrators_is_told(cast: Cast) -> None:
    seen = state_of(OPEN)
    security.change(cast.owner, cast.county.pk, Choices(False, True, True, "whole"), seen=seen)
    with pytest.raises(StateConflict, match="另一位管理员"):
        security.change(cast.whole_admin, cast.county.pk, OPEN, seen=seen)
    assert not SecuritySettings.objects.get().watermark


def test_nonsense_is_refused(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as caught:
        security.change(cast.owner, cast.county.pk, Choices(True, True, True, "all"))
    assert "reach" in caught.value.fields
    with pytest.raises(InvalidInput):
        security.set_reach(cast.owner, cast.county.pk, cast.first_branch.pk, "")
    with pytest.raises(InvalidInput):
        security.hide_phones(cast.owner, cast.county.pk, role="member")
    with pytest.raises(InvalidInput):
        security.hide_phones(
            cast.owner, cast.county.pk, role="main_admin", branch_id=cast.first_branch.pk
        )
    for act in (security.set_reach, security.remove_reach):
        with pytest.raises(NotFound):
            act(cast.owner, cast.newcomer.pk, cast.first_branch.pk, *ARGS[act])
    with pytest.raises(NotFound):  # another organisation's branch
        security.set_reach(cast.newcomer_admin, cast.newcomer.pk, cast.first_branch.pk, "branch")
    with pytest.raises(NotFound):
        security.hide_phones(cast.newcomer_admin, cast.newcomer.pk, branch_id=cast.first_branch.pk)


ARGS: dict[Callable[..., Any], tuple[str, ...]] = {
    security.set_reach: ("branch",),
    security.remove_reach: (),
}


def acts(cast: Cast) -> list[Callable[[Any], Any]]:
    """One of each; 第二党支部 has a rule of each kind already."""
    county, first, second = cast.county.pk, cast.first_branch.pk, cast.second_branch
    rule = HiddenPhones.objects.create(organization=cast.county, branch=second)
    BranchReach.objects.create(organization=cast.county, branch=second, reach="branch")
    return [
        lambda who: security.change(who, county, Choices(False, True, True, "whole")),
        lambda who: security.set_reach(who, county, first, "branch"),
        lambda who: security.remove_reach(who, county, second.pk),
        lambda who: security.hide_phones(who, county, branch_id=first),
        lambda who: security.show_phones(who, county, rule.pk),
    ]


def test_who_may(cast: Cast) -> None:
    for act in acts(cast):
        for person in (cast.colleague, cast.outsider_admin, cast.member):
            with pytest.raises(PermissionDenied):
                act(person)
        for person in (cast.city_admin, cast.newcomer_admin, cast.stranger, cast.operator):
            with pytest.raises(NotFound):
                act(person)
        assert not AuditEvent.objects.filter(actor_id__in=[cast.colleague.pk, cast.member.pk])
        act(cast.whole_admin)
    assert AuditEvent.objects.filter(action__startswith="security.").count() == 5
    assert security.change(Operator(), cast.county.pk, OPEN).watermark


def test_the_main_administrator_hears_when_others_let_more_be_seen(cast: Cast) -> None:
    county = cast.county.pk
    place = f"user:{cast.owner.pk}"

    def told() -> int:
        return InboxItem.objects.filter(place=place, topic="security.changed").count()

    security.hide_phones(cast.whole_admin, county)
    security.change(cast.whole_admin, county, Choices(True, True, True, "branch"))
    security.set_reach(cast.whole_admin, county, cast.first_branch.pk, "branch")
    assert told() == 0
    security.set_reach(cast.whole_admin, county, cast.first_branch.pk, "subtree")
    security.remove_reach(cast.whole_admin, county, cast.first_branch.pk)  # narrower again
    assert told() == 1
    security.change(cast.whole_admin, county, Choices(True, True, True, "subtree"))
    security.show_phones(cast.whole_admin, county, HiddenPhones.objects.get().pk)
    assert told() == 3
    security.change(cast.owner, county, Choices(False, True, True, "whole"))
    assert told() == 3


def test_a_branch_of_its_own(cast: Cast) -> None:
    county = cast.county.pk
    narrow(cast, "subtree")
    security.set_reach(cast.owner, county, cast.general_branch.pk, "branch")
    assert last_line(cast) == (
        "设置了支部的可见范围",
        {"原来": "本支部及下级支部", "现在": "仅本支部"},
    )
    assert queries.security.reach_at(cast.county, cast.first_branch) == "branch"  # from above
    assert queries.security.reach_at(cast.county, cast.second_branch) == "subtree"
    security.set_reach(cast.owner, county, cast.first_branch.pk, "whole")
    assert queries.security.reach_at(cast.county, cast.first_branch) == "whole"
    security.set_reach(cast.owner, county, cast.first_branch.pk, "branch")
    assert BranchReach.objects.count() == 2
    security.remove_reach(cast.owner, county, cast.first_branch.pk)
    assert last_line(cast)[0] == "取消了支部的可见范围"
    with pytest.raises(NotFound, match="已被取消"):
        security.remove_reach(cast.owner, county, cast.first_branch.pk)


def test_hiding_twice_is_said(cast: Cast) -> None:
    county = cast.county.pk
    for given in ({}, {"role": "learning_admin"}, {"branch_id": cast.first_branch.pk}):
        security.hide_phones(cast.owner, county, **given)  # type: ignore[arg-type]
        with pytest.raises(StateConflict, match="已经隐藏"):
            security.hide_phones(cast.owner, county, **given)  # type: ignore[arg-type]
    rows = queries.security.with_people(
        cast.owner, cast.county, queries.security.hidden_rules(cast.county)
    )
    assert {one.whose: one.people for one in rows} == {
        "全部成员": 6,
        "学习管理员": 3,
        "“第一党支部”及下级的成员": 2,
    }
    rule = HiddenPhones.objects.get(role="learning_admin")
    security.show_phones(cast.owner, county, rule.pk)
    assert last_line(cast) == ("取消了隐藏手机号", {"谁的号码": "学习管理员"})
    with pytest.raises(NotFound):
        security.show_phones(cast.owner, county, rule.pk)


# ---------- enforced: whom one does not see is not there ----------


def test_whom_a_member_does_not_see_is_nowhere(cast: Cast) -> None:
    """刘洋 stands in 第一党支部; 张建国 runs 第二党支部 and has no part in the first."""
    narrow(cast)
    browser, unseen = sign_in(cast.member), seat(cast, "outsider_admin").pk
    for address in (
        url("member", unseen),
        f"{API}/members/{unseen}",
        url("tree", cast.county.pk) + f"?branch={cast.second_branch.pk}",
        url("members", cast.county.pk) + f"?branch={cast.second_branch.pk}",
        f"{API}/{cast.county.pk}/members?branch_id={cast.second_branch.pk}",
    ):
        assert browser.get(address).status_code == 404, address
    for address in (
        url("member_reveal", unseen),
        url("member_remove", unseen),
        url("member_phone", unseen),
        url("appoint", unseen),
        url("offer_handover", unseen),
        url("dismiss", RoleGrant.objects.get(membership=unseen).pk),
        url("branch_edit", cast.second_branch.pk),
        url("branch_delete", cast.second_branch.pk),
        f"{API}/members/{unseen}/reveal",
    ):
        assert browser.post(address, {"name": "x"}).status_code == 404, address
    for address in (
        url("home", cast.county.pk),
        url("tree", cast.county.pk),
        url("members", cast.county.pk),
        url("members", cast.county.pk) + "?q=张建国",
        url("members", cast.county.pk) + f"?q={cast.outsider_admin.phone}",
        url("members", cast.county.pk) + "?role=admin",
        f"{API}/{cast.county.pk}/members",
        f"{API}/{cast.county.pk}/branches",
    ):
        page = browser.get(address)
        text = page.content.decode() + page.content.decode("unicode_escape", "ignore")
        assert page.status_code == 200
        for hidden in ("第二党支部", ">张建国", f"members/{unseen}/"):
            assert hidden not in text, (address, hidden)


def test_a_list_that_is_cut_says_so(cast: Cast) -> None:
    address, words = url("members", cast.county.pk), "这里只有您能看到的成员"
    assert words not in sign_in(cast.member).get(address).text
    narrow(cast)
    assert words in sign_in(cast.member).get(address).text
    assert words in sign_in(cast.colleague).get(address).text
    assert words not in sign_in(cast.owner).get(address).text


def test_the_administrators_of_a_branch_see_what_they_run_and_no_more(cast: Cast) -> None:
    narrow(cast)
    browser, other = sign_in(cast.outsider_admin), seat(cast, "member").pk
    for address in (url("member", other), url("member_move", other), url("member_phone", other)):
        assert browser.get(address).status_code == 404, address
    assert browser.get(url("branch_edit", cast.first_branch.pk)).status_code == 404
    page = browser.get(url("admins", cast.county.pk)).content.decode()
    assert "李明" in page
    assert "陈静" in page
    assert "王秀英" not in page, "she runs another branch"
    answer = browser.get(f"{API}/{cast.county.pk}/roles").json()
    assert {row["name"] for row in answer["items"]} == {"李明", "陈静", "张建国"}
    for moved in (cast.general_branch.pk, cast.first_branch.pk):
        with pytest.raises(NotFound):
            branches.move_branch(cast.outsider_admin, moved, cast.second_branch.pk)
    made = branches.add_branch(
        cast.outsider_admin, cast.county.pk, "第一党小组", "group", cast.second_branch.pk
    )
    with pytest.raises(NotFound):
        branches.move_branch(cast.outsider_admin, made.pk, cast.first_branch.pk)
    with pytest.raises(NotFound):
        branches.merge_branches(cast.outsider_admin, made.pk, cast.first_branch.pk)


def test_a_taken_number_names_nobody_unseen(cast: Cast) -> None:
    form = {"branch_id": cast.second_branch.pk, "lines": f"某某 {cast.member.phone}"}
    browser = sign_in(cast.outsider_admin)
    open_words = browser.post(url("members_add", cast.county.pk), form).content.decode()
    assert "第一党支部”中（刘洋）" in open_words
    narrow(cast)
    words = browser.post(url("members_add", cast.county.pk), form).content.decode()
    assert "其他成员的号码" in words
    assert "刘洋" not in words
    narrow(cast, "whole")
    security.hide_phones(cast.owner, cast.county.pk)
    words = browser.post(url("members_add", cast.county.pk), form).content.decode()
    assert "刘洋" not in words, "that a number is hers would tell her number"


# ---------- enforced: hidden numbers ----------


def test_a_hidden_number_is_nowhere(cast: Cast) -> None:
    security.hide_phones(cast.owner, cast.county.pk, branch_id=cast.general_branch.pk)
    assert cast.invited
    digits, pk = cast.invited.phone[-4:], cast.invited.pk
    for reader in (cast.member, cast.outsider_admin):
        browser = sign_in(reader)
        for address in (
            url("member", pk),
            url("members", cast.county.pk),
            url("tree", cast.county.pk) + f"?branch={cast.first_branch.pk}",
        ):
            page = browser.get(address).content.decode()
            assert "孙未来" in page
            assert digits not in page.replace(f"/{pk}/", ""), address
            assert "号码已隐藏" in page
        for text in (digits, cast.invited.phone):
            found = browser.get(url("members", cast.county.pk), {"q": text}).content.decode()
            assert "孙未来" not in found
            listed = browser.get(f"{API}/{cast.county.pk}/members", {"q": text}).json()
            assert listed["items"] == []
        assert browser.get(f"{API}/members/{pk}").json()["phone_masked"] == ""
        assert browser.post(url("member_reveal", pk)).status_code == 403
        assert browser.post(f"{API}/members/{pk}/reveal").status_code == 403
    for reader in (cast.owner, cast.whole_admin, cast.colleague):
        browser = sign_in(reader)
        assert "137 **** 2222" in browser.get(url("member", pk)).content.decode()
        assert browser.get(f"{API}/members/{pk}").json()["phone_masked"] == "137 **** 2222"
        found = browser.get(url("members", cast.county.pk), {"q": digits}).content.decode()
        assert "孙未来" in found
    own = sign_in(cast.member).get(url("member", seat(cast, "member").pk)).content.decode()
    assert cast.member.phone[-4:] in own, "one's own is never hidden from oneself"


def test_numbers_hidden_by_role(cast: Cast) -> None:
    security.hide_phones(cast.owner, cast.county.pk, role="main_admin")
    owner, helper = seat(cast, "owner").pk, seat(cast, "whole_admin").pk
    browser = sign_in(cast.member)
    assert browser.get(f"{API}/members/{owner}").json()["phone_masked"] == ""
    assert browser.get(f"{API}/members/{helper}").json()["phone_masked"] != ""
    assert sign_in(cast.whole_admin).get(f"{API}/members/{owner}").json()["phone_masked"] != ""


def test_a_colleague_may_look_at_thirty_numbers_a_day(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "REVEALS_A_DAY", 2)
    pks = [seat(cast, name).pk for name in ("owner", "whole_admin", "outsider_admin")]
    assert members.reveal_phone(cast.member, pks[0]) == cast.owner.phone
    assert members.reveal_phone(cast.member, pks[1]) == cast.whole_admin.phone
    with pytest.raises(RateLimited):
        members.reveal_phone(cast.member, pks[2])
    assert members.reveal_phone(cast.member, seat(cast, "member").pk) == cast.member.phone
    for _ in range(3):
        assert members.reveal_phone(cast.colleague, seat(cast, "member").pk)
    assert AuditEvent.objects.filter(action="member.phone_revealed").count() == 6


# ---------- branches that go ----------


def test_a_merged_branch_takes_its_rules_along(cast: Cast) -> None:
    county = cast.county.pk
    security.set_reach(cast.owner, county, cast.first_branch.pk, "branch")
    security.hide_phones(cast.owner, county, branch_id=cast.first_branch.pk)
    page = sign_in(cast.owner).post(
        url("branch_merge", cast.first_branch.pk), {"target_id": cast.second_branch.pk}
    )
    assert "安全设置（单独的可见范围（仅本支部）、隐藏手机号）会取消" in page.content.decode()
    with pytest.raises(PermissionDenied, match="安全设置"):
        branches.merge_branches(cast.colleague, cast.first_branch.pk, cast.general_branch.pk)
    branches.merge_branches(cast.owner, cast.first_branch.pk, cast.second_branch.pk)
    assert not BranchReach.objects.exists()
    assert not HiddenPhones.objects.exists()
    what, details = last_line(cast)
    assert what == "合并了支部"
    assert details["随之取消的安全设置"] == "单独的可见范围（仅本支部）、隐藏手机号"


def test_a_moved_branch_keeps_its_rules(cast: Cast) -> None:
    security.set_reach(cast.owner, cast.county.pk, cast.first_branch.pk, "branch")
    branches.move_branch(cast.owner, cast.first_branch.pk, cast.second_branch.pk)
    assert (
        queries.security.reach_at(
            cast.county, queries.get_branch(cast.owner, cast.county, cast.first_branch.pk)
        )
        == "branch"
    )


def test_a_deleted_branch_says_what_went(cast: Cast) -> None:
    made = branches.add_branch(cast.owner, cast.county.pk, "空支部", "branch")
    security.set_reach(cast.owner, cast.county.pk, made.pk, "branch")
    branches.delete_branch(cast.owner, made.pk)
    assert not BranchReach.objects.exists()
    assert last_line(cast)[1]["随之取消的安全设置"] == "单独的可见范围（仅本支部）"


# ---------- two at once, many rows ----------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_at_once_one_is_told() -> None:
    cast = make_cast()
    county, seen = cast.county.pk, state_of(OPEN)
    first = partial(security.change, cast.owner, county, Choices(False, True, True, "whole"))
    second = partial(security.change, cast.whole_admin, county, Choices(True, True, True, "branch"))
    results = at_once([partial(first, seen=seen), partial(second, seen=seen)])
    assert sorted(isinstance(one, StateConflict) for one in results) == [False, True]
    rules = at_once([partial(security.hide_phones, cast.owner, county)] * 4)
    assert sum(isinstance(one, StateConflict) for one in rules) == 3
    assert HiddenPhones.objects.count() == 1


def test_the_page_takes_the_same_number_of_statements_at_three_and_at_sixty(cast: Cast) -> None:
    browser = sign_in(cast.owner)

    def rules(count: int) -> None:
        for n in range(count):
            made = make_branch(cast.county, f"新{n}")
            BranchReach.objects.create(organization=cast.county, branch=made, reach="branch")
            HiddenPhones.objects.create(organization=cast.county, branch=made)

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(address).status_code == 200
        return len(seen)

    pages = [url("security", cast.county.pk), url("console_security", cast.county.pk)]
    api = f"{API}/{cast.county.pk}/security"
    pages += [f"{api}/reaches", f"{api}/hidden-phones", url("members", cast.county.pk)]
    rules(3)
    few = [(cost(page), cost(page))[1] for page in pages]
    rules(60)
    assert [cost(page) for page in pages] == few


# ---------- the pages ----------


@pytest.mark.parametrize("face", ["", "console_"])
def test_letting_more_be_seen_asks_first(cast: Cast, face: str) -> None:
    browser, page = sign_in(cast.owner), url(f"{face}security", cast.county.pk)
    form = {"group_real_names": "on", "group_watermark": "on", "reach": "whole"}
    form["seen"] = state_of(OPEN)
    asked = browser.post(page, form)
    assert asked.status_code == 200
    assert "关闭通讯录水印后" in asked.text
    assert not SecuritySettings.objects.exists()
    assert browser.post(page, form | {"step": "confirm"})["Location"] == page
    assert not SecuritySettings.objects.get().watermark
    closer = {"watermark": "on", "reach": "branch"} | form
    closer["seen"] = state_of(choices_of(SecuritySettings.objects.get()))
    closer["reach"] = "branch"
    assert browser.post(page, closer)["Location"] == page, "closing asks nothing"
    reach = url(f"{face}security_reach", cast.county.pk)
    wider = {"branch_id": cast.first_branch.pk, "reach": "subtree"}
    assert "放宽到“本支部及下级支部”" in browser.post(reach, wider).text
    assert not BranchReach.objects.exists()
    assert browser.post(reach, wider | {"step": "confirm"})["Location"] == page
    assert BranchReach.objects.get().reach == "subtree"
    phones = url(f"{face}security_phones", cast.county.pk)
    form = {"whose": "branch", "branch_id": str(cast.first_branch.pk)}
    assert browser.post(phones, form)["Location"] == page
    shown = browser.get(page).text
    for words in ("第一党支部", "本支部及下级支部 · 2 人", "“第一党支部”及下级的成员", "涉及 2 人"):
        assert words in shown
    gone = url(f"{face}security_reach_remove", cast.county.pk)
    assert browser.post(gone, {"branch_id": cast.first_branch.pk})["Location"] == page
    gone = url(f"{face}security_phones_remove", cast.county.pk)
    rule = HiddenPhones.objects.get().pk
    assert browser.post(gone, {"rule_id": rule})["Location"] == page
    assert browser.post(gone, {"rule_id": rule}).status_code == 404
    assert browser.post(gone, {"rule_id": "x"}).status_code == 422
    assert "安全中心" in browser.get(url("home", cast.county.pk)).text
    assert "安全中心" not in sign_in(cast.colleague).get(url("home", cast.county.pk)).text
