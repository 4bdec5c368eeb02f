"""A learning task costs the same for 1,000 people as for 10: the same statements, the same rows
(design rule 9). Only its workbook is written in parts of 500.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianxue.learning.models import Attempt, Completion, ContentItem, LearningRecord, TaskCount
from lianxue.learning.queries import mine, waiting
from lianxue.learning.queries.task_people import STATES
from lianxue.notices.actions import nudging, recalling, sending
from lianxue.notices.actions.nudging import OWN
from lianxue.notices.models import Relay
from lianxue.notices.policy import seats_of
from lianxue.organizations.models import Membership
from tests.cast import Cast, sign_in
from tests.notices.makers import ALL, WHOLE, passed
from tests.notices.test_scale import cost

from .task_makers import draft_learning, finish, hand_in, item, many, sent_learning

pytestmark = pytest.mark.django_db

#: 导出 asks once more for every so many people: how many items, which mark.
PART, PER_PART = 500, 2


def statements(act: Callable[[], Any]) -> int:
    """How many ``act`` executes."""
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


def done_by_half(relay: Relay, one: ContentItem, seats: Sequence[Membership]) -> None:
    """Every second of ``seats`` has finished the item, passed the quiz and completed the task, the
    fourth of them late; the others have failed the quiz."""
    moment = timezone.now()
    LearningRecord.objects.bulk_create(
        LearningRecord(
            user=seat.user,
            item=one,
            organization_id=seat.organization_id,
            started_at=moment,
            changed_at=moment,
            finished_at=moment,
        )
        for seat in seats[::2]
    )
    Attempt.objects.bulk_create(
        Attempt(
            quiz_id=relay.notice_id,
            user=seat.user,
            number=1,
            state="submitted",
            started_at=moment,
            submitted_at=moment,
            score=10 * (number % 2 == 0),
            full=10,
            passed=number % 2 == 0,
        )
        for number, seat in enumerate(seats)
    )
    Completion.objects.bulk_create(
        Completion(relay=relay, membership=seat, completed_at=moment, late=number % 2 == 1)
        for number, seat in enumerate(seats[::2])
    )


def addresses(cast: Cast, relay: Relay) -> list[str]:
    """The pages of who looks over it, the last page of the long lists among them."""
    rest = f"orgs/{cast.county.pk}/learning-tasks/{relay.notice_id}/"
    people = f"/console/{rest}people/?state="
    lists = [f"{people}{state}" for state in STATES]
    last = [f"{people}{state}&page=1000000" for state in ("left", "done")]
    narrow = f"/{rest}people/?state=left&branch={cast.general_branch.pk}&q=新"
    return [f"/{rest}", f"/console/{rest}", *lists, *last, narrow, f"/{rest}export/"]


def opened(client: Client, address: str) -> int:
    """The statements of a page that is there."""
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200, address
    return len(seen)


def test_pages_of_progress_and_names_ask_as_often_for_many(cast: Cast) -> None:
    one = item(cast.county)
    relay = sent_learning(cast.owner, cast.county, [one], WHOLE, quiz=True)
    client, pages = sign_in(cast.owner), addresses(cast, relay)

    def join(count: int) -> None:
        seats = many(cast.county, count)
        ids = [seat.pk for seat in seats[: count // 2]]
        Membership.objects.filter(pk__in=ids).update(branch=cast.first_branch)
        done_by_half(relay, one, seats)

    join(10)
    opened(client, pages[0])
    few = {page: opened(client, page) for page in pages}
    join(990)
    assert {page: opened(client, page) for page in pages} == few
    assert max(few.values()) <= 30


def test_the_workbook_asks_twice_more_for_each_500(cast: Cast) -> None:
    one = item(cast.county)
    relay = sent_learning(cast.owner, cast.county, [one], WHOLE, quiz=True)
    client = sign_in(cast.owner)
    here = f"/orgs/{cast.county.pk}/learning-tasks/{relay.notice_id}/export/"

    def take() -> None:
        answer: Any = client.post(here, {"which": "expected"})
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content)

    take()
    few = statements(take)
    done_by_half(relay, one, many(cast.county, 10))
    assert statements(take) == few
    done_by_half(relay, one, many(cast.county, 990))
    assert statements(take) == few + 1005 // PART * PER_PART


def life(cast: Cast) -> dict[str, tuple[int, dict[str, int]]]:
    """What each step of a learning task costs: statements, rows by table."""
    found: dict[str, tuple[int, dict[str, int]]] = {}
    said: dict[str, Any] = {}

    def step(name: str, act: Callable[[], Any]) -> None:
        found[name] = cost(lambda: said.update({name: act()}))

    one = item(cast.city, "市里的", reach="chain")
    step("write", lambda: draft_learning(cast.city_admin, cast.city, [one]))
    notice = said["write"]
    step("send", lambda: sending.send(cast.city_admin, notice.pk, ALL))
    step("pass on", lambda: passed(cast.owner, cast.county, notice.pk, ALL, "请学一学"))
    step("list", lambda: mine.lines_of(list(mine.my_tasks(cast.member)[:20])))
    step("badge", lambda: waiting.lines(cast.member, seats_of(cast.member)))
    step("remind", lambda: nudging.nudge(cast.owner, cast.county.pk, notice.pk, OWN))
    step("complete", lambda: finish(cast.member, one))
    # the second administrator's look comes within a minute and counts nothing again
    city = f"/orgs/{cast.city.pk}/learning-tasks/{notice.pk}/"
    client = sign_in(cast.city_admin)
    step("count below", lambda: opened(client, f"{city}?at={cast.county.pk}"))
    step("look below", lambda: opened(client, f"{city}?at={cast.county.pk}"))
    step("recall", lambda: recalling.recall(cast.city_admin, cast.city.pk, notice.pk, "时间有变"))
    return found


def test_sending_passing_on_reminding_and_recalling_write_a_handful_of_rows(cast: Cast) -> None:
    life(cast)  # the first event of an organisation begins its chain; the first balance is written
    many(cast.county, 10)
    many(cast.city, 10)
    few = life(cast)
    many(cast.county, 990)
    many(cast.city, 990)
    assert life(cast) == few
    rows = {name: written for name, (_, written) in few.items()}
    assert TaskCount.objects.latest("pk").expected > 1000
    for name in ("send", "pass on", "remind", "recall"):
        assert sum(rows[name].values()) <= 6, name
    assert rows["list"] == rows["badge"] == rows["look below"] == {}
    assert rows["count below"] == {"learning.TaskCount": 1}
    assert rows["complete"]["learning.Completion"] == 1


def test_a_member_waits_for_as_many_statements_whoever_else_has_it(cast: Cast) -> None:
    items = [item(cast.county, f"第{n}篇") for n in range(3)]
    relay = sent_learning(cast.owner, cast.county, items, WHOLE, quiz=True)
    client, here = sign_in(cast.member), f"/learn/tasks/{relay.notice_id}/"
    done_by_half(relay, items[0], many(cast.county, 10))
    opened(client, here)
    few = opened(client, here), opened(client, "/learn/tasks/")
    done_by_half(relay, items[0], many(cast.county, 990))
    assert (opened(client, here), opened(client, "/learn/tasks/")) == few
    for one in items:
        finish(cast.member, one)
    assert hand_in(cast.member, relay.notice_id)
    assert opened(client, here) <= few[0] + 3
