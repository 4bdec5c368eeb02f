"""Offices: appoint, dismiss, hand over, name, claim."""

import pytest

from lianxue.accounts.models import User
from lianxue.audit.models import AuditEvent
from lianxue.inbox.models import InboxItem
from lianxue.organizations import policy
from lianxue.organizations.actions import members, roles
from lianxue.organizations.models import Membership, RoleGrant
from lianxue.shared.actors import Operator
from lianxue.shared.errors import (
    InvalidInput,
    NotFound,
    PermissionDenied,
    RealNameRequired,
    StateConflict,
)
from tests.cast import Cast
from tests.factories import MembershipFactory, OrganizationFactory, grant, make_branch


def seat(cast: Cast, user: User) -> int:
    return cast.memberships[user.pk].pk


def main_admin(cast: Cast) -> User | None:
    office = RoleGrant.objects.get(organization=cast.county, role="main_admin")
    return office.membership.user


def test_appoint_for_a_branch(cast: Cast) -> None:
    office = roles.appoint(cast.owner, seat(cast, cast.member), cast.first_branch.pk)
    assert (office.role, office.scope_id) == ("learning_admin", cast.first_branch.pk)
    power = policy.power_in(cast.member, cast.county)
    assert power.covers(cast.first_branch)
    assert not power.covers(cast.general_branch)
    assert not power.covers(None)
    assert "第一党支部" in InboxItem.objects.get(place=f"user:{cast.member.pk}").title
    assert AuditEvent.objects.get(action="role.appointed").data["scope"] == cast.first_branch.pk
    roles.appoint(cast.owner, seat(cast, cast.member), cast.second_branch.pk)
    for scope in (cast.first_branch.pk, cast.second_branch.pk):
        with pytest.raises(StateConflict):
            roles.appoint(cast.owner, seat(cast, cast.member), scope)
    roles.appoint(cast.owner, seat(cast, cast.member), None)  # replaces both
    grants = RoleGrant.objects.filter(membership__user=cast.member)
    assert [grant.scope_id for grant in grants] == [None]
    for scope in (None, cast.first_branch.pk):
        with pytest.raises(StateConflict):
            roles.appoint(cast.owner, seat(cast, cast.member), scope)


def test_who_can_be_appointed_and_by_whom(cast: Cast) -> None:
    assert cast.invited
    with pytest.raises(StateConflict, match="还没有激活"):
        roles.appoint(cast.owner, cast.invited.pk, None)
    with pytest.raises(StateConflict, match="主管理员"):
        roles.appoint(cast.owner, seat(cast, cast.owner), None)
    foreign = make_branch(cast.newcomer, "外面")
    with pytest.raises(NotFound):
        roles.appoint(cast.owner, seat(cast, cast.member), foreign.pk)
    for person in (cast.whole_admin, cast.colleague, cast.member):
        with pytest.raises(PermissionDenied):
            roles.appoint(person, seat(cast, cast.member), cast.first_branch.pk)
    for person in (cast.stranger, cast.city_admin):
        with pytest.raises(NotFound):
            roles.appoint(person, seat(cast, cast.member), cast.first_branch.pk)


def test_dismiss(cast: Cast) -> None:
    office = RoleGrant.objects.get(membership__user=cast.colleague)
    for person, error in (
        (cast.whole_admin, PermissionDenied),
        (cast.colleague, PermissionDenied),
        (cast.member, PermissionDenied),
        (cast.stranger, NotFound),
    ):
        with pytest.raises(error):
            roles.dismiss(person, office.pk)
    roles.dismiss(cast.owner, office.pk)
    assert not policy.power_in(cast.colleague, cast.county).administers
    assert Membership.objects.get(pk=seat(cast, cast.colleague)).state == "active"
    with pytest.raises(NotFound):
        roles.dismiss(cast.owner, office.pk)
    own = RoleGrant.objects.get(membership__user=cast.owner)
    with pytest.raises(StateConflict):
        roles.dismiss(cast.owner, own.pk)


def test_hand_over_swaps_both_at_once(cast: Cast) -> None:
    offer = roles.offer_handover(cast.owner, seat(cast, cast.colleague))
    todo = InboxItem.objects.get(place=f"user:{cast.colleague.pk}", kind="todo")
    assert todo.link == f"/handover/{offer.pk}/"
    assert main_admin(cast) == cast.owner  # until the answer
    roles.answer_handover(cast.colleague, offer.pk, True)
    assert main_admin(cast) == cast.colleague
    assert not policy.power_in(cast.owner, cast.county).administers
    assert policy.power_in(cast.owner, cast.county).member
    assert RoleGrant.objects.filter(membership__user=cast.colleague).count() == 1
    todo.refresh_from_db()
    assert todo.done_at is not None
    assert "已接受" in InboxItem.objects.get(place=f"user:{cast.owner.pk}").title
    for accept in (True, False):
        with pytest.raises(StateConflict):
            roles.answer_handover(cast.colleague, offer.pk, accept)


def test_the_one_who_hands_over_may_stay_as_learning_administrator(cast: Cast) -> None:
    offer = roles.offer_handover(
        cast.owner, seat(cast, cast.whole_admin), stay_as_learning_admin=True
    )
    roles.answer_handover(cast.whole_admin, offer.pk, True)
    power = policy.power_in(cast.owner, cast.county)
    assert power.whole
    assert not power.main


def test_accepting_needs_a_real_name_refusing_does_not(cast: Cast) -> None:
    offer = roles.offer_handover(cast.owner, seat(cast, cast.member))
    with pytest.raises(RealNameRequired):
        roles.answer_handover(cast.member, offer.pk, True)
    assert main_admin(cast) == cast.owner
    for person in (cast.owner, cast.colleague, cast.stranger):
        with pytest.raises(NotFound):
            roles.answer_handover(person, offer.pk, True)
    roles.answer_handover(cast.member, offer.pk, False)
    assert main_admin(cast) == cast.owner
    roles.offer_handover(cast.owner, seat(cast, cast.member))  # can be offered anew


def test_one_open_offer_which_can_be_withdrawn(cast: Cast) -> None:
    offer = roles.offer_handover(cast.owner, seat(cast, cast.colleague))
    with pytest.raises(StateConflict):
        roles.offer_handover(cast.owner, seat(cast, cast.whole_admin))
    for person, error in ((cast.colleague, PermissionDenied), (cast.stranger, NotFound)):
        with pytest.raises(error):
            roles.withdraw_handover(person, offer.pk)
    roles.withdraw_handover(cast.owner, offer.pk)
    assert not InboxItem.objects.filter(kind="todo", done_at=None).exists()
    with pytest.raises(StateConflict):
        roles.answer_handover(cast.colleague, offer.pk, True)
    with pytest.raises(StateConflict):
        roles.withdraw_handover(cast.owner, offer.pk)


def test_to_whom_it_can_not_be_offered(cast: Cast) -> None:
    assert cast.invited
    for target in (cast.invited.pk, seat(cast, cast.owner)):
        with pytest.raises(StateConflict):
            roles.offer_handover(cast.owner, target)
    with pytest.raises(PermissionDenied):
        roles.offer_handover(cast.whole_admin, seat(cast, cast.member))
    with pytest.raises(NotFound):
        roles.offer_handover(cast.owner, seat(cast, cast.other_member))


def test_the_operator_names_the_first_main_administrator(cast: Cast) -> None:
    place = OrganizationFactory()
    row = roles.name_main_admin(Operator(), place, "孙未来", "136 0000 1111")
    assert (row.state, row.name, row.phone) == ("invited", "孙未来", "13600001111")
    assert roles.name_main_admin(Operator(), place, "孙未来", "13600001111") == row
    assert RoleGrant.objects.filter(organization=place).count() == 1
    with pytest.raises(StateConflict):
        roles.name_main_admin(Operator(), place, "别人", "13600002222")
    with pytest.raises(StateConflict):
        roles.claim(cast.stranger, place)
    with pytest.raises(PermissionDenied):
        roles.name_main_admin(cast.owner, OrganizationFactory(), "孙未来", "13600001111")
    for name, phone in (("", "13600001111"), ("孙未来", "136")):
        with pytest.raises(InvalidInput):
            roles.name_main_admin(Operator(), OrganizationFactory(), name, phone)


def test_a_named_administrator_who_is_registered_is_active_at_once(cast: Cast) -> None:
    row = roles.name_main_admin(Operator(), OrganizationFactory(), "杨帆", cast.stranger.phone)
    assert (row.state, row.user) == ("active", cast.stranger)
    assert policy.power_in(cast.stranger, row.organization).main


def test_an_office_named_before_registration_begins_with_it(cast: Cast) -> None:
    place = OrganizationFactory()
    roles.name_main_admin(Operator(), place, "孙未来", "13600001111")
    user = User.objects.create_user(phone="13600001111", name="孙未来")
    members.activate_for(user)
    assert policy.power_in(user, place).main


def test_an_awaited_office_can_not_be_led_astray_by_another_phone(cast: Cast) -> None:
    place = OrganizationFactory()
    row = roles.name_main_admin(Operator(), place, "孙未来", "13600001111")
    helper = MembershipFactory(organization=place, user=cast.stranger)
    grant(helper, RoleGrant.Role.LEARNING_ADMIN)
    with pytest.raises(PermissionDenied):
        members.correct_phone(cast.stranger, row.pk, cast.member.phone)
    members.correct_phone(Operator(), row.pk, "13600002222")
    row.refresh_from_db()
    assert row.phone == "13600002222"


def test_claim(cast: Cast) -> None:
    place = OrganizationFactory()
    with pytest.raises(RealNameRequired):
        roles.claim(cast.member, place)
    row = roles.claim(cast.stranger, place)
    assert (row.state, row.user) == ("active", cast.stranger)
    assert policy.power_in(cast.stranger, place).main
    with pytest.raises(StateConflict):
        roles.claim(cast.owner, place)
