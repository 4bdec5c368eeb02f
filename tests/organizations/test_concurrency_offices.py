"""Accepting, removing and dismissing at once (PostgreSQL): the office is never lost or doubled."""

import pytest
from django.utils import timezone

from lianxue.audit.queries import first_broken_link
from lianxue.organizations.actions import members, roles
from lianxue.organizations.models import RoleGrant
from tests.cast import make_cast
from tests.factories import MembershipFactory, UserFactory, grant

from .test_concurrency import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_accepting_the_office_while_being_removed_and_dismissed() -> None:
    """However the three meet: one main administrator, who belongs to the organisation."""
    people = make_cast()
    for _ in range(6):
        seat = MembershipFactory(
            organization=people.county,
            user=UserFactory(realname_verified_at=timezone.now()),
        )
        taker = seat.user
        assert taker is not None
        office = grant(seat, RoleGrant.Role.LEARNING_ADMIN, people.second_branch)
        main = RoleGrant.objects.get(organization=people.county, role="main_admin")
        giver = main.membership.user
        assert giver is not None
        offer = roles.offer_handover(giver, seat.pk)
        at_once(
            [
                lambda taker=taker, offer=offer: roles.answer_handover(taker, offer.pk, True),  # type: ignore[misc]
                lambda giver=giver, seat=seat: members.remove_member(giver, seat.pk, "转出"),  # type: ignore[misc]
                lambda giver=giver, office=office: roles.dismiss(giver, office.pk),  # type: ignore[misc]
            ]
        )
        main.refresh_from_db()
        offer.refresh_from_db()
        seat.refresh_from_db()
        accepted = offer.state == "accepted"
        assert (main.membership_id == seat.pk) == accepted
        assert seat.state == ("active" if accepted else "ended")
        assert not RoleGrant.objects.filter(membership=seat, role="learning_admin").exists()
        assert RoleGrant.objects.filter(organization=people.county, role="main_admin").count() == 1
    assert first_broken_link(f"org:{people.county.pk}") is None
