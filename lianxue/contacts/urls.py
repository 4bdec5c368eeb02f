"""Addresses of `contacts`."""

from django.urls import URLPattern, path

from . import web

app_name = "contacts"
urlpatterns: list[URLPattern] = [path("contacts/", web.home, name="home")]
