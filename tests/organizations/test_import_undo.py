"""撤销导入: as it was before, but for what somebody has touched since."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxue.audit.models import AuditEvent
from lianxue.inbox.models import InboxItem
from lianxue.organizations.actions import branches, details, imports, members, roles, tokens
from lianxue.organizations.models import (
    Branch,
    FormerPhone,
    ImportRow,
    MemberImport,
    Membership,
    RosterDetail,
)
from lianxue.shared.actors import Operator
from lianxue.shared.errors import StateConflict
from tests.cast import Cast
from tests.factories import UserFactory
from tests.organizations.imports_help import bring, upload

pytestmark = pytest.mark.django_db
DETAILED = ("姓名", "手机号", "所在党支部", "民族", "工作岗位")


def state_of(cast: Cast) -> dict[str, object]:
    """All that an import may touch of the organisation."""
    living = Membership.objects.filter(organization=cast.county).exclude(state="ended")
    return {
        "people": sorted(
            living.values_list("phone", "name", "sort_key", "state", "branch__name", "user_id")
        ),
        "branches": sorted(
            Branch.objects.filter(organization=cast.county).values_list("name", "path", "numchild")
        ),
        "details": {
            one.membership_id: json.loads(one.data)
            for one in RosterDetail.objects.filter(membership__in=living)
            if json.loads(one.data)
        },
    }


def test_everything_as_before(cast: Cast) -> None:
    seat = cast.memberships[cast.member.pk]
    details.change(cast.owner, seat.pk, {"ethnicity": "回族"})
    before = state_of(cast)
    batch = bring(
        cast.owner,
        cast.county,
        [
            ("周新", "13600000001", "第九党总支/第九党支部", "汉族", "科员"),
            ("杨帆", cast.stranger.phone, "", "", ""),
            ("刘大洋", cast.member.phone, "第九党总支", "汉族", "司机"),
            ("孙来", "13711112222", "第二党支部", "", ""),
        ],
        DETAILED,
        make_branches=True,
    )
    assert state_of(cast) != before
    batch = imports.undo(cast.owner, batch.pk)
    assert (batch.state, batch.note) == ("undone", "")
    assert state_of(cast) == before
    assert not Membership.objects.filter(phone="13600000001").exists()
    ended = Membership.objects.get(organization=cast.county, user=cast.stranger)
    assert (ended.state, ended.end_reason) == ("ended", "撤销导入")
    note = InboxItem.objects.get(place=f"user:{cast.stranger.pk}", topic="member.removed")
    assert "撤销" in note.body
    event = AuditEvent.objects.get(action="member.import_undone")
    assert event.data["removed"] == 2
    assert event.data["restored"] == 2
    assert event.data["branches_removed"] == 2
    assert tokens.rebuild(Operator(), check=True).wrong == 0
    assert Branch.objects.find_problems() == ([], [], [], [], [])
    with pytest.raises(StateConflict):
        imports.undo(cast.owner, batch.pk)


def test_who_came_meanwhile_is_told(cast: Cast) -> None:
    batch = bring(cast.owner, cast.county, [("周新", "13600000001", "")])
    user = UserFactory(phone="13600000001")
    members.activate_for(user)
    imports.undo(cast.owner, batch.pk)
    assert Membership.objects.get(user=user).state == "ended"
    assert InboxItem.objects.filter(place=f"user:{user.pk}", topic="member.removed").exists()


def test_what_was_touched_since_stays_and_is_named(cast: Cast) -> None:
    batch = bring(
        cast.owner,
        cast.county,
        [
            ("一一", "13600000001", "新支部", "", ""),  # moved since
            ("二二", "13600000002", "", "", ""),  # renamed since
            ("三三", "13600000003", "", "", ""),  # phone corrected since
            ("杨帆", cast.stranger.phone, "", "", ""),  # appointed since
            ("五五", "13600000005", "", "汉族", ""),  # details changed since
            ("六六", "13600000006", "", "", ""),  # removed since
            ("刘大洋", cast.member.phone, "新支部", "", "司机"),  # moved since: name comes back
            ("八八", "13600000008", "", "", ""),  # untouched
        ],
        DETAILED,
        make_branches=True,
    )
    seats = {one.name: one for one in Membership.objects.filter(organization=cast.county)}
    members.move_members(cast.owner, cast.county.pk, [seats["一一"].pk], cast.first_branch.pk)
    details.rename_member(cast.owner, seats["二二"].pk, "二贰")
    members.correct_phone(cast.owner, seats["三三"].pk, "13600000033")
    roles.appoint(cast.owner, seats["杨帆"].pk, None)
    details.change(cast.owner, seats["五五"].pk, {"post": "科员"})
    members.remove_member(cast.owner, seats["六六"].pk, "调走")
    members.move_members(cast.owner, cast.county.pk, [seats["刘大洋"].pk], cast.second_branch.pk)
    batch = imports.undo(cast.owner, batch.pk)
    assert batch.note == ("第 2、3、4、5、6、7、8 行的成员在导入之后又有变化，保留现状，没有撤销。")
    now = {
        one.name: one
        for one in Membership.objects.filter(organization=cast.county).exclude(state="ended")
    }
    assert {"一一", "二贰", "三三", "杨帆", "五五", "刘洋"} <= set(now)
    assert "八八" not in now
    assert now["刘洋"].branch == cast.second_branch
    assert FormerPhone.objects.filter(membership=now["三三"]).exists()
    assert json.loads(RosterDetail.objects.get(membership=now["五五"]).data)["post"] == "科员"
    assert not Branch.objects.filter(name="新支部").exists()  # empty by now
    event = AuditEvent.objects.get(action="member.import_undone")
    assert (event.data["removed"], event.data["left_alone"]) == (1, 7)


def test_a_made_branch_with_something_in_it_stays(cast: Cast) -> None:
    rows = [("一一", "13600000001", "甲总支/甲支部"), ("二二", "13600000002", "乙支部")]
    batch = bring(cast.owner, cast.county, rows, make_branches=True)
    made = {one["path"]: one["id"] for one in batch.made_branches}
    branches.add_branch(cast.owner, cast.county.pk, "甲小组", "group", made["甲总支"])
    members.move_members(
        cast.owner, cast.county.pk, [cast.memberships[cast.member.pk].pk], made["乙支部"]
    )
    batch = imports.undo(cast.owner, batch.pk)
    assert "支部“乙支部”“甲总支”里还有成员、下级或设置，没有删除。" in batch.note
    names = set(Branch.objects.filter(organization=cast.county).values_list("name", flat=True))
    assert {"甲总支", "甲小组", "乙支部"} <= names
    assert "甲支部" not in names


def test_the_old_branch_is_found_though_it_got_another_name_and_missed_when_gone(
    cast: Cast,
) -> None:
    rows = [("刘洋", cast.member.phone, "第二党支部"), ("孙未来", "13711112222", "第二党支部")]
    batch = bring(cast.owner, cast.county, rows)
    branches.rename_branch(cast.owner, cast.first_branch.pk, "改名党支部", "branch")
    imports.undo(cast.owner, batch.pk)
    seat = cast.memberships[cast.member.pk]
    seat.refresh_from_db()
    assert seat.branch_id == cast.first_branch.pk
    batch = bring(cast.owner, cast.county, rows)
    branches.delete_branch(cast.owner, cast.first_branch.pk)
    batch = imports.undo(cast.owner, batch.pk)
    assert "第 2、3 行" in batch.note


def test_a_scoped_uploader_undoes_within_the_scope_only(cast: Cast) -> None:
    rows = [("一一", "13600000001", "第一党支部"), ("二二", "13600000002", "第一党支部")]
    batch = bring(cast.colleague, cast.county, rows)
    away = Membership.objects.get(name="一一")
    members.move_members(cast.owner, cast.county.pk, [away.pk], cast.second_branch.pk)
    batch = imports.undo(cast.colleague, batch.pk)
    assert "第 2 行" in batch.note
    assert Membership.objects.filter(name="一一").exists()
    assert not Membership.objects.filter(name="二二").exists()


def test_an_older_import_can_be_undone_before_a_younger_one(cast: Cast) -> None:
    first = bring(cast.owner, cast.county, [("刘大洋", cast.member.phone, "")])
    bring(cast.owner, cast.county, [("刘小洋", cast.member.phone, "")])
    first = imports.undo(cast.owner, first.pk)
    assert "第 2 行" in first.note
    assert Membership.objects.get(user=cast.member, organization=cast.county).name == "刘小洋"


PHONES = [f"1360000000{number}" for number in range(5)]
ROSTER = st.lists(
    st.tuples(
        st.sampled_from(["一一", "二二", "三三"]),
        st.sampled_from([*PHONES, "13711112222"]),
        st.sampled_from(["", "第一党支部", "第二党支部", "新支部", "新总支/新小组"]),
        st.sampled_from(["", "汉族", "回族"]),
        st.sampled_from(["", "司机"]),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda one: one[1],
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(ROSTER, min_size=1, max_size=3))
def test_any_imports_undone_in_turn_leave_what_was_there(cast: Cast, rosters) -> None:
    done = []
    for roster in rosters:
        before = state_of(cast)
        batch = imports.prepare(
            cast.owner, cast.county.pk, upload(roster, DETAILED), make_branches=True
        )
        if batch.counts["new"] + batch.counts["changed"] == 0:
            continue
        imports.confirm(cast.owner, batch.pk)
        assert imports.apply(batch.pk).state == MemberImport.State.DONE
        done.append((batch, before))
    for batch, before in reversed(done):
        assert imports.undo(cast.owner, batch.pk).note == ""
        assert state_of(cast) == before
    ImportRow.objects.all().delete()
    MemberImport.objects.all().delete()
