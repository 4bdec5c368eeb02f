"""The developers' own pages, mounted in demo mode alone (``config.urls``)."""

from django.urls import path

from . import dev

app_name = "dev"
urlpatterns = [
    path("components", dev.components, name="components"),
    path("components/console", dev.console_components, name="console_components"),
    path("components/plain", dev.plain_components, name="plain_components"),
    path("components/branch", dev.branch, name="branch"),
]
