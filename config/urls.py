"""All addresses: the phone app at ``/``, the console at ``/console/``, the API at ``/api/v1/``."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = []

if settings.DEMO:
    urlpatterns += [path("dev/", include("lianxue.shared.urls"))]
