"""Django's registration of the `organizations` app."""

from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    """App label `organizations`."""

    name = "lianxue.organizations"
    label = "organizations"
