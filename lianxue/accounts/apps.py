"""Django's registration of the `accounts` app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """App label `accounts`."""

    name = "lianxue.accounts"
    label = "accounts"
