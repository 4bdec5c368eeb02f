"""Encryption at rest: what is stored, what is refused, how keys change."""

import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from django.core.exceptions import FieldError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lianxue.accounts.models import RealNameVerification
from lianxue.shared import crypto

pytestmark = pytest.mark.once


@pytest.fixture
def ring(settings: Any, tmp_path: Path) -> Path:
    """A data folder of its own, without keys yet."""
    settings.DATA_DIR = tmp_path
    return tmp_path / "keyring.json"


@pytest.fixture(params=["aes-256-gcm", "sm4-gcm"])
def cipher(request: Any, monkeypatch: pytest.MonkeyPatch, settings: Any) -> str:
    monkeypatch.setattr(settings.ENV, "cipher", request.param)
    return str(request.param)


def test_what_goes_in_comes_out_and_names_its_algorithm_and_key(ring: Path, cipher: str) -> None:
    stored = crypto.encrypt("身份证号 11010519491231002X", context="t.c")
    assert stored.startswith(f"{cipher}:k1:")
    assert "11010519491231002X" not in stored
    assert crypto.decrypt(stored, context="t.c") == "身份证号 11010519491231002X"
    assert crypto.encrypt("a", context="t.c") != crypto.encrypt("a", context="t.c")


@given(st.text(max_size=300))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_survives(cipher: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert crypto.decrypt(crypto.encrypt(text, context="t"), context="t") == text


def test_a_changed_or_moved_ciphertext_is_refused(ring: Path, cipher: str) -> None:
    stored = crypto.encrypt("secret", context="t.c")
    with pytest.raises(InvalidTag):
        crypto.decrypt(stored, context="t.other")
    head, body = stored.rsplit(":", 1)
    changed = ("A" if body[10] != "A" else "B").join([body[:10], body[11:]])
    with pytest.raises(InvalidTag):
        crypto.decrypt(f"{head}:{changed}", context="t.c")
    with pytest.raises(KeyError):
        crypto.decrypt(stored.replace(":k1:", ":k9:"), context="t.c")


def test_sm4_is_the_standard_one() -> None:
    """RFC 8998, A.1: SM4-GCM with its fixed key, nonce and data."""
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    nonce = bytes.fromhex("00001234567800000000abcd")
    plain = bytes.fromhex(
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
        "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
    )
    extra = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = crypto._aead("sm4-gcm", key).encrypt(nonce, plain, extra)
    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert crypto._aead("sm4-gcm", key).decrypt(nonce, sealed, extra) == plain


def test_the_key_file_is_private(ring: Path) -> None:
    crypto.encrypt("x", context="t")
    assert stat.S_IMODE(ring.stat().st_mode) == 0o600
    crypto.rotate()
    assert stat.S_IMODE(ring.stat().st_mode) == 0o600
    assert sorted(p.name for p in ring.parent.iterdir()) == ["keyring.json", "keyring.lock"]


def test_after_a_rotation_old_texts_are_still_read(ring: Path) -> None:
    old = crypto.encrypt("x", context="t")
    mark = crypto.keyed_hash("x", context="t")
    assert crypto.rotate() == "k2"
    assert crypto.encrypt("x", context="t").startswith("aes-256-gcm:k2:")
    assert crypto.decrypt(old, context="t") == "x"
    assert crypto.keyed_hash("x", context="t") == mark


def test_the_algorithm_may_change_on_the_way(
    ring: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, mark = crypto.encrypt("x", context="t"), crypto.keyed_hash("x", context="t")
    monkeypatch.setattr(settings.ENV, "cipher", "sm4-gcm")
    assert crypto.decrypt(old, context="t") == "x"
    assert crypto.encrypt("x", context="t").startswith("sm4-gcm:")
    assert crypto.keyed_hash("x", context="t") == mark, "or one ID could serve two people"


def test_an_installation_that_starts_with_sm4_hashes_with_sm3(ring: Path, cipher: str) -> None:
    mark = crypto.keyed_hash("x", context="t")
    assert mark.startswith("sm3:" if cipher == "sm4-gcm" else "sha256:")
    assert mark != crypto.keyed_hash("x", context="other")
    assert mark != crypto.keyed_hash("y", context="t")


def test_rotations_at_once_lose_no_key(ring: Path) -> None:
    crypto.keyring()
    threads = [threading.Thread(target=crypto.rotate) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    content = json.loads(ring.read_text())
    assert sorted(content["keys"]) == sorted(f"k{n}" for n in range(1, 10))
    assert len(set(content["keys"].values())) == 9
    assert content["current"] == "k9"


def test_several_processes_agree_on_the_first_key(ring: Path) -> None:
    rings: list[crypto.Keyring] = []
    threads = [
        threading.Thread(target=lambda: rings.append(crypto.Keyring(ring))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rings) == 8
    assert len({ring.keys["k1"] for ring in rings}) == 1


def test_an_encrypted_column_cannot_be_searched(db: None) -> None:
    with pytest.raises(FieldError):
        RealNameVerification.objects.filter(id_number__contains="1101").exists()
