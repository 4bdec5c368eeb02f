"""``lianxue operator``: the people who serve the site."""

import pytest
from click.testing import CliRunner

from lianxue.accounts.models import User
from lianxue.audit.models import AuditEvent
from lianxue.cli.accounts import operator
from lianxue.shared.errors import InvalidInput, StateConflict
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    result = CliRunner().invoke(operator, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_add_makes_the_account_and_says_so_without_the_number() -> None:
    output = run("add", "180 1234 9100", "林小雨")
    user = User.objects.get()
    assert (user.phone, user.name, user.is_operator) == ("18012349100", "林小雨", True)
    assert not user.has_usable_password()
    assert "180 **** 9100" in output
    assert "18012349100" not in output
    run("add", "18012349100", "另一个名字")
    assert User.objects.get().name == "林小雨"
    events = AuditEvent.objects.filter(action="account.operator_added")
    assert [event.actor_name for event in events] == ["operator"]


def test_what_waits_for_the_number_becomes_active_with_the_account() -> None:
    """Else it would wait for ever: the number can't register any more (design rule 2)."""
    seat = MembershipFactory(user=None, phone="18012349100", name="林小雨")
    run("add", "18012349100", "林小雨")
    seat.refresh_from_db()
    assert (seat.state, seat.user) == ("active", User.objects.get())
    run("add", "18012349100", "林小雨")
    assert AuditEvent.objects.filter(action="member.activated").count() == 1


def test_add_raises_up_who_is_there_already() -> None:
    user = UserFactory(phone="18012349100", name="林小雨")
    run("add", "18012349100", "林小雨")
    user.refresh_from_db()
    assert user.is_operator


def test_remove_takes_the_service_and_leaves_the_account() -> None:
    run("add", "18012349100", "林小雨")
    run("remove", "18012349100")
    assert not User.objects.get().is_operator
    with pytest.raises(StateConflict):
        run("remove", "18012349100")


@pytest.mark.parametrize(("phone", "name"), [("123", "林小雨"), ("18012349100", "")])
def test_bad_words_make_nobody(phone: str, name: str) -> None:
    with pytest.raises(InvalidInput):
        run("add", phone, name)
    assert not User.objects.exists()
