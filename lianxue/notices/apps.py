"""Django's registration of the `notices` app."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """App label `notices`."""

    name = "lianxue.notices"
    label = "notices"
