"""Addresses of learning: the library and what people do with it, and its administrators' pages."""

from django.urls import URLPattern, path

from . import point_items as point_items  # makes its items known
from .web import files, item

#: The library, an item, favourites, comments, records.
READER: list[URLPattern] = [
    path("learn/<int:item_id>/", item.item, name="item"),
    path("learn/<int:item_id>/progress/", item.progress, name="progress"),
    path("learn/<int:item_id>/finish/", item.finish, name="finish"),
    path("learn/<int:item_id>/files/<int:file_id>/", files.file, name="file"),
]
#: An organisation's contents, columns, settings, comments to decide.
DESK: list[URLPattern] = []
#: Question banks and their import.
BANKS: list[URLPattern] = []
#: Taking a quiz, practising what was wrong, setting a quiz up.
QUIZZES: list[URLPattern] = []
#: Learning tasks: choosing contents, doing them, how far people are.
TASKS: list[URLPattern] = []

app_name = "learning"
urlpatterns: list[URLPattern] = [*READER, *DESK, *BANKS, *QUIZZES, *TASKS]
