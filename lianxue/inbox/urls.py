"""Addresses of the inbox; ``config.urls`` hands ``places_of`` to every page."""

from django.urls import path

from . import web

app_name = "inbox"
urlpatterns = [
    path("", web.home, name="home"),
    path("messages/<int:item_id>/", web.message, name="message"),
]
