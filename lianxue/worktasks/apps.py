"""Django's registration of the `worktasks` app."""

from django.apps import AppConfig


class WorkTasksConfig(AppConfig):
    """App label `worktasks`."""

    name = "lianxue.worktasks"
    label = "worktasks"
