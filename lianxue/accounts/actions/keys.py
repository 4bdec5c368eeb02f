"""A new encryption key for everything that is kept encrypted."""

import copy
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db import transaction

from lianxue.accounts import mfa
from lianxue.audit.actions import record, register_events
from lianxue.shared import crypto, reseal
from lianxue.shared.actors import Operator

register_events({"keys.rotated": "更换了数据加密密钥"})


@dataclass(frozen=True)
class Rotation:
    """``key`` is in use now; ``resumed``: an unfinished rotation was finished, no key added."""

    key: str
    resumed: bool
    changed: int


def rotate(actor: Operator) -> Rotation:
    """Add a key and encrypt every column anew under it; the old keys stay for backups.

    Killed half-way, nothing is lost: what is still under an old key stays readable, and the next
    call finishes the work instead of adding one more key. Not atomic on purpose: it commits batch
    by batch.
    """
    resumed = _unfinished()
    key = crypto.keyring().current if resumed else crypto.rotate()
    changed = sum(reseal.reseal(field) for field in reseal.encrypted_fields()) + _reseal_totp()
    with transaction.atomic():
        record(actor, "keys.rotated", data={"key": key, "resumed": resumed, "changed": changed})
    return Rotation(key, resumed, changed)


def _unfinished() -> bool:
    return bool(_stale_totp()) or any(
        reseal.stale(field).exists() for field in reseal.encrypted_fields()
    )


def _stale_totp() -> list[int]:
    """TOTP secrets live inside allauth's JSON column, so they are looked through one by one."""
    prefix = crypto.current_prefix()
    rows = Authenticator.objects.filter(type=Authenticator.Type.TOTP).values_list("pk", "data")
    return [pk for pk, data in rows.iterator() if not data["secret"].startswith(prefix)]


def _reseal_totp() -> int:
    changed = 0
    for pk in _stale_totp():
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if row is None:
                continue
            row.data = copy.copy(row.data)
            row.data["secret"] = mfa.seal(mfa.unseal(row.data["secret"]))
            row.save(update_fields=["data"])
            changed += 1
    return changed
