"""What true concurrency does (PostgreSQL): a notice is sent once, passed on once, and no relay
escapes a recall."""

from functools import partial

import pytest

from lianxue.audit.queries import first_broken_link
from lianxue.certification.actions import chain
from lianxue.notices import policy
from lianxue.notices.actions import drafts, passing, recalling, sending
from lianxue.notices.actions.drafts import DraftText
from lianxue.notices.actions.passing import Passing
from lianxue.notices.models import Notice, NoticeFile, Receipt, Relay
from lianxue.organizations.actions import branches
from lianxue.shared.errors import DomainError, InvalidInput, StateConflict
from tests.cast import make_cast
from tests.factories import MembershipFactory, OrganizationFactory, grant, put_in_chain
from tests.notices.makers import ALL, BELOW, WHOLE, draft, make_file, passed, sent, to_branches
from tests.organizations.test_concurrency import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def split(found: list[object]) -> tuple[list[object], list[DomainError]]:
    """What came through, and what was refused."""
    refused = [one for one in found if isinstance(one, DomainError)]
    return [one for one in found if not isinstance(one, DomainError)], refused


def test_sent_twice_at_once_goes_out_once() -> None:
    cast = make_cast()
    notice = draft(cast.owner, cast.county)
    calls = [partial(sending.send, who, notice.pk, WHOLE) for who in (cast.owner, cast.whole_admin)]
    done, refused = split(at_once(calls * 2))
    assert len(done) == 1
    assert [type(one) for one in refused] == [StateConflict] * 3
    assert Relay.objects.filter(notice=notice).count() == 1
    assert Receipt.objects.count() == 1
    assert first_broken_link(f"org:{cast.county.pk}") is None


def test_changed_while_it_is_sent_is_sent_as_it_was_or_as_it_is() -> None:
    cast = make_cast()
    notice = draft(cast.owner, cast.county, title="旧")
    changed, gone = at_once(
        [
            partial(drafts.change, cast.owner, notice.pk, DraftText("新", "正文")),
            partial(sending.send, cast.whole_admin, notice.pk, WHOLE),
        ]
    )
    notice.refresh_from_db()
    assert notice.state == "sent"
    assert isinstance(gone, Relay)
    assert notice.title == ("旧" if isinstance(changed, StateConflict) else "新")


def test_ten_files_at_most_at_once() -> None:
    cast = make_cast()
    notice = draft(cast.owner, cast.county)
    for _ in range(8):
        drafts.add_file(cast.owner, notice.pk, make_file(cast.owner))
    files = [make_file(cast.owner) for _ in range(4)]
    found = at_once([partial(drafts.add_file, cast.owner, notice.pk, one) for one in files])
    assert [type(one) for one in split(found)[1]] == [InvalidInput] * 2
    rows = NoticeFile.objects.filter(notice=notice)
    assert sorted(rows.values_list("position", flat=True)) == list(range(10))


def test_passed_on_twice_at_once_is_passed_on_once() -> None:
    cast = make_cast()
    notice = sent(cast.city_admin, cast.city, BELOW).notice
    here = cast.county.pk
    done, refused = split(
        at_once(
            [
                partial(passing.pass_on, cast.owner, here, notice.pk, Passing(WHOLE)),
                partial(passing.pass_on, cast.whole_admin, here, notice.pk, Passing(WHOLE)),
                partial(passing.close, cast.whole_admin, here, notice.pk, "无关"),
                partial(passing.open_incoming, cast.owner, here, notice.pk),
            ]
        )
    )
    relay = Relay.objects.get(notice=notice, organization=cast.county)
    assert relay.state == "passed"
    assert len(done) in {2, 3}  # looked at, passed on, perhaps closed before
    assert all(isinstance(one, StateConflict) for one in refused)
    assert Receipt.objects.filter(relay=relay).count() == 1
    assert first_broken_link(f"org:{here}") is None


@pytest.mark.parametrize("attempt", range(5))
def test_no_relay_escapes_a_recall(attempt: int) -> None:
    """Many pass on while the sender recalls: what was passed on before is recalled with it."""
    cast = make_cast()
    places = [put_in_chain(OrganizationFactory(), cast.city) for _ in range(4)]
    admins = [MembershipFactory(organization=one) for one in places]
    for seat in admins:
        grant(seat, "main_admin")
    notice = sent(cast.city_admin, cast.city, ALL).notice
    calls = [
        partial(passing.pass_on, seat.user, seat.organization_id, notice.pk, Passing(WHOLE))
        for seat in admins
    ]
    recall = partial(recalling.recall, cast.city_admin, cast.city.pk, notice.pk, "写错了")
    found = at_once([*calls[:2], recall, *calls[2:]])
    _, refused = split(found)
    assert all(isinstance(one, StateConflict) for one in refused)
    assert not isinstance(found[2], DomainError)
    assert not Relay.objects.filter(notice=notice, recalled_at=None).exists()
    assert Notice.objects.get(pk=notice.pk).state == "recalled"


@pytest.mark.parametrize("attempt", range(3))
def test_decertified_while_it_passes_on(attempt: int) -> None:
    cast = make_cast()
    notice = sent(cast.city_admin, cast.city, BELOW).notice
    passing.open_incoming(cast.owner, cast.county.pk, notice.pk)
    freed, gone = at_once(
        [
            partial(chain.decertify, cast.city_admin, cast.county.pk, "调整"),
            partial(passing.pass_on, cast.owner, cast.county.pk, notice.pk, Passing(WHOLE)),
        ]
    )
    assert not isinstance(freed, DomainError)
    relay = Relay.objects.get(notice=notice, organization=cast.county)
    if isinstance(gone, DomainError):
        assert gone.code == "not-incoming"
        assert relay.state == "received"
    else:
        assert relay.state == "passed"


@pytest.mark.parametrize("attempt", range(3))
def test_a_branch_merged_away_while_it_is_sent(attempt: int) -> None:
    cast = make_cast()
    notice = draft(cast.owner, cast.county)
    merged, gone = at_once(
        [
            partial(
                branches.merge_branches, cast.owner, cast.first_branch.pk, cast.second_branch.pk
            ),
            partial(sending.send, cast.whole_admin, notice.pk, to_branches(cast.first_branch)),
        ]
    )
    assert not isinstance(merged, DomainError)
    if isinstance(gone, DomainError):
        assert isinstance(gone, InvalidInput)
        assert not Relay.objects.exists()
    else:
        row = gone.branches.get()
        assert (row.branch, row.name) == (None, "第一党支部")
        assert not policy.recipients(gone.pk).exists()


def test_a_chain_of_passing_on_waits_for_nobody() -> None:
    """Superior and subordinates act on one notice at once; nobody waits in a circle."""
    cast = make_cast()
    notice = sent(cast.province_admin, cast.province, ALL).notice
    passed(cast.city_admin, cast.city, notice, ALL)
    second = sent(cast.province_admin, cast.province, ALL).notice
    found = at_once(
        [
            partial(passing.pass_on, cast.owner, cast.county.pk, notice.pk, Passing(WHOLE)),
            partial(passing.pass_on, cast.city_admin, cast.city.pk, second.pk, Passing(ALL)),
            partial(recalling.recall, cast.city_admin, cast.city.pk, notice.pk, "写错了"),
            partial(recalling.recall, cast.province_admin, cast.province.pk, second.pk, "写错了"),
        ]
    )
    assert all(isinstance(one, StateConflict) for one in split(found)[1])
    assert not Relay.objects.filter(recalled_at=None, notice=second).exists()
    assert not Relay.objects.filter(
        recalled_at=None, notice=notice, organization__in=[cast.city, cast.county]
    ).exists()
