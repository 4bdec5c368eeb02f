"""All addresses: the phone app at ``/``, the console at ``/console/``, the API at ``/api/v1/``."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from config.api import api
from lianxue.organizations.queries import places_of
from lianxue.shared import watermark, web

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    path("healthz", web.health, name="health"),
    path("manifest.webmanifest", web.manifest, name="manifest"),
    path("sw.js", web.service_worker, name="service_worker"),
    path("offline", web.offline, name="offline"),
    path("watermark.svg", watermark.watermark, name="watermark"),
    path("appearance", web.appearance, name="appearance"),
    path("", include("lianxue.inbox.urls"), {"places_of": places_of}),
    path("", include("lianxue.accounts.urls")),
    path("", include("lianxue.accounts.allauth_urls")),
    path("", include("lianxue.onboarding.urls")),
    path("", include("lianxue.organizations.urls")),
    path("", include("lianxue.certification.urls")),
    path("", include("lianxue.contacts.urls")),
    path("", include("lianxue.points.urls")),
    path("", include("lianxue.notices.urls")),
    path("", include("lianxue.worktasks.urls")),
    path("", include("lianxue.learning.urls")),
]

if settings.DEMO:
    urlpatterns += [path("dev/", include("lianxue.shared.urls"))]
