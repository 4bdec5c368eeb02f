"""An import beside people who register, beside other writers, beside itself: true concurrency."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from lianxue.accounts.actions import users
from lianxue.audit.models import AuditEvent
from lianxue.organizations.actions import imports, members
from lianxue.organizations.actions.imports import applying, writing
from lianxue.organizations.models import Membership
from lianxue.organizations.newcomers import NewPerson
from lianxue.shared.errors import DomainError
from tests.cast import Cast
from tests.factories import UserFactory
from tests.organizations.imports_help import upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
PHONE = "13600000001"


def queued(cast: Cast, rows, **options) -> int:
    batch = imports.prepare(cast.owner, cast.county.pk, upload(rows), **options)
    imports.confirm(cast.owner, batch.pk)
    return batch.pk


def aside(work: Callable[[], object]) -> threading.Thread:
    """``work`` in a thread with a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def register(phone: str, pause: Callable[[], object] = lambda: None) -> None:
    """What the last step of a registration does, in one transaction."""
    with transaction.atomic():
        user = users.create_user(phone, "周新", "", [])
        members.activate_for(user)
        pause()


def seat() -> Membership:
    return Membership.objects.exclude(state="ended").get(phone=PHONE)


def test_a_registration_that_looked_before_the_import_and_commits_after_its_first_look(
    cast: Cast, monkeypatch
) -> None:
    """It saw no membership, the import saw no user: the import's second look waits for it."""
    pk = queued(cast, [("周新", PHONE, "")])
    looked, written = threading.Event(), threading.Event()
    insert = writing.insert_members

    def slow_insert(*args):
        insert(*args)
        written.set()

    monkeypatch.setattr(writing, "insert_members", slow_insert)

    def pause():
        looked.set()
        written.wait(20)

    person = aside(lambda: register(PHONE, pause))
    assert looked.wait(20)
    assert imports.apply(pk).state == "done"
    person.join(20)
    assert (seat().state, seat().user.phone) == ("active", PHONE)


def test_a_registration_that_comes_while_the_import_ends(cast: Cast, monkeypatch) -> None:
    """It waits for the import's commit, and then sees what it wrote."""
    pk = queued(cast, [("周新", PHONE, "")])
    people: list[threading.Thread] = []
    finish = applying._finish

    def slow_finish(*args):
        people.append(aside(lambda: register(PHONE)))
        people[0].join(0.7)
        assert people[0].is_alive()  # it waits
        finish(*args)

    monkeypatch.setattr(applying, "_finish", slow_finish)
    assert imports.apply(pk).state == "done"
    people[0].join(20)
    assert (seat().state, seat().user.phone) == ("active", PHONE)


def test_a_registration_of_one_whose_name_the_import_changes_does_not_deadlock(
    cast: Cast, monkeypatch
) -> None:
    """The awaited person's row is updated by the import and activated by the registration."""
    members.add_members(cast.owner, cast.county.pk, None, [NewPerson("周旧", PHONE)])
    pk = queued(cast, [("周新", PHONE, "第二党支部")])
    updated = threading.Event()
    people: list[threading.Thread] = []
    update = applying.update

    def slow_update(*args):
        update(*args)
        people.append(aside(lambda: register(PHONE)))
        people[0].join(0.7)
        updated.set()

    monkeypatch.setattr(applying, "update", slow_update)
    assert imports.apply(pk).state == "done"
    people[0].join(20)
    row = seat()
    assert (row.state, row.name, row.branch) == ("active", "周新", cast.second_branch)


def test_a_registration_while_branches_are_made_does_not_deadlock(cast: Cast, monkeypatch) -> None:
    """It holds its share of the registrations' lock and writes into the organisation's log, which
    the import must not have locked before it waits for the registrations."""
    members.add_members(cast.owner, cast.county.pk, None, [NewPerson("周旧", PHONE)])
    pk = queued(cast, [("钱新", "13600000002", "第三党支部")], make_branches=True)
    people: list[threading.Thread] = []
    insert = applying.insert

    def slow_insert(*args):
        people.append(aside(lambda: register(PHONE)))
        people[0].join(0.7)
        insert(*args)

    monkeypatch.setattr(applying, "insert", slow_insert)
    assert imports.apply(pk).state == "done"
    people[0].join(20)
    assert seat().state == "active"
    assert AuditEvent.objects.filter(action="branch.added").exists()


@pytest.mark.parametrize("turn", range(3))
def test_many_register_while_they_are_imported(cast: Cast, turn) -> None:
    rows = [("周新", f"136000{turn}{number:04d}", "") for number in range(300)]
    pk = queued(cast, rows)
    start = threading.Barrier(4)
    failed: list[BaseException] = []

    def some(which: int) -> None:
        start.wait(20)
        for name, phone, _ in rows[which::10]:
            try:
                register(phone)
            except DomainError as error:  # nothing of the kind is expected
                failed.append(error)
            assert name

    threads = [aside(lambda which=which: some(which)) for which in range(3)]
    start.wait(20)
    assert imports.apply(pk).state == "done"
    for thread in threads:
        thread.join(60)
    assert not failed
    registered = {phone for which in range(3) for _, phone, _ in rows[which::10]}
    states = dict(Membership.objects.filter(name="周新").values_list("phone", "state"))
    assert len(states) == 300
    assert {phone for phone, state in states.items() if state == "active"} == registered


def test_written_twice_at_once_is_written_once(cast: Cast) -> None:
    pk = queued(cast, [("周新", f"1360000{number:04d}", "") for number in range(200)])
    threads = [aside(lambda: imports.apply(pk)) for _ in range(3)]
    for thread in threads:
        thread.join(60)
    assert Membership.objects.filter(name="周新").count() == 200
    assert AuditEvent.objects.filter(action="member.imported").count() == 1


def test_adding_the_same_people_by_hand_at_once(cast: Cast) -> None:
    """One of the two is first; the other says so, and nobody stands there twice."""
    rows = [("周新", f"1360000{number:04d}", "") for number in range(100)]
    pk = queued(cast, rows)
    refused: list[DomainError] = []

    def add() -> None:
        people = [NewPerson(name, phone) for name, phone, _ in rows[50:]]
        try:
            members.add_members(cast.owner, cast.county.pk, None, people)
        except DomainError as error:
            refused.append(error)

    hand = aside(add)
    batch = imports.apply(pk)
    hand.join(60)
    count = Membership.objects.filter(name="周新").count()
    assert (batch.state, count, len(refused)) in [("done", 100, 1), ("failed", 50, 0)]


def test_undone_while_somebody_registers(cast: Cast) -> None:
    pk = queued(cast, [("周新", PHONE, "")])
    imports.apply(pk)
    person = aside(lambda: register(PHONE))
    imports.undo(cast.owner, pk)
    person.join(20)
    rows = Membership.objects.filter(phone=PHONE)
    assert not rows.exclude(state="ended").exists()


def test_a_user_made_without_the_own_memberships_is_seated_by_the_import(cast: Cast) -> None:
    UserFactory(phone=PHONE)
    pk = queued(cast, [("周新", PHONE, "")])
    imports.apply(pk)
    assert seat().state == "active"
