"""Django's registration of the `points` app."""

from django.apps import AppConfig


class PointsConfig(AppConfig):
    """App label `points`."""

    name = "lianxue.points"
    label = "points"
