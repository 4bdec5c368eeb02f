"""Addresses for developers, in demo mode alone."""

from django.urls import URLPattern

app_name = "dev"
urlpatterns: list[URLPattern] = []
