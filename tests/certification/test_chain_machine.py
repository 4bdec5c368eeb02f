"""Certify, decertify, rename, dissolve and move in random order; the rules of the domain hold.

After every step the rules 1, 3, 4, 5 and 6 of the design are checked against the whole database,
and the chain against a plain model that knows nothing of paths.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from lianxue.accounts.models import User
from lianxue.audit.queries import first_broken_link
from lianxue.certification import policy
from lianxue.certification.actions import applications, chain, invitations, renaming, setup
from lianxue.certification.actions import settings as settings_actions
from lianxue.certification.actions.invitations import Terms
from lianxue.certification.models import Certification, CertificationApplication, RenameRequest
from lianxue.certification.queries import chain as chain_queries
from lianxue.organizations.actions import branches, members
from lianxue.organizations.models import Branch, Membership, Organization
from lianxue.shared.actors import Operator
from lianxue.shared.errors import DomainError
from lianxue.shared.ids import path_step
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory, grant

ORGANIZATIONS = 6
PICK = st.integers(0, 10**6)


@dataclass
class Known:
    """One organisation in the plain model."""

    pk: int
    admin: User
    name: str
    superior: int | None = None
    certified: bool = False
    dissolved: bool = False


class Chain(RuleBasedStateMachine):
    """The product on one side, the plain model on the other."""

    @initialize()
    def begin(self) -> None:
        """Six organisations, the first of them the root; all rolled back at the end."""
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.known: list[Known] = []
        for _ in range(ORGANIZATIONS):
            self._new()
        self.root = self.known[0]
        setup.name_root(Operator(), self.root.name)
        self.root.certified = True
        for above, below in ((0, 1), (1, 2), (0, 3)):  # a chain to begin with
            self._certify(self.known[above], self.known[below])

    def teardown(self) -> None:
        """Leave nothing behind for the next example."""
        if hasattr(self, "atomic"):
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def _new(self) -> None:
        organization = OrganizationFactory()
        admin = UserFactory(realname_verified_at=timezone.now())
        grant(MembershipFactory(organization=organization, user=admin), "main_admin")
        self.known.append(Known(organization.pk, admin, organization.name))

    def _pick(self, number: int) -> Known:
        return self.known[number % len(self.known)]

    def _likely(self, number: int, certified: bool) -> Known:
        """Mostly one for which the step is allowed, else anyone: both answers come up often."""
        fit = [one for one in self.known if one.certified == certified and not one.dissolved]
        return fit[number % len(fit)] if fit and number % 4 else self._pick(number)

    def _below(self, one: Known) -> list[Known]:
        return [other for other in self.known if other.superior == one.pk]

    def _expect(self, allowed: bool, act: Callable[[], object]) -> None:
        """The product does it exactly when the plain model allows it."""
        refused = ""
        try:
            act()
        except DomainError as error:
            refused = f"{error.code}: {error.message}"
        assert allowed != bool(refused), refused or "was not refused"

    @rule(above=PICK, below=PICK)
    def certify(self, above: int, below: int) -> None:
        """Invite, apply, approve."""
        self._certify(self._likely(above, certified=True), self._likely(below, certified=False))

    def _certify(self, superior: Known, applicant: Known) -> None:
        allowed = (
            superior.certified
            and not applicant.certified
            and not applicant.dissolved
            and superior is not applicant
        )

        def act() -> None:
            with transaction.atomic():
                link = invitations.create_invitation(superior.admin, superior.pk, Terms())
                sent = applications.submit_application(applicant.admin, link.token, applicant.pk)
                applications.approve_application(superior.admin, sent.pk)

        self._expect(allowed, act)
        if allowed:
            applicant.certified, applicant.superior = True, superior.pk

    @rule(above=PICK, below=PICK)
    def apply_and_wait(self, above: int, below: int) -> None:
        """An application that nobody decides: it must not stop, nor survive, what comes later."""
        superior = self._likely(above, certified=True)
        applicant = self._likely(below, certified=False)
        try:
            with transaction.atomic():
                link = invitations.create_invitation(superior.admin, superior.pk, Terms())
                sent = applications.submit_application(applicant.admin, link.token, applicant.pk)
        except DomainError:
            return
        assert superior.certified
        applications.withdraw_application(applicant.admin, sent.pk)

    @rule(one=PICK, by_superior=st.booleans())
    def decertify(self, one: int, by_superior: bool) -> None:
        """By the superior or by the organisation itself."""
        target = self._likely(one, certified=True)
        superiors = [other for other in self.known if other.pk == target.superior]
        actor = superiors[0].admin if by_superior and superiors else target.admin
        allowed = target.certified and target is not self.root and not self._below(target)
        self._expect(allowed, lambda: chain.decertify(actor, target.pk, "调整"))
        if allowed:
            target.certified, target.superior = False, None

    @rule(one=PICK, number=st.integers(1, 5))
    def rename(self, one: int, number: int) -> None:
        """Free before certification, refused after."""
        target, name = self._pick(one), f"中共改名第{number}委员会"
        allowed = not target.certified and not target.dissolved
        self._expect(
            allowed, lambda: settings_actions.rename_organization(target.admin, target.pk, name)
        )
        if allowed:
            target.name = name

    @rule(one=PICK, number=st.integers(1, 5), decide=st.sampled_from(["approve", "refuse"]))
    def rename_by_asking(self, one: int, number: int, decide: str) -> None:
        """After certification the superior decides; the root has none to ask."""
        target, name = self._likely(one, certified=True), f"中共改名第{number}委员会"
        superiors = [other for other in self.known if other.pk == target.superior]
        allowed = target.certified and bool(superiors) and name != target.name

        def act() -> None:
            with transaction.atomic():
                asked = renaming.ask_rename(target.admin, target.pk, name)
                decision = getattr(renaming, f"{decide}_rename")
                decision(superiors[0].admin, asked.pk, "经研究")

        self._expect(allowed, act)
        if allowed and decide == "approve":
            target.name = name

    @rule(one=PICK, number=st.integers(1, 5))
    def ask_and_wait(self, one: int, number: int) -> None:
        """A new name that nobody decides on: decertifying ends it, or its asker does."""
        target, name = self._likely(one, certified=True), f"中共待定第{number}委员会"
        try:
            asked = renaming.ask_rename(target.admin, target.pk, name)
        except DomainError:
            return
        assert target.certified
        if not self._below(target) and number % 2:
            self.decertify_now(target)
            asked.refresh_from_db()
            assert asked.state == "withdrawn"
        else:
            renaming.withdraw_rename(target.admin, asked.pk)

    def decertify_now(self, target: Known) -> None:
        """One that is certified, not the root, and has nobody below it."""
        chain.decertify(target.admin, target.pk, "调整")
        target.certified, target.superior = False, None

    @rule(one=PICK, sure=st.booleans())
    def dissolve(self, one: int, sure: bool) -> None:
        """Uncertified only, with the name typed; a new one takes its place."""
        target = self._pick(one)
        allowed = sure and not target.certified and not target.dissolved
        typed = target.name if sure else "别的名字"
        self._expect(
            allowed,
            lambda: settings_actions.dissolve_organization(target.admin, target.pk, typed),
        )
        if allowed:
            target.dissolved = True
            self._new()

    @rule(one=PICK, parent=PICK, number=st.integers(1, 9))
    def grow_tree(self, one: int, parent: int, number: int) -> None:
        """A branch, anywhere in an organisation's tree, with a person in it."""
        target = self._pick(one)
        rows = list(Branch.objects.filter(organization_id=target.pk))
        above = rows[parent % len(rows)].pk if rows and parent % 3 else None
        try:
            branch = branches.add_branch(
                target.admin, target.pk, f"第{number}党支部", "branch", above
            )
            phone = f"136{Membership.objects.count():08}"
            person = members.NewPerson("测试", phone)
            members.add_members(target.admin, target.pk, branch.pk, [person])
        except DomainError:
            return
        assert not target.dissolved

    @rule(one=PICK, what=PICK, to=PICK)
    def move(self, one: int, what: int, to: int) -> None:
        """A branch below another, perhaps below itself; and a person, perhaps to another's tree."""
        target = self._pick(one)
        rows = list(Branch.objects.order_by("pk"))
        own = [row for row in rows if row.organization_id == target.pk]
        if not own:
            return
        moved, goal = own[what % len(own)], rows[to % len(rows)]
        circle = goal.path.startswith(moved.path)
        try:
            branches.move_branch(target.admin, moved.pk, goal.pk)
        except DomainError:
            pass
        else:
            assert not circle
            assert goal.organization_id == target.pk
        seat = Membership.objects.filter(organization_id=target.pk).exclude(state="ended").last()
        try:
            members.move_members(target.admin, target.pk, [seat.pk if seat else 0], goal.pk)
        except DomainError:
            return
        assert goal.organization_id == target.pk

    @invariant()
    def rule_1_trees(self) -> None:
        """No circle; one root path per node; everybody in a branch of the own organisation."""
        assert not any(Branch.objects.find_problems())
        for branch in Branch.objects.filter(depth__gt=1):
            parent = Branch.objects.get_parent(branch)
            assert parent is not None
            assert parent.organization_id == branch.organization_id
        for seat in Membership.objects.exclude(branch=None).select_related("branch"):
            assert seat.branch is not None
            assert seat.branch.organization_id == seat.organization_id

    @invariant()
    def rules_3_to_6_chain(self) -> None:
        """The database says what the plain model says, and the paths say it too."""
        rows = {one.pk: one for one in Organization.objects.all()}
        for known in self.known:
            row = rows[known.pk]
            assert row.name == known.name
            assert (row.superior_id, row.is_certified) == (known.superior, known.certified)
            assert (row.dissolved_at is not None) == known.dissolved
            if not row.is_certified:
                assert row.certified_at is None
                continue
            above = rows[row.superior_id].chain_path if row.superior_id else ""
            assert above is not None
            assert row.chain_path == above + path_step(row.pk)
            assert row.superior_id is not None or row.pk == self.root.pk

    @invariant()
    def index_range_is_everything_below(self) -> None:
        """The range scan finds what walking from superior to superior finds."""
        up = {known.pk: known.superior for known in self.known}
        for known in self.known:
            row = Organization.objects.get(pk=known.pk)
            if row.chain_path is None:
                continue
            below = set()
            for other in self.known:
                at: int | None = other.pk
                while at is not None and other.certified:
                    if at == known.pk:
                        below.add(other.pk)
                    at = up[at]
            found = Organization.objects.filter(policy.subtree(row.chain_path))
            assert set(found.values_list("pk", flat=True)) == below
            assert chain_queries.descendant_count(row) == len(below) - 1

    @invariant()
    def history_and_audit(self) -> None:
        """One living certification for each certified one, none for the others; logs unbroken."""
        living = set(
            Certification.objects.filter(until=None).values_list("organization_id", "superior_id")
        )
        assert living == {(one.pk, one.superior) for one in self.known if one.certified}
        assert not CertificationApplication.objects.filter(state="pending").exists()
        assert not RenameRequest.objects.filter(state="pending").exists()
        for one in self.known:
            assert first_broken_link(f"org:{one.pk}") is None


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_rules_hold_whatever_happens() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Chain,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
