"""Django's registration of the `audit` app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """App label `audit`."""

    name = "lianxue.audit"
    label = "audit"
