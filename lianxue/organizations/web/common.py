"""What the pages of this app share: forms that come back, doors, an id out of a form."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

from lianxue.shared.errors import DomainError, InvalidInput, PermissionDenied, StateConflict
from lianxue.shared.web import page

from .. import policy
from ..models import Branch, Organization

#: What a form shows again instead of a page of its own.
FORM_ERRORS = (InvalidInput, StateConflict)


@dataclass(frozen=True)
class Door:
    """One way in on a page: ``count`` is what waits behind it."""

    href: str
    icon: str
    word: str
    count: int = 0


def door(target: str, icon: str, word: str, *args: int, count: int = 0) -> list[Door]:
    """A door, when the page behind it exists; else none (look: only what works has a door)."""
    try:
        return [Door(reverse(target, args=args), icon, word, count)]
    except NoReverseMatch:
        return []


class Typed(dict[str, str]):
    """What was typed, or the messages beside the fields: empty words for whatever is not there."""

    def __missing__(self, key: str) -> str:
        return ""


def form_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    error: DomainError | None = None,
) -> HttpResponse:
    """A form, or the form once more with what was typed and every message beside its field."""
    fields = Typed(error.fields if error else {})
    summary = error.message if error and not fields else ""
    sent = request.POST if request.method == "POST" else request.GET
    values = Typed({key: sent.get(key, "") for key in sent})
    status = error.status if error else 200
    known = {"errors": fields, "summary": summary, "values": values}
    return page(request, template, {**known, **context}, status=status)


def number_in(text: str | None, field: str = "branch_id") -> int | None:
    """The id in a value that was sent, None when empty. Raises InvalidInput at ``field``."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidInput.at(field, "请从列表中选择。")
    return int(text)


def require_covers(power: policy.Power, branch: Branch | None) -> None:
    """A form shows only to whom its action would let pass. Raises PermissionDenied."""
    if not power.administers:
        raise PermissionDenied("只有本组织的管理员才能进行这项操作。")
    if not power.covers(branch):
        raise PermissionDenied("这里不在您的管理范围内，请联系主管理员。")


def branch_choices(
    organization: Organization, power: policy.Power, *, without: Branch | None = None
) -> list[tuple[int | str, str]]:
    """All branches within ``power`` as a select's choices, indented by depth; one statement.

    The organisation itself comes first (value "") for whoever administers the whole of it;
    ``without`` leaves a branch and all below it out.
    """
    choices: list[tuple[int | str, str]] = []
    for branch in Branch.objects.filter(organization=organization).order_by("path"):
        if not power.covers(branch) or (without and branch.path.startswith(without.path)):
            continue
        choices.append((branch.pk, "　" * (branch.depth - 1) + branch.name))
    return choices
