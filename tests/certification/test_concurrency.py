"""Two people at once, on PostgreSQL: the locks decide, one wins, the other is told."""

# ruff: noqa: B023 - every lambda is called within its own round

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.audit.queries import first_broken_link
from lianxue.certification.actions import (
    applications,
    chain,
    invitations,
    links,
    renaming,
    settings,
    setup,
)
from lianxue.certification.models import Certification, CertificationApplication, RenameRequest
from lianxue.organizations.models import Organization, RoleGrant
from lianxue.shared.actors import Operator
from lianxue.shared.errors import DomainError
from tests.cast import Cast, make_cast
from tests.factories import (
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
    grant,
    put_in_chain,
)

from .helpers import apply, invite, run_by

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = range(5)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do all acts at the same moment; for each what came of it: ``done`` or the error's code."""
    start = threading.Barrier(len(acts))
    came = [""] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            start.wait(10)
            act()
            came[place] = "done"
        except DomainError as error:
            came[place] = error.code
        except Exception as error:  # a deadlock must fail the test, not the thread
            came[place] = repr(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return came


def whole(*organizations: Organization) -> None:
    """The audit streams are unbroken."""
    for one in organizations:
        assert first_broken_link(f"org:{one.pk}") is None


@pytest.fixture
def people() -> Cast:
    """The cast, committed."""
    return make_cast()


def pending(cast: Cast) -> CertificationApplication:
    """A new organisation that has asked 县 to certify it."""
    organization, admin = run_by()
    return apply(admin, organization, invite(cast.owner, cast.county))


def second_admin(organization: Organization) -> User:
    """One more administrator of the whole organisation."""
    user = UserFactory(realname_verified_at=timezone.now())
    grant(MembershipFactory(organization=organization, user=user), "learning_admin")
    return user


def test_two_approvals_end_in_one(people: Cast) -> None:
    for _ in ROUNDS:
        sent = pending(people)
        came = at_once(
            lambda pk=sent.pk: applications.approve_application(people.owner, pk),
            lambda pk=sent.pk: applications.approve_application(people.whole_admin, pk),
        )
        assert sorted(came) == ["application-decided", "done"]
        assert Certification.objects.filter(organization=sent.applicant_id).count() == 1
    whole(people.county)


def test_approving_and_refusing_end_in_one(people: Cast) -> None:
    for _ in ROUNDS:
        sent = pending(people)
        came = at_once(
            lambda pk=sent.pk: applications.approve_application(people.owner, pk),
            lambda pk=sent.pk: applications.refuse_application(people.whole_admin, pk, "材料不全"),
        )
        assert sorted(came) == ["application-decided", "done"]
        sent.refresh_from_db()
        certified = Organization.objects.get(pk=sent.applicant_id).is_certified
        assert certified == (sent.state == "approved")


def test_approving_and_withdrawing_end_in_one(people: Cast) -> None:
    for _ in ROUNDS:
        sent = pending(people)
        sender = sent.submitted_by
        assert sender is not None
        came = at_once(
            lambda pk=sent.pk: applications.approve_application(people.owner, pk),
            lambda pk=sent.pk, by=sender: applications.withdraw_application(by, pk),
        )
        assert sorted(came) == ["application-decided", "done"]
        sent.refresh_from_db()
        certified = Organization.objects.get(pk=sent.applicant_id).is_certified
        assert certified == (sent.state == "approved")


def test_approving_while_the_superior_is_decertified(people: Cast) -> None:
    for _ in ROUNDS:
        superior, admin = run_by()
        put_in_chain(superior, people.county)
        organization, asker = run_by()
        sent = apply(asker, organization, invite(admin, superior))
        came = at_once(
            lambda pk=sent.pk, by=admin: applications.approve_application(by, pk),
            lambda pk=superior.pk: chain.decertify(people.owner, pk, "调整"),
        )
        superior.refresh_from_db()
        organization.refresh_from_db()
        if came[0] == "done":  # then it has a subordinate, and stays
            assert came[1] == "has-subordinates"
            assert superior.is_certified
            assert organization.chain_path.startswith(superior.chain_path)
        else:
            assert came == ["superior-not-certified", "done"]
            assert not organization.is_certified
        whole(superior, organization)


def test_two_that_ask_each_other_make_no_circle(people: Cast) -> None:
    for _ in ROUNDS:
        (one, one_admin), (two, two_admin) = run_by(), run_by()
        put_in_chain(one, people.county)
        link = invite(one_admin, one)
        put_in_chain(two, people.county)
        other = invite(two_admin, two)
        for organization in (one, two):  # both have left the chain meanwhile, with links about
            Organization.objects.filter(pk=organization.pk).update(
                superior=None, chain_path=None, certified_at=None
            )
        put_in_chain(Organization.objects.get(pk=one.pk), people.county)
        came = at_once(
            lambda: applications.submit_application(two_admin, link.token, two.pk),
            lambda: applications.submit_application(one_admin, other.token, one.pk),
        )
        assert came[0] == "done"
        assert came[1] == "superior-not-certified"
        one.refresh_from_db()
        two.refresh_from_db()
        assert not (one.superior_id == two.pk and two.superior_id == one.pk)


def test_a_one_use_invitation_is_used_once(people: Cast) -> None:
    for _ in ROUNDS:
        link = invite(people.owner, people.county)
        (one, one_admin), (two, two_admin) = run_by(), run_by()
        came = at_once(
            lambda: applications.submit_application(one_admin, link.token, one.pk),
            lambda: applications.submit_application(two_admin, link.token, two.pk),
        )
        assert sorted(came) == ["done", "invitation-used-up"]
        link.refresh_from_db()
        assert link.uses == 1


def test_one_organisation_has_one_application_waiting(people: Cast) -> None:
    for _ in ROUNDS:
        first, second = invite(people.owner, people.county), invite(people.city_admin, people.city)
        organization, admin = run_by()
        colleague = second_admin(organization)
        came = at_once(
            lambda: applications.submit_application(admin, first.token, organization.pk),
            lambda: applications.submit_application(colleague, second.token, organization.pk),
        )
        assert sorted(came) == ["application-pending", "done"]


def test_applying_while_the_invitation_is_revoked(people: Cast) -> None:
    for _ in ROUNDS:
        link = invite(people.owner, people.county)
        organization, admin = run_by()
        came = at_once(
            lambda: applications.submit_application(admin, link.token, organization.pk),
            lambda: invitations.revoke_invitation(people.owner, link.pk),
        )
        assert came in (["done", "done"], ["invitation-revoked", "done"])


def test_two_claims_end_in_one(people: Cast) -> None:
    for _ in ROUNDS:
        town = put_in_chain(OrganizationFactory(), people.county)
        link = links.create_claim_link(people.owner, town.pk)
        spare = links.create_claim_link(people.owner, town.pk)
        came = at_once(
            lambda: links.claim_organization(people.stranger, link.token),
            lambda: links.claim_organization(people.newcomer_admin, link.token),
            lambda: links.claim_organization(people.city_admin, spare.token),
        )
        assert came.count("done") == 1
        assert set(came) <= {"done", "claim-used", "claim-revoked", "already-claimed"}
        assert RoleGrant.objects.filter(organization=town, role="main_admin").count() == 1


def test_dissolving_while_being_approved(people: Cast) -> None:
    for _ in ROUNDS:
        sent = pending(people)
        sender, organization = sent.submitted_by, sent.applicant
        assert sender is not None
        came = at_once(
            lambda: applications.approve_application(people.owner, sent.pk),
            lambda: settings.dissolve_organization(sender, organization.pk, organization.name),
        )
        organization.refresh_from_db()
        assert came.count("done") == 1
        assert organization.is_certified == (came[0] == "done")
        assert (organization.dissolved_at is None) == (came[0] == "done")


def renaming_town(cast: Cast) -> tuple[RenameRequest, User]:
    """A town below 县 that has asked for a new name, and its main administrator."""
    town, admin = run_by()
    put_in_chain(town, cast.county)
    return renaming.ask_rename(admin, town.pk, f"中共第{town.pk}镇委员会"), admin


def named_as_decided(request: RenameRequest) -> None:
    """The name is the new one exactly when the request was approved; all else has followed."""
    request.refresh_from_db()
    town = Organization.objects.get(pk=request.organization_id)
    assert (town.name == request.new_name) == (request.state == "approved")
    assert town.former_names.count() == (request.state == "approved")
    whole(town)


def test_two_approvals_of_a_name_end_in_one(people: Cast) -> None:
    for _ in ROUNDS:
        request, _ = renaming_town(people)
        came = at_once(
            lambda: renaming.approve_rename(people.owner, request.pk),
            lambda: renaming.approve_rename(people.whole_admin, request.pk),
        )
        assert sorted(came) == ["application-decided", "done"]
        named_as_decided(request)
    whole(people.county)


def test_approving_a_name_while_it_is_withdrawn(people: Cast) -> None:
    for _ in ROUNDS:
        request, admin = renaming_town(people)
        came = at_once(
            lambda: renaming.approve_rename(people.owner, request.pk),
            lambda: renaming.withdraw_rename(admin, request.pk),
        )
        assert sorted(came) == ["application-decided", "done"]
        named_as_decided(request)


def test_approving_a_name_while_decertifying(people: Cast) -> None:
    for n in ROUNDS:
        request, _ = renaming_town(people)
        acts = [
            lambda: renaming.approve_rename(people.owner, request.pk),
            lambda: chain.decertify(people.whole_admin, request.organization_id, "调整"),
        ]
        came = at_once(*acts) if n % 2 else at_once(*acts[::-1])[::-1]
        assert came in (["done", "done"], ["application-decided", "done"])
        request.refresh_from_db()
        assert request.state == ("approved" if came[0] == "done" else "withdrawn")
        named_as_decided(request)


def test_one_organisation_has_one_name_asked_for(people: Cast) -> None:
    for _ in ROUNDS:
        town, admin = run_by()
        put_in_chain(town, people.county)
        came = at_once(
            lambda: renaming.ask_rename(admin, town.pk, "中共甲镇委员会"),
            lambda: renaming.ask_rename(admin, town.pk, "中共乙镇委员会"),
        )
        assert sorted(came) == ["done", "rename-pending"]


def test_many_subordinates_of_one_superior_at_once(people: Cast) -> None:
    waiting = [pending(people) for _ in range(8)]
    came = at_once(
        *[lambda pk=sent.pk: applications.approve_application(people.owner, pk) for sent in waiting]
    )
    assert came == ["done"] * 8
    whole(people.county, *[sent.applicant for sent in waiting])


def test_two_operators_name_one_root() -> None:
    came = at_once(
        lambda: setup.name_root(Operator(), "中共东海省委员会"),
        lambda: setup.name_root(Operator(), "中共西海省委员会"),
    )
    assert sorted(came) == ["done", "root-named"]
    assert Organization.objects.filter(superior=None, chain_path__isnull=False).count() == 1
