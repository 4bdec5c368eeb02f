"""Every setting of the site, from the environment (``LIANXUE_*``) and from nowhere else.

``Env`` reads and checks the variables; a bad value stops the start with one clear line.
What follows it is Django's own settings module.
"""

import re
import secrets
import sys
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

BASE_DIR = Path(__file__).resolve().parent.parent


class Env(BaseSettings):
    """The environment variables that Lianxue reads, with their defaults."""

    model_config = SettingsConfigDict(env_prefix="LIANXUE_", extra="ignore")

    data_dir: Path = BASE_DIR / "var"
    database_url: str = ""
    secret_key: str = ""
    site_name: str = Field("联学", min_length=1, max_length=20)
    site_url: str = "http://127.0.0.1:8000"
    allowed_hosts: Annotated[list[str], NoDecode] = []
    demo: bool = False
    debug: bool = False
    # Reverse proxies in front of us: how many entries at the right end of X-Forwarded-For are ours.
    proxies: int = Field(0, ge=0, le=5)

    sms_backend: Literal["console", "file", "aliyun"] = "console"
    aliyun_access_key_id: str = ""
    aliyun_access_key_secret: str = ""
    aliyun_sms_sign: str = ""
    aliyun_sms_template: str = ""
    aliyun_sms_invitation_template: str = ""
    aliyun_sms_endpoint: str = "https://dysmsapi.aliyuncs.com"
    aliyun_id_endpoint: str = "https://cloudauth.aliyuncs.com"

    # Invitations (再次邀请) that one organisation may send as text messages in a day.
    invitations_per_day: int = Field(200, ge=0, le=100_000)

    # Urgent notices and reminders that one organisation may send as text messages in a month.
    notice_sms_per_month: int = Field(1000, ge=0, le=10_000_000)
    aliyun_sms_notice_template: str = ""

    # The largest recording or PDF of the learning library; any other file has 20 MB.
    large_file_mb: int = Field(300, ge=20, le=4096)

    realname_verifier: Literal["manual", "aliyun", "demo"] = "manual"
    cipher: Literal["aes-256-gcm", "sm4-gcm"] = "aes-256-gcm"

    # Who answers for this installation, for the agreements (PIPL art. 17): name, how to reach them.
    operator_name: str = Field("", max_length=60)
    operator_contact: str = Field("", max_length=120)

    dingtalk_client_id: str = ""
    dingtalk_client_secret: str = ""

    org_name_max: int = Field(40, ge=4, le=100)
    org_name_warn: int = Field(20, ge=4, le=100)
    # Rules for organisations' names (manual 2.1): every name must match this expression.
    org_name_pattern: str = r"^[\u4e00-\u9fffA-Za-z0-9（）()、·\-]+$"
    # What people read when a name doesn't match it.
    org_name_rule: str = Field(
        "名称只能用汉字、字母、数字和（）、· -，请去掉空格和其他符号。",
        min_length=4,
        max_length=100,
    )

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value

    @field_validator("org_name_pattern")
    @classmethod
    def _expression(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"must be a regular expression ({error})") from None
        return value

    @field_validator("site_url", "aliyun_sms_endpoint", "aliyun_id_endpoint")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc:
            raise ValueError("must be an absolute http(s) address")
        return value.rstrip("/")


def _load() -> Env:
    try:
        return Env()
    except ValidationError as error:
        first = error.errors()[0]
        name = "LIANXUE_" + "_".join(str(part) for part in first["loc"]).upper()
        sys.exit(f"lianxue: {name} is not usable: {first['msg']} (given: {first['input']!r})")


def _consistent(env: Env) -> Env:
    """Settings that don't go together stop the start, too."""
    if env.realname_verifier == "demo" and not env.demo:
        sys.exit("lianxue: LIANXUE_REALNAME_VERIFIER=demo works with LIANXUE_DEMO=true alone")
    keys = env.aliyun_access_key_id and env.aliyun_access_key_secret
    if env.realname_verifier == "aliyun" and not keys:
        sys.exit(
            "lianxue: LIANXUE_REALNAME_VERIFIER=aliyun needs LIANXUE_ALIYUN_ACCESS_KEY_ID "
            "and LIANXUE_ALIYUN_ACCESS_KEY_SECRET"
        )
    if env.sms_backend == "aliyun" and not (
        keys and env.aliyun_sms_sign and env.aliyun_sms_template
    ):
        sys.exit(
            "lianxue: LIANXUE_SMS_BACKEND=aliyun needs LIANXUE_ALIYUN_ACCESS_KEY_ID, "
            "LIANXUE_ALIYUN_ACCESS_KEY_SECRET, LIANXUE_ALIYUN_SMS_SIGN "
            "and LIANXUE_ALIYUN_SMS_TEMPLATE"
        )
    if bool(env.dingtalk_client_id) != bool(env.dingtalk_client_secret):
        sys.exit(
            "lianxue: LIANXUE_DINGTALK_CLIENT_ID and LIANXUE_DINGTALK_CLIENT_SECRET go together"
        )
    return env


def _secret(env: Env) -> str:
    """The secret key: given, or made once and kept (mode 600) in the data folder."""
    if env.secret_key:
        if len(env.secret_key) < 32:
            sys.exit("lianxue: LIANXUE_SECRET_KEY is not usable: at least 32 characters, please")
        return env.secret_key
    path = env.data_dir / "secret_key"
    if not path.exists():
        env.data_dir.mkdir(parents=True, exist_ok=True)
        spare = path.with_suffix(f".{secrets.token_hex(4)}")
        spare.touch(mode=0o600)
        spare.write_text(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(spare)  # atomic: the first of several processes wins
        except FileExistsError:
            pass
        finally:
            spare.unlink()
    return path.read_text().strip()


def _database(env: Env) -> dict[str, Any]:
    try:
        config: dict[str, Any] = dict(
            dj_database_url.parse(
                env.database_url or f"sqlite:///{env.data_dir / 'lianxue.sqlite3'}"
            )
        )
    except (ValueError, KeyError):
        sys.exit(
            "lianxue: LIANXUE_DATABASE_URL is not usable: sqlite:///PATH or postgres://… please"
        )
    if config["ENGINE"].endswith("sqlite3"):
        env.data_dir.mkdir(parents=True, exist_ok=True)
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    elif config["ENGINE"].endswith("postgresql"):
        # compiling a statement costs more than ours take: counting 100,000 readers, 0.4 s of 0.7
        config["OPTIONS"] = {
            "options": "-c jit=off",
            **config.get("OPTIONS", {}),
            "pool": {"min_size": 1, "max_size": 8},
        }
    else:
        sys.exit("lianxue: LIANXUE_DATABASE_URL is not usable: sqlite and postgres are supported")
    return config


ENV = _consistent(_load())
DEBUG = ENV.debug
DEMO = ENV.demo
SITE_NAME = ENV.site_name
SITE_URL = ENV.site_url
DATA_DIR = ENV.data_dir
SECRET_KEY = _secret(ENV)
_https = SITE_URL.startswith("https://")
ALLOWED_HOSTS = ENV.allowed_hosts or [
    urlsplit(SITE_URL).hostname or "127.0.0.1",
    "127.0.0.1",
    "localhost",
]

ROOT_URLCONF = "config.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "treebeard",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.dingtalk",
    "allauth.usersessions",
    "csp",
    "ninja",
    "django_tasks",
    "django_tasks_db",
    "lianxue.shared",
    "lianxue.audit",
    "lianxue.accounts",
    "lianxue.inbox",
    "lianxue.files",
    "lianxue.organizations",
    "lianxue.onboarding",
    "lianxue.certification",
    "lianxue.contacts",
    "lianxue.points",
    "lianxue.notices",
    "lianxue.learning",
    "lianxue.worktasks",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.problems.ProblemMiddleware",
    "csp.middleware.CSPMiddleware",
    "lianxue.shared.web.PrivatePagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "lianxue.shared.web.DomainErrorMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "lianxue.shared.jinja.environment",
            "context_processors": [
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lianxue.shared.jinja.site",
                "config.frame.waiting",
            ],
        },
    },
    # Only for the packages that bring templates in Django's own language.
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ]
        },
    },
]

DATABASES = {"default": _database(ENV)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # what people attach; never under an address of its own
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": DATA_DIR / "files",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "media"

# A file beyond 20 MB (recordings: LIANXUE_LARGE_FILE_MB) is dropped while it arrives; the form
# says so. It waits beside the files, not in /tmp, which is memory on many machines.
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "incoming"
FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
FILE_UPLOAD_HANDLERS = [
    "lianxue.shared.uploads.LimitHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["lianxue.accounts.backends.PhoneBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# django-allauth: second factors, passkeys, sessions, DingTalk. A user is a phone, no e-mail.
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_ADAPTER = "lianxue.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*"]
ACCOUNT_LOGIN_TIMEOUT = 15 * 60  # from the first proof to the second factor
MFA_ADAPTER = "lianxue.accounts.mfa.MfaAdapter"
MFA_FORMS = {
    "authenticate": "lianxue.accounts.web.second_factor.CodeForm",
    "authenticate_webauthn": "lianxue.accounts.web.second_factor.SecondStepPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1  # half a minute to type, half a minute of a wrong clock
SOCIALACCOUNT_ADAPTER = "lianxue.accounts.social.SocialAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if ENV.dingtalk_client_id:
    _app = {"client_id": ENV.dingtalk_client_id, "secret": ENV.dingtalk_client_secret}
    SOCIALACCOUNT_PROVIDERS["dingtalk"] = {"APP": _app}
USERSESSIONS_TRACK_ACTIVITY = False  # a write for every page would be dear

# In the session, not in a cookie: a toast may name a person.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "lianxue.shared.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https and ENV.proxies else None
SECURE_HSTS_SECONDS = 31536000 if _https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # Chrome holds redirects after a form to this, too: the way to DingTalk's login page.
        "form-action": [SELF, *(["https://login.dingtalk.com"] if ENV.dingtalk_client_id else [])],
    }
}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "lianxue.shared.logs.PrivateFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"httpx": {"level": "WARNING"}},
}

NINJA_PAGINATION_PER_PAGE = 20
