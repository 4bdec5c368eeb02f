"""Encryption at rest for the few fields that need it, and keyed hashes to find them by.

The algorithm is a setting (``LIANXUE_CIPHER``); each ciphertext names its algorithm and its key,
so that keys rotate and algorithms change without a flag day. Keys live in ``keyring.json`` in the
data folder (mode 600), apart from the database and its backups.
Format: ``<algorithm>:<key id>:<base64 of nonce (12 bytes) + ciphertext + tag (16 bytes)>``.
"""

import base64
import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

_NONCE = 12
_TAG = 16


class _Aead(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, aad: bytes) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, aad: bytes) -> bytes: ...


class _Sm4Gcm:
    """SM4 (GB/T 32907) in GCM; the same face as AESGCM, with the first 16 bytes of the key."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key[:16])

    def encrypt(self, nonce: bytes, data: bytes, aad: bytes) -> bytes:
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(aad)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, aad: bytes) -> bytes:
        body, tag = data[:-_TAG], data[-_TAG:]
        decryptor = Cipher(self._algorithm, modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(aad)
        return decryptor.update(body) + decryptor.finalize()


def _aead(algorithm: str, key: bytes) -> _Aead:
    return _Sm4Gcm(key) if algorithm == "sm4-gcm" else AESGCM(key)


class Keyring:
    """The encryption keys by id, which one is current, and the one key of the keyed hashes.

    The hash's key and algorithm are chosen once, when the file is made: hashes can't be made again
    from themselves, so that another ``LIANXUE_CIPHER`` later must not change them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            self._create()
        content = json.loads(path.read_text())
        self.current: str = content["current"]
        self.keys: dict[str, bytes] = {
            key_id: base64.b64decode(text) for key_id, text in content["keys"].items()
        }
        self.hash_key: bytes = base64.b64decode(content["hash_key"])
        self.hash_name: str = content["hash_name"]

    def _create(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "current": "k1",
            "keys": {"k1": _new_key()},
            "hash_key": _new_key(),
            "hash_name": "sm3" if settings.ENV.cipher == "sm4-gcm" else "sha256",
        }
        spare = _private_file(self.path, content)
        try:
            os.link(spare, self.path)  # atomic: the first of several processes wins
            _sync_folder(self.path.parent)
        except FileExistsError:
            pass
        finally:
            spare.unlink()


def rotate() -> str:
    """Add a key and make it current; the old ones stay for reading. Returns its id.

    One at a time: under a lock beside the file, so that no key is lost to another rotation.
    """
    path = _path()
    keyring()  # makes the file if need be
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        content = json.loads(path.read_text())
        key_id = f"k{len(content['keys']) + 1}"
        content["keys"][key_id] = _new_key()
        content["current"] = key_id
        _private_file(path, content).replace(path)
        _sync_folder(path.parent)
    return key_id


def _path() -> Path:
    return Path(settings.DATA_DIR) / "keyring.json"


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _private_file(path: Path, content: dict[str, Any]) -> Path:
    spare = path.with_suffix(f".{secrets.token_hex(4)}")
    with os.fdopen(os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())  # a key must be on the disk before the first thing it locks is
    return spare


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_rings: dict[Path, tuple[int, Keyring]] = {}


def keyring() -> Keyring:
    """The keyring of this installation, read again when another process has rotated it."""
    path = _path()
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    held = _rings.get(path)
    if held is None or held[0] != stamp:
        ring = Keyring(path)
        _rings[path] = (stamp, ring)  # the stamp from before the reading: never newer than the ring
        return ring
    return held[1]


def current_prefix() -> str:
    """How everything begins that is encrypted now: ``<algorithm>:<key id>:``."""
    return f"{settings.ENV.cipher}:{keyring().current}:"


def encrypt(text: str, *, context: str) -> str:
    """``text`` under the current key; ``context`` (table.column) is bound in and not stored."""
    ring, algorithm, nonce = keyring(), settings.ENV.cipher, secrets.token_bytes(_NONCE)
    key = ring.keys[ring.current]
    body = _aead(algorithm, key).encrypt(nonce, text.encode(), context.encode())
    return f"{algorithm}:{ring.current}:{base64.b64encode(nonce + body).decode()}"


def decrypt(stored: str, *, context: str) -> str:
    """The text again. Raises InvalidTag when it was changed, KeyError when its key is lost."""
    algorithm, key_id, body = stored.split(":", 2)
    raw = base64.b64decode(body)
    return (
        _aead(algorithm, keyring().keys[key_id])
        .decrypt(raw[:_NONCE], raw[_NONCE:], context.encode())
        .decode()
    )


def keyed_hash(text: str, *, context: str) -> str:
    """HMAC of ``text``, hex, to find or compare a secret value without keeping it.

    HMAC-SM3 where the keyring was made under SM4, HMAC-SHA256 otherwise; tagged with the name.
    """
    ring = keyring()
    mac = hmac.HMAC(ring.hash_key, hashes.SM3() if ring.hash_name == "sm3" else hashes.SHA256())
    mac.update(f"{context}\0{text}".encode())
    return f"{ring.hash_name}:{mac.finalize().hex()}"


class EncryptedTextField(models.TextField[str, str]):
    """A text column that holds ciphertext and reads as plain text; it can't be searched."""

    def context(self) -> str:
        """What each ciphertext of this column is bound to."""
        return f"{self.model._meta.db_table}.{self.column}"

    def get_prep_value(self, value: str | None) -> str | None:
        """Encrypt on the way in; empty stays empty."""
        return encrypt(value, context=self.context()) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        """Only emptiness can be asked for: anything else would never match, silently."""
        return super().get_lookup(lookup_name) if lookup_name in {"isnull", "exact"} else None

    def from_db_value(self, value: str | None, *args: object) -> str | None:
        """Decrypt on the way out."""
        return decrypt(value, context=self.context()) if value else value
