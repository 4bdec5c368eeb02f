"""How long ``lianxue chain import`` takes, on the database of the environment.

    python -m benchmarks.chain_import [FILE.csv]

Imports FILE (default: a made-up province of 2,021 organisations) twice into a fresh database and
prints both times, then a few reads of the chain. The data stays: give it a throw-away database
(LIANXUE_DATA_DIR or LIANXUE_DATABASE_URL), never a real one.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from lianxue.cli.base import setup as start

start()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from lianxue.certification import chainfile  # noqa: E402
from lianxue.certification.actions import setup  # noqa: E402
from lianxue.certification.queries import chain  # noqa: E402
from lianxue.organizations.models import Organization  # noqa: E402
from lianxue.shared.actors import Operator  # noqa: E402


def made_up() -> bytes:
    """1 province, 16 cities, 151 counties, 1,853 townships, as many as Shandong has."""
    lines = ["code,name,parent_code,level", "37,东海省,,province"]
    lines += [f"37{n:02},第{n}市,37,city" for n in range(16)]
    lines += [f"37{n % 16:02}{n:03},第{n}县,37{n % 16:02},county" for n in range(151)]
    lines += [
        f"37{n % 151 % 16:02}{n % 151:03}{n:04},第{n}镇,37{n % 151 % 16:02}{n % 151:03},township"
        for n in range(1853)
    ]
    return ("\n".join(lines) + "\n").encode()


def timed(what: str, act: Callable[[], object]) -> None:
    """Do it and print how long it took."""
    begin = time.perf_counter()
    result = act()
    print(f"{what}: {(time.perf_counter() - begin) * 1000:,.1f} ms {result or ''}")


def main() -> None:
    """Import twice, then read."""
    call_command("migrate", verbosity=0)
    if Organization.objects.exists():
        sys.exit("the database is not empty: give me a throw-away one")
    content = Path(sys.argv[1]).read_bytes() if len(sys.argv) > 1 else made_up()
    file = chainfile.read(content, "中共{name}委员会")
    print(f"{connection.vendor}, {len(file.rows)} rows")

    def run() -> str:
        report = setup.import_chain(Operator(), file)
        return f"(new {report.created}, unchanged {report.unchanged})"

    timed("first import", run)
    timed("second import", run)
    root = Organization.objects.get(superior=None)
    city = Organization.objects.filter(superior=root).first()
    assert city is not None
    timed("everything below the root", lambda: f"({chain.descendant_count(root)})")
    timed("one level of a city", lambda: f"({chain.children(city).total})")
    timed("search by name", lambda: f"({chain.search(Operator(), city.name[2:4]).total})")


main()
