"""Django's registration of the `shared` app."""

from django.apps import AppConfig


class SharedConfig(AppConfig):
    """App label `shared`."""

    name = "lianxue.shared"
    label = "shared"
