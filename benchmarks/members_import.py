"""How long an import of members takes, on the database of the environment.

    python -m benchmarks.members_import [ROWS]

Makes up a roster of ROWS (default 10,000) people in 220 branches, a tenth of them registered, and
prints the time to read and compare it, to write it, of the one transaction within, to write a
change of every row, and to take both back. The data stays: give it a throw-away database
(LIANXUE_DATA_DIR or LIANXUE_DATABASE_URL), never a real one.
"""

import io
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import xlsxwriter

from lianxue.cli.base import setup as start

start()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from lianxue.accounts.models import User  # noqa: E402
from lianxue.organizations.actions import imports  # noqa: E402
from lianxue.organizations.actions.imports import applying  # noqa: E402
from lianxue.organizations.models import MemberImport, Organization  # noqa: E402
from lianxue.shared.actors import Operator  # noqa: E402

HEADINGS = ("姓名", "手机号", "所在党支部", "性别", "民族", "出生日期", "学历", "工作岗位")
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛"
OPERATOR = Operator()


def roster(rows: int, post: str) -> imports.Upload:
    """A workbook of made-up people; the same ones whatever their ``post``."""
    chance, out = random.Random(1), io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名册")
        sheet.write_row(0, 0, HEADINGS)
        for n in range(rows):
            name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=2))
            branch = f"第{n % 20 + 1}党总支/第{n % 200 + 1}党支部"
            details = ("男", "01 汉族", "1990-01-02", "大学本科", post)
            sheet.write_row(n + 1, 0, (name, f"136{n:08d}", branch, *details))
    return imports.Upload("roster.xlsx", out.getvalue())


def timed(what: str, act: Callable[..., Any], *args: Any) -> Any:
    """Do it and print how long it took."""
    begin = time.perf_counter()
    result = act(*args)
    print(f"{what}: {time.perf_counter() - begin:.2f} s")
    return result


def bring(organization: Organization, upload: imports.Upload, what: str) -> MemberImport:
    """One import, timed in its parts."""

    def prepare() -> MemberImport:
        return imports.prepare(OPERATOR, organization.pk, upload, make_branches=True)

    batch = timed(f"{what}: read and compare", prepare)
    imports.confirm(OPERATOR, batch.pk)
    batch = timed(f"{what}: write", imports.apply, batch.pk)
    assert batch.state == MemberImport.State.DONE, batch.note
    return batch


def main() -> None:
    """New people, a change of each, and back."""
    call_command("migrate", verbosity=0)
    if Organization.objects.exists():
        sys.exit("the database is not empty: give me a throw-away one")
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"{connection.vendor}, {rows} rows")
    organization = Organization.objects.create(name="中共历山县委", created_at=timezone.now())
    registered = range(0, rows, 10)
    User.objects.bulk_create(User(phone=f"136{n:08d}", name="某人") for n in registered)
    write = applying._write
    applying._write = lambda *args: timed("  its one transaction", write, *args)
    first = bring(organization, roster(rows, "科员"), "all new")
    second = bring(organization, roster(rows, "主任科员"), "all changed")
    timed("take the changes back", imports.undo, OPERATOR, second.pk)
    timed("take the new ones back", imports.undo, OPERATOR, first.pk)


main()
