"""What every subcommand begins with."""

import ipaddress
import os
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.conf import settings


def setup(*, demo: bool = False) -> None:
    """Read the settings and start Django; a bad setting ends here with one clear line.

    ``demo`` chooses the demo's settings, those that are given in the environment excepted.
    """
    os.umask(0o077)  # what we write under the data folder is nobody else's
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if demo:
        os.environ["LIANXUE_DEMO"] = "true"
        os.environ["LIANXUE_REALNAME_VERIFIER"] = "demo"
        os.environ.setdefault("LIANXUE_SMS_BACKEND", "file")
    django.setup()


def demo_mark() -> Path:
    """The file that says: this data folder is a demo's, and is never made a real installation."""
    return Path(settings.DATA_DIR) / "demo"


def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or an address) can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The host of an address."""
    return urlsplit(url).hostname or ""
