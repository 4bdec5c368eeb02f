"""People: add, activate, correct, move, remove."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.audit.models import AuditEvent
from lianxue.audit.queries import first_broken_link
from lianxue.inbox.models import InboxItem
from lianxue.organizations import queries
from lianxue.organizations.actions import members, roles
from lianxue.organizations.models import FormerPhone, HandoverOffer, Membership, RoleGrant
from lianxue.organizations.newcomers import MAX_AT_ONCE, NewPerson
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, StateConflict
from tests.cast import Cast
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory


def seat_of(cast: Cast, user: User) -> Membership:
    return Membership.objects.get(pk=cast.memberships[user.pk].pk)


def test_add_several_some_of_whom_are_registered(cast: Cast) -> None:
    added = members.add_members(
        cast.owner,
        cast.county.pk,
        cast.first_branch.pk,
        [
            NewPerson(" 杨小帆 ", "+86 " + cast.stranger.phone),
            NewPerson("钱多", "１３６１２３４５６７８"),
        ],
    )
    first, second = added.memberships
    assert added.active == 1
    assert (first.state, first.user, first.name) == ("active", cast.stranger, "杨小帆")
    assert (second.state, second.user, second.phone) == ("invited", None, "13612345678")
    told = InboxItem.objects.get(place=f"user:{cast.stranger.pk}")
    assert cast.county.name in told.title
    events = AuditEvent.objects.filter(action="member.added")
    assert [event.data["phone"] for event in events.order_by("seq")][1] == "136 **** 5678"
    assert first_broken_link(f"org:{cast.county.pk}") is None


def test_every_bad_person_is_named_and_nobody_is_added(cast: Cast) -> None:
    before = Membership.objects.count()
    people = [
        NewPerson("好人", "13600000001"),
        NewPerson("", "13600000002"),
        NewPerson("错号", "1360000"),
        NewPerson("同号", "136 0000 0001"),
        NewPerson("已在", cast.member.phone),
    ]
    with pytest.raises(InvalidInput) as caught:
        members.add_members(cast.owner, cast.county.pk, None, people)
    fields = caught.value.fields
    assert set(fields) == {
        "people.1.name",
        "people.2.phone",
        "people.3.phone",
        "people.4.phone",
    }
    assert "第 1 位相同" in fields["people.3.phone"]
    assert "“第一党支部”中（刘洋）" in fields["people.4.phone"]
    assert Membership.objects.count() == before
    assert not InboxItem.objects.exists()


def test_none_and_too_many(cast: Cast) -> None:
    many = [NewPerson("某", f"136{n:08d}") for n in range(MAX_AT_ONCE + 1)]
    for people in ([], many):
        with pytest.raises(InvalidInput) as caught:
            members.add_members(cast.owner, cast.county.pk, None, people)
        assert "people" in caught.value.fields


def test_adding_many_takes_a_handful_of_statements(cast: Cast) -> None:
    def statements(count: int, start: int) -> int:
        people = [NewPerson("某", f"136{start + n:08d}") for n in range(count)]
        with CaptureQueriesContext(connection) as seen:
            members.add_members(cast.owner, cast.county.pk, cast.first_branch.pk, people)
        return len(seen)

    assert statements(100, 1000) <= statements(2, 0) + 4  # inserts go in batches


def test_a_phone_counts_once_an_organisation_but_may_be_in_others(cast: Cast) -> None:
    members.add_members(
        cast.newcomer_admin, cast.newcomer.pk, None, [NewPerson("刘洋", cast.member.phone)]
    )
    assert Membership.objects.filter(user=cast.member, state="active").count() == 2


def test_scope_of_adding(cast: Cast) -> None:
    person = [NewPerson("某人", "13600000009")]
    for actor, branch in (
        (cast.colleague, None),
        (cast.colleague, cast.second_branch.pk),
        (cast.outsider_admin, cast.first_branch.pk),
        (cast.member, cast.first_branch.pk),
    ):
        with pytest.raises(PermissionDenied):
            members.add_members(actor, cast.county.pk, branch, person)
    for actor in (cast.stranger, cast.city_admin):
        with pytest.raises(NotFound):
            members.add_members(actor, cast.county.pk, None, person)
    with pytest.raises(NotFound):
        members.add_members(cast.newcomer_admin, cast.newcomer.pk, cast.first_branch.pk, person)
    members.add_members(cast.colleague, cast.county.pk, cast.first_branch.pk, person)


def test_who_registers_becomes_active_everywhere_at_once(cast: Cast) -> None:
    assert cast.invited
    other = MembershipFactory(
        organization=cast.newcomer, user=None, phone=cast.invited.phone, name="孙未来"
    )
    gone = MembershipFactory(
        organization=OrganizationFactory(dissolved_at=timezone.now()),
        user=None,
        phone=cast.invited.phone,
    )
    user = UserFactory(phone=cast.invited.phone, name="孙未来")
    with transaction.atomic():
        found = members.activate_for(user)
    assert {row.pk for row in found} == {cast.invited.pk, other.pk}
    for row in found:
        row.refresh_from_db()
        assert (row.state, row.user, row.activated_at is not None) == ("active", user, True)
    gone.refresh_from_db()
    assert gone.state == "invited"
    greetings = InboxItem.objects.filter(place=f"user:{user.pk}").values_list("title", flat=True)
    assert {cast.county.name, cast.newcomer.name} == {text.split("“")[1][:-1] for text in greetings}
    assert AuditEvent.objects.filter(action="member.activated", actor_id=user.pk).count() == 2
    with transaction.atomic():
        assert members.activate_for(user) == []


def test_a_wrong_phone_is_corrected_and_kept_in_the_history(cast: Cast) -> None:
    assert cast.invited
    row = members.correct_phone(cast.colleague, cast.invited.pk, "137 1111 3333")
    assert (row.phone, row.state) == ("13711113333", "invited")
    former = FormerPhone.objects.get()
    assert (former.phone, former.corrected_by) == ("13711112222", cast.colleague)
    row = members.correct_phone(cast.owner, cast.invited.pk, cast.stranger.phone)
    assert (row.state, row.user) == ("active", cast.stranger)
    assert InboxItem.objects.filter(place=f"user:{cast.stranger.pk}").count() == 1
    with pytest.raises(StateConflict):
        members.correct_phone(cast.owner, cast.invited.pk, "13711114444")


@pytest.mark.parametrize("phone", ["", "1371111", "13711112222", "taken"])
def test_bad_corrections(cast: Cast, phone: str) -> None:
    assert cast.invited
    typed = cast.member.phone if phone == "taken" else phone
    with pytest.raises(InvalidInput) as caught:
        members.correct_phone(cast.owner, cast.invited.pk, typed)
    assert list(caught.value.fields) == ["phone"]
    cast.invited.refresh_from_db()
    assert cast.invited.phone == "13711112222"
    assert not FormerPhone.objects.exists()


def test_move(cast: Cast) -> None:
    seat = seat_of(cast, cast.member)
    moved = members.move_members(cast.owner, cast.county.pk, [seat.pk], cast.second_branch.pk)
    assert [row.branch_id for row in moved] == [cast.second_branch.pk]
    assert members.move_members(cast.owner, cast.county.pk, [seat.pk], cast.second_branch.pk) == []
    assert AuditEvent.objects.filter(action="member.moved").count() == 1
    with pytest.raises(NotFound):  # no longer within the colleague's scope
        members.move_members(cast.colleague, cast.county.pk, [seat.pk], cast.first_branch.pk)
    with pytest.raises(PermissionDenied):
        members.move_members(cast.colleague, cast.county.pk, [seat.pk], cast.second_branch.pk)
    with pytest.raises(InvalidInput):
        members.move_members(cast.owner, cast.county.pk, [], None)
    foreign = cast.memberships[cast.other_member.pk]
    with pytest.raises(NotFound):
        members.move_members(cast.owner, cast.county.pk, [seat.pk, foreign.pk], None)


def test_remove_and_add_again(cast: Cast) -> None:
    seat = seat_of(cast, cast.member)
    members.remove_member(cast.colleague, seat.pk, " 组织关系  转出 ")
    seat.refresh_from_db()
    assert (seat.state, seat.end_reason) == ("ended", "组织关系 转出")
    told = InboxItem.objects.get(place=f"user:{cast.member.pk}")
    assert "组织关系 转出" in told.body
    assert not queries.my_places(cast.member)
    with pytest.raises(StateConflict):
        members.remove_member(cast.owner, seat.pk, "再来一次")
    again = members.add_members(
        cast.owner, cast.county.pk, None, [NewPerson("刘洋", cast.member.phone)]
    )
    assert again.active == 1
    assert again.memberships[0].pk != seat.pk


@pytest.mark.parametrize("reason", ["", "  ", "由" * 101])
def test_a_removal_needs_a_reason(cast: Cast, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        members.remove_member(cast.owner, seat_of(cast, cast.member).pk, reason)
    assert "reason" in caught.value.fields


def test_who_can_not_be_removed(cast: Cast) -> None:
    with pytest.raises(StateConflict, match="移交主管理员"):
        members.remove_member(cast.whole_admin, seat_of(cast, cast.owner).pk, "原因")
    with pytest.raises(PermissionDenied):
        members.remove_member(cast.whole_admin, seat_of(cast, cast.whole_admin).pk, "原因")
    with pytest.raises(PermissionDenied, match="主管理员移出"):
        members.remove_member(cast.whole_admin, seat_of(cast, cast.colleague).pk, "原因")
    with pytest.raises(PermissionDenied):
        members.remove_member(cast.outsider_admin, seat_of(cast, cast.member).pk, "原因")
    members.remove_member(cast.owner, seat_of(cast, cast.colleague).pk, "原因")
    assert not RoleGrant.objects.filter(membership__user=cast.colleague).exists()


def test_removal_withdraws_an_open_handover(cast: Cast) -> None:
    seat = seat_of(cast, cast.member)
    offer = roles.offer_handover(cast.owner, seat.pk)
    members.remove_member(cast.owner, seat.pk, "组织关系转出")
    assert HandoverOffer.objects.get(pk=offer.pk).state == "withdrawn"
    assert not InboxItem.objects.filter(kind="todo", done_at=None).exists()


def test_looking_at_a_number_is_audited(cast: Cast) -> None:
    seat = seat_of(cast, cast.member)
    assert members.reveal_phone(cast.colleague, seat.pk) == cast.member.phone
    event = AuditEvent.objects.get(action="member.phone_revealed")
    assert (event.actor_id, event.target_id) == (cast.colleague.pk, str(seat.pk))
    assert cast.member.phone not in str(event.data)
    with pytest.raises(NotFound):
        members.reveal_phone(cast.stranger, seat.pk)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("刘", {"刘洋"}),
        ("2222", {"孙未来"}),
        ("13711112222", {"孙未来"}),
        ("137", set()),
        ("没有这个人", set()),
        ("%", set()),
        (" 孙 未来 ", {"孙未来"}),
    ],
)
def test_search(cast: Cast, text: str, found: set[str]) -> None:
    rows = queries.members(cast.owner, cast.county, queries.MemberFilter(text=text))
    assert {row.name for row in rows} == found


def test_lists_are_cut_to_branch_state_role_and_reader(cast: Cast) -> None:
    def names(reader: User, **cut: object) -> set[str]:
        return {
            row.name
            for row in queries.members(reader, cast.county, queries.MemberFilter(**cut))  # type: ignore[arg-type]
        }

    assert names(cast.member, branch=cast.general_branch) == {"王秀英", "刘洋", "孙未来"}
    assert names(cast.member, branch=cast.general_branch, direct=True) == {"王秀英"}
    assert names(cast.member, direct=True) == {"李明", "陈静"}
    assert names(cast.owner, state="invited") == {"孙未来"}
    assert names(cast.owner, role="admin") == {"李明", "王秀英", "张建国", "陈静"}
    assert names(cast.owner, state="nonsense") == names(cast.owner)
    assert names(cast.stranger) == set()
    assert names(cast.city_admin) == set()
