"""The site's addresses with the developers' pages, as demo mode mounts them."""

from django.urls import include, path

from config.urls import urlpatterns as site

urlpatterns = [*site, path("dev/", include("lianxue.shared.urls"))]
