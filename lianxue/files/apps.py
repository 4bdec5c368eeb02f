"""Django's registration of the `files` app."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """App label `files`."""

    name = "lianxue.files"
    label = "files"
