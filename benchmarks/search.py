"""How long a search takes among 100,000 members of one organisation; prints figures.

    LIANXUE_DATA_DIR=$(mktemp -d) python benchmarks/search.py [members]

On PostgreSQL: ``python scripts/postgres.py python benchmarks/search.py``. Uses a database of its
own, made and dropped like a test's. Names are drawn as they are spread in the country: the hundred
most frequent surnames, given names of one or two frequent characters.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_databases, teardown_databases  # noqa: E402, I001

from lianxue.accounts.models import User  # noqa: E402
from lianxue.contacts.queries import search  # noqa: E402
from lianxue.organizations import queries  # noqa: E402
from lianxue.organizations.actions import tokens  # noqa: E402
from lianxue.organizations.models import Branch, Membership, Organization, RoleGrant  # noqa: E402
from lianxue.shared.clock import now  # noqa: E402
from lianxue.shared.names import sort_key  # noqa: E402
from lianxue.shared.pagination import paginate_far  # noqa: E402

#: Surname and how many in a thousand people bear it.
SURNAMES = "王72李72张68刘54陈45杨31黄22赵21周20吴20徐17孙15马13朱13胡12郭12何12林11高10罗10"
OTHERS = (
    "郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾"
    "韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严赖覃洪武莫孔单欧阳"
)
GIVEN = (
    "英华玉秀明兰金国春红建文丽平海荣凤志桂永梅霞林小德成军艳云伟芳晓青福清俊波新美杰燕生东"
    "强涛敏静超勇娟刚辉洁磊鹏宇婷雪佳欣怡诗涵梓浩轩子嘉琪雨泽瑞乐长行宁安康健"
)


def names(count: int) -> list[str]:
    """So many names, the same at every run."""
    dice = random.Random(7)
    weights = {SURNAMES[at]: int(SURNAMES[at + 1 : at + 3]) for at in range(0, len(SURNAMES), 3)}
    weights |= dict.fromkeys(OTHERS, 4)
    surnames = dice.choices(list(weights), list(weights.values()), k=count)
    return [one + "".join(dice.choices(GIVEN, k=dice.choice((1, 2, 2, 2)))) for one in surnames]


def fill(count: int) -> tuple[User, Organization]:
    """One organisation of so many members in 1,000 branches, run by one person."""
    moment = now()
    owner = User.objects.create_user("13900000001", "李明")
    place = Organization.objects.create(name="中共测试委员会", created_at=moment)
    tops = [
        Branch.objects.add_root({"organization": place, "name": f"总支{n}", "created_at": moment})
        for n in range(10)
    ]
    branches = []
    for n in range(990):
        top = Branch.objects.get(pk=tops[n % 10].pk)
        branches.append(
            Branch.objects.add_child(
                top, {"organization": place, "name": f"支部{n}", "created_at": moment}
            )
        )
    rows = [
        Membership(
            organization=place,
            branch=branches[n % 990],
            phone=f"138{n:08d}",
            name=name,
            sort_key=sort_key(name),
            created_at=moment,
        )
        for n, name in enumerate(names(count))
    ]
    rows[0].user, rows[0].state, rows[0].branch = owner, Membership.State.ACTIVE, None
    with transaction.atomic():
        rows = Membership.objects.bulk_create(rows, batch_size=2000)
        start = time.perf_counter()
        tokens.index_members(rows, fresh=True)
        tokens.index_organization(place, fresh=True)
        print(f"{'tokens written':<44}{(time.perf_counter() - start) * 1000:9.0f} ms")
        RoleGrant.objects.create(
            organization=place, membership=rows[0], role="main_admin", granted_at=moment
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return owner, place


def measure(words: str, act: Callable[[], int], times: int = 15) -> None:
    """The median of some runs, the slowest, this process's own work, and what came of it.

    The last is what counts on a busy machine; of PostgreSQL it leaves out the server's work.
    """
    took, worked = [], []
    for _ in range(times):
        start, cpu = time.perf_counter(), time.process_time()
        found = act()
        took.append((time.perf_counter() - start) * 1000)
        worked.append((time.process_time() - cpu) * 1000)
    with CaptureQueriesContext(connection) as seen:
        act()
    middle, worst, own = statistics.median(took), max(took), statistics.median(worked)
    figures = f"{middle:9.1f}{worst:9.1f}{own:9.1f} ms"
    print(f"{words:<34}{figures}{len(seen):4} statements, {found} found", flush=True)


def main() -> None:
    """Fill, measure, drop."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    kept = setup_databases(verbosity=0, interactive=False)
    try:
        call_command("migrate", verbosity=0)
        owner, place = fill(count)
        print(f"{connection.vendor}, {count} members; median, slowest, own work")
        for text in (
            "王",
            "英",
            "王英",
            "秀英",
            "w",
            "wang",
            "wangxiu",
            "wxy",
            "xy",
            "4321",
            "13800054321",
            "龘",
        ):
            measure(
                f"通讯录 {text}",
                lambda text=text: search.find_people(owner, text).page.total,
            )
            measure(
                f"成员 {text}",
                lambda text=text: (
                    paginate_far(
                        queries.members(owner, place, queries.MemberFilter(text=text))
                    ).total
                ),
            )
        rows = queries.members(owner, place)
        last = -(-count // 20)
        for number in (1, last // 2, last):
            measure(f"成员, page {number}", lambda number=number: paginate_far(rows, number).total)
        measure(
            "成员, letter W",
            lambda: (
                paginate_far(queries.members(owner, place, queries.MemberFilter(letter="W"))).total
            ),
        )
        measure("成员, the strip", lambda: len(queries.letters(place, rows)))
    finally:
        teardown_databases(kept, verbosity=0)


if __name__ == "__main__":
    main()
