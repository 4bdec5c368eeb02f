"""Django's registration of the `learning` app."""

from django.apps import AppConfig


class LearningConfig(AppConfig):
    """App label `learning`."""

    name = "lianxue.learning"
    label = "learning"
