"""Addresses of `worktasks`, on the phone and on the console."""

from django.urls import URLPattern

#: 作答 and the questions' editor (web/{questions,home,answer}.py).
ANSWERING: list[URLPattern] = []

#: 进度, 审核 and 导出 (web/{progress,review,export}.py).
OVERSIGHT: list[URLPattern] = []

app_name = "worktasks"
urlpatterns: list[URLPattern] = [*ANSWERING, *OVERSIGHT]
