"""Django's registration of the `inbox` app."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """App label `inbox`."""

    name = "lianxue.inbox"
    label = "inbox"
