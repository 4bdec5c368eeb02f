"""Every check and test, each step in its turn, and one table at the end.

``--quick``: what needs no server and no browser. All steps run even when one fails.
With CI=true a missing part of the machine is a failure, elsewhere a skip that the table names.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import packages
import postgres

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
# An idle worker takes tests from the other: no two minutes at the end for the file that came last.
WORKERS = ["-n", "2", "--dist", "worksteal"]
# By file, because the tests of one file share an installation.
IN_BROWSERS = ["-n", "2", "--dist", "loadfile"]


@dataclass
class Step:
    """One line of the table."""

    name: str
    words: list[str]
    needs: list[packages.Part] = field(default_factory=list)
    on_postgres: bool = False
    outcome: str = ""
    seconds: float = 0.0


def steps(*, quick: bool) -> list[Step]:
    """What is run, in this order: the fast and plain first."""
    style = [
        Step("style (ruff)", ["ruff", "check", "--quiet", "."]),
        Step("format (ruff)", ["ruff", "format", "--check", "--quiet", "."]),
        Step("templates (djlint)", ["djlint", "--lint", "--quiet", "templates"]),
        Step("types (mypy --strict)", ["mypy", "lianxue", "config", "scripts"]),
        Step("import contracts", ["lint-imports", "--no-logo"]),
        Step(
            "migrations complete", ["python", "manage.py", "makemigrations", "--check", "--dry-run"]
        ),
    ]
    if quick:
        fast = ["pytest", *WORKERS, "-m", "not slow and not e2e and not postgres"]
        return [*style, Step("fast tests (SQLite)", fast)]
    tests = ["pytest", *WORKERS, "-m", "not e2e"]
    again = ["pytest", *WORKERS, "-m", "not e2e and not once"]
    server = [packages.POSTGRES]
    return [
        *style,
        Step("tests (SQLite)", tests),
        Step("tests (PostgreSQL)", again, needs=server, on_postgres=True),
        Step(
            "browser tests",
            ["pytest", *IN_BROWSERS, "-m", "e2e"],
            needs=[packages.BROWSER, packages.DRIVER, packages.FONT],
        ),
    ]


@contextlib.contextmanager
def environment() -> Iterator[dict[str, str]]:
    """The steps' variables: none of the caller's settings, a data folder of their own."""
    folder = tempfile.mkdtemp(prefix="lianxue-test-")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIANXUE_")}
    kept["PATH"] = f"{BIN}{os.pathsep}{kept['PATH']}"
    kept["LIANXUE_DATA_DIR"] = folder
    try:
        yield kept
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(step: Step, variables: dict[str, str], missing: list[packages.Part]) -> None:
    """Run one step and note how it went."""
    print(f"\n== {step.name}", flush=True)
    absent = [part.name for part in step.needs if part in missing]
    if absent:
        step.outcome = ("FAILED" if CI else "SKIPPED") + f": no {' and no '.join(absent)}"
        print(step.outcome, flush=True)
        return
    start = time.monotonic()
    try:
        with contextlib.ExitStack() as stack:
            if step.on_postgres:
                url = stack.enter_context(postgres.server())
                variables = variables | {"LIANXUE_DATABASE_URL": url}
            done = subprocess.run(step.words, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL)
            step.outcome = "ok" if done.returncode == 0 else f"FAILED (code {done.returncode})"
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        step.outcome = f"FAILED: {error}"
    step.seconds = time.monotonic() - start


def table(done: list[Step]) -> bool:
    """Print the table; whether nothing failed."""
    width = max(len(step.name) for step in done)
    print("\n" + "=" * (width + 24))
    for step in done:
        print(f"{step.name:<{width}}  {step.seconds:7.1f} s  {step.outcome}")
    failed = [step.name for step in done if step.outcome.startswith("FAILED")]
    skipped = [step.name for step in done if step.outcome.startswith("SKIPPED")]
    if skipped:
        print(f"NOT RUN, something is missing on this machine: {', '.join(skipped)}")
    print(f"FAILED: {', '.join(failed)}" if failed else "All that ran passed.")
    return not failed


def main() -> int:
    """The whole run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="no servers, no browser")
    quick = parser.parse_args().quick
    postgres.end_on_signals()
    missing = [] if quick else packages.provide()
    todo = steps(quick=quick)
    with environment() as variables:
        for step in todo:
            run(step, variables, missing)
    return 0 if table(todo) else 1


if __name__ == "__main__":
    sys.exit(main())
