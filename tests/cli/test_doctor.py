"""Each thing that the doctor finds; a sound installation, and that it has no open door."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.conf import settings as site
from django.utils import timezone

from lianxue.cli import doctor
from lianxue.shared.models import WorkerBeat
from tests.factories import UserFactory

PUBLIC = "https://study.example.org"


@pytest.fixture
def sound(settings, tmp_path, db) -> Path:
    """A real installation with nothing wrong."""
    (tmp_path / "data").mkdir(mode=0o700)
    settings.DATA_DIR = tmp_path / "data"
    settings.DEMO = settings.DEBUG = False
    settings.SITE_URL = PUBLIC
    settings.ALLOWED_HOSTS = ["study.example.org"]
    settings.SECRET_KEY = "not-the-one-in-use-but-long-enough-to-please-django-0123456789"
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    choose(
        settings, proxies=1, sms_backend="aliyun", realname_verifier="manual",
        aliyun_access_key_id="id", aliyun_access_key_secret="key",
        aliyun_sms_sign="sign", aliyun_sms_template="SMS_1",
        aliyun_sms_invitation_template="SMS_2", aliyun_sms_notice_template="SMS_3",
        operator_name="某某机关", operator_contact="010-00000000",
    )  # fmt: skip
    UserFactory(is_operator=True)
    WorkerBeat.objects.create(worker="w", started_at=timezone.now(), seen_at=timezone.now())
    return settings.DATA_DIR


def choose(settings, **values) -> None:
    """Other settings of the environment."""
    settings.ENV = site.ENV.model_copy(update=values)


def told() -> str:
    return "\n".join(f"{finding.what} -> {finding.mend}" for finding in doctor.examine())


def run() -> tuple[int, str]:
    result = CliRunner().invoke(doctor.doctor)
    return result.exit_code, result.output


def test_a_sound_installation_is_well(sound):
    assert run() == (0, f"\nreal installation, data in {sound}: all is well\n")


def test_without_a_template_for_invitations_the_operator_knows(sound, settings):
    choose(settings, aliyun_sms_invitation_template="")
    assert "LIANXUE_ALIYUN_SMS_INVITATION_TEMPLATE" in told()
    assert run()[0] == 0


def test_without_a_template_for_notices_the_operator_knows(sound, settings):
    choose(settings, aliyun_sms_notice_template="")
    assert "LIANXUE_ALIYUN_SMS_NOTICE_TEMPLATE" in told()
    assert run()[0] == 0


def test_a_demo_account_in_a_real_installation_is_an_open_door(sound):
    UserFactory(is_demo=True)
    code, output = run()
    assert code == 1
    assert "WRONG  1 demo accounts are in this installation" in output


def test_a_folder_that_was_a_demo_is_an_open_door(sound):
    (sound / "demo").touch()
    assert "was let in without proof -> begin with a new LIANXUE_DATA_DIR" in told()


def test_an_installation_without_operator_can_approve_nobody(sound, settings):
    site_operator = UserFactory._meta.model.objects.filter(is_operator=True)
    site_operator.update(is_active=False)
    assert "there is no operator -> lianxue operator add PHONE NAME" in told()
    choose(settings, realname_verifier="aliyun")
    assert "there is no operator" not in told()


@pytest.mark.parametrize("name", ["DEMO", "DEBUG"])
def test_demo_and_debug_at_a_public_address_are_open_doors(sound, settings, name):
    setattr(settings, name, True)
    assert f"LIANXUE_{name} is on at the public address {PUBLIC} -> unset LIANXUE_{name}" in told()


def test_the_demo_verifier_outside_the_demo_is_an_open_door(sound, settings):
    choose(settings, realname_verifier="demo")
    assert "approves everybody -> LIANXUE_REALNAME_VERIFIER=manual" in told()


def test_any_host_name_is_too_many(sound, settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert "name yours in LIANXUE_ALLOWED_HOSTS" in told()


def test_others_may_not_look_into_the_data(sound):
    (sound / "secret_key").write_text("x")
    (sound / "secret_key").chmod(0o644)
    sound.chmod(0o755)
    assert f"chmod 600 {sound / 'secret_key'}" in told()
    assert f"chmod 700 {sound}" in told()


def test_a_missing_data_folder_is_named(sound, settings):
    settings.DATA_DIR = sound / "gone"
    assert f"mkdir -m 700 -p {sound / 'gone'}" in told()


def test_missing_assets_name_the_set_up(sound, settings, tmp_path):
    settings.BASE_DIR = tmp_path
    assert "the front-end assets are missing -> python3 scripts/setup.py" in told()


@pytest.mark.parametrize("backend", ["console", "file"])
def test_codes_that_lie_about_are_an_open_door(sound, settings, backend):
    choose(settings, sms_backend=backend)
    code, output = run()
    assert code == 1
    assert "nobody gets an SMS" in output


def test_half_given_aliyun_settings_are_named(sound, settings):
    choose(settings, aliyun_access_key_secret="", aliyun_sms_sign="")
    assert "set LIANXUE_ALIYUN_ACCESS_KEY_SECRET, LIANXUE_ALIYUN_SMS_SIGN" in told()


def test_the_agreements_must_name_who_answers(sound, settings):
    choose(settings, operator_contact="")
    assert "LIANXUE_OPERATOR_NAME and LIANXUE_OPERATOR_CONTACT" in told()


@pytest.mark.parametrize(
    ("url", "proxies", "message"),
    [
        ("http://study.example.org", 0, "is not https"),
        (PUBLIC, 0, "LIANXUE_PROXIES=1"),
        ("http://127.0.0.1:8000", 0, "which only this machine can open"),
    ],
)
def test_the_address_is_looked_at(sound, settings, url, proxies, message):
    settings.SITE_URL = url
    choose(settings, proxies=proxies)
    assert message in told()


def test_a_silent_worker_is_wrong_and_none_at_all_a_note(sound):
    WorkerBeat.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    assert "the background worker is silent since" in told()
    WorkerBeat.objects.all().delete()
    code, output = run()
    assert code == 0
    assert "note   no background worker is running" in output


def test_a_database_behind_its_migrations_is_told(sound, monkeypatch):
    monkeypatch.setattr(
        doctor.MigrationExecutor, "migration_plan", lambda self, targets: [("a", False)]
    )
    assert "1 migrations are not applied" in told()
