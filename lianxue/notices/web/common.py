"""What the administrators' pages of notices and tasks share: one set of pages in both frames."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from lianxue.accounts.current import current_user
from lianxue.shared.errors import InvalidInput, NotFound

from .. import policy
from ..models import Notice
from ..queries.keeping import get_kept

#: What a page with a form takes.
FORM = ["GET", "HEAD", "POST"]
#: How a native datetime-local input writes a moment.
_INPUT = "%Y-%m-%dT%H:%M"


def frame(
    request: HttpRequest, organization_id: int, console: bool, app: str = "notices"
) -> dict[str, Any]:
    """What every administrators' page of one organisation needs in its context.

    ``place`` (with ``organization`` and ``power``), ``frame`` to extend, ``console``, ``prefix`` of
    URL names (``notices:console_`` or ``notices:``; ``tasks`` the same for ``worktasks``), ``desk``
    the address of the desk. Raises NotFound for who does not belong here, PermissionDenied for a
    plain member.
    """
    place = policy.place_of(current_user(request), organization_id)
    face = "console_" * console
    return {
        "place": place,
        "organization": place.organization,
        "power": place.power,
        "frame": "console.html" if console else "mobile.html",
        "console": console,
        "prefix": f"{app}:{face}",
        "notices": f"notices:{face}",
        "tasks": f"worktasks:{face}",
        "desk": address("desk", console, organization_id),
    }


def address(name: str, console: bool, *args: object, app: str = "notices") -> str:
    """A page of either face: ``address("desk", True, 5)`` is ``notices:console_desk`` of 5."""
    return reverse(f"{app}:{'console_' * console}{name}", args=args)


def named(url_name: str, console: bool, *args: object) -> str:
    """``address`` of a name with its app, as extensions give it: ``worktasks:progress``."""
    app, _, name = url_name.partition(":")
    return address(name, console, *args, app=app)


def kept_here(request: HttpRequest, place: policy.Place, notice_id: int) -> Notice:
    """A notice of the page's own organisation, for who keeps it.

    Raises NotFound, PermissionDenied.
    """
    notice, _ = get_kept(current_user(request), notice_id)
    if notice.organization_id != place.organization.pk:
        raise NotFound
    return notice


def moment_in(text: str, field: str = "deadline") -> datetime | None:
    """The moment in a datetime-local input, in the site's time zone; None when empty.

    Raises InvalidInput at ``field`` for what is no moment.
    """
    text = text.strip()
    if not text:
        return None
    try:
        found = parse_datetime(text) if len(text) <= 32 and text.isascii() else None
    except ValueError:  # such as the 31st of February
        found = None
    if found is None:
        raise InvalidInput.at(field, "请选择日期和时间，例如 2026年12月1日 18:00。")
    try:
        return timezone.make_aware(found) if timezone.is_naive(found) else found
    except (OverflowError, ValueError) as error:  # the year 1 has no such moment everywhere
        raise InvalidInput.at(field, "请选择日期和时间，例如 2026年12月1日 18:00。") from error


def moment_out(moment: datetime | None) -> str:
    """A moment as a datetime-local input wants it, in the site's time zone; "" for none."""
    return f"{timezone.localtime(moment):{_INPUT}}" if moment else ""
