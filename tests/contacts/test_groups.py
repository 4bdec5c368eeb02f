"""我的群组: who makes, sees, fills and ends them; who left an organisation is out of its groups."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from lianxue.accounts.models import User
from lianxue.audit.models import AuditEvent
from lianxue.contacts import circles
from lianxue.contacts.actions import groups as actions
from lianxue.contacts.models import Friendship, Group, GroupMember
from lianxue.contacts.policy import visible_people
from lianxue.contacts.queries import groups as queries
from lianxue.inbox.models import InboxItem
from lianxue.organizations.actions import leaving
from lianxue.organizations.models import Membership, Organization, SecuritySettings
from lianxue.shared.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    PermissionDenied,
    StateConflict,
)
from tests.cast import Cast, shown, sign_in
from tests.factories import MembershipFactory, UserFactory


def befriend(one: User, other: User) -> None:
    first, second = sorted((one.pk, other.pk))
    Friendship.objects.create(first_id=first, second_id=second, since=timezone.now())


def names(group: Group) -> list[str]:
    return [row.shown_name for row in queries.members(group)]


def people(group: Group) -> set[int]:
    return set(circles.members_of(group).values_list("user_id", flat=True))


@pytest.fixture
def group(cast: Cast) -> Group:
    """An internal group of 县: its main administrator (群主), colleague, member."""
    others = [cast.colleague.pk, cast.member.pk]
    return actions.create_group(cast.owner, "宣传骨干", cast.county.pk, others)


@pytest.fixture
def friendly(cast: Cast) -> Group:
    """Friends from two organisations; 刘洋 is 群主."""
    befriend(cast.member, cast.other_member)
    befriend(cast.member, cast.stranger)
    others = [cast.other_member.pk, cast.stranger.pk]
    return actions.create_group(cast.member, "老同学", None, others)


# ---------- making and filling ----------


def test_an_internal_group(cast: Cast, group: Group) -> None:
    assert people(group) == {cast.owner.pk, cast.colleague.pk, cast.member.pk}
    assert [one.pk for one in queries.groups_of(cast.member)] == [group.pk]
    assert queries.groups_of(cast.member).get().member_count == 3
    told = InboxItem.objects.get(place=f"user:{cast.member.pk}")
    assert told.title == "李明把您加入了群组“宣传骨干”"
    assert told.link == reverse("contacts:group", args=[group.pk])
    events = AuditEvent.objects.filter(organization_id=cast.county.pk).order_by("seq")
    assert [one.action for one in events] == ["group.created", "group.members_added"]
    assert events[1].data == {"name": "宣传骨干", "people": "刘洋、王秀英"}


def test_a_group_of_friends(cast: Cast, friendly: Group) -> None:
    assert people(friendly) == {cast.member.pk, cast.other_member.pk, cast.stranger.pk}
    event = AuditEvent.objects.get(action="group.members_added")
    assert event.stream == f"user:{cast.member.pk}"


@pytest.mark.parametrize("name", ["", " ", "长" * 31, "\u200b", "!!"])
def test_bad_names(cast: Cast, group: Group, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        actions.create_group(cast.owner, name)
    assert caught.value.fields["name"]
    with pytest.raises(InvalidInput):
        actions.rename_group(cast.owner, group.pk, name)


def test_a_double_tap_makes_one(cast: Cast, group: Group) -> None:
    with pytest.raises(StateConflict):
        actions.create_group(cast.owner, "宣传骨干", cast.county.pk)
    actions.create_group(cast.owner, "宣传骨干")  # of friends: another kind
    actions.create_group(cast.member, "宣传骨干", cast.county.pk)  # somebody else's


def test_only_for_an_organisation_one_belongs_to(cast: Cast) -> None:
    for who in (cast.stranger, cast.city_admin, cast.operator):
        with pytest.raises(NotFound):
            actions.create_group(who, "别人的", cast.county.pk)


def test_only_whom_one_sees_and_who_is_active(cast: Cast, group: Group) -> None:
    ended = MembershipFactory(organization=cast.county, state=Membership.State.ENDED).user
    for bad in (cast.stranger, cast.other_member, ended):
        with pytest.raises(InvalidInput) as caught:
            actions.add_members(cast.owner, group.pk, [cast.whole_admin.pk, bad.pk])
        assert caught.value.fields["people"]
    assert cast.whole_admin.pk not in people(group), "all or none"


def test_a_narrow_reach_narrows_the_choice(cast: Cast) -> None:
    """刘洋 sees the own branch and those in charge: 第二党支部's 张建国 can't be added."""
    SecuritySettings.objects.create(organization=cast.county, reach="branch")
    group = actions.create_group(cast.member, "一支部", cast.county.pk)
    choice = queries.choice(cast.member, group)
    assert cast.outsider_admin.pk not in {one.user_id for one in choice.people}
    with pytest.raises(InvalidInput):
        actions.add_members(cast.member, group.pk, [cast.outsider_admin.pk])
    # but where somebody who sees both has brought them together, they see one another's names
    both = actions.create_group(
        cast.owner, "全体", cast.county.pk, [cast.member.pk, cast.outsider_admin.pk]
    )
    # an end of the number that stands nowhere else: "0022" is in the shape of an icon, too
    for rows in (User.objects.filter(pk=cast.outsider_admin.pk), cast.outsider_admin.memberships):
        rows.update(phone="13957039461")
    page = sign_in(cast.member).get(reverse("contacts:group", args=[both.pk])).content.decode()
    assert "张建国" in page
    assert "9461" not in page
    assert visible_people(cast.member).filter(pk=cast.outsider_admin.pk).exists()


def test_only_friends_into_a_group_of_friends(cast: Cast, friendly: Group) -> None:
    with pytest.raises(InvalidInput):
        actions.add_members(cast.member, friendly.pk, [cast.owner.pk])


def test_adding_twice_changes_nothing(cast: Cast, group: Group) -> None:
    assert actions.add_members(cast.owner, group.pk, [cast.member.pk, cast.owner.pk]) == 0
    assert actions.add_members(cast.owner, group.pk, [cast.whole_admin.pk, cast.member.pk]) == 1


def test_the_choice_leaves_out_who_is_in(cast: Cast, group: Group, friendly: Group) -> None:
    found = {one.user_id: one.where for one in queries.choice(cast.owner, group).people}
    assert found == {cast.outsider_admin.pk: "第二党支部", cast.whole_admin.pk: "不分支部"}
    assert [one.name for one in queries.choice(cast.owner, group, "zjg").people] == ["张建国"]
    befriend(cast.member, cast.owner)
    assert [one.user_id for one in queries.choice(cast.member, friendly).people] == [cast.owner.pk]


def test_at_most_500_people(cast: Cast, group: Group) -> None:
    users = User.objects.bulk_create([User(phone=f"177{n:08d}", name=f"甲{n}") for n in range(498)])
    Membership.objects.bulk_create(
        [
            Membership(
                organization=cast.county,
                user=one,
                phone=one.phone,
                name=one.name,
                state="active",
                created_at=timezone.now(),
            )
            for one in users
        ]
    )
    ids = [one.pk for one in users]
    with pytest.raises(InvalidInput) as caught:
        actions.add_members(cast.owner, group.pk, ids)
    assert "还能添加 497 人" in caught.value.fields["people"]
    assert actions.add_members(cast.owner, group.pk, ids[:497]) == 497
    with pytest.raises(InvalidInput):
        actions.add_members(cast.owner, group.pk, [ids[497]])


def test_at_most_200_groups(cast: Cast, group: Group) -> None:
    made = Group.objects.bulk_create(
        [
            Group(name=f"群{n}", owner=cast.whole_admin, created_at=timezone.now())
            for n in range(queries.MAX_GROUPS)
        ]
    )
    GroupMember.objects.bulk_create(
        [GroupMember(group=one, user=cast.whole_admin, joined_at=timezone.now()) for one in made]
    )
    with pytest.raises(InvalidInput) as caught:
        actions.add_members(cast.owner, group.pk, [cast.whole_admin.pk])
    assert "陈静" in caught.value.fields["people"]
    with pytest.raises(StateConflict):
        actions.create_group(cast.whole_admin, "再一个")
    actions.dissolve_group(cast.whole_admin, made[0].pk)
    assert actions.add_members(cast.owner, group.pk, [cast.whole_admin.pk]) == 1


# ---------- who may what ----------

MANAGING = {
    "add": lambda who, group, cast: actions.add_members(who, group.pk, [cast.outsider_admin.pk]),
    "remove": lambda who, group, cast: actions.remove_members(who, group.pk, [cast.member.pk]),
    "rename": lambda who, group, cast: actions.rename_group(who, group.pk, "新名称"),
    "hand over": lambda who, group, cast: actions.hand_over(who, group.pk, cast.member.pk),
    "dissolve": lambda who, group, cast: actions.dissolve_group(who, group.pk),
}


@pytest.mark.parametrize("act", MANAGING)
@pytest.mark.parametrize(
    ("who", "refused"),
    [
        ("owner", None),
        ("whole_admin", None),  # administers the whole organisation, and is not in the group
        ("colleague", PermissionDenied),
        ("member", PermissionDenied),
        ("outsider_admin", NotFound),
        ("city_admin", NotFound),
        ("newcomer_admin", NotFound),
        ("stranger", NotFound),
        ("operator", NotFound),
    ],
)
def test_who_manages(
    cast: Cast, group: Group, who: str, refused: type[DomainError] | None, act: str
) -> None:
    actor = getattr(cast, who)
    if refused is None:
        MANAGING[act](actor, group, cast)
        return
    before = list(GroupMember.objects.values_list("pk", flat=True))
    with pytest.raises(refused):
        MANAGING[act](actor, group, cast)
    assert list(GroupMember.objects.values_list("pk", flat=True)) == before


def test_nobody_oversees_a_group_of_friends(cast: Cast, friendly: Group) -> None:
    for who in (cast.owner, cast.whole_admin, cast.operator):
        with pytest.raises(NotFound):
            actions.dissolve_group(who, friendly.pk)
    with pytest.raises(PermissionDenied):
        actions.dissolve_group(cast.stranger, friendly.pk)


def test_the_overseen_are_listed(cast: Cast, group: Group, friendly: Group) -> None:
    assert list(queries.overseen_by(cast.whole_admin)) == [group]
    assert list(queries.overseen_by(cast.colleague)) == []
    page = sign_in(cast.whole_admin).get(reverse("contacts:groups"), {"all": "1"})
    assert "宣传骨干" in page.content.decode()
    assert (
        "本组织的内部群"
        not in sign_in(cast.member).get(reverse("contacts:groups")).content.decode()
    )


# ---------- leaving, handing over, ending ----------


def test_the_owner_hands_over_before_leaving(cast: Cast, group: Group) -> None:
    with pytest.raises(StateConflict) as caught:
        actions.leave_group(cast.owner, group.pk)
    assert caught.value.code == "hand-over-first"
    actions.hand_over(cast.owner, group.pk, cast.member.pk)
    actions.leave_group(cast.owner, group.pk)
    assert people(group) == {cast.colleague.pk, cast.member.pk}
    told = InboxItem.objects.filter(place=f"user:{cast.member.pk}").latest("pk")
    assert told.title == "您现在是群组“宣传骨干”的群主"
    with pytest.raises(NotFound):
        actions.leave_group(cast.stranger, group.pk)
    # 李明 administers the whole organisation: may still see it, but is not in it
    with pytest.raises(NotFound):
        actions.leave_group(cast.owner, group.pk)


@pytest.mark.parametrize("bad", ["myself", "owner", "nobody", "stranger"])
def test_whom_one_can_not_hand_over_to_or_remove(cast: Cast, group: Group, bad: str) -> None:
    ids = {
        "myself": cast.owner.pk,
        "owner": cast.owner.pk,
        "nobody": 0,
        "stranger": cast.stranger.pk,
    }
    with pytest.raises(InvalidInput):
        actions.hand_over(cast.owner, group.pk, ids[bad])
    if bad in {"nobody", "stranger"}:
        assert actions.remove_members(cast.owner, group.pk, [ids[bad]]) == 0
    else:
        who = cast.owner if bad == "myself" else cast.whole_admin
        with pytest.raises(InvalidInput):
            actions.remove_members(who, group.pk, [ids[bad]])


def test_removing_tells_the_person(cast: Cast, group: Group) -> None:
    actions.remove_members(cast.owner, group.pk, [cast.member.pk])
    assert cast.member.pk not in people(group)
    told = InboxItem.objects.filter(place=f"user:{cast.member.pk}").latest("pk")
    assert told.title == "您已被移出群组“宣传骨干”"
    page = sign_in(cast.member).get(reverse("contacts:group", args=[group.pk]))
    assert page.status_code == 404


def test_a_dissolved_group_is_gone_for_all(cast: Cast, group: Group) -> None:
    actions.dissolve_group(cast.owner, group.pk)
    for who in (cast.owner, cast.member, cast.whole_admin):
        assert not circles.visible_groups(who).exists()
    for act in MANAGING.values():
        with pytest.raises(NotFound):
            act(cast.owner, group, cast)
    told = InboxItem.objects.filter(title="群组“宣传骨干”已解散")
    assert {one.place for one in told} == {f"user:{cast.colleague.pk}", f"user:{cast.member.pk}"}


# ---------- names, watermark ----------


@pytest.mark.parametrize("real", [True, False])
def test_names_by_the_setting(cast: Cast, group: Group, real: bool) -> None:
    SecuritySettings.objects.create(organization=cast.county, group_real_names=real)
    Membership.objects.filter(user=cast.member).update(name="刘洋（名册）", sort_key="liuyang")
    assert ("刘洋（名册）" in names(group)) is real
    assert ("刘洋" in names(group)) is not real
    assert names(group)[0] == "李明", "the owner first"


@pytest.mark.parametrize("on", [True, False])
def test_the_watermark_by_the_setting(cast: Cast, group: Group, friendly: Group, on: bool) -> None:
    SecuritySettings.objects.create(organization=cast.county, group_watermark=on, watermark=not on)
    client = sign_in(cast.member)
    page = client.get(reverse("contacts:group", args=[group.pk])).content.decode()
    assert ('class="watermark"' in page) is on
    other = client.get(reverse("contacts:group", args=[friendly.pk])).content.decode()
    assert 'class="watermark"' not in other


def test_no_number_anywhere(cast: Cast, group: Group) -> None:
    client = sign_in(cast.owner)
    for name in ("group", "group_add", "group_remove", "group_hand_over"):
        page = client.get(reverse(f"contacts:{name}", args=[group.pk])).content.decode()
        main = page.split('<main class="main"')[1].split("</main>")[0]
        assert cast.colleague.phone[-4:] not in shown(main), name
        assert "****" not in main, name


# ---------- who leaves the organisation ----------


def test_who_leaves_the_organisation_is_out_at_once(cast: Cast, group: Group) -> None:
    leaving.leave(cast.member, cast.county.pk)
    assert cast.member.pk not in people(group)
    assert queries.groups_of(cast.owner).get().member_count == 2
    assert not circles.my_groups(cast.member).exists()
    assert cast.member.pk not in visible_people(cast.owner).values_list("pk", flat=True)
    with pytest.raises(NotFound):
        actions.leave_group(cast.member, group.pk)
    assert GroupMember.objects.filter(group=group, user=cast.member).exists(), "not yet tidied"
    assert actions.tidy_groups() == {"stale": 1, "orphans": 0, "old": 0}
    assert not GroupMember.objects.filter(group=group, user=cast.member).exists()
    assert actions.tidy_groups() == {"stale": 0, "orphans": 0, "old": 0}


def test_a_friends_group_stays_whole(cast: Cast, friendly: Group) -> None:
    leaving.leave(cast.member, cast.county.pk)
    actions.tidy_groups()
    assert cast.member.pk in people(friendly)


def test_an_ownerless_group_finds_an_owner(cast: Cast, group: Group) -> None:
    """Who has been in longest; until then the administrators of the whole can act."""
    GroupMember.objects.filter(user=cast.member).update(
        joined_at=timezone.now() - timedelta(days=1)
    )
    Membership.objects.filter(user=cast.owner).update(state="ended")
    assert queries.standing_in(cast.owner, group) == queries.Standing()
    assert actions.tidy_groups()["orphans"] == 1
    group.refresh_from_db()
    assert group.owner == cast.member
    event = AuditEvent.objects.filter(action="group.handed_over").get()
    assert event.actor_name == "系统"
    assert actions.tidy_groups() == {"stale": 0, "orphans": 0, "old": 0}


def test_a_group_that_nobody_is_left_in_ends(cast: Cast, group: Group) -> None:
    Organization.objects.filter(pk=cast.newcomer.pk).update(dissolved_at=timezone.now())
    lonely = Group.objects.create(
        name="散了", organization=cast.newcomer, created_at=timezone.now()
    )
    assert actions.tidy_groups()["orphans"] == 1
    lonely.refresh_from_db()
    assert lonely.dissolved_at
    group.refresh_from_db()
    assert group.dissolved_at is None


def test_old_rows_go(cast: Cast, group: Group) -> None:
    actions.dissolve_group(cast.owner, group.pk)
    assert actions.tidy_groups()["old"] == 0
    Group.objects.update(dissolved_at=timezone.now() - timedelta(days=31))
    assert actions.tidy_groups()["old"] == 3


# ---------- any sequence of acts ----------

ACTS = st.lists(
    st.tuples(
        st.sampled_from([*MANAGING, "leave", "leave county", "tidy", "return"]),
        st.sampled_from(["owner", "whole_admin", "colleague", "member", "outsider_admin"]),
        st.sampled_from(["owner", "whole_admin", "colleague", "member", "outsider_admin"]),
    ),
    max_size=14,
)


@pytest.mark.slow
@effort(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(ACTS)
def test_whatever_happens(cast: Cast, acts: list[tuple[str, str, str]]) -> None:
    """Nobody is in an internal group who is not in its organisation; after the tidying a living
    group has an owner who is in it; a dissolved group changes no more."""
    Membership.objects.filter(organization=cast.county, user__isnull=False).update(state="active")
    group = actions.create_group(
        cast.owner, f"群{Group.objects.count()}", cast.county.pk, [cast.member.pk]
    )
    for act, who, whom in acts:
        actor, other = getattr(cast, who), getattr(cast, whom)
        before = (Group.objects.get(pk=group.pk), people(group))
        try:
            if act == "add":
                actions.add_members(actor, group.pk, [other.pk])
            elif act == "remove":
                actions.remove_members(actor, group.pk, [other.pk])
            elif act == "hand over":
                actions.hand_over(actor, group.pk, other.pk)
            elif act == "leave":
                actions.leave_group(actor, group.pk)
            elif act in MANAGING:
                MANAGING[act](actor, group, cast)
            elif act == "tidy":
                actions.tidy_groups()
            else:
                state = "ended" if act == "leave county" else "active"
                Membership.objects.filter(organization=cast.county, user=actor).update(state=state)
                continue
        except DomainError:
            assert (Group.objects.get(pk=group.pk), people(group)) == before
        if before[0].dissolved_at and act != "tidy":
            assert people(group) == before[1]
        standing = set(
            Membership.objects.filter(organization=cast.county, state="active").values_list(
                "user_id", flat=True
            )
        )
        assert people(group) <= standing
    actions.tidy_groups()
    group.refresh_from_db()
    assert group.dissolved_at or group.owner_id in people(group)


# ---------- many ----------


@pytest.mark.parametrize("count", [10, pytest.param(400, marks=pytest.mark.slow)])
def test_statements_do_not_grow(cast: Cast, group: Group, count: int) -> None:
    seats = [MembershipFactory(organization=cast.county, user=UserFactory()) for _ in range(count)]
    half = [one.user_id for one in seats[: count // 2]]
    actions.add_members(cast.owner, group.pk, half)
    for n in range(count // 10):
        actions.create_group(cast.owner, f"群{n}", cast.county.pk, half[:3])
    client = sign_in(cast.owner)
    taken = {}
    for name, ids in [
        ("groups", []),
        ("group", [group.pk]),
        ("group_add", [group.pk]),
        ("group_remove", [group.pk]),
    ]:
        address = reverse(f"contacts:{name}", args=ids)
        client.get(address)
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        taken[name] = len(found)
    assert max(taken.values()) <= 24, taken


# ---------- pages ----------


def test_from_nothing_to_a_group_without_scripts(cast: Cast) -> None:
    client = sign_in(cast.member)
    assert "还没有群组" in client.get(reverse("contacts:groups")).content.decode()
    form = client.get(reverse("contacts:group_new")).content.decode()
    assert "内部群 · 中共历山县委宣传部" in form
    made = client.post(
        reverse("contacts:group_new"), {"kind": str(cast.county.pk), "name": "读书小组"}
    )
    group = Group.objects.get()
    assert made["Location"] == reverse("contacts:group_add", args=[group.pk])
    choose = client.get(made["Location"], {"q": "wxy"}).content.decode()
    assert "王秀英" in choose
    assert "张建国" not in choose
    there = client.post(made["Location"], {"people": [cast.colleague.pk, cast.outsider_admin.pk]})
    page = client.get(there["Location"])
    assert "已添加 2 人" in page.content.decode()
    assert people(group) == {cast.member.pk, cast.colleague.pk, cast.outsider_admin.pk}
    client.post(reverse("contacts:group_remove", args=[group.pk]), {"people": cast.colleague.pk})
    client.post(reverse("contacts:group_rename", args=[group.pk]), {"name": "晨读小组"})
    client.post(
        reverse("contacts:group_hand_over", args=[group.pk]), {"people": cast.outsider_admin.pk}
    )
    assert client.post(reverse("contacts:group_leave", args=[group.pk])).status_code == 302
    group.refresh_from_db()
    assert (group.name, group.owner, people(group)) == (
        "晨读小组",
        cast.outsider_admin,
        {cast.outsider_admin.pk},
    )


def test_many_pages_go_on_where_one_was(cast: Cast, group: Group) -> None:
    for _ in range(60):
        MembershipFactory(organization=cast.county, user=UserFactory())
    address = reverse("contacts:group_add", args=[group.pk])
    client = sign_in(cast.owner)
    body = client.get(address).content.decode()
    assert 'name="more" value="1"' in body
    answer = client.post(f"{address}?page=2", {"people": cast.whole_admin.pk, "more": "1"})
    assert answer["Location"] == f"{address}?page=2"


def test_frequent_contacts_are_removed(cast: Cast) -> None:
    answer = sign_in(cast.owner).post(reverse("contacts:forget_frequent", args=[cast.member.pk]))
    assert answer["Location"] == reverse("contacts:home")
