"""Passing on: who may, and what can't be done."""

from typing import Any

import pytest

from lianxue.notices.actions import passing, texting
from lianxue.notices.actions.audiences import Audience
from lianxue.notices.actions.passing import Passing
from lianxue.notices.models import Notice, Relay
from lianxue.shared.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    PermissionDenied,
    StateConflict,
)
from tests.cast import Cast
from tests.notices.makers import ALL, BELOW, WHOLE, draft, passed, sent
from tests.notices.passing_tries import TRIES, waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_kinds")]


# ---------- who may ----------


@pytest.mark.parametrize("key", TRIES)
def test_doors(cast: Cast, notice: Notice, key: str) -> None:
    refused: list[tuple[str, type[DomainError]]] = [
        ("colleague", PermissionDenied),
        ("outsider_admin", PermissionDenied),
        ("member", PermissionDenied),
        ("city_admin", NotFound),  # it is the superior, and sees numbers alone
        ("province_admin", NotFound),
        ("newcomer_admin", NotFound),
        ("other_member", NotFound),
        ("stranger", NotFound),
        ("operator", NotFound),
    ]
    for who, error in refused:
        with pytest.raises(error):
            TRIES[key](getattr(cast, who), cast, notice.pk)
    assert not Relay.objects.filter(organization=cast.county).exists()
    TRIES[key](cast.whole_admin, cast, notice.pk)


@pytest.mark.parametrize("key", sorted(set(TRIES) - {"list"}))
def test_what_did_not_come_from_above(cast: Cast, notice: Notice, key: str) -> None:
    own = sent(cast.owner, cast.county, WHOLE).notice
    elsewhere = sent(cast.newcomer_admin, cast.newcomer, WHOLE).notice
    not_below = sent(cast.city_admin, cast.city, WHOLE).notice
    over_heads = sent(cast.province_admin, cast.province, ALL).notice  # 市 has not passed it on
    not_sent = draft(cast.city_admin, cast.city)
    for pk in (own.pk, elsewhere.pk, not_below.pk, over_heads.pk, not_sent.pk, 0, 2**63, 10**30):
        with pytest.raises(NotFound):
            TRIES[key](cast.owner, cast, pk)


def test_an_organisation_that_is_nobodys(cast: Cast, notice: Notice) -> None:
    for pk in (0, 10**12, 10**30):
        with pytest.raises(NotFound):
            passing.pass_on(cast.owner, pk, notice.pk, Passing(WHOLE))


# ---------- what can't be done ----------


def test_twice(cast: Cast, notice: Notice) -> None:
    passed(cast.owner, cast.county, notice)
    for key in ("pass", "close"):
        with pytest.raises(StateConflict) as found:
            TRIES[key](cast.whole_admin, cast, notice.pk)
        assert found.value.code == "relay-decided"
    assert Relay.objects.filter(organization=cast.county).count() == 1


@pytest.mark.parametrize("remark", ["字" * 501, "\0" + "字" * 501])
def test_a_remark_too_long(cast: Cast, notice: Notice, remark: str) -> None:
    with pytest.raises(InvalidInput) as found:
        passed(cast.owner, cast.county, notice, WHOLE, remark)
    assert set(found.value.fields) == {"remark"}
    with pytest.raises(InvalidInput):
        passing.close(cast.owner, cast.county.pk, notice.pk, remark)
    assert not Relay.objects.filter(organization=cast.county).exists()


@pytest.mark.parametrize("reason", ["", " \n", "\0"])
def test_closing_takes_a_reason(cast: Cast, notice: Notice, reason: str) -> None:
    with pytest.raises(InvalidInput) as found:
        passing.close(cast.owner, cast.county.pk, notice.pk, reason)
    assert set(found.value.fields) == {"remark"}


@pytest.mark.parametrize(
    ("audience", "field"),
    [
        (Audience(), "own"),
        (BELOW, "below"),
        (Audience(own="branches", branch_ids=(10**12,)), "branch_ids"),
        (Audience(below="chosen", organization_ids=(10**12,)), "organization_ids"),
    ],
)
def test_an_audience_that_is_none(
    cast: Cast, notice: Notice, audience: Audience, field: str
) -> None:
    passing.open_incoming(cast.owner, cast.county.pk, notice.pk)
    with pytest.raises(InvalidInput) as found:
        passed(cast.owner, cast.county, notice, audience)
    assert set(found.value.fields) == {field}
    assert Relay.objects.get(organization=cast.county).state == "received"


def test_what_is_for_administrators_alone(cast: Cast) -> None:
    notice = sent(cast.city_admin, cast.city, BELOW, pass_on=False).notice
    assert waiting(cast) == [notice]
    with pytest.raises(StateConflict):
        passed(cast.owner, cast.county, notice)
    with pytest.raises(StateConflict):  # and none to confirm
        passing.confirm_incoming(cast.owner, cast.county.pk, notice.pk)
    passing.open_incoming(cast.owner, cast.county.pk, notice.pk)
    assert waiting(cast) == []


def test_a_task_for_units_may_be_passed_on_all_the_same(cast: Cast) -> None:
    notice = sent(cast.city_admin, cast.city, BELOW).notice
    Notice.objects.filter(pk=notice.pk).update(kind="task", pass_on=False)
    assert passed(cast.owner, cast.county, notice.pk).state == "passed"


def test_messages_are_for_what_is_urgent(cast: Cast, notice: Notice, monkeypatch: Any) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(texting, "start", lambda *given: asked.append(given))
    with pytest.raises(InvalidInput) as found:
        passing.pass_on(cast.owner, cast.county.pk, notice.pk, Passing(WHOLE, sms=True))
    assert set(found.value.fields) == {"sms"}
    Notice.objects.filter(pk=notice.pk).update(urgent=True)
    relay = passing.pass_on(cast.owner, cast.county.pk, notice.pk, Passing(WHOLE, sms=True))
    assert asked == [(cast.owner, relay, "sent")]
