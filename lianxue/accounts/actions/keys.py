"""A new encryption key for everything that is kept encrypted."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db import transaction

from lianxue.accounts import mfa
from lianxue.audit.actions import record, register_events
from lianxue.shared import crypto, reseal
from lianxue.shared.actors import Operator

#: Where a second factor keeps its secret.
_SECRETS = {
    Authenticator.Type.TOTP.value: "secret",
    Authenticator.Type.RECOVERY_CODES.value: "seed",
}

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
    changed = sum(reseal.reseal(field) for field in reseal.encrypted_fields()) + _reseal_secrets()
    with transaction.atomic():
        record(actor, "keys.rotated", data={"key": key, "resumed": resumed, "changed": changed})
    return Rotation(key, resumed, changed)


def _unfinished() -> bool:
    return bool(_stale_secrets()) or any(
        reseal.stale(field).exists() for field in reseal.encrypted_fields()
    )


def _stale_secrets() -> list[int]:
    """Second factors whose secret is under another key; it lives inside allauth's JSON column."""
    prefix = crypto.current_prefix()
    rows = Authenticator.objects.filter(type__in=_SECRETS).values_list("pk", "type", "data")
    return [pk for pk, kind, data in rows.iterator() if not data[_SECRETS[kind]].startswith(prefix)]


def _reseal_secrets() -> int:
    changed = 0
    for pk in _stale_secrets():
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if row is None:
                continue
            name = _SECRETS[row.type]
            row.data[name] = mfa.seal(mfa.unseal(row.data[name]))
            row.save(update_fields=["data"])
            changed += 1
    return changed
