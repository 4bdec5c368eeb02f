"""Django's registration of the `contacts` app."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """App label `contacts`."""

    name = "lianxue.contacts"
    label = "contacts"
