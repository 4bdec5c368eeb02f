"""How long a reader waits for the library, and an administrator for a learning task: 10,000
contents of the own organisation and of the one above it, 100,000 members who have learned five of
them each; prints figures.

    LIANXUE_DATA_DIR=$(mktemp -d) python benchmarks/learning.py [members] [contents]

On PostgreSQL: ``python scripts/postgres.py python benchmarks/learning.py``. Uses a database of its
own, made and dropped like a test's. The reader has opened 400 contents, keeps 100, has 20 learning
tasks; the newest article has 2,000 comments.
"""

import random
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from notices import clock, fill  # the members are made as there

from django.conf import settings  # isort: skip
from django.db import connection, transaction  # isort: skip
from django.test import Client  # isort: skip
from django.test.utils import setup_databases, teardown_databases  # isort: skip

from lianxue.accounts.models import User  # isort: skip
from lianxue.learning.models import (  # isort: skip
    Attempt,
    BankQuestion,
    Column,
    Comment,
    Completion,
    ContentItem,
    ContentToken,
    Favourite,
    LearningRecord,
    LearningTask,
    QuestionBank,
    Quiz,
    QuizPart,
    TaskContent,
)
from lianxue.learning.words import tokens_of  # isort: skip
from lianxue.notices.models import Notice, Relay  # isort: skip
from lianxue.organizations.models import Branch, Membership, Organization, RoleGrant  # isort: skip
from lianxue.shared.clock import now  # isort: skip
from lianxue.shared.dbtools import insert_many  # isort: skip
from lianxue.shared.ids import path_step  # isort: skip

_WORDS = [
    *("图书馆", "读书会", "社区", "安全", "取暖", "燃气", "步道", "古井", "石桥", "磨坊", "手机"),
    *("防骗", "健康", "走访", "互助", "花园", "垃圾分类", "种菜", "老人", "孩子", "饮水", "道路"),
    *(
        "公交",
        "照明",
        "扶手",
        "楼道",
        "电梯",
        "维修",
        "志愿",
        "服务",
        "学习",
        "讨论",
        "体会",
        "记录",
    ),
]


def write(place: Organization, above: Organization, many: int) -> list[ContentItem]:
    """Six of ten are the organisation's own, the others come from above; each a few hundred words
    of a small language, as it is searched by."""
    dice = random.Random(5)  # the same library every time
    columns = [
        Column.objects.create(organization=owner, name=f"栏目{n}", position=n)
        for owner in (place, above)
        for n in range(10)
    ]
    kinds = ["article"] * 6 + ["video", "audio", "document", "link"]
    items = []
    for number in range(many):
        owner = place if number % 10 < 6 else above
        text = "，".join(dice.choices(_WORDS, k=80))
        at = now() - timedelta(minutes=20 * (many - number))
        items.append(
            ContentItem(
                organization=owner,
                column=columns[number % 10 + (10 if owner == above else 0)],
                kind=kinds[dice.randrange(10)],
                state="published",
                reach="chain" if owner == above else "own",
                title=f"第{number}篇{dice.choice(_WORDS)}和{dice.choice(_WORDS)}",
                body=f"<p>{text}</p>" * 5,
                text=text,
                length=300,
                author_name="李明",
                created_at=at,
                changed_at=at,
                published_at=at,
            )
        )
    items = ContentItem.objects.bulk_create(items, batch_size=500)
    rows = [(one.pk, token) for one in items for token in tokens_of([one.title, one.text])]
    insert_many(ContentToken, ("item_id", "token"), rows)
    return items


def learn(place: Organization, items: list[ContentItem], reader: User) -> None:
    """Everybody has learned five, the reader 400."""
    ids = list(User.objects.order_by("pk").values_list("pk", flat=True))
    names = ("user_id", "item_id", "organization_id", "position", "seen", "covered")
    names += ("started_at", "changed_at", "finished_at")
    moment, rows = now(), []
    for pk in ids:
        for number in range(400 if pk == reader.pk else 5):
            item = items[-1 - (pk * 7 + number * 13) % len(items)]
            done = moment if number % 3 else None
            rows.append([pk, item.pk, place.pk, 120, "[]", 0, moment, moment, done])
    insert_many(LearningRecord, names, rows)
    Favourite.objects.bulk_create(
        Favourite(user=reader, item=item, at=moment) for item in items[:: len(items) // 100]
    )
    seats = Membership.objects.order_by("pk")[1:2001]
    Comment.objects.bulk_create(
        Comment(
            item=items[-1],
            organization=place,
            membership=seat,
            text="读了很有收获，周末去走一走。",
            state="shown",
            at=moment,
        )
        for seat in seats
    )


def ask(place: Organization, items: list[ContentItem]) -> Relay:
    """Twenty learning tasks of five contents that are not due yet; the first."""
    moment, relays = now(), []
    for number in range(20):
        notice = Notice.objects.create(
            kind="learning",
            state="sent",
            organization=place,
            title=f"第{number}个学习任务",
            created_at=moment,
            changed_at=moment,
            sent_at=moment,
            deadline=moment + timedelta(days=number + 1),
        )
        relay = Relay.objects.create(
            notice=notice,
            organization=place,
            state="passed",
            own="whole",
            passed_at=moment,
            open_until=moment + timedelta(days=60),
        )
        relays.append(relay)
        task = LearningTask.objects.create(notice=notice)
        TaskContent.objects.bulk_create(
            TaskContent(task=task, item=items[number * 5 + place_in], position=place_in)
            for place_in in range(5)
        )
    return relays[0]


def take(relay: Relay, place: Organization, reader: User) -> None:
    """Four of five have tried the quiz of the task, three of five have completed it; not the
    reader, who is the organisation's administrator, too."""
    moment = now()
    bank = QuestionBank.objects.create(organization=place, name="题库", created_at=moment)
    question = BankQuestion.objects.create(
        bank=bank, kind="judge", text="对不对？", answer=[True], key="1", created_at=moment
    )
    quiz = Quiz.objects.create(task_id=relay.notice_id)
    QuizPart.objects.create(quiz=quiz, position=0, bank=bank, kind="judge", question=question)
    seats = Membership.objects.exclude(user=reader).order_by("pk")
    found = list(seats.values_list("pk", "user_id"))
    names = ("quiz_id", "user_id", "number", "state", "started_at", "submitted_at", "score")
    names += ("full", "right", "questions", "passed")
    insert_many(
        Attempt,
        names,
        [
            [quiz.pk, user, number + 1, "submitted", moment, moment, number, 1, number, 1]
            + [bool(number)]
            for at, (_, user) in enumerate(found)
            for number in ((), (0,), (0, 1), (0, 1), (0, 1))[at % 5]
        ],
    )
    insert_many(
        Completion,
        ["relay_id", "membership_id", "completed_at", "late"],
        [[relay.pk, seat, moment, at % 7 == 0] for at, (seat, _) in enumerate(found) if at % 5 > 1],
    )
    mine = Membership.objects.get(organization=place, user=reader)
    RoleGrant.objects.create(
        organization=place, membership=mine, role="main_admin", granted_at=moment
    )


def watch(client: Client, opened: Callable[[str, str], None], relay: Relay) -> None:
    """The pages of a learning task, its member's and its administrator's, and the workbook."""
    place = relay.organization
    opened("my tasks", "/learn/tasks/")
    opened("a task", f"/learn/tasks/{relay.notice_id}/")
    desk = f"/console/orgs/{place.pk}/learning-tasks/{relay.notice_id}/"
    opened("progress", desk)
    people = f"{desk}people/?state="
    branch = Branch.objects.filter(organization=place, depth=1).earliest("pk")
    for state in ("left", "done", "late"):
        opened(f"{state}, first page", f"{people}{state}")
        opened(f"{state}, last page", f"{people}{state}&page=1000000")
    opened("left, in a tenth", f"{people}left&branch={branch.pk}")
    opened("left, by name", f"{people}left&q=成员")
    opened("export, its form", f"{desk}export/")
    for number in (1, 2, 3):  # a first one warms up
        start, busy = time.perf_counter(), time.process_time()
        answer = client.post(f"{desk}export/", {"which": "expected"})
        size = sum(map(len, answer.streaming_content))
        spent, own = time.perf_counter() - start, time.process_time() - busy
        print(f"export {number}: {spent:.1f} s, {own:.1f} here; {size / 2**20:.1f} MB")


def main(members: int, contents: int) -> None:
    """Fill, then open each page."""
    reader, place, _ = fill(members)
    above = Organization.objects.create(name="中共上级委员会", created_at=now())
    above.chain_path, above.certified_at = path_step(above.pk), now()
    above.save()
    place.superior, place.certified_at = above, now()
    place.chain_path = above.chain_path + path_step(place.pk)
    place.save()
    with transaction.atomic():
        items = write(place, above, contents)
        learn(place, items, reader)
        relay = ask(place, items)
        take(relay, place, reader)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(connection.vendor, f"{members} members, {contents} contents,", end=" ")
    print(f"{LearningRecord.objects.count()} records, {ContentToken.objects.count()} tokens")
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES["staticfiles"]["BACKEND"] = plain
    settings.ALLOWED_HOSTS.append("testserver")
    client = Client()
    client.force_login(reader, backend="lianxue.accounts.backends.PhoneBackend")

    def opened(name: str, address: str) -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{address}: {answer.status_code}")
        clock(f"{name} ({len(answer.content) / 1024:.1f} KB)", lambda: client.get(address))

    opened("home", "/learn/")
    opened("everything, first page", "/learn/all/")
    opened("everything, page 250", "/learn/all/?page=250")
    opened("everything, videos", "/learn/all/?kind=video")
    opened("a column", f"/learn/columns/{items[0].column_id}/")
    opened("search: one character", "/learn/search/?q=井")
    opened("search: a word in most", "/learn/search/?q=图书馆")
    opened("search: two words", "/learn/search/?q=图书馆 磨坊")
    opened("search: one title", "/learn/search/?q=第1234篇")
    opened("search: nothing", "/learn/search/?q=没有这个词")
    opened("favourites", "/learn/favourites/")
    opened("records", "/learn/records/")
    opened("an article", f"/learn/{items[-1].pk}/")
    opened("its comments", f"/learn/{items[-1].pk}/comments/")
    watch(client, opened, relay)


if __name__ == "__main__":
    old = setup_databases(verbosity=0, interactive=False)
    numbers = [int(one) for one in sys.argv[1:]] or [100_000, 10_000]
    try:
        main(numbers[0], numbers[1] if len(numbers) > 1 else 10_000)
    finally:
        teardown_databases(old, verbosity=0)
