"""撤回: who may, what it ends, what stays."""

import pytest

from lianxue.accounts.models import User
from lianxue.audit.models import AuditEvent
from lianxue.notices.actions import passing, recalling
from lianxue.notices.models import Notice, Relay
from lianxue.organizations.models import Organization
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, StateConflict
from tests.cast import Cast, sign_in
from tests.factories import OrganizationFactory, put_in_chain

from .makers import ALL, WHOLE, draft, passed, sent, to_branches

WHY = "时间有变，另行通知"


def state_of(organization: Organization, notice: Notice) -> tuple[str, bool]:
    relay = Relay.objects.get(organization=organization, notice=notice)
    return relay.state, relay.recalled_at is not None


def test_the_sender_ends_it_for_everybody(cast: Cast) -> None:
    own = sent(cast.province_admin, cast.province)
    passed(cast.city_admin, cast.city, own.notice, ALL)
    passed(cast.owner, cast.county, own.notice)
    before = AuditEvent.objects.count()
    relay = recalling.recall(cast.province_admin, cast.province.pk, own.notice_id, f" {WHY}\0\n")
    assert (relay.recall_reason, relay.recalled_by_name) == (WHY, "省主管")
    notice = Notice.objects.get(pk=own.notice_id)
    assert notice.state == Notice.State.RECALLED
    for place in (cast.province, cast.city, cast.county):
        assert state_of(place, notice) == ("passed", True)
    assert set(Relay.objects.values_list("recalled_from", "recall_reason")) == {(own.pk, WHY)}
    event = AuditEvent.objects.latest("pk")
    assert AuditEvent.objects.count() == before + 1
    assert (event.action, event.organization_id) == ("notice.recalled", cast.province.pk)
    assert event.data["reason"] == WHY
    assert event.data["recalled"] == 3


def test_one_between_ends_it_for_itself_and_below(cast: Cast) -> None:
    own = sent(cast.province_admin, cast.province)
    beside = put_in_chain(OrganizationFactory(name="中共望海市委宣传部"), cast.province)
    Relay.objects.create(notice=own.notice, organization=beside)
    passed(cast.city_admin, cast.city, own.notice, ALL)
    passed(cast.owner, cast.county, own.notice)
    recalling.recall(cast.city_admin, cast.city.pk, own.notice_id, WHY)
    notice = Notice.objects.get(pk=own.notice_id)
    assert notice.state == Notice.State.SENT
    assert state_of(cast.province, notice) == ("passed", False)
    assert state_of(cast.city, notice) == ("passed", True)
    assert state_of(cast.county, notice) == ("passed", True)
    assert state_of(beside, notice) == ("received", False)
    assert AuditEvent.objects.latest("pk").action == "relay.recalled"
    with pytest.raises(StateConflict, match="已经撤回了传达"):
        passing.pass_on(cast.city_admin, cast.city.pk, notice.pk, passing.Passing(WHOLE))


def test_the_senders_recall_keeps_an_earlier_trace(cast: Cast) -> None:
    own = sent(cast.province_admin, cast.province)
    passed(cast.city_admin, cast.city, own.notice)
    between = recalling.recall(cast.city_admin, cast.city.pk, own.notice_id, "发错了范围")
    recalling.recall(cast.province_admin, cast.province.pk, own.notice_id, WHY)
    relay = Relay.objects.get(pk=between.pk)
    assert (relay.recall_reason, relay.recalled_from_id) == ("发错了范围", between.pk)


def test_one_that_left_the_chain_since_is_ended_too(cast: Cast) -> None:
    own = sent(cast.province_admin, cast.province)
    passed(cast.city_admin, cast.city, own.notice, ALL)
    passed(cast.owner, cast.county, own.notice)
    Organization.objects.filter(pk=cast.county.pk).update(
        superior=None, chain_path=None, certified_at=None
    )
    recalling.recall(cast.province_admin, cast.province.pk, own.notice_id, WHY)
    assert state_of(cast.county, own.notice) == ("passed", True)


def test_who_left_the_chain_recalls_its_own_part_alone(cast: Cast) -> None:
    own = sent(cast.province_admin, cast.province)
    passed(cast.city_admin, cast.city, own.notice, ALL)
    passed(cast.owner, cast.county, own.notice)
    Organization.objects.filter(pk=cast.county.pk).update(
        superior=None, chain_path=None, certified_at=None
    )
    recalling.recall(cast.owner, cast.county.pk, own.notice_id, WHY)
    assert state_of(cast.county, own.notice) == ("passed", True)
    assert state_of(cast.city, own.notice) == ("passed", False)


def test_twice_is_told(cast: Cast) -> None:
    own = sent(cast.owner, cast.county, WHOLE)
    recalling.recall(cast.owner, cast.county.pk, own.notice_id, WHY)
    with pytest.raises(StateConflict, match="已经撤回"):
        recalling.recall(cast.whole_admin, cast.county.pk, own.notice_id, WHY)


@pytest.mark.parametrize(
    ("reason", "words"), [("", "请填写"), (" \n\0 ", "请填写"), ("由" * 201, "最多 200 个字")]
)
def test_the_reason(cast: Cast, reason: str, words: str) -> None:
    own = sent(cast.owner, cast.county, WHOLE)
    with pytest.raises(InvalidInput) as refused:
        recalling.recall(cast.owner, cast.county.pk, own.notice_id, reason)
    assert words in refused.value.fields["reason"]
    assert state_of(cast.county, own.notice) == ("passed", False)


def test_who_may(cast: Cast) -> None:
    """Whoever keeps it: the whole organisation's, or the scope's in which it was written."""
    whole = sent(cast.owner, cast.county, WHOLE)

    def by(user: User, notice: Notice) -> None:
        recalling.recall(user, cast.county.pk, notice.pk, WHY)

    with pytest.raises(PermissionDenied, match="不在您的管理范围"):
        by(cast.colleague, whole.notice)
    with pytest.raises(PermissionDenied, match="只有本组织的管理员"):
        by(cast.member, whole.notice)
    for stranger in (cast.stranger, cast.city_admin, cast.newcomer_admin):
        with pytest.raises(NotFound):
            by(stranger, whole.notice)
    scoped = sent(cast.colleague, cast.county, to_branches(cast.first_branch))
    with pytest.raises(NotFound):
        by(cast.outsider_admin, scoped.notice)
    by(cast.colleague, scoped.notice)
    by(cast.whole_admin, whole.notice)


def test_what_a_scoped_administrator_did_not_pass_on(cast: Cast) -> None:
    """Passing on was the whole organisation's, and so is taking it back."""
    own = sent(cast.city_admin, cast.city)
    passed(cast.owner, cast.county, own.notice)
    with pytest.raises(PermissionDenied):
        recalling.recall(cast.colleague, cast.county.pk, own.notice_id, WHY)
    recalling.recall(cast.whole_admin, cast.county.pk, own.notice_id, WHY)


def test_a_draft_and_what_was_only_seen_are_not_there(cast: Cast) -> None:
    with pytest.raises(NotFound):
        recalling.recall(cast.owner, cast.county.pk, draft(cast.owner, cast.county).pk, WHY)
    own = sent(cast.city_admin, cast.city)
    passing.open_incoming(cast.owner, cast.county.pk, own.notice_id)
    with pytest.raises(NotFound):
        recalling.recall(cast.owner, cast.county.pk, own.notice_id, WHY)


def test_the_page_says_what_will_happen(cast: Cast) -> None:
    own = sent(cast.city_admin, cast.city)
    passed(cast.owner, cast.county, own.notice)
    address = f"/orgs/{cast.city.pk}/notices/{own.notice_id}/recall/"
    client = sign_in(cast.city_admin)
    text = client.get(address).text
    assert "已经有 1 人看过" in text  # who sent it; the county is counted when somebody looks
    assert "已经有 1 个下级组织传达，会一起撤回" in text
    done = client.post(address, {"reason": WHY}, follow=True)
    assert done.redirect_chain == [(f"/orgs/{cast.city.pk}/notices/{own.notice_id}/", 302)]
    assert "已撤回，下级组织的传达也一起撤回了。" in done.text
    assert f"原因：{WHY}" in done.text
    again = client.post(address, {"reason": WHY})
    assert again.status_code == 409
    assert "已经撤回，不需要再次撤回" in again.text
    assert client.get(address).status_code == 409
