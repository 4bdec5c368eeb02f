"""创建学习组织: name and region, then a look at both, then it is made (manual 2.1)."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lianxue.accounts.current import current_user
from lianxue.shared.errors import DomainError, InvalidInput
from lianxue.shared.web import came_from, page, redirect_to, safe_path

from .. import regions
from ..actions import organizations
from .common import FORM_ERRORS, Typed, form_page

_LEVELS = ("province", "city", "county")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """The form; with ``step=confirm`` the form's second page makes it.

    Without real-name verification it leads there first and comes back with what was typed. Made, it
    leads to the organisation, or to ``next`` (an invitation that somebody had opened).
    """
    user = current_user(request)
    values = request.POST if request.method == "POST" else request.GET
    if not user.is_verified:
        back = f"{reverse('organizations:create')}?{_typed(values)}".rstrip("?")
        return redirect_to(f"{reverse('accounts:realname')}?{urlencode({'next': back})}", request)
    if request.method != "POST":
        return _form(request, values)
    name = organizations.tidy_name(values.get("name", ""))
    try:
        warnings = organizations.check_name(name)
        code = _chosen_code(values)
    except InvalidInput as error:
        return _form(request, values, error)
    if values.get("step") != "confirm":
        if _more_to_choose(values):
            return _form(request, values)
        context = {
            "name": name,
            "region": regions.full_name(code),
            "warnings": warnings,
            "typed": {key: values.get(key, "") for key in (*_LEVELS, "next")},
            "change": f"{reverse('organizations:create')}?{_typed(values)}",
        }
        return page(request, "organizations/mobile/create_confirm.html", context)
    try:
        made = organizations.create_organization(user, name, code)
    except FORM_ERRORS as error:
        return _form(request, values, error)
    messages.success(request, f"“{made.name}”已创建，您是主管理员。")
    home = reverse("organizations:home", args=[made.pk])
    return redirect_to(safe_path(values.get("next", ""), request, default=home), request)


@login_required
@require_safe
def region_fields(request: HttpRequest) -> HttpResponse:
    """The selects below 所在地区, for the chosen province and city (loaded by htmx)."""
    context = _region_context(request.GET)
    return page(request, "organizations/mobile/_region.html", {**context, "errors": Typed()})


def _form(
    request: HttpRequest, values: QueryDict, error: DomainError | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "name": values.get("name", ""),
        "next": values.get("next", ""),
        "back_to": came_from(
            request, reverse("contacts:home"), reverse("organizations:work"), "/console/"
        ),
        "name_warn": settings.ENV.org_name_warn,
        "name_max": settings.ENV.org_name_max,
        **_region_context(values),
    }
    return form_page(request, "organizations/mobile/create.html", context, error)


def _region_context(values: QueryDict) -> dict[str, Any]:
    """Each select's choices and value; a choice that does not fit its province is dropped."""
    province = values.get("province", "")
    cities = regions.children(province) if regions.full_name(province) else ()
    city = values.get("city", "")
    if city not in {one.code for one in cities}:
        city = ""
    counties = regions.children(city) if city else ()
    county = values.get("county", "")
    if county not in {one.code for one in counties}:
        county = ""
    return {
        "provinces": [(one.code, one.name) for one in regions.provinces()],
        "cities": [(one.code, one.name) for one in cities],
        "counties": [(one.code, one.name) for one in counties],
        "chosen": {"province": province, "city": city, "county": county},
    }


def _chosen_code(values: QueryDict) -> str:
    """The deepest division chosen. Raises InvalidInput at ``province`` when none is."""
    chosen = _region_context(values)["chosen"]
    code = str(chosen["county"] or chosen["city"] or chosen["province"])
    if not regions.full_name(code):
        raise InvalidInput.at("province", "请选择所在地区。")
    return code


def _more_to_choose(values: QueryDict) -> bool:
    """Whether a select below the choice has not been on the page yet (only without scripts)."""
    context = _region_context(values)
    chosen = context["chosen"]
    if context["cities"] and values.get("asked_city") != chosen["province"]:
        return True
    return bool(context["counties"]) and values.get("asked_county") != chosen["city"]


def _typed(values: QueryDict) -> str:
    kept = {key: values.get(key, "") for key in ("name", *_LEVELS, "next")}
    return urlencode({key: text for key, text in kept.items() if text})
