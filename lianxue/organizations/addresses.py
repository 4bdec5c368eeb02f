"""Addresses of pages that an organisation has on the phone and on the console alike."""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

ORG = "orgs/<int:organization_id>"


def both(
    path_in_organization: str, view: Callable[..., HttpResponseBase], name: str
) -> list[URLPattern]:
    """The same page of an organisation on the phone and on the console (view's ``console``)."""
    return [
        path(f"{ORG}/{path_in_organization}", view, name=name),
        path(
            f"console/{ORG}/{path_in_organization}",
            view,
            {"console": True},
            name=f"console_{name}",
        ),
    ]
