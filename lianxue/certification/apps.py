"""Django's registration of the `certification` app."""

from django.apps import AppConfig


class CertificationConfig(AppConfig):
    """App label `certification`."""

    name = "lianxue.certification"
    label = "certification"
