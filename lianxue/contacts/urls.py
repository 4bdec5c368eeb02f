"""Addresses of `contacts`; each part has its own list."""

from django.urls import URLPattern, path

from .web import home

app_name = "contacts"

_SEARCH: list[URLPattern] = [
    path("contacts/", home.home, name="home"),
]

_FRIENDS: list[URLPattern] = []

_PHONE_BOOK_AND_GROUPS: list[URLPattern] = []

urlpatterns: list[URLPattern] = [*_SEARCH, *_FRIENDS, *_PHONE_BOOK_AND_GROUPS]
