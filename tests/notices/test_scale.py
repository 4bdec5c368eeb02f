"""Sending, passing on, reading, reminding and recalling cost the same for 100 people and 100,000:
the same statements, the same rows (design rule 9).
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.notices.actions import counting, nudging, recalling, receipts
from lianxue.notices.models import Relay
from lianxue.notices.policy import seats_of
from lianxue.notices.queries import figures, reading, waiting
from lianxue.organizations.models import Branch, Membership, Organization
from lianxue.shared.dbtools import insert_many
from tests.cast import Cast
from tests.notices.makers import ALL, draft, passed, sent, to_branches

pytestmark = pytest.mark.django_db


def people(place: Organization, branch: Branch, number: int) -> None:
    """``number`` active members of ``place``, below ``branch``, who have their own accounts."""
    moment = timezone.now()
    start = User.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1
    ids = range(start, start + number)
    template = User.objects.filter(pk=start - 1).values()[0]
    fixed = {field.attname: field.column for field in User._meta.concrete_fields}
    rows = [{**template, "id": pk, "phone": f"15{pk:09d}", "name": f"成员{pk}"} for pk in ids]
    insert_many(User, list(fixed.values()), [[row[key] for key in fixed] for row in rows])
    insert_many(
        Membership,
        ["organization_id", "branch_id", "user_id", "phone", "name", "sort_key", "state"]
        + ["created_at", "activated_at", "end_reason"],
        [
            [place.pk, branch.pk, pk, f"15{pk:09d}", f"成员{pk}", "", "active", moment, moment, ""]
            for pk in ids
        ],
    )


def rows_of_all() -> dict[str, int]:
    """How many rows each table holds, but the members' own."""
    without = {"accounts.User", "organizations.Membership"}
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.managed and model._meta.label not in without
    }


def cost(act: Callable[[], Any]) -> tuple[int, dict[str, int]]:
    """The statements of ``act`` and the rows that it wrote, by table."""
    before = rows_of_all()
    with CaptureQueriesContext(connection) as seen:
        act()
    after = rows_of_all()
    return len(seen), {key: after[key] - before[key] for key in after if after[key] != before[key]}


def life(cast: Cast) -> dict[str, tuple[int, dict[str, int]]]:
    """What each step of a notice's life costs, from writing it to its recall."""
    found: dict[str, tuple[int, dict[str, int]]] = {}
    text = {"needs_confirmation": True, "title": "给每一位成员的通知"}
    relays: list[Relay] = []

    def step(name: str, act: Callable[[], Any]) -> None:
        found[name] = cost(lambda: relays.append(act()))

    step("write", lambda: draft(cast.owner, cast.county, **text))
    step("send", lambda: sent(cast.owner, cast.county, to_branches(cast.general_branch), **text))
    step("send to all", lambda: sent(cast.city_admin, cast.city, ALL, **text))
    notice = relays[-1].notice
    step("pass on", lambda: passed(cast.owner, cast.county, notice, ALL, "请传达"))
    step("list", lambda: list(reading.my_notices(cast.member)[:20]))
    step("badge", lambda: waiting.lines(cast.member, seats_of(cast.member)))
    step("read", lambda: receipts.read(cast.member, notice.pk))
    step("confirm", lambda: receipts.confirm(cast.member, notice.pk))
    step("remind", lambda: nudging.nudge(cast.owner, cast.county.pk, notice.pk, nudging.OWN))
    step("count", lambda: counting.freshen(notice, cast.city.chain_path or ""))
    step("sum", lambda: figures.sum_below(notice, cast.city.chain_path or ""))
    step("recall", lambda: recalling.recall(cast.city_admin, cast.city.pk, notice.pk, "时间有变"))
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_same_for_a_hundred_and_for_a_hundred_thousand(cast: Cast) -> None:
    for actor, place in ((cast.owner, cast.county), (cast.city_admin, cast.city)):
        draft(actor, place)  # the first event of an organisation begins its chain of events
    people(cast.county, cast.first_branch, 100)
    few = life(cast)
    people(cast.county, cast.first_branch, 99_900)
    recalled = Relay.objects.filter(organization=cast.county).latest("pk")
    assert recalled.expected > 100
    many = life(cast)
    assert many == few
    largest = Relay.objects.filter(organization=cast.county).latest("pk")
    assert largest.expected > 100_000
    assert largest.recalled_at is not None
    rows = {name: written for name, (_, written) in many.items()}
    assert rows["read"] == {"notices.Receipt": 1}
    assert rows["confirm"] == rows["count"] == {}
    for name in ("send", "send to all", "pass on", "remind", "recall"):
        assert sum(rows[name].values()) <= 6, name
