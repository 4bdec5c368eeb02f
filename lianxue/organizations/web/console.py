"""The console's tree beside the table of members.

The tree opens a level at a time and moves branches by drag (the same move by a form, too).
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.shared.errors import InvalidInput, StateConflict
from lianxue.shared.web import page, redirect_to, safe_path

from .. import policy, queries
from ..actions import branches
from ..actions.finding import count_number_search
from ..queries import bulk, table
from ..queries.table import TableView
from .common import number_in
from .home import chosen_place
from .tree import level_of

#: Branches that one unfolding of the tree shows at most.
_LEVEL = 500


@login_required
@require_safe
def tree(request: HttpRequest, organization_id: int) -> HttpResponse:
    """组织架构 beside the table of the chosen branch's people; for htmx the table's side alone."""
    user = current_user(request)
    organization, power = queries.get_administered(user, organization_id)
    context = level_of(request, organization_id, _LEVEL)
    view = TableView.from_request(request)
    count_number_search(user, view.text, organization)
    people = table.page_of(user, organization, view)
    context |= {
        "view": view,
        "people": people,
        "may_change_ids": {one.pk for one in people.items if power.covers(one.branch)},
        "columns": table.COLUMNS,
        "sorts": table.SORTS,
        "states": list(table.STATES.items()),
        "roles": list(table.ROLES.items()),
        "sizes": table.SIZES,
        "limit": bulk.LIMIT,
        "watermark": queries.watermark_of(user, organization),
    }
    if _wants_part(request):
        response = page(request, "organizations/console/_members.html", context)
        query = view.query(page=view.page)
        response["HX-Push-Url"] = request.path + (f"?{query}" if query else "")
        return response
    context |= _top_of_tree(user, context)
    return page(request, "organizations/console/tree.html", context)


def _top_of_tree(user: User, context: dict[str, Any]) -> dict[str, Any]:
    """The tree's first level with its people; it is at hand already where no branch is chosen."""
    known = {"open_ids": {one.pk for one in context["way"]}}
    if context["branch"] is None:
        top, tallies, total = context["children"], context["tallies"], context["here"].members
    else:
        organization = context["organization"]
        top = list(queries.visible_children(user, organization, None)[:_LEVEL])
        tallies = queries.tallies(user, organization, top)
        total = queries.head_count(user, organization)["members"]
    return known | {"top": top, "top_tallies": tallies, "total": total}


def _wants_part(request: HttpRequest) -> bool:
    """Whether htmx will put the answer in the table's place (not when it restores a page)."""
    headers = request.headers
    return headers.get("HX-Target") == "members" and "HX-History-Restore-Request" not in headers


@login_required
@require_POST
def columns(request: HttpRequest) -> HttpResponse:
    """Keep which columns this person wants to see, for a year; back to the table."""
    chosen = set(request.POST.getlist("column"))
    back = safe_path(
        request.POST.get("next", ""), request, default=reverse("organizations:console_members")
    )
    response = redirect_to(back, request)
    response.set_cookie(
        table.COLUMNS_COOKIE,
        ".".join(name for name in table.COLUMNS if name in chosen),
        max_age=365 * 24 * 3600,
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
    return response


@login_required
@require_safe
def members(request: HttpRequest) -> HttpResponse:
    """成员: the people of the organisation that was looked at last, beside its tree."""
    chosen = chosen_place(request, queries.running_places(current_user(request)))
    if chosen is None:
        return redirect_to(reverse("organizations:console_home"), request)
    tree_page = reverse("organizations:console_tree", args=[chosen.organization_id])
    return redirect_to(tree_page, request)


@login_required
@require_safe
def level(request: HttpRequest, organization_id: int) -> HttpResponse:
    """The branches right below ``?branch=``, for one unfolding of the tree (htmx)."""
    queries.get_administered(current_user(request), organization_id)
    context = level_of(request, organization_id, _LEVEL)
    current = request.GET.get("current", "")
    chosen = None
    if current.isascii() and current.isdigit() and len(current) < 19:
        chosen = (
            policy.visible_branches(current_user(request), context["organization"])
            .filter(pk=int(current))
            .first()
        )
    context |= {
        "current": chosen,
        "open_ids": {one.pk for one in queries.ancestors_of(chosen)} if chosen else set(),
    }
    return page(request, "organizations/console/_level.html", context)


@login_required
@require_POST
def move(request: HttpRequest, organization_id: int) -> HttpResponse:
    """What a drag sends: ``moved`` goes below ``target`` ("top": right under the organisation)."""
    user = current_user(request)
    organization, _ = queries.get_administered(user, organization_id)
    policy.require_administers(user, organization)
    back = reverse("organizations:console_tree", args=[organization.pk])
    try:
        moved = number_in(request.POST.get("moved"), "moved")
        chosen = request.POST.get("target", "")
        target = None if chosen == "top" else number_in(chosen, "target")
        if moved is None or chosen == "":
            raise InvalidInput("请选择要移动的支部和位置。")
        queries.get_branch(user, organization, moved)
        branch = branches.move_branch(user, moved, target)
    except (InvalidInput, StateConflict) as error:
        messages.error(request, next(iter(error.fields.values()), error.message))
        return redirect_to(back, request)
    messages.success(request, f"“{branch.name}”已移动。")
    return redirect_to(f"{back}?branch={branch.pk}", request)
