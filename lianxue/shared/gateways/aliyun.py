"""Calls to Aliyun's open API, signed by its V3 rules (ACS3-HMAC-SHA256).

Source: Alibaba Cloud, "Request syntax and signature method V3". Parameters travel in the body, not
in the address, so that no proxy on the way writes a phone or an ID number into its log.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from django.conf import settings

from lianxue.shared.clock import now

ALGORITHM = "ACS3-HMAC-SHA256"
FORM = "application/x-www-form-urlencoded"
#: Seconds: (connect, answer).
TIMEOUT = httpx.Timeout(10, connect=5)


class AliyunError(Exception):
    """The call failed: no connection, no sense, or refused (``code``: Aliyun's own, if any).

    The text never holds what was sent.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Request:
    """What is signed: method, path, query (already ordered by no one), headers, body."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


def sign(request: Request, *, key_id: str, secret: str) -> str:
    """The value of the Authorization header for ``request``.

    All headers that are ``host``, ``content-type`` or start with ``x-acs-`` are signed.
    """
    headers = {
        name.lower(): value.strip()
        for name, value in request.headers.items()
        if name.lower() in {"host", "content-type"} or name.lower().startswith("x-acs-")
    }
    names = sorted(headers)
    signed = ";".join(names)
    canonical = "\n".join(
        [
            request.method,
            request.path or "/",
            "&".join(f"{_quote(k)}={_quote(v)}" for k, v in sorted(request.query.items())),
            "".join(f"{name}:{headers[name]}\n" for name in names),
            signed,
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={signed},Signature={signature}"


def _quote(text: str) -> str:
    return quote(text, safe="~")


def call(endpoint: str, action: str, version: str, params: Mapping[str, str]) -> dict[str, Any]:
    """Call an RPC-style operation by POST and return its JSON answer. Raises AliyunError.

    Not to be called inside a transaction: it waits for somebody else's machine.
    """
    body = urlencode(params).encode()
    parts = urlsplit(endpoint)
    headers = {
        "host": parts.netloc,
        "content-type": FORM,
        "x-acs-action": action,
        "x-acs-version": version,
        "x-acs-date": f"{now():%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": secrets.token_hex(16),
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        "accept": "application/json",
    }
    headers["authorization"] = sign(
        Request("POST", parts.path or "/", {}, headers, body),
        key_id=settings.ENV.aliyun_access_key_id,
        secret=settings.ENV.aliyun_access_key_secret,
    )
    try:
        response = httpx.post(
            f"{parts.scheme}://{parts.netloc}{parts.path or '/'}",
            content=body,
            headers=headers,
            timeout=TIMEOUT,
        )
        answer = response.json()
    except (httpx.HTTPError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise AliyunError(f"{action}: {type(error).__name__}") from None
    if not isinstance(answer, dict):
        raise AliyunError(f"{action}: the answer is no object")
    if response.status_code >= 400:
        code = str(answer.get("Code", response.status_code))
        raise AliyunError(f"{action}: refused with {code}", code)
    return answer
