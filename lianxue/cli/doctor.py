"""``lianxue doctor``: what is wrong with the set-up, and the mend of each."""

import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from lianxue.shared.clock import now
from lianxue.shared.gateways import sms
from lianxue.shared.models import WorkerBeat

from .base import demo_mark, host_of, is_loopback

NEVER_REAL = "begin with a new LIANXUE_DATA_DIR (or database); a demo is never made real"
WORKER_SILENT = timedelta(minutes=2)


@dataclass(frozen=True)
class Finding:
    """One thing; ``wrong`` must be mended, the rest is worth knowing."""

    what: str
    mend: str
    wrong: bool = True


Check = Callable[[], Iterator[Finding]]


@click.command()
def doctor() -> None:
    """Say what is wrong with the set-up and how to mend it. Exit code 1 when anything is."""
    findings = examine()
    for finding in findings:
        print(f"{'WRONG' if finding.wrong else 'note '}  {finding.what}\n       {finding.mend}")
    wrong = sum(finding.wrong for finding in findings)
    mode = "demo" if settings.DEMO else "real installation"
    print(
        f"\n{mode}, data in {settings.DATA_DIR}: "
        + (f"{wrong} to mend" if wrong else "all is well")
    )
    sys.exit(1 if wrong else 0)


def examine() -> list[Finding]:
    """Every check in its turn; those on the tables only when the tables are there."""
    findings = [finding for check in PLAIN for finding in check()]
    of_database = list(database())
    on_tables = () if of_database else ON_TABLES
    return [*findings, *of_database, *(finding for check in on_tables for finding in check())]


def data_folder() -> Iterator[Finding]:
    """The data folder can be written by us and read by nobody else; so with the secrets."""
    folder = settings.DATA_DIR
    if not folder.is_dir():
        yield Finding(f"{folder} is not there", f"mkdir -m 700 -p {folder}")
        return
    probe = folder / ".doctor"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        yield Finding(f"{folder} can't be written: {error.strerror}", "give it to the site's user")
    if _open_to_others(folder):
        yield Finding(f"other users of this machine can look into {folder}", f"chmod 700 {folder}")
    for name in ("secret_key", "keyring.json", "lianxue.sqlite3"):
        path = folder / name
        if path.exists() and _open_to_others(path):
            yield Finding(f"other users of this machine can read {path}", f"chmod 600 {path}")


def _open_to_others(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def assets() -> Iterator[Finding]:
    """What the set-up copies out of the front-end packages."""
    if not any((settings.BASE_DIR / "static" / "vendor" / "icons").glob("*.svg")):
        yield Finding("the front-end assets are missing", "python3 scripts/setup.py")


def open_door() -> Iterator[Finding]:
    """Demo mode, DEBUG and a wildcard host are for this machine alone."""
    public = not is_loopback(host_of(settings.SITE_URL))
    for name, on in (("LIANXUE_DEMO", settings.DEMO), ("LIANXUE_DEBUG", settings.DEBUG)):
        if on and public:
            yield Finding(
                f"{name} is on at the public address {settings.SITE_URL}", f"unset {name}"
            )
    if "*" in settings.ALLOWED_HOSTS and not settings.DEMO:
        yield Finding("any host name is accepted", "name yours in LIANXUE_ALLOWED_HOSTS")
    if settings.ENV.realname_verifier == "demo" and not settings.DEMO:
        yield Finding(
            "the demo's real-name verifier approves everybody",
            "LIANXUE_REALNAME_VERIFIER=manual (or aliyun)",
        )


def address() -> Iterator[Finding]:
    """The address that links and QR codes carry."""
    host, https = host_of(settings.SITE_URL), settings.SITE_URL.startswith("https://")
    if settings.DEMO:
        return
    if is_loopback(host):
        yield Finding(
            f"links and QR codes lead to {settings.SITE_URL}, which only this machine can open",
            "LIANXUE_SITE_URL=https://your.site",
            wrong=False,
        )
    elif not https:
        yield Finding(
            f"{settings.SITE_URL} is not https: passwords and names would travel in the open",
            "put a reverse proxy with TLS in front; LIANXUE_SITE_URL=https://…",
        )
    elif not settings.ENV.proxies:
        yield Finding(
            "the site is https, but the proxy that does the TLS is not trusted",
            "LIANXUE_PROXIES=1 (as many as stand in front)",
        )


def providers() -> Iterator[Finding]:
    """SMS and real-name providers have what they need."""
    env = settings.ENV
    if not settings.DEMO and env.sms_backend in {"console", "file"}:
        place = "the log" if env.sms_backend == "console" else str(env.data_dir / "sms.jsonl")
        yield Finding(
            f"codes go to {place}: nobody gets an SMS, and who reads it can sign in as anybody",
            "LIANXUE_SMS_BACKEND=aliyun",
        )
    wanted: list[str] = []
    if "aliyun" in {env.sms_backend, env.realname_verifier}:
        wanted += ["access_key_id", "access_key_secret"]
    if env.sms_backend == "aliyun":
        wanted += ["sms_sign", "sms_template"]
    missing = [
        f"LIANXUE_ALIYUN_{key.upper()}" for key in wanted if not getattr(env, f"aliyun_{key}")
    ]
    if missing:
        yield Finding(
            "aliyun is chosen, its settings are not complete", f"set {', '.join(missing)}"
        )


def invitations() -> Iterator[Finding]:
    """再次邀请 by text message needs a template of its own at Aliyun."""
    if not sms.invites():
        yield Finding(
            "invitations (再次邀请) can't go out as text messages; the pages offer words to copy",
            "LIANXUE_ALIYUN_SMS_INVITATION_TEMPLATE, a template with the variable ${name}",
            wrong=False,
        )


def urgent_notices() -> Iterator[Finding]:
    """Urgent notices as text messages need a template of their own at Aliyun."""
    if not sms.notifies():
        yield Finding(
            "urgent notices and reminders can't go out as text messages",
            "LIANXUE_ALIYUN_SMS_NOTICE_TEMPLATE, a template with the variable ${name}",
            wrong=False,
        )


def responsible() -> Iterator[Finding]:
    """The agreements must name who answers for the installation (PIPL article 17)."""
    if not settings.DEMO and not (settings.ENV.operator_name and settings.ENV.operator_contact):
        yield Finding(
            "the agreements don't say who answers for this site and how to reach them",
            "LIANXUE_OPERATOR_NAME and LIANXUE_OPERATOR_CONTACT",
        )


def django_checks() -> Iterator[Finding]:
    """Django's own system checks, with those for a deployment when the site is https."""
    https = settings.SITE_URL.startswith("https://")
    for message in checks.run_checks(include_deployment_checks=https):
        if not message.is_silenced():
            wrong = message.is_serious(checks.WARNING)
            yield Finding(f"{message.msg} ({message.id})", message.hint or "see the message", wrong)


def database() -> Iterator[Finding]:
    """The database answers, has every migration, and SQLite keeps a write-ahead log."""
    try:
        connection.ensure_connection()
        plan = MigrationExecutor(connection)
        behind = plan.migration_plan(plan.loader.graph.leaf_nodes())
    except DatabaseError as error:
        reason = str(error).splitlines()[0]
        yield Finding(f"the database does not answer: {reason}", "look at LIANXUE_DATABASE_URL")
        return
    if behind:
        yield Finding(
            f"{len(behind)} migrations are not applied", "lianxue up (or: python manage.py migrate)"
        )
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode")
            mode = str(cursor.fetchone()[0])
        if mode not in {"wal", "memory"}:
            yield Finding(
                f"SQLite's journal is {mode}, not WAL: writers would block readers",
                "put the data folder on a local disk (a network disk has no WAL)",
            )


def accounts() -> Iterator[Finding]:
    """A real installation has no invented account, and somebody who serves it."""
    if settings.DEMO:
        return
    users = get_user_model().objects
    if demo_mark().exists():
        yield Finding(
            f"{settings.DATA_DIR} is a demo's: whoever is in it was let in without proof",
            NEVER_REAL,
        )
    invented = users.filter(is_demo=True).count()
    if invented:
        yield Finding(
            f"{invented} demo accounts are in this installation: anybody could sign in",
            NEVER_REAL,
        )
    manual = settings.ENV.realname_verifier == "manual"
    if manual and not users.filter(is_operator=True, is_active=True).exists():
        yield Finding(
            "nobody can approve real names: there is no operator", "lianxue operator add PHONE NAME"
        )


def worker() -> Iterator[Finding]:
    """The background worker lives."""
    newest = WorkerBeat.objects.order_by("-seen_at").first()
    if newest is None:
        yield Finding("no background worker is running", "lianxue up", wrong=False)
    elif newest.seen_at < now() - WORKER_SILENT:
        yield Finding(
            f"the background worker is silent since {newest.seen_at:%Y-%m-%d %H:%M} UTC",
            "lianxue up",
        )


PLAIN: tuple[Check, ...] = (
    data_folder,
    assets,
    open_door,
    address,
    providers,
    invitations,
    urgent_notices,
    responsible,
    django_checks,
)
ON_TABLES: tuple[Check, ...] = (accounts, worker)
