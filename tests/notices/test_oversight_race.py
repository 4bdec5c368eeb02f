"""What true concurrency does (PostgreSQL): one reminder an hour, one recall, one text message a
person, and no more of them than the month has left."""

from functools import partial
from typing import Any

import pytest

from lianxue.audit.queries import first_broken_link
from lianxue.notices.actions import nudging, recalling, sending, texting
from lianxue.notices.models import Notice, Relay, SmsRun
from lianxue.shared.errors import DomainError, StateConflict
from lianxue.shared.gateways import sms
from tests.cast import Cast, make_cast
from tests.organizations.test_concurrency import at_once

from .makers import WHOLE, draft, sent

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def refused(found: list[object]) -> list[object]:
    return [one for one in found if isinstance(one, DomainError)]


def urgent(cast: Cast) -> Notice:
    return draft(cast.owner, cast.county, urgent=True)


def test_reminded_once() -> None:
    cast = make_cast()
    own = sent(cast.owner, cast.county, WHOLE)
    arguments = (cast.county.pk, own.notice_id, nudging.OWN)
    people = [cast.owner, cast.whole_admin, cast.owner]
    found = at_once([partial(nudging.nudge, who, *arguments) for who in people])
    assert [type(one) for one in refused(found)] == [StateConflict] * 2
    assert first_broken_link(f"org:{cast.county.pk}") is None


def test_recalled_once() -> None:
    cast = make_cast()
    own = sent(cast.owner, cast.county, WHOLE)
    people = [cast.owner, cast.whole_admin, cast.owner]
    found = at_once(
        [
            partial(recalling.recall, who, cast.county.pk, own.notice_id, f"原因{number}")
            for number, who in enumerate(people)
        ]
    )
    assert [type(one) for one in refused(found)] == [StateConflict] * 2
    done = next(one for one in found if isinstance(one, Relay))
    assert Relay.objects.get(pk=own.pk).recall_reason == done.recall_reason


def test_one_message_a_person_from_four_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    phones: list[str] = []
    monkeypatch.setattr(sms, "send_notice", lambda phone, *words: phones.append(phone))
    sending.send(cast.owner, urgent(cast).pk, WHOLE, True)
    run = SmsRun.objects.get()
    found = at_once([partial(texting.send_texts.func, run.pk)] * 4)
    assert all(isinstance(one, dict) for one in found), found
    assert len(phones) == len(set(phones)) == 4
    run.refresh_from_db()
    assert (run.state, run.sent, run.failed) == ("done", 4, 0)


def test_the_month_is_not_spent_twice(settings: Any) -> None:
    cast = make_cast()
    settings.ENV = settings.ENV.model_copy(update={"notice_sms_per_month": 9})
    notices = [urgent(cast).pk for _ in range(4)]
    found = at_once([partial(sending.send, cast.owner, pk, WHOLE, True) for pk in notices])
    assert [type(one) for one in refused(found)] == [StateConflict] * 2
    assert texting.left_this_month(cast.county) == 1
    assert Notice.objects.filter(state="sent").count() == 2
