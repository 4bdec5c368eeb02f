"""What true concurrency does (PostgreSQL): two at once end in one, and no tree is bent."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.audit.queries import first_broken_link
from lianxue.organizations.actions import branches, leaving, members, organizations, roles
from lianxue.organizations.models import Branch, Membership, Organization, RoleGrant
from lianxue.organizations.newcomers import NewPerson
from lianxue.shared.errors import DomainError
from tests.cast import Cast, make_cast
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory, grant

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all calls in threads that start together; gives results, or the DomainErrors raised."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(10)
            return call()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture
def people(transactional_db: None) -> Cast:
    return make_cast()


def good(results: list[Any]) -> list[Any]:
    return [result for result in results if not isinstance(result, DomainError)]


def test_top_branches_of_eight_organisations_at_once(transactional_db: None) -> None:
    owners = []
    for _ in range(8):
        seat = MembershipFactory(organization=OrganizationFactory(), user=UserFactory())
        grant(seat, RoleGrant.Role.MAIN_ADMIN)
        owners.append((seat.user, seat.organization_id))

    def add_five(user: User, organization_id: int) -> int:
        for n in range(5):
            branches.add_branch(user, organization_id, f"第{n}党支部", "branch")
        return 5

    results = at_once([lambda one=one: add_five(*one) for one in owners])  # type: ignore[misc]
    assert results == [5] * 8
    assert Branch.objects.count() == 40
    assert not any(Branch.objects.find_problems())
    for _, organization_id in owners:
        assert first_broken_link(f"org:{organization_id}") is None


def test_one_name_for_two_branches_at_once(people: Cast) -> None:
    def add() -> Branch:
        return branches.add_branch(people.owner, people.county.pk, "第三党支部", "branch")

    assert len(good(at_once([add, add, add]))) == 1


def test_two_branches_moved_below_each_other_at_once(people: Cast) -> None:
    one, other = people.general_branch.pk, people.second_branch.pk
    results = at_once(
        [
            lambda: branches.move_branch(people.owner, one, other),
            lambda: branches.move_branch(people.owner, other, one),
        ]
    )
    assert len(good(results)) == 1
    assert not any(Branch.objects.find_problems())


def test_delete_while_somebody_is_added(people: Cast) -> None:
    made = branches.add_branch(people.owner, people.county.pk, "空支部", "branch")
    new = [NewPerson("钱多", "13600000001")]
    results = at_once(
        [
            lambda: branches.delete_branch(people.owner, made.pk),
            lambda: members.add_members(people.owner, people.county.pk, made.pk, new),
        ]
    )
    assert len(good(results)) == 1
    left = Branch.objects.filter(pk=made.pk).exists()
    assert left == Membership.objects.filter(phone="13600000001").exists()


def test_the_same_person_added_twice_at_once(people: Cast) -> None:
    def add() -> members.Added:
        new = [NewPerson("钱多", "13600000001")]
        return members.add_members(people.owner, people.county.pk, None, new)

    assert len(good(at_once([add, add, add]))) == 1
    assert Membership.objects.filter(phone="13600000001").count() == 1


def test_registering_while_being_added_never_leaves_anybody_waiting(people: Cast) -> None:
    def register(phone: str) -> User:
        with transaction.atomic():
            user = User.objects.create_user(phone=phone, name="钱多")
            members.activate_for(user)
            return user

    for n in range(10):
        phone = f"1360000010{n}"
        at_once(
            [
                lambda phone=phone: register(phone),  # type: ignore[misc]
                lambda phone=phone: members.add_members(  # type: ignore[misc]
                    people.owner, people.county.pk, None, [NewPerson("钱多", phone)]
                ),
            ]
        )
        seat = Membership.objects.get(phone=phone)
        assert (seat.state, seat.user is not None) == ("active", True)


def test_a_number_corrected_while_its_owner_registers(people: Cast) -> None:
    """Both take the number's lock before the row's; else each would wait for the other."""
    seat = people.invited
    assert seat is not None
    registering = Event()

    def register() -> list[Membership]:
        with transaction.atomic():
            user = User.objects.create_user(phone=seat.phone, name="孙未来")
            members.phone_lock([seat.phone])
            registering.set()
            time.sleep(0.5)  # the other stands at its first lock by now
            return members.activate_for(user)

    def correct() -> Membership:
        assert registering.wait(10)
        return members.correct_phone(people.owner, seat.pk, "13600000009")

    results = at_once([register, correct])
    assert len(good(results)) == 1, results
    seat.refresh_from_db()
    assert (seat.state, seat.phone) == ("active", "13711112222")


def test_two_appointments_at_once(people: Cast) -> None:
    seat = people.memberships[people.member.pk].pk

    def appoint() -> RoleGrant:
        return roles.appoint(people.owner, seat, None)

    assert len(good(at_once([appoint, appoint]))) == 1
    assert RoleGrant.objects.filter(membership_id=seat).count() == 1


def test_two_offers_at_once(people: Cast) -> None:
    seats = [people.memberships[user.pk].pk for user in (people.colleague, people.whole_admin)]
    results = at_once(
        [lambda seat=seat: roles.offer_handover(people.owner, seat) for seat in seats]  # type: ignore[misc]
    )
    assert len(good(results)) == 1


def test_acceptance_twice_and_against_withdrawal(people: Cast) -> None:
    offer = roles.offer_handover(people.owner, people.memberships[people.colleague.pk].pk)
    results = at_once(
        [
            lambda: roles.answer_handover(people.colleague, offer.pk, True),
            lambda: roles.answer_handover(people.colleague, offer.pk, True),
            lambda: roles.withdraw_handover(people.owner, offer.pk),
        ]
    )
    assert len(good(results)) == 1
    mains = RoleGrant.objects.filter(organization=people.county, role="main_admin")
    assert mains.count() == 1
    offer.refresh_from_db()
    expected = people.colleague if offer.state == "accepted" else people.owner
    assert mains.get().membership.user == expected


def test_leaving_while_accepting_the_office(people: Cast) -> None:
    """Either the taker stays, being main administrator now, or the offer went with the taker."""
    for n in range(5):
        taker = MembershipFactory(
            organization=people.county, user=UserFactory(realname_verified_at=timezone.now())
        )
        giver = RoleGrant.objects.get(organization=people.county, role="main_admin").membership
        offer = roles.offer_handover(giver.user, taker.pk)
        calls = [
            partial(roles.answer_handover, taker.user, offer.pk, True),
            partial(leaving.leave, taker.user, people.county.pk),
        ]
        accepted, left = at_once(calls) if n % 2 else reversed(at_once(calls[::-1]))
        main = RoleGrant.objects.get(organization=people.county, role="main_admin").membership
        offer.refresh_from_db()
        taker.refresh_from_db()
        if isinstance(accepted, DomainError):
            assert (offer.state, taker.state, main.pk) == ("withdrawn", "ended", giver.pk)
        else:
            assert isinstance(left, DomainError)
            assert left.code == "hand-over-first"
            assert (offer.state, taker.state, main.pk) == ("accepted", "active", taker.pk)
    assert first_broken_link(f"org:{people.county.pk}") is None


def test_the_giver_leaves_while_the_office_is_accepted(people: Cast) -> None:
    offer = roles.offer_handover(people.owner, people.memberships[people.colleague.pk].pk)
    accepted, left = at_once(
        [
            lambda: roles.answer_handover(people.colleague, offer.pk, True),
            lambda: leaving.leave(people.owner, people.county.pk),
        ]
    )
    assert not isinstance(accepted, DomainError)
    if isinstance(left, DomainError):
        assert left.code == "hand-over-first"
    main = RoleGrant.objects.get(organization=people.county, role="main_admin")
    assert main.membership.user == people.colleague


def test_two_claims_at_once(people: Cast) -> None:
    place = OrganizationFactory()
    results = at_once(
        [
            lambda: roles.claim(people.stranger, place),
            lambda: roles.claim(people.owner, place),
        ]
    )
    assert len(good(results)) == 1
    assert RoleGrant.objects.filter(organization=place).count() == 1


def test_a_double_tap_creates_one_organisation(people: Cast) -> None:
    def create() -> Organization:
        return organizations.create_organization(people.stranger, "中共新县委员会", "370102")

    assert len(good(at_once([create, create]))) == 1
    assert Organization.objects.filter(name="中共新县委员会").count() == 1
