"""What every subcommand begins with."""

import ipaddress
import os
from urllib.parse import urlsplit

import django


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
