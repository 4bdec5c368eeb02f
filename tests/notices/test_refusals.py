"""What can't be sent: unfinished drafts, audiences that are none, what changed meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lianxue.notices.actions import sending, texting
from lianxue.notices.actions.audiences import Audience
from lianxue.notices.models import Notice, Relay, RelayBranch
from lianxue.notices.queries import keeping
from lianxue.organizations.actions import branches
from lianxue.organizations.models import Organization
from lianxue.shared.errors import (
    InvalidInput,
    NotFound,
    StateConflict,
)
from tests.cast import Cast
from tests.factories import (
    make_branch,
    make_many,
)
from tests.notices.makers import (
    WHOLE,
    draft,
    reached,
    sent,
    to_branches,
    to_chosen,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_kinds")]


# ---------- what can't be sent ----------


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ({"title": ""}, {"title"}),
        ({"body": " \n "}, {"body"}),
        ({"title": "\0", "body": ""}, {"title", "body"}),
    ],
)
def test_an_unfinished_draft(cast: Cast, text: dict[str, str], fields: set[str]) -> None:
    with pytest.raises(InvalidInput) as found:
        sent(cast.owner, cast.county, WHOLE, **text)
    assert set(found.value.fields) == fields


def test_a_deadline_that_passed_since_it_was_written(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county)
    Notice.objects.filter(pk=notice.pk).update(deadline=timezone.now() - timedelta(seconds=1))
    with pytest.raises(InvalidInput) as found:
        sending.send(cast.owner, notice.pk, WHOLE)
    assert set(found.value.fields) == {"deadline"}


@pytest.mark.parametrize(
    ("audience", "field"),
    [
        (Audience(), "own"),
        (Audience(own="units"), "own"),
        (Audience(own="x"), "own"),
        (Audience(own="whole", role="x"), "role"),
        (Audience(own="whole", below="x"), "below"),
        (Audience(own="branches"), "branch_ids"),
        (Audience(own="branches", branch_ids=(0,)), "branch_ids"),
        (Audience(own="branches", branch_ids=(-1,)), "branch_ids"),
        (Audience(own="branches", branch_ids=(10**30,)), "branch_ids"),
        (Audience(own="branches", branch_ids=tuple(range(1, 302))), "branch_ids"),
        (Audience(below="chosen"), "organization_ids"),
        (Audience(below="chosen", organization_ids=(10**30,)), "organization_ids"),
        (Audience(below="chosen", organization_ids=tuple(range(1, 302))), "organization_ids"),
        (Audience(below="all"), "below"),  # 县 has none
    ],
)
def test_an_audience_that_is_none(cast: Cast, audience: Audience, field: str) -> None:
    notice = draft(cast.owner, cast.county)
    with pytest.raises(InvalidInput) as found:
        sending.send(cast.owner, notice.pk, audience)
    assert set(found.value.fields) == {field}
    assert found.value.fields[field].endswith("。")
    notice.refresh_from_db()
    assert notice.state == "draft"


def test_a_branch_of_another_organisation(cast: Cast) -> None:
    foreign = make_branch(cast.city, "市直党支部")
    with pytest.raises(InvalidInput):
        sent(cast.owner, cast.county, to_branches(cast.first_branch, foreign))


def test_an_organisation_that_is_no_direct_subordinate(cast: Cast) -> None:
    for other in (cast.county, cast.other, cast.province):
        with pytest.raises(InvalidInput):
            sent(cast.province_admin, cast.province, to_chosen(cast.city, other))


def test_a_branch_without_anybody(cast: Cast) -> None:
    empty = make_branch(cast.county, "新党支部")
    with pytest.raises(InvalidInput) as found:
        sent(cast.owner, cast.county, to_branches(empty))
    assert set(found.value.fields) == {"own"}
    make_many(cast.county, ["钱未来"], branch=empty)  # nobody has come yet, but somebody will
    relay = sent(cast.owner, cast.county, to_branches(empty))
    assert not reached(relay)


def test_a_branch_merged_away_meanwhile(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county)
    chosen = to_branches(cast.first_branch, cast.second_branch)
    branches.merge_branches(cast.owner, cast.first_branch.pk, cast.second_branch.pk)
    with pytest.raises(InvalidInput) as found:
        sending.send(cast.owner, notice.pk, chosen)
    assert set(found.value.fields) == {"branch_ids"}
    notice.refresh_from_db()
    assert notice.state == "draft"


def test_a_branch_merged_away_afterwards_keeps_its_name(cast: Cast) -> None:
    relay = sent(cast.owner, cast.county, to_branches(cast.first_branch))
    assert reached(relay) == {cast.member}
    branches.merge_branches(cast.owner, cast.first_branch.pk, cast.second_branch.pk)
    assert not reached(relay)
    row = RelayBranch.objects.get(relay=relay)
    assert (row.branch, row.name) == (None, "第一党支部")
    assert keeping.words_of(relay) == "第一党支部"


def test_a_subordinate_decertified_meanwhile(cast: Cast) -> None:
    notice = draft(cast.city_admin, cast.city)
    Organization.objects.filter(pk=cast.county.pk).update(
        superior=None, chain_path=None, certified_at=None
    )
    with pytest.raises(InvalidInput) as found:
        sending.send(cast.city_admin, notice.pk, to_chosen(cast.county))
    assert set(found.value.fields) == {"organization_ids"}


def test_twice(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county)
    sending.send(cast.owner, notice.pk, WHOLE)
    with pytest.raises(StateConflict) as found:
        sending.send(cast.whole_admin, notice.pk, WHOLE)
    assert found.value.code == "notice-sent"
    assert Relay.objects.count() == 1


def test_a_dissolved_organisation(cast: Cast) -> None:
    notice = draft(cast.newcomer_admin, cast.newcomer)
    Organization.objects.filter(pk=cast.newcomer.pk).update(dissolved_at=timezone.now())
    with pytest.raises(NotFound):
        sending.send(cast.newcomer_admin, notice.pk, WHOLE)


# ---------- text messages ----------


def test_text_messages_are_for_what_is_urgent(cast: Cast, monkeypatch: Any) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(texting, "start", lambda *given: asked.append(given))
    plain = draft(cast.owner, cast.county)
    with pytest.raises(InvalidInput) as found:
        sending.send(cast.owner, plain.pk, WHOLE, sms=True)
    assert set(found.value.fields) == {"sms"}
    urgent = draft(cast.owner, cast.county, urgent=True)
    relay = sending.send(cast.owner, urgent.pk, WHOLE, sms=True)
    assert asked == [(cast.owner, relay, "sent")]
    sent(cast.owner, cast.county, WHOLE, urgent=True)
    assert len(asked) == 1


def test_without_messages_left_nothing_is_sent(cast: Cast, monkeypatch: Any) -> None:
    def none_left(*given: Any) -> None:
        raise StateConflict("本月的短信不够了。")

    monkeypatch.setattr(texting, "start", none_left)
    notice = draft(cast.owner, cast.county, urgent=True)
    with pytest.raises(StateConflict):
        sending.send(cast.owner, notice.pk, WHOLE, sms=True)
    notice.refresh_from_db()
    assert notice.state == "draft"
    assert not Relay.objects.exists()
