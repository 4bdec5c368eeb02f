"""Addresses of notices: what a reader sees, and what administrators do on the phone and on the
console."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path

_ORG = "orgs/<int:organization_id>/notices"
_NOTICE = f"{_ORG}/<int:notice_id>"


def _both(address: str, view: Callable[..., HttpResponse], name: str) -> list[URLPattern]:
    """The same page of an organisation on the phone and on the console (view's ``console``)."""
    return [
        path(address, view, name=name),
        path(f"console/{address}", view, {"console": True}, name=f"console_{name}"),
    ]


#: What is passed on to me.
_READER: list[URLPattern] = []
#: 通知与任务 of an organisation: writing, choosing who, sending; what came from above.
_DESK: list[URLPattern] = []
#: Where a notice has come to, who has read it; reminding, recalling.
_CHAIN: list[URLPattern] = []

app_name = "notices"
urlpatterns: list[URLPattern] = [*_READER, *_DESK, *_CHAIN]
