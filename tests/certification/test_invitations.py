"""Invitations: who makes them, what they say when they can't be used."""

import pytest

from lianxue.certification.actions import applications, chain, invitations
from lianxue.certification.actions.invitations import Terms
from lianxue.certification.models import CertificationInvitation
from lianxue.certification.queries import links
from lianxue.organizations.models import Organization
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
from tests.factories import put_in_chain

from .helpers import apply, certify, events, expire, invite, run_by


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("owner", None),
        ("whole_admin", None),
        ("colleague", PermissionDenied),
        ("outsider_admin", PermissionDenied),
        ("member", PermissionDenied),
        ("city_admin", NotFound),
        ("newcomer_admin", NotFound),
        ("stranger", NotFound),
    ],
)
def test_who_invites_for_the_county(cast: Cast, who: str, error: type[DomainError] | None) -> None:
    if error is None:
        assert invite(getattr(cast, who), cast.county).organization == cast.county
        assert events(cast.county) == ["certification.invitation_created"]
        return
    with pytest.raises(error):
        invite(getattr(cast, who), cast.county)
    assert not CertificationInvitation.objects.exists()
    assert events(cast.county) == []


def test_only_the_certified_invite_and_only_verified_people(cast: Cast) -> None:
    with pytest.raises(StateConflict) as told:
        invite(cast.newcomer_admin, cast.newcomer)
    assert told.value.code == "not-certified"
    put_in_chain(cast.other, cast.city)
    with pytest.raises(RealNameRequired):
        invite(cast.unverified_admin, cast.other)


def test_the_defaults_are_seven_days_and_one_use(cast: Cast) -> None:
    made = invite(cast.owner, cast.county)
    assert (made.expires_at - made.created_at).days == 7
    assert made.max_uses == 1
    assert made.token not in made.token_hash


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"days": 0}, "days"),
        ({"days": 8}, "days"),
        ({"max_uses": 0}, "max_uses"),
        ({"max_uses": 1001}, "max_uses"),
        ({"bound_name": "长" * 101}, "bound_name"),
        ({"bound_name": "中共历山县委宣传部"}, "bound_name"),
        ({"bound_name": "a\0b"}, "bound_name"),
    ],
)
def test_bad_terms_have_their_message(cast: Cast, terms: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as told:
        invite(cast.owner, cast.county, **terms)
    assert set(told.value.fields) == {field}
    assert not CertificationInvitation.objects.exists()


def _broken(cast: Cast, why: str) -> tuple[str, Organization]:
    """A token that can't be used because of ``why``, and who tries it."""
    made = invite(
        cast.city_admin,
        cast.city,
        bound_name="中共红柳县委宣传部" if why == "bound-name-differs" else "",
        max_uses=1 if why == "invitation-used-up" else None,
    )
    applicant = cast.newcomer
    if why == "invitation-not-found":
        return new_token(), applicant
    if why == "invitation-expired":
        expire(made)
    elif why == "invitation-revoked":
        invitations.revoke_invitation(cast.city_admin, made.pk)
    elif why == "invitation-used-up":
        other, admin = run_by()
        apply(admin, other, made)
    elif why == "already-certified":
        applicant = put_in_chain(cast.newcomer, cast.province)
    elif why == "would-make-circle":
        applicant = cast.province
    elif why == "application-pending":
        apply(cast.newcomer_admin, cast.newcomer, made)
    elif why == "superior-not-certified":
        Organization.objects.filter(pk=cast.county.pk).update(
            superior=None, chain_path=None, certified_at=None
        )
        Organization.objects.filter(pk=cast.city.pk).update(
            superior=None, chain_path=None, certified_at=None
        )
    return made.token, applicant


REASONS = [
    "invitation-not-found",
    "invitation-expired",
    "invitation-revoked",
    "invitation-used-up",
    "already-certified",
    "would-make-circle",
    "superior-not-certified",
    "bound-name-differs",
    "application-pending",
]


@pytest.mark.parametrize("why", REASONS)
def test_each_failure_has_its_own_words(cast: Cast, why: str) -> None:
    token, applicant = _broken(cast, why)
    actor = cast.province_admin if applicant == cast.province else cast.newcomer_admin
    with pytest.raises(DomainError) as told:
        applications.submit_application(actor, token, applicant.pk)
    assert told.value.code == why


def test_the_obstacles_of_the_opened_page_differ(cast: Cast) -> None:
    found = set()
    made = invite(cast.city_admin, cast.city, bound_name="中共红柳县委宣传部")
    for organization, pending in [
        (cast.city, False),
        (cast.county, False),
        (cast.newcomer, False),
    ]:
        error = links.obstacle(made, organization, pending=pending)
        assert error is not None
        found.add((error.code, error.message))
    assert len(found) == 3


def test_an_unverified_administrator_is_sent_to_real_name(cast: Cast) -> None:
    made = invite(cast.city_admin, cast.city)
    with pytest.raises(RealNameRequired):
        apply(cast.unverified_admin, cast.other, made)


def test_a_bound_name_is_compared_without_spaces_and_kinds_of_brackets(cast: Cast) -> None:
    organization, admin = run_by(name="中共红柳县（直属）委员会")
    made = invite(cast.city_admin, cast.city, bound_name="中共红柳县 (直属) 委员会")
    assert apply(admin, organization, made).superior == cast.city


def test_one_use_and_many_uses(cast: Cast) -> None:
    (first, first_admin), (second, second_admin) = run_by(), run_by()
    many = invite(cast.city_admin, cast.city, max_uses=None)
    apply(first_admin, first, many)
    apply(second_admin, second, many)
    many.refresh_from_db()
    assert many.uses == 2


def test_after_a_refusal_the_same_link_serves_the_same_organisation_again(cast: Cast) -> None:
    made = invite(cast.city_admin, cast.city)
    sent = apply(cast.newcomer_admin, cast.newcomer, made)
    applications.refuse_application(cast.city_admin, sent.pk, "名称要写全称")
    again = apply(cast.newcomer_admin, cast.newcomer, made)
    assert again.pk != sent.pk
    made.refresh_from_db()
    assert made.uses == 1


def test_revoking_twice_changes_nothing(cast: Cast) -> None:
    made = invite(cast.owner, cast.county)
    first = invitations.revoke_invitation(cast.owner, made.pk).revoked_at
    assert invitations.revoke_invitation(cast.owner, made.pk).revoked_at == first
    assert events(cast.county).count("certification.invitation_revoked") == 1
    with pytest.raises(NotFound):
        invitations.revoke_invitation(cast.city_admin, made.pk)


def test_decertifying_revokes_what_was_sent_out(cast: Cast) -> None:
    made = invite(cast.owner, cast.county)
    chain.decertify(cast.city_admin, cast.county.pk, "机构调整")
    certify(cast.city_admin, cast.city, cast.owner, cast.county)
    with pytest.raises(StateConflict) as told:
        links.read_invitation(made.token)
    assert told.value.code == "invitation-revoked"


def test_terms_is_what_the_form_says() -> None:
    assert Terms() == Terms(bound_name="", max_uses=1, days=7)
