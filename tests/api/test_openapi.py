"""The API's document is the committed one, and the API keeps to it whatever it is sent."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import schemathesis
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.api import api
from tests.cast import Cast, sign_in

COMMITTED = Path(settings.BASE_DIR) / "openapi.json"


def test_the_committed_document_is_the_code() -> None:
    """After a change: ``make openapi``."""
    assert json.loads(COMMITTED.read_text()) == json.loads(json.dumps(api.get_openapi_schema()))


def test_every_operation_has_a_name_of_its_own_and_a_problem() -> None:
    names = []
    for path, operations in api.get_openapi_schema()["paths"].items():
        for verb, operation in operations.items():
            names.append(operation["operationId"])
            assert "4XX" in operation["responses"], (verb, path)
            assert operation.get("summary"), (verb, path)
    assert len(names) == len(set(names))


def test_the_documentation_page(cast: Cast) -> None:
    page = sign_in(None).get("/api/v1/docs")
    assert page.status_code == 200
    assert "http" not in page.content.decode().split("swagger-ui-bundle")[0].replace("https://", "")


@pytest.mark.slow
@pytest.mark.parametrize("who", ["nobody", "stranger", "member", "owner"])
@pytest.mark.parametrize("verb", ["GET", "POST", "PATCH", "PUT", "DELETE"])
def test_an_unknown_id_is_never_a_server_error(cast: Cast, who: str, verb: str) -> None:
    client = sign_in(None if who == "nobody" else getattr(cast, who))
    for path in api.get_openapi_schema()["paths"]:
        for bad in ("0", "999999999", "99999999999999999999999"):
            address = path
            for name in ("{token}", *(f"{{{n}}}" for n in _parameters(path))):
                address = address.replace(name, bad)
            answer = client.generic(verb, address, b"{}", "application/json")
            assert answer.status_code < 500, (verb, address, answer.content)
            if "{" in path and answer.status_code >= 400:
                assert answer["Content-Type"].startswith("application/problem+json"), address


def _parameters(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


@contextmanager
def connection_kept() -> Iterator[None]:
    """The test's transaction outlives a request, as inside Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["stranger", "owner"])
def test_the_api_keeps_to_its_document(cast: Cast, who: str) -> None:
    """Generated requests, right and wrong ones; answers as the document has them, never a 500."""
    client = sign_in(getattr(cast, who))
    client.get("/api/v1/sessions/csrf")
    cookies = {key: value.value for key, value in client.cookies.items()}
    headers = {"X-CSRFToken": cookies["csrftoken"]}
    seen: Counter[int] = Counter()

    @effort(
        max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(data=st.data())
    def send(data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(operations))
        if operation.path.endswith("/sessions/current"):
            return  # would sign everybody out
        case = data.draw(operation.as_strategy())
        answer = case.call(headers=headers, cookies=cookies)
        seen[answer.status_code] += 1
        case.validate_response(
            answer,
            checks=[
                not_a_server_error,
                status_code_conformance,
                content_type_conformance,
                response_schema_conformance,
            ],
        )

    with connection_kept():
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
        schema.config.generation.update(with_security_parameters=False)  # the session is ours
        operations = [found.ok() for found in schema.get_all_operations()]
        send()
    assert seen[200], seen
    assert seen[404], seen
    assert not seen[401], "the signed-in session was lost on the way"
