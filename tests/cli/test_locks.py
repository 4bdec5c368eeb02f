"""The locks carry hashes, and neither a download address nor a registry's host name."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements/base.txt", "requirements/dev.txt", "requirements/node.txt"]


@pytest.mark.parametrize("name", LOCKS)
def test_python_locks_pin_and_hash_everything(name):
    text = (ROOT / name).read_text()
    assert not re.search(r"://|--index|--find-links|\.(org|com|cn)\b", text)
    pinned = re.findall(r"^[a-zA-Z0-9].*", text, re.M)
    assert pinned
    assert all("==" in line and line.endswith("\\") for line in pinned)


@pytest.mark.parametrize("name", ["base", "dev", "node"])
def test_every_wish_is_locked(name):
    wishes = re.findall(
        r"^([A-Za-z0-9][A-Za-z0-9_-]*)", (ROOT / f"requirements/{name}.in").read_text(), re.M
    )
    locked = (ROOT / f"requirements/{name}.txt").read_text().lower()
    assert [wish for wish in wishes if f"\n{wish.lower()}==" not in f"\n{locked}"] == []


def test_the_npm_lock_names_no_registry():
    lock = (ROOT / "package-lock.json").read_text()
    assert not re.search(r"registry\.|npmjs|\.tgz", lock)
    packages = {name: entry for name, entry in json.loads(lock)["packages"].items() if name}
    assert packages
    assert all("integrity" in entry and "resolved" not in entry for entry in packages.values())
