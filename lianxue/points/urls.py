"""Addresses of points: the own, and an organisation's."""

from django.urls import URLPattern

app_name = "points"
urlpatterns: list[URLPattern] = []
