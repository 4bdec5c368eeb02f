"""The roll-up of receipts against a count by hand, whoever joins, moves, leaves and reads between.

Every step changes rows as the product does or reads as people do; after it, the figures of each
relay (live, stored, summed down the chain) and each person's unread count are counted once more
here, one by one.
"""

from datetime import timedelta

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
from lianxue.notices.actions import counting, receipts
from lianxue.notices.models import Notice, Receipt, Relay, RelayBranch
from lianxue.notices.queries import figures, reading
from lianxue.notices.queries.figures import Figures
from lianxue.organizations.models import Branch, Membership, RoleGrant
from lianxue.shared.errors import DomainError, NotFound
from tests.factories import OrganizationFactory, UserFactory, make_branch, put_in_chain

PICK = st.integers(min_value=0, max_value=999)
PLACE = st.integers(min_value=0, max_value=1)
STEP = Branch.steplen


class RollUp(RuleBasedStateMachine):
    """市 and 县 below it, three branches each (the second below the first); three people."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize()
    def start(self) -> None:
        top = put_in_chain(OrganizationFactory())
        self.places = [top, put_in_chain(OrganizationFactory(), top)]
        self.branches = []
        for place in self.places:
            first = make_branch(place, "第一党总支")
            below = make_branch(place, "第一党支部", parent=first)
            self.branches.append([first, below, make_branch(place, "第二党支部")])
        self.people = [UserFactory() for _ in range(3)]
        self.phones = 0
        for n in range(3):  # everybody is somewhere and has read something, from the first step
            self.join(place=n % 2, person=n, branch=n, came=True)
        self.send(branches=set(), role="")
        self.pass_on(pick=0, branches={0})
        for n in range(3):
            self.read(pick=0, person=n, confirm=bool(n))
        self.send(branches=set(), role="")
        self.close(pick=2)  # whoever joins from now on is not reached by it

    # ---------- people

    def _branch(self, place: int, pick: int) -> Branch | None:
        return [None, *self.branches[place]][pick % 4]

    def _seat(self, pick: int) -> Membership | None:
        rows = list(Membership.objects.exclude(state="ended").order_by("pk"))
        return rows[pick % len(rows)] if rows else None

    @rule(place=PLACE, person=PICK, branch=PICK, came=st.booleans())
    def join(self, place: int, person: int, branch: int, came: bool) -> None:
        who: User = self.people[person % 3]
        if Membership.objects.exclude(state="ended").filter(
            organization=self.places[place], user=who
        ):
            return
        self.phones += 1
        Membership.objects.create(
            organization=self.places[place],
            branch=self._branch(place, branch),
            user=who if came else None,
            phone=f"138{self.phones:08d}",
            name=who.name,
            state="active" if came else "invited",
            created_at=timezone.now(),
            activated_at=timezone.now() if came else None,
        )

    @rule(pick=PICK, branch=PICK)
    def move(self, pick: int, branch: int) -> None:
        if seat := self._seat(pick):
            place = self.places.index(seat.organization)
            seat.branch = self._branch(place, branch)
            seat.save()

    @rule(pick=PICK)
    def leave(self, pick: int) -> None:
        if seat := self._seat(pick):
            seat.role_grants.all().delete()
            seat.state, seat.ended_at = "ended", timezone.now()
            seat.save()

    @rule(pick=PICK)
    def turn_office(self, pick: int) -> None:
        """A learning administrator's office, given or taken."""
        if (seat := self._seat(pick)) and not seat.role_grants.all().delete()[0]:
            RoleGrant.objects.create(
                organization=seat.organization,
                membership=seat,
                role="learning_admin",
                scope=seat.branch,
                granted_at=timezone.now(),
            )

    # ---------- notices

    @rule(branches=st.sets(PICK, max_size=2), role=st.sampled_from(["", "admin", "main_admin"]))
    def send(self, branches: set[int], role: str) -> None:
        moment = timezone.now()
        notice = Notice.objects.create(
            state="sent",
            organization=self.places[0],
            title="通知",
            needs_confirmation=bool(len(branches) % 2),
            created_at=moment,
            changed_at=moment,
            sent_at=moment,
        )
        self._pass(notice, 0, branches, role)

    @rule(pick=PICK, branches=st.sets(PICK, max_size=2))
    def pass_on(self, pick: int, branches: set[int]) -> None:
        rows = list(Notice.objects.exclude(relays__organization=self.places[1]).order_by("pk"))
        if rows:
            self._pass(rows[pick % len(rows)], 1, branches, "")

    def _pass(self, notice: Notice, place: int, branches: set[int], role: str) -> None:
        moment = timezone.now()
        relay = Relay.objects.create(
            notice=notice,
            organization=self.places[place],
            state="passed",
            own="branches" if branches else "whole",
            role=role,
            below="all",
            passed_at=moment,
            open_until=moment + timedelta(days=30),
        )
        for one in {self.branches[place][pick % 3] for pick in branches}:
            RelayBranch.objects.create(relay=relay, branch=one, name=one.name)

    @rule(pick=PICK)
    def close(self, pick: int) -> None:
        """Its time is over: who comes later is not reached."""
        rows = list(Relay.objects.order_by("pk"))
        if rows:
            Relay.objects.filter(pk=rows[pick % len(rows)].pk).update(open_until=timezone.now())

    @rule(pick=PICK)
    def recall(self, pick: int) -> None:
        rows = list(Relay.objects.filter(organization=self.places[1]).order_by("pk"))
        if rows:
            one = rows[pick % len(rows)]
            Relay.objects.filter(pk=one.pk).update(recalled_at=timezone.now(), recalled_from=one)

    @rule(pick=PICK, person=PICK, confirm=st.booleans())
    def read(self, pick: int, person: int, confirm: bool) -> None:
        rows, who = list(Notice.objects.order_by("pk")), self.people[person % 3]
        if not rows:
            return
        notice = rows[pick % len(rows)]
        reached = any(self._reaches(relay, seat) for relay, seat in self._pairs(who, notice))
        try:
            (receipts.confirm if confirm else receipts.read)(who, notice.pk)
        except NotFound:
            assert not reached
        except DomainError:
            assert reached
            assert confirm
        else:
            assert reached

    # ---------- the same, counted by hand

    def _pairs(self, who: User, notice: Notice) -> list[tuple[Relay, Membership]]:
        seats = list(Membership.objects.filter(user=who, state="active"))
        return [(relay, seat) for relay in notice.relays.all() for seat in seats]

    def _stands(self, relay: Relay, seat: Membership) -> bool:
        if seat.organization_id != relay.organization_id or seat.state == "ended":
            return False
        offices = [grant.role for grant in seat.role_grants.all()]
        if relay.role and not (offices if relay.role == "admin" else relay.role in offices):
            return False
        if relay.own == "whole":
            return True
        path = seat.branch.path if seat.branch else ""
        above = {path[:end] for end in range(STEP, len(path) + 1, STEP)}
        return any(one.branch and one.branch.path in above for one in relay.branches.all())

    def _reaches(self, relay: Relay, seat: Membership) -> bool:
        came, until = seat.activated_at, relay.open_until
        return (
            self._stands(relay, seat)
            and seat.state == "active"
            and came is not None
            and until is not None
            and came <= until
        )

    def _by_hand(self, relay: Relay) -> Figures:
        seats = list(Membership.objects.all())
        reached = {seat.pk for seat in seats if self._reaches(relay, seat)}
        inactive = [seat for seat in seats if seat.state == "invited" and self._stands(relay, seat)]
        mine = [one for one in Receipt.objects.filter(relay=relay) if one.membership_id in reached]
        sure = [one for one in mine if one.confirmed_at]
        return Figures(len(reached), len(inactive), len(mine), len(sure))

    @invariant()
    def figures_are_the_count_by_hand(self) -> None:
        relays = list(Relay.objects.all())
        expected = {relay.pk: self._by_hand(relay) for relay in relays}
        assert figures.live(expected) == expected
        assert counting.count(expected) == expected
        path = self.places[0].chain_path or ""
        for notice in Notice.objects.all():
            below = [
                relay
                for relay in relays
                if relay.notice_id == notice.pk
                and relay.organization_id == self.places[1].pk
                and relay.recalled_at is None
            ]
            whole = figures.sum_below(notice, path)
            assert whole.figures == sum((expected[one.pk] for one in below), Figures())
            assert (whole.organizations, whole.passed) == (1, len(below))
            assert sum(figures.sums_by_child(notice, path).values(), figures.Summed()) == whole

    @invariant()
    def unread_is_what_reaches_me_without_a_receipt(self) -> None:
        for who in self.people:
            unread = 0
            for notice in Notice.objects.all():
                unread += any(
                    relay.recalled_at is None
                    and relay.open_until is not None
                    and relay.open_until >= timezone.now()
                    and self._reaches(relay, seat)
                    and not Receipt.objects.filter(relay=relay, membership=seat).exists()
                    for relay, seat in self._pairs(who, notice)
                )
            assert reading.unread_count(who) == unread


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_roll_up_holds_whatever_happens() -> None:
    run_state_machine_as_test(
        RollUp,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
