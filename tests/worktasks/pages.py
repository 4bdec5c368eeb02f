"""The answer's form, as a test fills it in and sends it."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lianxue.notices.models import Relay
from lianxue.worktasks.models import Answer
from tests.cast import Cast
from tests.files.makers import PDF

from .makers import questions, values, who


def page_of(relay: Relay, thing: Any, name: str = "answer") -> str:
    return reverse(f"worktasks:{name}", args=[relay.pk, who(thing)])


def my_page(cast: Cast, relay: Relay, name: str = "answer") -> str:
    return page_of(relay, cast.memberships[cast.member.pk], name)


def form(relay: Relay, **more: Any) -> dict[str, Any]:
    """The form, filled in."""
    filled = {f"q{pk}": text for pk, text in values(relay).items()}
    return {"version": "0", **filled, **more}


def field_of(relay: Relay, kind: str) -> str:
    return f"q{questions(relay.notice_id)[kind].pk}"


def kept(relay: Relay) -> dict[str, str]:
    """What the answer holds, by its question's kind."""
    answer = Answer.objects.get(relay=relay)
    return {row.question.kind: row.text for row in answer.values.select_related("question")}


def upload(name: str = "签到表.pdf", data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)
