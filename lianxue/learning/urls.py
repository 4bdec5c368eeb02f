"""Addresses of learning: the library and what people do with it, and its administrators' pages."""

from django.urls import URLPattern

#: The library, an item, favourites, comments, records.
READER: list[URLPattern] = []
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
