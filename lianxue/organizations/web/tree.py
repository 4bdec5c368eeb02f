"""组织架构: the tree a level at a time, and 管理: add, rename, move, merge, delete branches."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.shared.errors import DomainError, InvalidInput, NotFound, PermissionDenied
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from .. import policy, queries
from ..actions import branches
from ..models import Branch, Organization
from ..queries.security import rules_on
from .common import FORM_ERRORS, branch_choices, form_page, number_in, require_covers

_FORM = ["GET", "HEAD", "POST"]


def tree_url(organization_id: int, branch_id: int | None = None, name: str = "tree") -> str:
    """The address of a level of the tree (``name`` "manage": of its 管理 page)."""
    base = reverse(f"organizations:{name}", args=[organization_id])
    return f"{base}?branch={branch_id}" if branch_id else base


def level_of(request: HttpRequest, organization_id: int, size: int = 50) -> dict[str, Any]:
    """One level: the branch of ``?branch=`` (or the top), its way up, children and their tallies.

    ``?level=`` turns the pages of the children, ``size`` at a time. A fixed number of statements,
    however large the organisation.
    """
    user = current_user(request)
    organization = queries.get_visible(user, organization_id)
    try:
        branch_id = number_in(request.GET.get("branch"))
    except InvalidInput:
        raise NotFound from None
    branch = queries.get_branch(user, organization, branch_id) if branch_id else None
    below = queries.visible_children(user, organization, branch)
    level = paginate(below, request.GET.get("level", 1), size)
    children = level.items
    shown = [*children, branch] if branch else children
    tallies = queries.tallies(user, organization, shown)
    if branch:
        here = tallies[branch.pk]
    else:
        counts = queries.head_count(user, organization)
        here = queries.Tally(counts["members"], counts["active"])
    power = policy.power_in(user, organization)
    return {
        "organization": organization,
        "branch": branch,
        "way": queries.ancestors_of(branch) if branch else [],
        "children": children,
        "level": level,
        "tallies": tallies,
        "here": here,
        "power": power,
        "watermark": queries.watermark_of(user, organization),
        "may": power.covers(branch),
        "may_change": branch is not None and power.below_scope(branch),
        "advice": queries.size_advice(branch, here.members) if branch and power.administers else "",
    }


@login_required
@require_safe
def tree(request: HttpRequest, organization_id: int) -> HttpResponse:
    """组织架构, one level: the branches below with their people, and who stands right here."""
    context = level_of(request, organization_id)
    cut = queries.MemberFilter(branch=context["branch"], direct=True)
    rows = queries.members(current_user(request), context["organization"], cut)
    context["people"] = paginate(rows, request.GET.get("page", 1))
    return page(request, "organizations/mobile/tree.html", context)


@login_required
@require_safe
def manage(request: HttpRequest, organization_id: int) -> HttpResponse:
    """管理 of one level: what may be done here."""
    context = level_of(request, organization_id)
    require_covers(context["power"], context["branch"])
    return page(request, "organizations/mobile/manage.html", context)


@login_required
@require_http_methods(_FORM)
def branch_add(request: HttpRequest, organization_id: int) -> HttpResponse:
    """添加党支部 below ``?parent=``: name, kind, 完成."""
    user = current_user(request)
    organization, power = queries.get_administered(user, organization_id)
    parent_id = _id(request.GET.get("parent"))
    parent = queries.get_branch(user, organization, parent_id) if parent_id else None
    require_covers(power, parent)
    error: DomainError | None = None
    if request.method == "POST":
        name, kind = request.POST.get("name", ""), request.POST.get("kind", "")
        try:
            made = branches.add_branch(user, organization.pk, name, kind, parent_id)
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, f"已添加“{made.name}”。")
            return redirect_to(tree_url(organization.pk, parent_id), request)
    context = {
        "organization": organization,
        "parent": parent,
        "kinds": Branch.Kind.choices,
        "back_to": tree_url(organization.pk, parent_id, "manage"),
    }
    return form_page(request, "organizations/mobile/branch_add.html", context, error)


@login_required
@require_http_methods(_FORM)
def branch_edit(request: HttpRequest, branch_id: int) -> HttpResponse:
    """修改: name and kind."""
    branch, organization, _ = changeable(request, branch_id)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            branches.rename_branch(
                current_user(request),
                branch.pk,
                request.POST.get("name", ""),
                request.POST.get("kind", ""),
            )
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, "已保存。")
            return redirect_to(tree_url(organization.pk, branch.pk), request)
    context = {
        "organization": organization,
        "branch": branch,
        "kinds": Branch.Kind.choices,
        "back_to": tree_url(organization.pk, branch.pk, "manage"),
    }
    return form_page(request, "organizations/mobile/branch_edit.html", context, error)


@login_required
@require_http_methods(_FORM)
def branch_move(request: HttpRequest, branch_id: int) -> HttpResponse:
    """移动: pick the new parent (the keyboard's and the phone's way; the console also drags)."""
    branch, organization, power = changeable(request, branch_id)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            chosen = request.POST.get("parent_id", "")
            parent_id = None if chosen == "top" else number_in(chosen, "parent_id")
            if chosen == "":
                raise InvalidInput.at("parent_id", "请选择要移到的位置。")
            branches.move_branch(current_user(request), branch.pk, parent_id)
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, f"“{branch.name}”已移动。")
            return redirect_to(tree_url(organization.pk, branch.pk), request)
    choices = branch_choices(organization, power, without=branch)
    if power.whole:
        choices.insert(0, ("top", f"{organization.name}（最上级）"))
    above = queries.parent_of(branch)
    context = {
        "organization": organization,
        "branch": branch,
        "above": above,
        "choices": choices,
        "tally": queries.tallies(current_user(request), organization, [branch])[branch.pk],
        "back_to": tree_url(organization.pk, branch.pk, "manage"),
    }
    return form_page(request, "organizations/mobile/branch_move.html", context, error)


@login_required
@require_http_methods(_FORM)
def branch_merge(request: HttpRequest, branch_id: int) -> HttpResponse:
    """合并: pick the branch to merge into, look at what moves, confirm."""
    branch, organization, power = changeable(request, branch_id)
    user = current_user(request)
    error: DomainError | None = None
    target: Branch | None = None
    if request.method == "POST":
        try:
            target_id = number_in(request.POST.get("target_id"), "target_id")
            if target_id is None:
                raise InvalidInput.at("target_id", "请选择要并入的支部。")
            target = queries.get_branch(user, organization, target_id)
            if request.POST.get("step") == "confirm":
                merged = branches.merge_branches(user, branch.pk, target_id)
                messages.success(request, f"“{branch.name}”已并入“{merged.name}”。")
                return redirect_to(tree_url(organization.pk, merged.pk), request)
        except FORM_ERRORS as caught:
            error, target = caught, None
    context: dict[str, Any] = {
        "organization": organization,
        "branch": branch,
        "target": target,
        "choices": branch_choices(organization, power, without=branch),
        "back_to": tree_url(organization.pk, branch.pk, "manage"),
    }
    if target:
        context["moving"] = queries.merge_preview(user, branch)
        context["rules"] = rules_on(branch)
    return form_page(request, "organizations/mobile/branch_merge.html", context, error)


@login_required
@require_POST
def branch_delete(request: HttpRequest, branch_id: int) -> HttpResponse:
    """删除 an empty branch; what is still in it is said on the 管理 page."""
    branch, organization, _ = changeable(request, branch_id)
    above = queries.parent_of(branch)
    try:
        branches.delete_branch(current_user(request), branch.pk)
    except FORM_ERRORS as caught:
        messages.error(request, caught.message)
        return redirect_to(tree_url(organization.pk, branch.pk, "manage"), request)
    messages.success(request, f"“{branch.name}”已删除。")
    return redirect_to(tree_url(organization.pk, above.pk if above else None), request)


def changeable(request: HttpRequest, branch_id: int) -> tuple[Branch, Organization, policy.Power]:
    """A branch that the reader may change. Raises NotFound, PermissionDenied as the actions do."""
    user = current_user(request)
    branch = queries.find_branch(user, branch_id)
    power = policy.require_administers(user, branch.organization)
    require_covers(power, branch)
    if not power.below_scope(branch):
        raise PermissionDenied("这是您负责的支部，改名、移动、合并和删除请联系主管理员。")
    return branch, branch.organization, power


def _id(text: str | None) -> int | None:
    """An id of the address; nonsense is a page that is not there."""
    try:
        return number_in(text)
    except InvalidInput:
        raise NotFound from None
