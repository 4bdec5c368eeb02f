"""Applications: sent, approved, refused, withdrawn; and decertifying."""

import pytest

from lianxue.audit.queries import first_broken_link
from lianxue.certification.actions import applications, chain
from lianxue.certification.models import Certification, CertificationApplication
from lianxue.inbox.models import InboxItem
from lianxue.shared.actors import Operator
from lianxue.shared.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    PermissionDenied,
    RealNameRequired,
    StateConflict,
)
from lianxue.shared.ids import path_step
from tests.cast import Cast
from tests.factories import MembershipFactory, UserFactory, grant, put_in_chain

from .helpers import apply, certify, events, invite, run_by

State = CertificationApplication.State


@pytest.fixture
def sent(cast: Cast) -> CertificationApplication:
    """新 has asked 县 to certify it."""
    return apply(cast.newcomer_admin, cast.newcomer, invite(cast.owner, cast.county))


def test_approval_puts_the_applicant_below(cast: Cast, sent: CertificationApplication) -> None:
    applications.approve_application(cast.owner, sent.pk)
    cast.newcomer.refresh_from_db()
    assert cast.newcomer.superior == cast.county
    assert cast.newcomer.chain_path == (cast.county.chain_path or "") + path_step(cast.newcomer.pk)
    assert cast.newcomer.certified_at is not None
    row = Certification.objects.get(organization=cast.newcomer)
    assert (row.superior, row.application, row.until) == (cast.county, sent, None)


def test_both_sides_are_told_and_audited(cast: Cast, sent: CertificationApplication) -> None:
    todo = InboxItem.objects.get(place=f"org:{cast.county.pk}:admin")
    assert (todo.kind, todo.done_at) == ("todo", None)
    applications.approve_application(cast.owner, sent.pk)
    todo.refresh_from_db()
    assert todo.done_at is not None
    assert todo.done_by_id == cast.owner.pk
    told = InboxItem.objects.get(place=f"user:{cast.newcomer_admin.pk}", kind="message")
    assert cast.newcomer.name in told.title
    assert str(cast.newcomer.pk) in told.link
    assert events(cast.newcomer) == [
        "certification.application_submitted",
        "certification.certified",
    ]
    assert events(cast.county)[-2:] == [
        "certification.application_received",
        "certification.subordinate_certified",
    ]
    for one in (cast.county, cast.newcomer):
        assert first_broken_link(f"org:{one.pk}") is None


DECIDERS: list[tuple[str, type[DomainError] | None]] = [
    ("owner", None),
    ("whole_admin", None),
    ("colleague", PermissionDenied),
    ("member", PermissionDenied),
    ("newcomer_admin", PermissionDenied),
    ("city_admin", NotFound),
    ("unverified_admin", NotFound),
    ("stranger", NotFound),
]


@pytest.mark.parametrize(("who", "error"), DECIDERS)
@pytest.mark.parametrize("step", ["approve", "refuse"])
def test_who_decides(
    cast: Cast,
    sent: CertificationApplication,
    who: str,
    error: type[DomainError] | None,
    step: str,
) -> None:
    def act() -> None:
        if step == "approve":
            applications.approve_application(getattr(cast, who), sent.pk)
        else:
            applications.refuse_application(getattr(cast, who), sent.pk, "材料不全")

    if error is None:
        act()
        sent.refresh_from_db()
        assert sent.state == (State.APPROVED if step == "approve" else State.REFUSED)
        assert sent.decided_by == getattr(cast, who)
        return
    with pytest.raises(error):
        act()
    sent.refresh_from_db()
    assert sent.state == State.PENDING


def test_an_unverified_administrator_of_the_superior_can_not_decide(
    cast: Cast, sent: CertificationApplication
) -> None:
    person = UserFactory()
    grant(MembershipFactory(organization=cast.county, user=person), "learning_admin")
    with pytest.raises(RealNameRequired):
        applications.approve_application(person, sent.pk)


@pytest.mark.parametrize("reason", ["", "  ", "长" * 101])
def test_refusing_needs_a_reason_of_fair_length(
    cast: Cast, sent: CertificationApplication, reason: str
) -> None:
    with pytest.raises(InvalidInput) as told:
        applications.refuse_application(cast.owner, sent.pk, reason)
    assert "reason" in told.value.fields
    sent.refresh_from_db()
    assert sent.state == State.PENDING


@pytest.mark.parametrize("end", ["approve", "refuse", "withdraw"])
@pytest.mark.parametrize("then", ["approve", "refuse", "withdraw"])
def test_a_decided_application_stays_decided(
    cast: Cast, sent: CertificationApplication, end: str, then: str
) -> None:
    def act(step: str) -> None:
        if step == "withdraw":
            applications.withdraw_application(cast.newcomer_admin, sent.pk)
        elif step == "refuse":
            applications.refuse_application(cast.owner, sent.pk, "材料不全")
        else:
            applications.approve_application(cast.owner, sent.pk)

    act(end)
    sent.refresh_from_db()
    before = (sent.state, sent.decided_at)
    with pytest.raises(StateConflict) as told:
        act(then)
    assert told.value.code == "application-decided"
    sent.refresh_from_db()
    assert (sent.state, sent.decided_at) == before
    assert Certification.objects.filter(organization=cast.newcomer).count() == (end == "approve")


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("newcomer_admin", None),
        ("owner", PermissionDenied),
        ("city_admin", NotFound),
        ("stranger", NotFound),
    ],
)
def test_who_withdraws(
    cast: Cast, sent: CertificationApplication, who: str, error: type[DomainError] | None
) -> None:
    if error is None:
        applications.withdraw_application(getattr(cast, who), sent.pk)
        assert not InboxItem.objects.filter(kind="todo", done_at=None).exists()
        return
    with pytest.raises(error):
        applications.withdraw_application(getattr(cast, who), sent.pk)


def test_a_refused_applicant_is_told_why(cast: Cast, sent: CertificationApplication) -> None:
    applications.refuse_application(cast.owner, sent.pk, "名称要写全称")
    told = InboxItem.objects.get(place=f"user:{cast.newcomer_admin.pk}", kind="message")
    assert "名称要写全称" in told.body


def test_a_renamed_applicant_does_not_slip_through_a_bound_invitation(cast: Cast) -> None:
    made = invite(cast.owner, cast.county, bound_name=cast.newcomer.name)
    sent = apply(cast.newcomer_admin, cast.newcomer, made)
    cast.newcomer.name = "中共别的县委员会"
    cast.newcomer.save()
    with pytest.raises(StateConflict) as told:
        applications.approve_application(cast.owner, sent.pk)
    assert told.value.code == "bound-name-differs"
    sent.refresh_from_db()
    assert sent.state == State.PENDING


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("city_admin", None),  # the direct superior
        ("owner", None),  # the own main administrator
        ("whole_admin", PermissionDenied),
        ("province_admin", PermissionDenied),  # sees it, is not the direct superior
        ("colleague", PermissionDenied),
        ("newcomer_admin", NotFound),
        ("stranger", NotFound),
    ],
)
def test_who_decertifies_the_county(cast: Cast, who: str, error: type[DomainError] | None) -> None:
    if error is not None:
        with pytest.raises(error):
            chain.decertify(getattr(cast, who), cast.county.pk, "机构调整")
        cast.county.refresh_from_db()
        assert cast.county.is_certified
        return
    chain.decertify(getattr(cast, who), cast.county.pk, "机构调整")
    cast.county.refresh_from_db()
    assert (cast.county.superior, cast.county.chain_path, cast.county.certified_at) == (
        None,
        None,
        None,
    )


def test_decertifying_goes_leaves_first(cast: Cast) -> None:
    with pytest.raises(StateConflict) as told:
        chain.decertify(cast.province_admin, cast.city.pk, "机构调整")
    assert told.value.code == "has-subordinates"
    assert told.value.link == f"/orgs/{cast.city.pk}/decertify/"
    chain.decertify(cast.city_admin, cast.county.pk, "机构调整")
    chain.decertify(cast.province_admin, cast.city.pk, "机构调整")
    cast.city.refresh_from_db()
    assert not cast.city.is_certified


def test_decertifying_needs_a_reason_and_keeps_history(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        chain.decertify(cast.city_admin, cast.county.pk, " ")
    certify(cast.owner, cast.county, cast.newcomer_admin, cast.newcomer)
    chain.decertify(cast.owner, cast.newcomer.pk, "机构调整")
    row = Certification.objects.get(organization=cast.newcomer)
    assert row.until is not None
    assert (row.ended_by, row.end_reason) == (cast.owner, "机构调整")
    assert InboxItem.objects.filter(
        place=f"user:{cast.newcomer_admin.pk}", topic="certification.decertified"
    ).exists()
    with pytest.raises(StateConflict) as told:
        chain.decertify(Operator(), cast.newcomer.pk, "再来")
    assert told.value.code == "not-certified"


def test_decertifying_refuses_what_waits_for_it(cast: Cast, sent: CertificationApplication) -> None:
    chain.decertify(cast.city_admin, cast.county.pk, "机构调整")
    sent.refresh_from_db()
    assert sent.state == State.REFUSED
    assert not InboxItem.objects.filter(kind="todo", done_at=None).exists()
    assert InboxItem.objects.filter(
        place=f"user:{cast.newcomer_admin.pk}", topic="certification.refused"
    ).exists()


def test_the_root_is_released_by_nobody_but_the_operator(cast: Cast) -> None:
    chain.decertify(cast.city_admin, cast.county.pk, "x")
    chain.decertify(cast.province_admin, cast.city.pk, "x")
    with pytest.raises(PermissionDenied):
        chain.decertify(cast.province_admin, cast.province.pk, "x")


def test_the_chain_has_an_end(cast: Cast) -> None:
    above = cast.county
    for _ in range(27):  # 省, 市, 县 are three; thirty levels is what the path holds
        above = put_in_chain(run_by()[0], above)
    admin = UserFactory(realname_verified_at=cast.county.created_at)
    grant(MembershipFactory(organization=above, user=admin), "learning_admin")
    sent = apply(cast.newcomer_admin, cast.newcomer, invite(admin, above))
    with pytest.raises(StateConflict) as told:
        applications.approve_application(admin, sent.pk)
    assert told.value.code == "chain-too-deep"
    cast.newcomer.refresh_from_db()
    assert not cast.newcomer.is_certified


def test_what_its_sender_ended_meanwhile_stays_ended(
    cast: Cast, sent: CertificationApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender that dissolves holds its own lock, not the one of the organisation decertified."""
    step = chain.policy.next_state

    def meanwhile(application: CertificationApplication, wanted: chain.policy.Step) -> State:
        CertificationApplication.objects.filter(pk=sent.pk).update(state=State.WITHDRAWN)
        return step(application, wanted)

    monkeypatch.setattr(chain.policy, "next_state", meanwhile)
    chain.decertify(cast.city_admin, cast.county.pk, "机构调整")
    sent.refresh_from_db()
    assert sent.state == State.WITHDRAWN
    assert not InboxItem.objects.filter(topic="certification.refused").exists()
