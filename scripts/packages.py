"""The programs of the system that the tests need, and how to get them."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import postgres
from playwright._impl._driver import compute_driver_executable

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Part:
    """One thing that must be on the machine."""

    name: str
    package: str  # Debian's
    present: Callable[[], bool]


def browser() -> str:
    """The path of a Chromium, or nothing."""
    return next(filter(None, map(shutil.which, BROWSERS)), "")


def _chinese_font() -> bool:
    lister = shutil.which("fc-list")
    if not lister:
        return False
    return bool(subprocess.run([lister, ":lang=zh-cn"], capture_output=True).stdout.strip())


def _driver() -> bool:
    """Playwright's own Node starts: it needs a library that a bare machine lacks."""
    try:
        node = Path(compute_driver_executable()[0])
        return subprocess.run([node, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


BROWSER = Part("Chromium", "chromium", lambda: bool(browser()))
FONT = Part("a Chinese font", "fonts-noto-cjk", _chinese_font)
POSTGRES = Part("PostgreSQL", "postgresql", lambda: postgres.programs() is not None)
DRIVER = Part("libatomic, for Playwright", "libatomic1", _driver)
PARTS = [BROWSER, DRIVER, FONT, POSTGRES]


def provide() -> list[Part]:
    """Install what is missing where that is possible (Debian, as root); the rest is returned."""
    missing = [part for part in PARTS if not part.present()]
    if missing and Path("/etc/debian_version").exists() and os.geteuid() == 0:
        names = [part.package for part in missing]
        if FONT in missing:
            names.append("fontconfig")
        print(f"installing {' '.join(names)}", flush=True)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "--yes", "--no-install-recommends", *names]):
            subprocess.run(["apt-get", "-qq", *words], env=environment, stdin=subprocess.DEVNULL)
        missing = [part for part in missing if not part.present()]
    for part in missing:
        print(f"missing: {part.name} (Debian's package {part.package}; please install it)")
    return missing
