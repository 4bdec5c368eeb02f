"""``lianxue keys rotate``: everything encrypted comes under a new key, whatever happens."""

import threading
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from click.testing import CliRunner
from django.db import connection, connections

from lianxue.accounts import mfa
from lianxue.accounts.actions import keys, security
from lianxue.accounts.models import RealNameVerification
from lianxue.audit.models import AuditEvent
from lianxue.cli.accounts import keys as command
from lianxue.shared import crypto, reseal
from lianxue.shared.actors import Operator
from lianxue.shared.clock import now
from tests.factories import UserFactory

from .proofs import SECRET, totp_code


@pytest.fixture
def rows(settings: Any, tmp_path: Path, db: None) -> list[RealNameVerification]:
    """Five requests under k1, one of them refused (its number is empty)."""
    settings.DATA_DIR = tmp_path
    return [
        RealNameVerification.objects.create(
            user=UserFactory(),
            verifier="manual",
            name=f"名{n}",
            id_number=f"number {n}" if n else "",
            id_number_hash=f"h{n}",
            id_number_masked="1*X",
            submitted_at=now(),
        )
        for n in range(5)
    ]


def stored(column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM accounts_realnameverification ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def key_of(text: str) -> str:
    return text.split(":")[1] if text else ""


def test_every_encrypted_column_of_every_app_is_found() -> None:
    found = {f"{field.model._meta.label}.{field.name}" for field in reseal.encrypted_fields()}
    assert {
        "accounts.RealNameVerification.name",
        "accounts.RealNameVerification.id_number",
        "certification.CertificationInvitation.token",
    } <= found


def test_rotating_reseals_everything_and_keeps_it(rows: list[RealNameVerification]) -> None:
    user = UserFactory()
    codes = security.enable_totp(user, SECRET, totp_code())
    result = keys.rotate(Operator())
    assert (result.key, result.resumed) == ("k2", False)
    assert result.changed == 5 + 4 + 2
    assert {key_of(text) for text in stored("name")} == {"k2"}
    assert [key_of(text) for text in stored("id_number")] == ["", "k2", "k2", "k2", "k2"]
    for n, row in enumerate(rows):
        row.refresh_from_db()
        assert (row.name, row.id_number) == (f"名{n}", f"number {n}" if n else "")
    totp = Authenticator.objects.get(user=user, type="totp")
    assert key_of(totp.data["secret"]) == "k2"
    assert mfa.unseal(totp.data["secret"]) == SECRET
    assert security.spend_code(user, codes[0]).type == "recovery_codes"
    assert AuditEvent.objects.get(action="keys.rotated").data["changed"] == result.changed


def test_a_killed_rotation_is_finished_by_the_next_call(
    rows: list[RealNameVerification], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reseal, "BATCH", 1)
    real, calls = reseal.decrypt, 0

    def dies(text: str, *, context: str) -> str:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return real(text, context=context)

    monkeypatch.setattr(reseal, "decrypt", dies)
    with pytest.raises(KeyboardInterrupt):
        keys.rotate(Operator())
    under = [key_of(text) for text in stored("name")]
    assert sorted(set(under)) == ["k1", "k2"], "it died half-way"
    rows[4].refresh_from_db()
    assert rows[4].name == "名4"
    monkeypatch.setattr(reseal, "decrypt", real)
    again = keys.rotate(Operator())
    assert (again.key, again.resumed) == ("k2", True)
    assert {key_of(text) for text in stored("name")} == {"k2"}
    assert keys.rotate(Operator()).key == "k3"


def test_a_write_in_between_is_never_undone(
    rows: list[RealNameVerification], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = reseal.decrypt

    def meanwhile(text: str, *, context: str) -> str:
        plain = real(text, context=context)
        if plain == "名2":
            RealNameVerification.objects.filter(pk=rows[2].pk).update(name="新名")
        return plain

    monkeypatch.setattr(reseal, "decrypt", meanwhile)
    keys.rotate(Operator())
    rows[2].refresh_from_db()
    assert rows[2].name == "新名"


def test_the_other_algorithm_is_taken_on_too(
    rows: list[RealNameVerification], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.ENV, "cipher", "sm4-gcm")
    keys.rotate(Operator())
    assert {text.split(":")[0] for text in stored("name")} == {"sm4-gcm"}


def test_the_command_says_what_it_did(rows: list[RealNameVerification]) -> None:
    shown = CliRunner().invoke(command, ["rotate"])
    assert shown.exit_code == 0, shown.output
    assert "已启用新密钥 k2" in shown.output
    assert "9 项" in shown.output
    assert str(crypto.keyring().path) in shown.output


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_rotations_at_once_leave_everything_readable(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    for n in range(20):
        RealNameVerification.objects.create(
            user=UserFactory(),
            verifier="manual",
            name=f"名{n}",
            id_number="",
            id_number_hash=f"h{n}",
            id_number_masked="1*X",
            submitted_at=now(),
        )

    def run() -> None:
        keys.rotate(Operator())
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = {row.name for row in RealNameVerification.objects.all()}
    assert names == {f"名{n}" for n in range(20)}
    assert len(crypto.keyring().keys) in {2, 3}
