"""Claim links: an organisation set up in bulk goes to its first main administrator."""

import pytest
from django.utils import timezone

from lianxue.certification.actions import chain, links
from lianxue.certification.models import ClaimLink
from lianxue.certification.queries import links as link_queries
from lianxue.organizations.models import Organization, RoleGrant
from lianxue.shared.actors import Operator
from lianxue.shared.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    PermissionDenied,
    RealNameRequired,
    StateConflict,
)
from lianxue.shared.ids import new_token
from tests.cast import Cast
from tests.factories import OrganizationFactory, put_in_chain

from .helpers import events, expire


@pytest.fixture
def town(cast: Cast) -> Organization:
    """待认领 below 县."""
    return put_in_chain(OrganizationFactory(name="中共红柳镇委员会"), cast.county)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("owner", None),
        ("whole_admin", None),
        ("operator", RealNameRequired),
        ("city_admin", PermissionDenied),
        ("colleague", NotFound),
        ("member", NotFound),
        ("newcomer_admin", NotFound),
        ("stranger", NotFound),
    ],
)
def test_who_hands_over(
    cast: Cast, town: Organization, who: str, error: type[DomainError] | None
) -> None:
    if error is None:
        link = links.create_claim_link(getattr(cast, who), town.pk)
        assert (link.expires_at - link.created_at).days == 7
        assert events(town) == ["certification.claim_link_created"]
        assert links.revoke_claim_link(getattr(cast, who), link.pk).revoked_at is not None
        return
    link = links.create_claim_link(Operator(), town.pk)
    with pytest.raises(error):
        links.create_claim_link(getattr(cast, who), town.pk)
    with pytest.raises(error):
        links.revoke_claim_link(getattr(cast, who), link.pk)
    link.refresh_from_db()
    assert link.revoked_at is None


def test_a_verified_operator_hands_over_like_the_command_line(
    cast: Cast, town: Organization
) -> None:
    cast.operator.realname_verified_at = timezone.now()
    cast.operator.save()
    link = links.create_claim_link(cast.operator, town.pk)
    assert links.revoke_claim_link(cast.operator, link.pk).revoked_at is not None


def test_a_claimed_organisation_needs_no_link(cast: Cast) -> None:
    with pytest.raises(StateConflict) as told:
        links.create_claim_link(cast.city_admin, cast.county.pk)
    assert told.value.code == "already-claimed"


def test_days_are_one_of_the_choices(cast: Cast, town: Organization) -> None:
    with pytest.raises(InvalidInput) as told:
        links.create_claim_link(cast.owner, town.pk, 5)
    assert "days" in told.value.fields


def test_claiming_makes_the_main_administrator_once(cast: Cast, town: Organization) -> None:
    link = links.create_claim_link(cast.owner, town.pk)
    spare = links.create_claim_link(cast.owner, town.pk)
    with pytest.raises(RealNameRequired):
        links.claim_organization(cast.member, link.token)
    links.claim_organization(cast.stranger, link.token)
    grant = RoleGrant.objects.get(organization=town)
    assert (grant.role, grant.membership.user) == ("main_admin", cast.stranger)
    assert "certification.claimed" in events(town)
    assert events(cast.county)[-1] == "certification.claimed"
    spare.refresh_from_db()
    assert spare.revoked_at is not None
    with pytest.raises(StateConflict) as told:
        links.claim_organization(cast.newcomer_admin, link.token)
    assert told.value.code == "claim-used"


@pytest.mark.parametrize(
    "why",
    [
        "claim-not-found",
        "claim-expired",
        "claim-revoked",
        "already-claimed",
        "organization-dissolved",
    ],
)
def test_each_failure_has_its_own_words(cast: Cast, town: Organization, why: str) -> None:
    link = links.create_claim_link(cast.owner, town.pk)
    token = link.token
    if why == "claim-not-found":
        token = new_token()
    elif why == "claim-expired":
        expire(link)
    elif why == "claim-revoked":
        links.revoke_claim_link(cast.owner, link.pk)
    elif why == "already-claimed":
        other = links.create_claim_link(cast.owner, town.pk)
        links.claim_organization(cast.stranger, other.token)
        ClaimLink.objects.filter(pk=link.pk).update(revoked_at=None)
    else:
        Organization.objects.filter(pk=town.pk).update(
            superior=None, chain_path=None, certified_at=None, dissolved_at=town.created_at
        )
    with pytest.raises(DomainError) as told:
        links.claim_organization(cast.newcomer_admin, token)
    assert told.value.code == why


def test_decertifying_takes_the_links_back(cast: Cast, town: Organization) -> None:
    link = links.create_claim_link(cast.owner, town.pk)
    chain.decertify(cast.owner, town.pk, "建错了")
    with pytest.raises(StateConflict) as told:
        link_queries.read_claim_link(link.token)
    assert told.value.code == "claim-revoked"
