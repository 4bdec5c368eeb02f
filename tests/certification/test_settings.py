"""更多设置: renaming and dissolving before certification alone (design rule 5)."""

import pytest

from lianxue.certification.actions import applications, links, settings
from lianxue.certification.models import CertificationApplication
from lianxue.certification.queries import chain as chain_queries
from lianxue.inbox.models import InboxItem
from lianxue.organizations.models import HandoverOffer, Membership, RoleGrant
from lianxue.shared.actors import Operator
from lianxue.shared.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    PermissionDenied,
    RealNameRequired,
    StateConflict,
)
from tests.cast import Cast
from tests.factories import MembershipFactory

from .helpers import apply, events, invite

RENAMERS: list[tuple[str, type[DomainError] | None]] = [
    ("newcomer_admin", None),
    ("owner", NotFound),
    ("stranger", NotFound),
]


@pytest.mark.parametrize(("who", "error"), RENAMERS)
def test_who_renames(cast: Cast, who: str, error: type[DomainError] | None) -> None:
    actor, old = getattr(cast, who), cast.newcomer.name
    if error is not None:
        with pytest.raises(error):
            settings.rename_organization(actor, cast.newcomer.pk, "中共青石县委员会")
        return
    settings.rename_organization(actor, cast.newcomer.pk, " 中共青石县委员会 ")
    cast.newcomer.refresh_from_db()
    assert cast.newcomer.name == "中共青石县委员会"
    assert [one.name for one in cast.newcomer.former_names.all()] == [old]
    assert events(cast.newcomer) == ["certification.renamed"]


def test_the_unverified_and_plain_members_do_not_rename(cast: Cast) -> None:
    with pytest.raises(RealNameRequired):
        settings.rename_organization(cast.unverified_admin, cast.other.pk, "中共青石县委员会")
    with pytest.raises(PermissionDenied):
        settings.rename_organization(cast.other_member, cast.other.pk, "中共青石县委员会")


def test_a_former_name_is_found(cast: Cast) -> None:
    old = cast.newcomer.name
    settings.rename_organization(cast.newcomer_admin, cast.newcomer.pk, "中共蓝湖县委员会")
    assert chain_queries.search(cast.newcomer_admin, old).items == [cast.newcomer]
    assert chain_queries.search(cast.stranger, old).items == []


def test_the_same_name_changes_nothing(cast: Cast) -> None:
    settings.rename_organization(cast.newcomer_admin, cast.newcomer.pk, cast.newcomer.name)
    assert cast.newcomer.former_names.count() == 0
    assert events(cast.newcomer) == []


@pytest.mark.parametrize("name", ["", "短", "长" * 41, "有 空格", "a\0b", "<b>"])
def test_bad_names_are_refused_beside_the_field(cast: Cast, name: str) -> None:
    with pytest.raises(InvalidInput) as told:
        settings.rename_organization(cast.newcomer_admin, cast.newcomer.pk, name)
    assert "name" in told.value.fields


def test_the_certified_keep_their_name_and_stay(cast: Cast) -> None:
    with pytest.raises(StateConflict) as told:
        settings.rename_organization(cast.owner, cast.county.pk, "中共蓝湖县委员会")
    assert told.value.code == "certified-name-kept"
    assert "上级" in told.value.message
    with pytest.raises(StateConflict) as told:
        settings.dissolve_organization(cast.owner, cast.county.pk, cast.county.name)
    assert told.value.code == "certified-stays"


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("whole_admin", PermissionDenied),
        ("colleague", PermissionDenied),
        ("member", PermissionDenied),
        ("city_admin", PermissionDenied),  # sees it in the chain
        ("newcomer_admin", NotFound),
        ("stranger", NotFound),
    ],
)
def test_nobody_but_the_main_administrator_dissolves(
    cast: Cast, who: str, error: type[DomainError]
) -> None:
    with pytest.raises(error):
        settings.dissolve_organization(getattr(cast, who), cast.county.pk, cast.county.name)


def test_dissolving_ends_everything_that_hangs_on_it(cast: Cast) -> None:
    member = MembershipFactory(organization=cast.newcomer)
    HandoverOffer.objects.create(
        organization=cast.newcomer,
        from_membership=cast.memberships[cast.newcomer_admin.pk],
        to_membership=member,
        offered_at=cast.newcomer.created_at,
    )
    sent = apply(cast.newcomer_admin, cast.newcomer, invite(cast.owner, cast.county))
    with pytest.raises(InvalidInput) as told:
        settings.dissolve_organization(cast.newcomer_admin, cast.newcomer.pk, "中共青石县委")
    assert "typed_name" in told.value.fields
    settings.dissolve_organization(cast.newcomer_admin, cast.newcomer.pk, cast.newcomer.name)
    cast.newcomer.refresh_from_db()
    assert cast.newcomer.dissolved_at is not None
    assert set(cast.newcomer.memberships.values_list("state", flat=True)) == {
        Membership.State.ENDED
    }
    assert not RoleGrant.objects.filter(organization=cast.newcomer).exists()
    assert HandoverOffer.objects.get().state == "withdrawn"
    sent.refresh_from_db()
    assert sent.state == CertificationApplication.State.WITHDRAWN
    assert not InboxItem.objects.filter(kind="todo", done_at=None).exists()
    assert events(cast.newcomer)[-1] == "organization.dissolved"
    with pytest.raises(NotFound):
        settings.dissolve_organization(cast.newcomer_admin, cast.newcomer.pk, cast.newcomer.name)
    with pytest.raises(NotFound):
        applications.approve_application(cast.owner, sent.pk)


def test_dissolving_revokes_claim_links(cast: Cast) -> None:
    RoleGrant.objects.filter(organization=cast.newcomer).delete()
    link = links.create_claim_link(Operator(), cast.newcomer.pk)
    settings.dissolve_organization(Operator(), cast.newcomer.pk, cast.newcomer.name)
    link.refresh_from_db()
    assert link.revoked_at is not None
