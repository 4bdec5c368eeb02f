"""Addresses of `worktasks`, on the phone and on the console."""

from django.urls import URLPattern, path

from lianxue.accounts.kept import register_kept
from lianxue.notices.dates import register_dates
from lianxue.organizations.addresses import both
from lianxue.organizations.policy.rights import register_rights

from .queries.dates import dates
from .queries.kept import kept
from .rights import RIGHTS
from .web import answer, export, home, progress, questions, review

_ANSWER = "tasks/<int:relay_id>/<str:respondent>"

register_rights(RIGHTS)

#: 作答 and the questions' editor (web/{questions,home,answer}.py).
ANSWERING: list[URLPattern] = [
    *both("notices/<int:notice_id>/questions/", questions.questions, "questions"),
    *both("notices/<int:notice_id>/questions/preview/", questions.form_preview, "form_preview"),
    path("tasks/", home.home, name="home"),
    path("tasks/<int:notice_id>/", home.task, name="task"),
    path(f"{_ANSWER}/", answer.answer, name="answer"),
    path(f"{_ANSWER}/confirm/", answer.confirm, name="confirm"),
    path(f"{_ANSWER}/take-back/", answer.take_back, name="take_back"),
    path(f"{_ANSWER}/files/<int:file_id>/", answer.answer_file, name="answer_file"),
]

#: 进度, 审核 and 导出 (web/{progress,review,export}.py).
OVERSIGHT: list[URLPattern] = [
    *both("tasks/<int:notice_id>/", progress.progress, "progress"),
    *both("tasks/<int:notice_id>/answers/", progress.answers, "answers"),
    *both("tasks/<int:notice_id>/accept/", review.accept_many, "accept_many"),
    *both("tasks/<int:notice_id>/export/", export.export, "export"),
    *both("answers/<int:answer_id>/", review.review, "review"),
    *both("answers/<int:answer_id>/files/<int:file_id>/", review.review_file, "review_file"),
]

register_kept("worktasks", kept)
register_dates(dates)

app_name = "worktasks"
urlpatterns: list[URLPattern] = [*ANSWERING, *OVERSIGHT]
