"""Sending: who may, to whom, what it writes, and what may change before it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.audit.actions import DETAILS
from lianxue.audit.models import AuditEvent
from lianxue.notices import extensions, policy
from lianxue.notices.actions import audiences, sending
from lianxue.notices.actions.audiences import Audience
from lianxue.notices.extensions import Extension
from lianxue.notices.models import Notice, Receipt, Relay, RelayBranch, RelayOrganization
from lianxue.notices.queries import keeping
from lianxue.notices.queries.reach import Reach
from lianxue.organizations.logbook import lines_of
from lianxue.organizations.models import Membership, RoleGrant
from lianxue.shared.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    PermissionDenied,
    StateConflict,
)
from tests.cast import Cast
from tests.factories import (
    MembershipFactory,
    OrganizationFactory,
    grant,
    make_branch,
    make_many,
    put_in_chain,
)
from tests.notices.makers import (
    ALL,
    BELOW,
    WHOLE,
    draft,
    make_notice_file,
    passed,
    reached,
    sent,
    to_branches,
    to_chosen,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_kinds")]


# ---------- to whom ----------


def test_to_the_whole_organisation(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, WHOLE)
    notice = relay.notice
    assert (notice.state, notice.author, notice.scoped) == ("sent", cast.owner, False)
    assert (relay.state, relay.own, relay.below) == ("passed", "whole", "nobody")
    assert relay.passed_by_name == "李明"
    assert notice.sent_at
    assert relay.passed_at
    assert relay.open_until
    assert relay.open_until - relay.passed_at == timedelta(days=30)
    everybody = {cast.owner, cast.colleague, cast.outsider_admin, cast.whole_admin, cast.member}
    assert reached(relay) == everybody


def test_to_branches_and_roles(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, to_branches(cast.general_branch))
    assert reached(relay) == {cast.colleague, cast.member}
    assert [row.name for row in relay.branches.all()] == ["第一党总支"]
    office = sent(cast.owner, cast.county, to_branches(cast.general_branch, role="admin"))
    assert reached(office) == {cast.colleague}
    learning = sent(cast.owner, cast.county, Audience(own="whole", role="learning_admin"))
    assert reached(learning) == {cast.colleague, cast.outsider_admin, cast.whole_admin}
    main = sent(cast.owner, cast.county, Audience(own="whole", role="main_admin"))
    assert reached(main) == {cast.owner}


def test_the_deadline_is_until_when_it_stays_open(cast: Cast) -> None:
    deadline = timezone.now() + timedelta(days=100)
    assert sent(cast.owner, cast.county, WHOLE, deadline=deadline).open_until == deadline


def test_it_goes_down_the_chain(cast: Cast) -> None:
    relay = sent(cast.province_admin, cast.province)
    city = passed(cast.city_admin, cast.city, relay.notice, ALL, "请抓紧")
    county = passed(cast.owner, cast.county, relay.notice, WHOLE)
    assert policy.recipients(county.pk).count() == 5
    assert city.remark == "请抓紧"


def test_who_sends_it_has_read_it(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, WHOLE, needs_confirmation=True)
    (receipt,) = Receipt.objects.filter(relay=relay)
    assert receipt.membership == cast.memberships[cast.owner.pk]
    assert receipt.read_at == receipt.confirmed_at == relay.passed_at
    plain = sent(cast.owner, cast.county, WHOLE)
    assert Receipt.objects.get(relay=plain).confirmed_at is None
    outside = sent(cast.owner, cast.county, to_branches(cast.second_branch))
    assert not Receipt.objects.filter(relay=outside).exists()


def test_chosen_subordinates(cast: Cast) -> None:
    second = put_in_chain(OrganizationFactory(), cast.city)
    relay = sent(cast.city_admin, cast.city, to_chosen(cast.county))
    assert policy.incoming(cast.county).get() == relay
    assert not policy.incoming(second).exists()
    both = sent(cast.city_admin, cast.city, BELOW)
    assert set(policy.incoming(second)) == {both}


def test_an_uncertified_organisation_writes_to_its_own(cast: Cast) -> None:
    relay = sent(cast.newcomer_admin, cast.newcomer, WHOLE)
    assert reached(relay) == {cast.newcomer_admin}
    for audience in (BELOW, ALL):
        with pytest.raises(StateConflict):
            sent(cast.newcomer_admin, cast.newcomer, audience)


# ---------- who may ----------


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("owner", None),
        ("whole_admin", None),
        ("colleague", PermissionDenied),
        ("outsider_admin", PermissionDenied),
        ("member", PermissionDenied),
        ("city_admin", NotFound),
        ("other_member", NotFound),
        ("stranger", NotFound),
    ],
)
def test_who_sends_what_was_written_for_all(
    cast: Cast, who: str, error: type[DomainError] | None
) -> None:
    notice = draft(cast.owner, cast.county)
    if error is None:
        assert sending.send(getattr(cast, who), notice.pk, WHOLE).passed_by == getattr(cast, who)
        return
    with pytest.raises(error):
        sending.send(getattr(cast, who), notice.pk, WHOLE)
    notice.refresh_from_db()
    assert notice.state == "draft"
    assert not Relay.objects.exists()


def test_a_scoped_administrator_sends_within_the_scope(cast: Cast) -> None:
    relay = sent(cast.colleague, cast.county, to_branches(cast.first_branch))
    assert reached(relay) == {cast.member}
    assert (relay.notice.scoped, relay.notice.scope) == (True, cast.general_branch)
    for audience in (
        WHOLE,
        to_branches(cast.second_branch),
        to_branches(cast.first_branch, cast.second_branch),
        BELOW,
        Audience(own="branches", branch_ids=(cast.first_branch.pk,), below="all"),
    ):
        with pytest.raises(PermissionDenied):
            sent(cast.colleague, cast.county, audience)


def test_the_scope_kept_is_the_one_that_covers_all(cast: Cast) -> None:
    seat = cast.memberships[cast.colleague.pk]
    grant(seat, RoleGrant.Role.LEARNING_ADMIN, cast.second_branch)
    relay = sent(cast.colleague, cast.county, to_branches(cast.second_branch))
    assert relay.notice.scope == cast.second_branch
    assert keeping.get_kept(cast.outsider_admin, relay.notice_id)[0] == relay.notice
    with pytest.raises(InvalidInput) as found:
        sent(cast.colleague, cast.county, to_branches(cast.first_branch, cast.second_branch))
    assert set(found.value.fields) == {"branch_ids"}


def test_a_draft_of_the_scope_sent_by_the_whole_is_the_wholes(cast: Cast) -> None:
    notice = draft(cast.colleague, cast.county)
    sending.send(cast.owner, notice.pk, WHOLE)
    notice.refresh_from_db()
    assert (notice.scoped, notice.scope, notice.author_name) == (False, None, "李明")
    with pytest.raises(PermissionDenied):
        keeping.get_kept(cast.colleague, notice.pk)


# ---------- what a kind adds ----------


def _refuse(notice: Notice) -> None:
    raise InvalidInput.at("questions", "请至少添加一个问题。")


def _units(notice: Notice, own: str) -> str:
    return "units" if own == "branches" else own


def test_a_kind_may_refuse_and_make_units(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setitem(extensions._EXTENSIONS, "task", Extension(check=_refuse))
    notice = draft(cast.owner, cast.county, kind="task")
    with pytest.raises(InvalidInput):
        sending.send(cast.owner, notice.pk, WHOLE)
    monkeypatch.setitem(extensions._EXTENSIONS, "task", Extension(own=_units))
    audience = to_branches(cast.first_branch, cast.second_branch, role="admin")
    relay = sending.send(cast.owner, notice.pk, audience)
    assert (relay.own, relay.role, relay.branches.count()) == ("units", "", 2)
    assert not reached(relay)
    assert keeping.words_of(relay) == "第一党支部、第二党支部，由支部答复"


# ---------- what a preview says ----------


def test_the_preview_counts_what_sending_reaches(cast: Cast) -> None:
    place = policy.place_of(cast.owner, cast.county.pk)
    for audience, expected, inactive in (
        (WHOLE, 5, 1),
        (to_branches(cast.general_branch), 2, 1),
        (to_branches(cast.general_branch, cast.first_branch), 2, 1),
        (to_branches(cast.second_branch), 1, 0),
        (Audience(own="whole", role="admin"), 4, 0),
        (Audience(own="whole", role="main_admin"), 1, 0),
    ):
        found = audiences.checked(place, audience)
        assert keeping.reach_of(place, found) == Reach(expected, inactive, 0, 0)
        relay = sent(cast.owner, cast.county, audience)
        assert policy.recipients(relay.pk).count() == expected
        assert policy.standing(relay.pk).filter(state="invited").count() == inactive


def test_the_preview_counts_subordinates(cast: Cast) -> None:
    put_in_chain(OrganizationFactory(), cast.city)
    place = policy.place_of(cast.city_admin, cast.city.pk)
    for audience, number in ((ALL, 2), (to_chosen(cast.county), 1)):
        found = audiences.checked(place, audience)
        assert keeping.reach_of(place, found).organizations == number


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        (ALL, "本组织全体；全部下级组织"),
        (BELOW, "全部下级组织"),
        (Audience(own="whole", role="admin"), "本组织全体，其中主管理员和学习管理员"),
    ],
)
def test_an_audience_in_words(cast: Cast, audience: Audience, words: str) -> None:
    place = policy.place_of(cast.city_admin, cast.city.pk)
    assert audiences.checked(place, audience).words == words
    assert keeping.words_of(sent(cast.city_admin, cast.city, audience)) == words


def test_many_names_are_counted(cast: Cast) -> None:
    rows = [make_branch(cast.county, f"第{n}支部") for n in "三四五六七"]
    make_many(cast.county, ["钱未来"], branch=rows[0])
    place = policy.place_of(cast.owner, cast.county.pk)
    found = audiences.checked(place, to_branches(*rows))
    assert found.words == "第三支部、第四支部、第五支部等 5 个支部"


# ---------- what stays of it ----------


def test_the_log_says_what_was_done(cast: Cast) -> None:
    deadline = timezone.now() + timedelta(days=2)
    relay = sent(cast.city_admin, cast.city, ALL, title="紧急通知", urgent=True, deadline=deadline)
    event = AuditEvent.objects.get(action="notice.sent")
    assert (event.organization_id, event.target_id) == (cast.city.pk, str(relay.notice_id))
    (line,) = lines_of(cast.city.pk, [event])
    assert (line.what, line.thing, line.target) == ("发送了通知", "通知", "紧急通知")
    told = {one.label: one.value for one in line.details}
    assert told["种类"] == "通知"
    assert told["发给"] == "本组织全体；全部下级组织"
    assert told["紧急"] == "是"
    assert str(timezone.localtime(deadline).year) in told["截止时间"]
    assert set(event.data) - {"name"} <= set(DETAILS)


# ---------- how much it writes ----------


def _counted(actor: User, notice: Notice, audience: Audience) -> tuple[int, int]:
    """Statements and rows of one sending."""
    tables = (Relay, RelayBranch, RelayOrganization, Receipt, AuditEvent)
    before = sum(table.objects.count() for table in tables)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        sending.send(actor, notice.pk, audience)
    return len(seen), sum(table.objects.count() for table in tables) - before


def test_the_same_statements_and_rows_however_many(cast: Cast) -> None:
    draft(cast.owner, cast.county)  # the log's head is there
    few = _counted(cast.owner, draft(cast.owner, cast.county), WHOLE)
    for number in range(20):
        MembershipFactory(organization=cast.county, name=f"测试{number}")
    make_many(cast.county, [f"钱未来{n}" for n in range(1000)])
    Membership.objects.filter(phone__startswith="136").update(activated_at=timezone.now())
    assert _counted(cast.owner, draft(cast.owner, cast.county), WHOLE) == few
    assert few[1] == 3  # its relay, the sender's receipt, the log's event


def test_branches_and_subordinates_in_the_same_statements(cast: Cast) -> None:
    rows = [make_branch(cast.city, f"第{n}支部") for n in range(60)]
    places = [put_in_chain(OrganizationFactory(), cast.city) for _ in range(60)]
    make_many(cast.city, ["钱未来"], branch=rows[0])

    def audience(number: int) -> Audience:
        return Audience(
            own="branches",
            branch_ids=tuple(one.pk for one in rows[:number]),
            below="chosen",
            organization_ids=tuple(one.pk for one in places[:number]),
        )

    first = _counted(cast.city_admin, draft(cast.city_admin, cast.city), audience(1))
    many = _counted(cast.city_admin, draft(cast.city_admin, cast.city), audience(60))
    assert many[0] == first[0]
    assert many[1] - first[1] == 2 * 59


def test_its_attachments_go_along(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county)
    file = make_notice_file(cast.owner, notice)
    sending.send(cast.owner, notice.pk, WHOLE)
    assert [row.file for row in notice.attachments.all()] == [file]
