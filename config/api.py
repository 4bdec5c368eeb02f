"""The JSON API at ``/api/v1/``: the same actions as the pages, errors as RFC 9457 problems."""

from collections.abc import Sequence
from typing import Any

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.security import django_auth

from lianxue.shared.dbtools import is_contention
from lianxue.shared.errors import Busy, DomainError, RateLimited

from .problems import problem

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457 problem document.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened and what to do, in Chinese."},
        "code": {"type": "string", "description": "Stable and machine-readable."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


class LianxueAPI(NinjaAPI):
    """NinjaAPI whose document says that every operation may answer with a problem."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """The OpenAPI document with ``4XX`` problem responses added."""
        schema = super().get_openapi_schema(**kwargs)
        schema.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
        answer = {
            "description": "Problem",
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
        for operations in schema["paths"].values():
            for operation in operations.values():
                operation["responses"]["4XX"] = answer
        return schema


api = LianxueAPI(
    title="Lianxue API",
    version="1",
    description=(
        "Sign in with `POST /sessions`; send the session cookie with every call, and the token of "
        "`GET /sessions/csrf` in `X-CSRFToken` with every call that writes. "
        "Errors are RFC 9457 problem documents (`application/problem+json`)."
    ),
    urls_namespace="api",
    auth=django_auth,
    docs_url="/docs",
)

for _prefix, _router in (
    ("", "lianxue.accounts.api.router"),
    ("", "lianxue.onboarding.api.router"),
    ("/organizations", "lianxue.organizations.api.core.router"),
    ("/organizations", "lianxue.organizations.api.log.router"),
    ("/organizations", "lianxue.organizations.api.access.router"),
    ("/organizations", "lianxue.organizations.api.bulk.router"),
    ("/organizations", "lianxue.organizations.api.security.router"),
    ("/organizations", "lianxue.organizations.api.imports.router"),
    ("/points", "lianxue.points.api.mine.router"),
    ("/organizations", "lianxue.points.api.desk.router"),
    ("/notices", "lianxue.notices.api.reading.router"),
    ("/organizations", "lianxue.notices.api.desk.router"),
    ("/organizations", "lianxue.notices.api.incoming.router"),
    ("/organizations", "lianxue.notices.api.chain.router"),
    ("", "lianxue.worktasks.api.answering.router"),
    ("/organizations", "lianxue.worktasks.api.oversight.router"),
    ("/learning", "lianxue.learning.api.library.router"),
    ("/organizations", "lianxue.learning.api.desk.router"),
    ("/organizations", "lianxue.learning.api.moderation.router"),
    ("/learning", "lianxue.learning.api.tasks.own"),
    ("/organizations", "lianxue.learning.api.tasks.desk"),
    ("/learning", "lianxue.learning.api.quizzes.own"),
    ("/organizations", "lianxue.learning.api.quizzes.desk"),
    ("/organizations", "lianxue.learning.api.banks.router"),
    ("", "lianxue.certification.api.router"),
    ("", "lianxue.contacts.api.friends.router"),
    ("", "lianxue.contacts.api.groups.router"),
    ("", "lianxue.contacts.api.phonebook.router"),
    ("", "lianxue.contacts.api.search.router"),
):
    api.add_router(_prefix, _router)


@api.exception_handler(DomainError)
def on_domain_error(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Our own errors, field messages under ``errors``."""
    extra: dict[str, Any] = {"code": error.code}
    if error.fields:
        extra["errors"] = [{"field": k, "message": v} for k, v in error.fields.items()]
    response = problem(error.status, error.message, **extra)
    if isinstance(error, RateLimited):
        response["Retry-After"] = str(error.retry_after)
    return response


@api.exception_handler(OperationalError)
def on_operational_error(request: HttpRequest, error: OperationalError) -> HttpResponse:
    """Two writers that waited for each other: the one that gave way may simply try again."""
    if not is_contention(error):
        raise error
    return on_domain_error(request, Busy())


@api.exception_handler(ValidationError)
def on_validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What the schema refuses, field by field."""
    errors = [{"field": _field(item["loc"]), "message": str(item["msg"])} for item in error.errors]
    return problem(422, "有内容填写不正确，请按提示修改。", code="invalid-input", errors=errors)


def _field(place: Sequence[str | int]) -> str:
    """The field that ninja means: after ``body`` stands the argument's name, which nobody sent."""
    return ".".join(str(part) for part in place[2 if place[0] == "body" else 1 :])


@api.exception_handler(AuthenticationError)
def on_authentication_error(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Nobody is signed in."""
    return problem(401, "请先登录。", code="not-signed-in")


@api.exception_handler(Http404)
def on_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    """No such address."""
    return problem(404, "没有找到。", code="not-found")


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja's own errors (a body that is no JSON, a CSRF failure)."""
    return problem(error.status_code, str(error), code=f"http-{error.status_code}")
