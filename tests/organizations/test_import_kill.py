"""kill -9 at ten random moments of a 10,000-row import: it is there whole, or not at all.

Real processes: the command line, and the worker whose lease another one takes over. Whatever the
moment, no membership, token, detail, branch or event is half there, and running again finishes it.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lianxue.audit.models import AuditEvent
from lianxue.audit.queries import check_stream
from lianxue.organizations.actions import imports, tokens
from lianxue.organizations.actions.imports import applying
from lianxue.organizations.models import (
    Branch,
    ImportRow,
    MemberImport,
    Membership,
    MemberToken,
    Organization,
    RosterDetail,
)
from lianxue.shared.actors import Operator
from tests.factories import OrganizationFactory
from tests.organizations.imports_help import workbook
from tests.shared.test_jobs_processes import database_url, until

__all__ = ["database_url"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.timeout(900),
]

ROWS = 10_000
HEADINGS = ("姓名", "手机号", "所在党支部", "民族")
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴", "伟芳娜秀英敏静丽强磊"
Wait = Callable[["subprocess.Popen[bytes]"], None]
Moment = Callable[["Scene"], Wait]


@dataclass
class Scene:
    """One organisation, its roster in a file, the chances of this run."""

    organization: Organization
    path: Path
    rows: list[tuple[str, str, str, str]]
    chance: random.Random
    seed: int
    variables: dict[str, str]
    written: int = 0  # how often it was whole and was taken away again

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            env=self.variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def counts(self) -> dict[str, int]:
        here = Membership.objects.filter(organization=self.organization)
        return {
            "members": here.count(),
            "tokens": MemberToken.objects.filter(organization=self.organization).count(),
            "details": RosterDetail.objects.filter(membership__organization=self.organization)
            .count(),
            "branches": Branch.objects.filter(organization=self.organization).count(),
            "rows": ImportRow.objects.filter(membership__organization=self.organization).count(),
            "events": AuditEvent.objects.filter(action="member.imported").count(),
            "new branches": AuditEvent.objects.filter(action="branch.added").count(),
            "done": MemberImport.objects.filter(state="done").count(),
        }  # fmt: skip

    def whole(self) -> dict[str, int]:
        """What there is when all is written."""
        terms = sum(
            len(tokens.terms_of_member(Membership(name=name, phone=phone)))
            for name, phone, _, _ in self.rows
        )
        return {
            "members": ROWS,
            "tokens": terms,
            "details": ROWS,
            "branches": 220,
            "rows": ROWS,
            "events": 1 + self.written,
            "new branches": 220 * (1 + self.written),
            "done": 1,
        }

    def absent(self) -> dict[str, int]:
        """What there is when nothing is; events stay for good."""
        nothing = dict.fromkeys(self.whole(), 0)
        return nothing | {"events": self.written, "new branches": 220 * self.written}

    def check(self, moment: str) -> bool:
        """Whole (True) or absent (False), nothing else."""
        found = self.counts()
        whole = found["done"] == 1
        wanted = self.whole() if whole else self.absent()
        assert found == wanted, f"killed {moment}, seed {self.seed}"
        return whole

    def kill(self, moment: Moment, *words: str) -> str:
        """Start a process, kill it at ``moment``; at which step it was."""
        MemberImport.objects.update(progress={})
        wait = moment(self)
        process = self.start(*words)
        wait(process)
        process.kill()
        process.wait()
        was = step()[0]
        if self.check(moment.__name__):
            self.take_away()
        return was

    def take_away(self) -> None:
        """As if it had not been written; by hand, because an undoing leaves more behind."""
        self.written += 1
        MemberToken.objects.filter(organization=self.organization).delete()
        ImportRow.objects.update(membership=None)
        Membership.objects.filter(organization=self.organization).delete()
        Branch.objects.filter(organization=self.organization).delete()
        MemberImport.objects.update(state="queued", finished_at=None, made_branches=[])
        applying.write.enqueue(MemberImport.objects.get().pk)


@pytest.fixture
def scene(database_url: str, tmp_path: Path) -> Scene:
    organization = OrganizationFactory(name="中共历山县委宣传部", code="370112")
    seed = random.SystemRandom().randrange(10**9)
    chance = random.Random(seed)  # noqa: S311 - when to kill, and what invented people are called
    rows = [
        (
            chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=2)),
            f"136{number:08d}",
            f"第{number % 20}党总支/第{number % 200}党支部",
            "汉族",
        )
        for number in range(ROWS)
    ]
    path = tmp_path / "名册.xlsx"
    path.write_bytes(workbook(rows, HEADINGS))
    variables = os.environ | {"LIANXUE_DATABASE_URL": database_url}
    return Scene(organization, path, rows, chance, seed, variables)


def step() -> tuple[str, int]:
    progress = MemberImport.objects.values_list("progress", flat=True).first() or {}
    return progress.get("step", ""), progress.get("done", 0)


def at_any_time(scene: Scene) -> Wait:
    seconds = scene.chance.uniform(0.2, 4)
    return lambda process: time.sleep(seconds)


def while_checking(scene: Scene) -> Wait:
    rows = scene.chance.randrange(1, ROWS)
    return lambda process: _until_ended(process, lambda: step() >= ("check", rows))


def while_writing(scene: Scene) -> Wait:
    seconds = scene.chance.uniform(0, 1.5)

    def wait(process: "subprocess.Popen[bytes]") -> None:
        _until_ended(process, lambda: step()[0] in {"write", "done"})
        time.sleep(seconds)

    return wait


def _until_ended(process: "subprocess.Popen[bytes]", condition: Callable[[], bool]) -> None:
    until(lambda: process.poll() is not None or condition(), 300)


def test_the_command_line_killed_six_times(scene: Scene) -> None:
    words = ("lianxue", "members", "import", "370112", str(scene.path), "--make-branches")
    moments = [at_any_time, while_checking, *[while_writing] * 4]
    assert "write" in [scene.kill(moment, *words) for moment in moments]
    last = scene.start(*words)
    assert last.wait(300) == 0
    assert scene.check("never")
    assert check_stream(f"org:{scene.organization.pk}").broken_at is None
    assert MemberImport.objects.count() == 1


def test_the_worker_killed_four_times(scene: Scene) -> None:
    upload = imports.Upload(scene.path.name, scene.path.read_bytes())
    batch = imports.prepare(Operator(), scene.organization.pk, upload, make_branches=True)
    imports.confirm(Operator(), batch.pk)
    moments = [while_checking, *[while_writing] * 3]
    assert "write" in [scene.kill(moment, "tests.shared.job_worker") for moment in moments]
    last = scene.start("tests.shared.job_worker")
    try:
        until(lambda: MemberImport.objects.filter(state="done").exists(), 300)
    finally:
        last.terminate()
        last.wait()
    assert scene.check("never")
    assert check_stream(f"org:{scene.organization.pk}").broken_at is None
