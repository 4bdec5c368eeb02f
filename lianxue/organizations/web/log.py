"""操作日志: who did what in an organisation, on the phone and on the console."""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.audit import queries as audit
from lianxue.shared.errors import InvalidInput, PermissionDenied
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from .. import logbook, policy, queries
from ..models import Organization
from .common import Typed, number_in
from .home import chosen_place

#: A page answers at once: chains longer than this are checked at the command line.
VERIFY_AT_MOST = 20_000
_PHONE, _CONSOLE = 20, 50
_FIELDS = ("kind", "who", "since", "until")


@login_required
@require_safe
def log(request: HttpRequest, organization_id: int) -> HttpResponse:
    """操作日志 on the phone, for those who administer the whole organisation."""
    user = current_user(request)
    organization = queries.get_visible(user, organization_id)
    policy.require_reads_log(user, organization)
    context = _entries(request, organization, _PHONE)
    status = 422 if context["errors"] else 200
    return page(request, "organizations/mobile/log.html", context, status=status)


@login_required
@require_safe
def console_log(request: HttpRequest) -> HttpResponse:
    """操作日志 of the organisation that was looked at last; ``?verify=1`` checks its chain, too."""
    organization = _console_organization(request)
    if organization is None:
        return redirect_to(reverse("organizations:console_home"), request)
    context = _entries(request, organization, _CONSOLE)
    # turning a page keeps the address's other parts, and is no wish to check again
    asked = request.GET.get("verify") == "1" and "page" not in request.GET
    context |= {
        "places": queries.whole_places(current_user(request)),
        "check": _check(organization) if asked else None,
    }
    status = 422 if context["errors"] else 200
    return page(request, "organizations/console/log.html", context, status=status)


def _console_organization(request: HttpRequest) -> Organization | None:
    """The one in ``?org=``, else the one looked at last; None for who administers nothing."""
    user = current_user(request)
    asked = number_in(request.GET.get("org"), "org")
    if asked is not None:
        organization = queries.get_visible(user, asked)
        policy.require_reads_log(user, organization)
        request.session["organization"] = organization.pk
        return organization
    chosen = chosen_place(request, queries.whole_places(user))
    if chosen is not None:
        return chosen.organization
    if queries.running_places(user):
        raise PermissionDenied(policy.LOG_REFUSED)
    return None


def _entries(request: HttpRequest, organization: Organization, size: int) -> dict[str, Any]:
    """A page of the log, or the messages beside the filter's fields and no list."""
    asked = {field: request.GET.get(field, "") for field in _FIELDS}
    context: dict[str, Any] = {
        "organization": organization,
        "watermark": queries.watermark_of(current_user(request), organization),
        "kinds": logbook.kind_choices(audit.kinds_in(organization.pk)),
        "values": asked,
        "errors": Typed(),
        "filtered": any(asked.values()),
        "rows": None,
        "lines": [],
    }
    try:
        cut = _filter(asked)
    except InvalidInput as error:
        return context | {"errors": Typed(error.fields)}
    rows = paginate(audit.organization_log(organization.pk, cut), request.GET.get("page", 1), size)
    return context | {"rows": rows, "lines": logbook.lines_of(organization.pk, rows.items)}


def _filter(asked: dict[str, str]) -> audit.LogFilter:
    """What was asked for. Raises InvalidInput with every message at once."""
    days, fields = {}, {}
    for field in ("since", "until"):
        try:
            days[field] = _day(asked[field])
        except ValueError:
            fields[field] = "请填写日期，例如 2026-11-23。"
    try:
        cut = logbook.make_filter(asked["kind"], asked["who"], **days)
    except InvalidInput as error:
        raise InvalidInput(error.message, fields=fields | error.fields) from error
    if fields:
        raise InvalidInput("有筛选条件填写不正确，请按提示修改。", fields=fields)
    return cut


def _day(text: str) -> date | None:
    """``2026-11-23``; None when empty. Raises ValueError."""
    text = text.strip()
    return date.fromisoformat(text) if text else None


def _check(organization: Organization) -> dict[str, Any]:
    """What a check of the organisation's chain found; ``too_long`` leaves it to the command."""
    stream = audit.organization_stream(organization.pk)
    if audit.longer_than(stream, VERIFY_AT_MOST):
        return {"too_long": True, "stream": stream, "limit": VERIFY_AT_MOST}
    return {"too_long": False, "verdict": audit.check_stream(stream)}
