"""A real site (its own processes, its own data folder) and real browsers at two sizes."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(300))


@dataclass
class Site:
    """A running installation in demo mode, empty at the start."""

    address: str
    data_dir: Path
    env: dict[str, str]

    def command(self, *arguments: str) -> str:
        """Run ``lianxue …`` on this installation; its output."""
        done = subprocess.run(
            [sys.executable, "-m", "lianxue", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def code_for(self, phone: str) -> str:
        """The newest code sent to ``phone``, as the SMS file has it."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            path = self.data_dir / "sms.jsonl"
            lines = path.read_text().splitlines() if path.exists() else []
            sent = [row for row in map(json.loads, lines) if row["phone"] == phone]
            codes = [row["code"] for row in sent if "code" in row]
            if codes:
                return str(codes[-1])
            time.sleep(0.1)
        raise AssertionError(f"no SMS for …{phone[-4:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(
    data_dir: Path, *arguments: str, demo: bool = True
) -> tuple[Site, "subprocess.Popen[bytes]"]:
    port = _free_port()
    env = {
        **os.environ,
        "LIANXUE_DATA_DIR": str(data_dir),
        "LIANXUE_DATABASE_URL": "",
        "LIANXUE_DEMO": "true" if demo else "false",
        "LIANXUE_SMS_BACKEND": "file",
        "LIANXUE_REALNAME_VERIFIER": "demo" if demo else "manual",
        "LIANXUE_SITE_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
    }
    log = (data_dir / "server.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "lianxue", *arguments, "--port", str(port)],
        cwd=ROOT,
        env=env,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    site = Site(f"http://127.0.0.1:{port}", data_dir, env)
    deadline = time.monotonic() + 150  # a full machine takes its time
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{site.address}/healthz").status_code == 200:
                return site, process
        except httpx.TransportError:
            time.sleep(0.2)
    process.kill()
    raise AssertionError("the site did not start:\n" + (data_dir / "server.log").read_text())


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


#: What ``lianxue demo`` does to a new folder before it serves, without and with the demo's people.
_PREPARE = """
import sys
from lianxue.cli.base import setup
setup(demo=True)
from lianxue.cli import demo, up
up.prepare()
demo.claim_folder()
if "full" in sys.argv:
    demo.load_once()
up.close_connections()
"""


def _prepared(folder: Path, *words: str) -> Path:
    """The folder as a demo finds it when it is started again: nothing left to make."""
    variables = {**os.environ, "LIANXUE_DATA_DIR": str(folder), "LIANXUE_DATABASE_URL": ""}
    variables |= {"LIANXUE_SMS_BACKEND": "file", "LIANXUE_REALNAME_VERIFIER": "demo"}
    subprocess.run(
        [sys.executable, "-c", _PREPARE, *words],
        cwd=ROOT,
        env=variables | {"LIANXUE_DEMO": "true"},
        check=True,
    )
    return folder


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with tables and nobody in it, to be copied: made once, not for each file."""
    return _prepared(tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory, empty_folder: Path) -> Path:
    """A data folder with the demo chain, to be copied."""
    folder = shutil.copytree(empty_folder, tmp_path_factory.mktemp("full") / "data")
    return _prepared(folder, "full")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, empty_folder: Path) -> Iterator[Site]:
    """An installation without anybody in it."""
    folder = shutil.copytree(empty_folder, tmp_path_factory.mktemp("site") / "data")
    found, process = _start(folder, "demo", "--empty")
    yield found
    _stop(process)


@pytest.fixture(scope="module")
def real_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A real installation (no demo mode) without anybody in it; codes go to the file."""
    found, process = _start(tmp_path_factory.mktemp("real"), "up", demo=False)
    yield found
    _stop(process)


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory: pytest.TempPathFactory, demo_folder: Path) -> Iterator[Site]:
    """An installation with the demo chain, as ``make run`` leaves it."""
    folder = shutil.copytree(demo_folder, tmp_path_factory.mktemp("demo") / "data")
    found, process = _start(folder, "demo")
    yield found
    _stop(process)


@pytest.fixture(scope="session")
def own_demo(tmp_path_factory: pytest.TempPathFactory, demo_folder: Path) -> Iterator[Site]:
    """Another demo chain, for the tests that change it; each has its own part of it."""
    folder = shutil.copytree(demo_folder, tmp_path_factory.mktemp("own") / "data")
    found, process = _start(folder, "demo")
    yield found
    _stop(process)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium of the system."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
            ],
        )
        yield running
        running.close()


Opener = Callable[..., Page]
#: Phone -> what the browser keeps of a person signed in on ``own_demo``.
States = dict[str, Any]


@pytest.fixture(scope="session")
def states(own_demo: Site) -> States:
    """One code a person: a second within a minute would be refused. Belongs to ``own_demo``."""
    return {}


@pytest.fixture
def open_browser(browser: Browser) -> Iterator[Opener]:
    """``open_browser(site, size, state)``: a fresh browser, nobody signed in without ``state``.

    Errors in the page fail the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opener(site: Site, size: dict[str, int] | None = None, state: Any = None) -> Page:
        context = browser.new_context(
            base_url=site.address,
            storage_state=state,
            viewport=size or PHONE,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "response",
            lambda answer: (
                answer.status >= 500 and complaints.append(f"{answer.status} {answer.url}")
            ),
        )
        return page

    yield opener
    for context in contexts:
        context.close()
    assert not complaints, complaints
