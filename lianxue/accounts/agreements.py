"""The two documents that everybody agrees to at registration, in their present version.

The text is ours (templates/accounts/agreements/); who processes the data, whom they reach and for
how long comes from the settings, so the page says what this installation really does
(Personal Information Protection Law, art. 17). A new text gets a new date here.
"""

import hashlib
from collections import defaultdict
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string

from lianxue.shared.clock import now
from lianxue.shared.errors import NotFound

from .models import Consent


@dataclass(frozen=True)
class Document:
    """One agreement: ``version`` is its text's date, ``digest`` the SHA-256 of what is shown."""

    key: str
    title: str
    version: str
    html: str
    digest: str


_DOCUMENTS = (
    ("service", "服务协议", "2026-11-23"),
    ("privacy", "信息保护政策", "2026-11-23"),
)


def current_documents() -> list[Document]:
    """Both documents as a person reads them today."""
    env = settings.ENV
    facts = {
        "site_name": settings.SITE_NAME,
        "operator_name": env.operator_name,
        "operator_contact": env.operator_contact,
        "sms": env.sms_backend,
        "verifier": env.realname_verifier,
        "cipher": env.cipher,
        "dingtalk": bool(env.dingtalk_client_id),
        "demo": settings.DEMO,
    }
    documents = []
    for key, title, version in _DOCUMENTS:
        html = render_to_string(
            f"accounts/agreements/{key}.html", {**facts, "version": version, "title": title}
        )
        digest = hashlib.sha256(f"{key} {version}\n{html}".encode()).hexdigest()
        documents.append(Document(key, title, version, html, digest))
    return documents


def consents_now() -> list[dict[str, str]]:
    """What a challenge keeps when somebody has just agreed to the present documents."""
    moment = now().isoformat()
    return [
        {"document": d.key, "version": d.version, "digest": d.digest, "at": moment}
        for d in current_documents()
    ]


def outdated_consents(user_id: int) -> list[Document]:
    """The documents that this user agreed to in an earlier version, not in the present one."""
    given: dict[str, set[str]] = defaultdict(set)
    for key, version in Consent.objects.filter(user_id=user_id).values_list("document", "version"):
        given[key].add(version)
    if all(version in given[key] or not given[key] for key, _, version in _DOCUMENTS):
        return []  # as nearly always: nothing to render
    return [d for d in current_documents() if given[d.key] and d.version not in given[d.key]]


def document(key: str) -> Document:
    """One document by its key. Raises NotFound."""
    for found in current_documents():
        if found.key == key:
            return found
    raise NotFound
