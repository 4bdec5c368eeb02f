"""Addresses of `worktasks`, on the phone and on the console."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path

from lianxue.accounts.kept import register_kept
from lianxue.notices.extensions import Extension, register_extension
from lianxue.notices.models import Notice
from lianxue.organizations.policy.rights import register_rights

from .actions import tasks
from .queries.kept import kept
from .rights import RIGHTS
from .web import questions

_ORG = "orgs/<int:organization_id>"


def _both(address: str, view: Callable[..., HttpResponse], name: str) -> list[URLPattern]:
    """The same page of an organisation on the phone and on the console (view's ``console``)."""
    return [
        path(f"{_ORG}/{address}", view, name=name),
        path(f"console/{_ORG}/{address}", view, {"console": True}, name=f"console_{name}"),
    ]


register_rights(RIGHTS)
register_extension(
    (Notice.Kind.TASK, Notice.Kind.FORM),
    Extension(
        step="worktasks:questions",
        check=tasks.check,
        own=tasks.own,
        lines=tasks.lines,
        copy=tasks.copy,
        target="worktasks:task",
        unanswered=tasks.reminded,
    ),
)

#: 作答 and the questions' editor (web/{questions,home,answer}.py).
ANSWERING: list[URLPattern] = [
    *_both("notices/<int:notice_id>/questions/", questions.questions, "questions"),
    *_both("notices/<int:notice_id>/questions/preview/", questions.form_preview, "form_preview"),
]

#: 进度, 审核 and 导出 (web/{progress,review,export}.py).
OVERSIGHT: list[URLPattern] = []

register_kept("worktasks", kept)

app_name = "worktasks"
urlpatterns: list[URLPattern] = [*ANSWERING, *OVERSIGHT]
