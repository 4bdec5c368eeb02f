"""Encryption at rest for the few fields that need it, and keyed hashes to find them by.

The algorithm is a setting (``LIANXUE_CIPHER``); each ciphertext names its algorithm and its key,
so that keys rotate and algorithms change without a flag day. Keys live in ``keyring.json`` in the
data folder (mode 600), apart from the database and its backups.
Format: ``<algorithm>:<key id>:<base64 of nonce (12 bytes) + ciphertext + tag (16 bytes)>``.
"""

import base64
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
    """The encryption keys by id, which one is current, and the one key of the keyed hashes."""

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

    def _create(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "current": "k1",
            "keys": {"k1": _new_key()},
            "hash_key": _new_key(),
        }
        spare = _private_file(self.path, content)
        try:
            os.link(spare, self.path)  # atomic: the first of several processes wins
        except FileExistsError:
            pass
        finally:
            spare.unlink()

    def rotate(self) -> str:
        """Add a key and make it current; the old ones stay for reading. Returns its id."""
        key_id = f"k{len(self.keys) + 1}"
        content = {
            "current": key_id,
            "keys": {k: base64.b64encode(v).decode() for k, v in self.keys.items()}
            | {key_id: _new_key()},
            "hash_key": base64.b64encode(self.hash_key).decode(),
        }
        _private_file(self.path, content).replace(self.path)
        self.__init__(self.path)  # type: ignore[misc]
        return key_id


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _private_file(path: Path, content: dict[str, Any]) -> Path:
    spare = path.with_suffix(f".{secrets.token_hex(4)}")
    spare.touch(mode=0o600)
    spare.write_text(json.dumps(content))
    return spare


_rings: dict[Path, tuple[float, Keyring]] = {}


def keyring() -> Keyring:
    """The keyring of this installation, read again when another process has rotated it."""
    path = Path(settings.DATA_DIR) / "keyring.json"
    stamp = path.stat().st_mtime if path.exists() else 0.0
    held = _rings.get(path)
    if held is None or held[0] != stamp:
        ring = Keyring(path)
        _rings[path] = (path.stat().st_mtime, ring)
        return ring
    return held[1]


def encrypt(text: str, *, context: str) -> str:
    """``text`` under the current key; ``context`` (table.column) is bound in and not stored."""
    ring, algorithm, nonce = keyring(), settings.ENV.cipher, secrets.token_bytes(_NONCE)
    body = _aead(algorithm, ring.keys[ring.current]).encrypt(
        nonce, text.encode(), context.encode()
    )
    return f"{algorithm}:{ring.current}:{base64.b64encode(nonce + body).decode()}"


def decrypt(stored: str, *, context: str) -> str:
    """The text again. Raises cryptography's InvalidTag when it was changed, KeyError for a lost key."""
    algorithm, key_id, body = stored.split(":", 2)
    raw = base64.b64decode(body)
    return (
        _aead(algorithm, keyring().keys[key_id])
        .decrypt(raw[:_NONCE], raw[_NONCE:], context.encode())
        .decode()
    )


def keyed_hash(text: str, *, context: str) -> str:
    """HMAC of ``text``, hex, to find or compare a secret value without keeping it.

    HMAC-SM3 where the cipher is SM4, HMAC-SHA256 otherwise; tagged with the algorithm's name.
    """
    sm3 = settings.ENV.cipher == "sm4-gcm"
    mac = hmac.HMAC(keyring().hash_key, hashes.SM3() if sm3 else hashes.SHA256())
    mac.update(f"{context}\0{text}".encode())
    return f"{'sm3' if sm3 else 'sha256'}:{mac.finalize().hex()}"


class EncryptedTextField(models.TextField[str, str]):
    """A text column that holds ciphertext and reads as plain text; it can't be searched."""

    def _context(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def get_prep_value(self, value: str | None) -> str | None:
        """Encrypt on the way in; empty stays empty."""
        return encrypt(value, context=self._context()) if value else value

    def from_db_value(self, value: str | None, *args: object) -> str | None:
        """Decrypt on the way out."""
        return decrypt(value, context=self._context()) if value else value
