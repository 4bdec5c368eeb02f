"""How long a reader and an administrator wait in one organisation of 100,000 members that has sent
3,000 notices in past years; prints figures.

    LIANXUE_DATA_DIR=$(mktemp -d) python benchmarks/notices.py [members]

On PostgreSQL: ``python scripts/postgres.py python benchmarks/notices.py``. Uses a database of its
own, made and dropped like a test's. Fifty notices are open; the reader has read all of the past,
60 % of everybody the newest, and everybody five of the past, so that receipts are many.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_databases, teardown_databases  # noqa: E402, I001

from lianxue.accounts.models import User  # noqa: E402
from lianxue.notices.actions import receipts  # noqa: E402
from lianxue.notices.models import Notice, Receipt, Relay, RelayBranch  # noqa: E402
from lianxue.notices.queries import figures, reading, waiting  # noqa: E402
from lianxue.organizations.models import Branch, Membership, Organization  # noqa: E402
from lianxue.shared.clock import now  # noqa: E402
from lianxue.shared.dbtools import insert_many  # noqa: E402
from lianxue.shared.pagination import paginate_far  # noqa: E402

PAST, OPEN = 3000, 50
BODY = "请各支部认真组织学习，把学习情况记录下来，需要帮助的请联系支部书记。" * 20


def fill(count: int) -> tuple[User, Organization, Branch]:
    """One organisation of so many active members in 1,000 branches; a reader, and a branch."""
    moment = now() - timedelta(days=3650)
    reader = User.objects.create_user("13900000001", "李明")
    place = Organization.objects.create(name="中共测试委员会", created_at=moment)
    tops = [
        Branch.objects.add_root({"organization": place, "name": f"总支{n}", "created_at": moment})
        for n in range(10)
    ]
    branches = []
    for n in range(990):
        top = Branch.objects.get(pk=tops[n % 10].pk)
        values = {"organization": place, "name": f"支部{n}", "created_at": moment}
        branches.append(Branch.objects.add_child(top, values))
    one = User.objects.filter(pk=reader.pk).values()[0]
    columns = {field.attname: field.column for field in User._meta.concrete_fields}
    others = range(reader.pk + 1, reader.pk + count)
    users = [{**one, "id": pk, "phone": f"15{pk:09d}", "name": f"成员{pk}"} for pk in others]
    insert_many(User, list(columns.values()), [[row[key] for key in columns] for row in users])
    insert_many(
        Membership,
        ["organization_id", "branch_id", "user_id", "phone", "name", "sort_key", "state"]
        + ["created_at", "activated_at", "end_reason"],
        [
            [place.pk, branches[pk % 990].pk, pk, f"15{pk:09d}", "成员", "", "active"]
            + [moment, moment, ""]
            for pk in [reader.pk, *others]
        ],
    )
    return reader, place, Branch.objects.get(pk=tops[reader.pk % 990 % 10].pk)


def send(place: Organization, branch: Branch, many: int, first_day: int, open_for: int) -> None:
    """``many`` notices, one a day from ``first_day`` days ago; every fifth for a branch."""
    moments = [now() - timedelta(days=first_day - n) for n in range(many)]
    rows = Notice.objects.bulk_create(
        [
            Notice(
                state="sent",
                organization=place,
                title=f"关于开展第{n}次学习的通知",
                body=BODY,
                needs_confirmation=n % 2 == 0,
                created_at=at,
                changed_at=at,
                sent_at=at,
            )
            for n, at in enumerate(moments)
        ]
    )
    relays = Relay.objects.bulk_create(
        [
            Relay(
                notice=notice,
                organization=place,
                state="passed",
                own="branches" if n % 5 == 4 else "whole",
                passed_at=notice.sent_at,
                open_until=(notice.sent_at or now()) + timedelta(days=open_for),
            )
            for n, notice in enumerate(rows)
        ]
    )
    RelayBranch.objects.bulk_create(
        RelayBranch(relay=relay, branch=branch, name=branch.name)
        for relay in relays
        if relay.own == "branches"
    )


def have_read(relay: Relay, part: float) -> None:
    """So many of the members, from the first, have read it; half of these have confirmed."""
    ids = list(Membership.objects.order_by("pk").values_list("pk", flat=True))
    moment = now()
    insert_many(
        Receipt,
        ["relay_id", "membership_id", "read_at", "confirmed_at"],
        [
            [relay.pk, pk, moment, moment if pk % 2 else None]
            for pk in ids[1 : int(part * len(ids))]
        ],
    )


def clock(name: str, run: Callable[[], object], tries: int = 7) -> None:
    """Run it several times; the middle time, what this process spent of it (on SQLite: all of the
    work, whatever else the machine does), and the statements of one run.
    """
    with CaptureQueriesContext(connection) as seen:
        run()
    statements = len(seen)  # before the next request empties the log
    times, spent = [], []
    for _ in range(tries):
        start, busy = time.perf_counter(), time.process_time()
        run()
        times.append(time.perf_counter() - start)
        spent.append(time.process_time() - busy)
    middle, own = statistics.median(times) * 1000, statistics.median(spent) * 1000
    print(f"{name:34} {middle:7.1f} ms, {own:7.1f} here; {statements:3} statements")


def main(count: int) -> None:
    """Fill, then measure each thing."""
    reader, place, branch = fill(count)
    with transaction.atomic():
        send(place, branch, PAST, PAST + 60, 30)
        send(place, branch, OPEN, 20, 60)
    past = list(Relay.objects.order_by("pk")[:PAST])
    mine = Membership.objects.get(user=reader)
    Receipt.objects.bulk_create(
        Receipt(relay=relay, membership=mine, read_at=now(), archived_at=now() if n % 3 else None)
        for n, relay in enumerate(past)
    )
    for relay in [one for one in past if one.own == "whole"][:5]:
        have_read(relay, 1)
    newest = Relay.objects.filter(own="whole").latest("pk")
    have_read(newest, 0.6)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(connection.vendor, f"{count} members, {Receipt.objects.count()} receipts")

    def page(tab: str, number: int = 1, text: str = "") -> object:
        return paginate_far(reading.my_notices(reader, tab, text), number)

    clock("badge and what waits", lambda: waiting.lines(reader))
    clock("list, first page", lambda: page("all"))
    clock("list, page 50", lambda: page("all", 50))
    clock("unread", lambda: page("unread"))
    clock("archived", lambda: page("archived"))
    clock("search: a word of one title", lambda: page("all", text="第1234次"))
    clock("search: a word of every text", lambda: page("all", text="支部书记"))
    clock("search: nothing", lambda: page("all", text="没有这个词"))
    clock("one notice", lambda: reading.get_mine(reader, newest.notice_id))
    clock("one notice, read", lambda: receipts.read(reader, newest.notice_id))
    part = Relay.objects.filter(own="branches").latest("pk")
    clock("figures: whole organisation", lambda: figures.live([newest.pk]))
    clock("figures: a branch's subtree", lambda: figures.live([part.pk]))
    Relay.objects.filter(pk=part.pk).update(role="admin")
    clock("figures: its administrators", lambda: figures.live([part.pk]))
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES["staticfiles"]["BACKEND"] = plain
    settings.ALLOWED_HOSTS.append("testserver")
    client = Client()
    client.force_login(reader, backend="lianxue.accounts.backends.PhoneBackend")
    clock("the list as a page", lambda: client.get("/notices/"))
    clock("a notice as a page", lambda: client.get(f"/notices/{newest.notice_id}/"))


if __name__ == "__main__":
    old = setup_databases(verbosity=0, interactive=False)
    try:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    finally:
        teardown_databases(old, verbosity=0)
