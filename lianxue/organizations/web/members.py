"""成员: the list, one person's page and what may be done there."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.shared.errors import DomainError, InvalidInput, NotFound
from lianxue.shared.pagination import paginate_far
from lianxue.shared.web import came_from, page, redirect_to

from .. import policy, queries
from ..actions import members as actions
from ..actions.finding import count_number_search
from ..models import Membership, Organization
from .common import FORM_ERRORS, branch_choices, form_page, number_in, require_covers

_FORM = ["GET", "HEAD", "POST"]
_PAGE = 20


@login_required
@require_safe
def members(request: HttpRequest, organization_id: int) -> HttpResponse:
    """The list, cut by ``?branch=`` (with all below), ``?state=``, ``?role=admin`` and ``?q=``."""
    user = current_user(request)
    organization = queries.get_visible(user, organization_id)
    branch_id = _id(request.GET.get("branch"))
    branch = queries.get_branch(user, organization, branch_id) if branch_id else None
    cut = queries.MemberFilter(
        branch=branch,
        state=request.GET.get("state", ""),
        role=request.GET.get("role", ""),
        text=request.GET.get("q", "")[:40],
        letter=request.GET.get("letter", "")[:1],
    )
    count_number_search(user, cut.text, organization)
    rows = queries.members(user, organization, cut)
    people = paginate_far(rows, request.GET.get("page", 1), _PAGE)
    power = policy.power_in(user, organization)
    context = {
        "organization": organization,
        "branch": branch,
        "cut": cut,
        "people": people,
        "letters": _letter_links(request, organization, cut, people.total),
        "counts": queries.head_count(user, organization),
        "power": power,
        "watermark": queries.watermark_of(user, organization),
        "sees_all": power.whole or queries.sees_all(user, organization),
        "may": power.covers(branch),
        "tabs_of_state": _state_links(request),
    }
    return page(request, "organizations/mobile/members.html", context)


def _letter_links(
    request: HttpRequest, organization: Organization, cut: queries.MemberFilter, total: int
) -> list[tuple[str, str]]:
    """The strip A to Z as (letter, address), for a list that is longer than a page and that no
    words cut; under a letter, 全部 leads back."""
    if cut.text or cut.role or (total <= _PAGE and not cut.letter):
        return []
    rows = queries.members(current_user(request), organization, replace(cut, letter=""))
    links = [("全部", "")] if cut.letter else []
    links += [(letter, letter) for letter in queries.letters(organization, rows)]
    return [(word, _with(request, "letter", letter)) for word, letter in links]


def _with(request: HttpRequest, name: str, value: str) -> str:
    """This page's address from its first page on, with ``name`` set (or, empty, left out)."""
    query = request.GET.copy()
    query.pop("page", None)
    query.pop(name, None)
    if value:
        query[name] = value
    return f"?{query.urlencode()}"


def _state_links(request: HttpRequest) -> list[tuple[str, str, bool]]:
    """The filter's choices as (address, word, chosen), each keeping the other filters."""
    links = []
    for value, word in (("", "全部"), ("active", "已激活"), ("invited", "未激活")):
        href = _with(request, "state", value)
        links.append((href, word, request.GET.get("state", "") == value))
    return links


@login_required
@require_safe
def member(request: HttpRequest, membership_id: int) -> HttpResponse:
    """One person: where, which office, and what may be done."""
    context = _member(request, membership_id)
    row = context["member"]
    tree_page = reverse("organizations:tree", args=[row.organization_id])
    lists = [
        reverse(f"organizations:{name}", args=[row.organization_id])
        for name in ("members", "admins", "console_tree")
    ]
    back = came_from(request, tree_page, *lists)
    if back == tree_page and row.branch_id:
        back = f"{tree_page}?{urlencode({'branch': row.branch_id})}"
    return page(request, "organizations/mobile/member.html", context | {"back_to": back})


def _member(request: HttpRequest, membership_id: int) -> dict[str, Any]:
    user = current_user(request)
    row, power = queries.get_member(user, membership_id)
    grants = list(row.role_grants.all())
    return {
        "member": row,
        "organization": row.organization,
        "power": power,
        "watermark": queries.watermark_of(user, row.organization),
        "may": power.covers(row.branch),
        "grants": grants,
        "is_main": any(grant.role == "main_admin" for grant in grants),
        "is_me": row.user_id == user.pk,
        "phone": "",
        "former_phones": [],
    }


def _manageable(request: HttpRequest, membership_id: int) -> dict[str, Any]:
    context = _member(request, membership_id)
    require_covers(context["power"], context["member"].branch)
    return context


@login_required
@never_cache
@require_POST
def member_reveal(request: HttpRequest, membership_id: int) -> HttpResponse:
    """显示号码: the whole number, once, on this answer alone; audited."""
    phone = actions.reveal_phone(current_user(request), membership_id)
    context = _member(request, membership_id)
    context["phone"] = phone
    if context["may"]:
        context["former_phones"] = list(context["member"].former_phones.order_by("-corrected_at"))
    return page(request, "organizations/mobile/member.html", context)


@login_required
@require_http_methods(_FORM)
def member_phone(request: HttpRequest, membership_id: int) -> HttpResponse:
    """更正手机号码, while its owner has not come."""
    context = _manageable(request, membership_id)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            row = actions.correct_phone(
                current_user(request), membership_id, request.POST.get("phone", "")
            )
        except FORM_ERRORS as caught:
            error = caught
        else:
            active = row.state == Membership.State.ACTIVE
            messages.success(request, "号码已更正" + ("，该成员已激活。" if active else "。"))
            return redirect_to(reverse("organizations:member", args=[membership_id]), request)
    return form_page(request, "organizations/mobile/member_phone.html", context, error)


@login_required
@require_http_methods(_FORM)
def member_move(request: HttpRequest, membership_id: int) -> HttpResponse:
    """调整支部: pick the branch."""
    context = _manageable(request, membership_id)
    organization, power = context["organization"], context["power"]
    error: DomainError | None = None
    if request.method == "POST":
        try:
            chosen = request.POST.get("branch_id", "")
            if chosen == "":
                raise InvalidInput.at("branch_id", "请选择支部。")
            branch_id = None if chosen == "top" else number_in(chosen)
            actions.move_members(current_user(request), organization.pk, [membership_id], branch_id)
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, "已调整所在支部。")
            return redirect_to(reverse("organizations:member", args=[membership_id]), request)
    choices: list[tuple[int | str, str]] = list(branch_choices(organization, power))
    if power.whole:
        choices.insert(0, ("top", f"{organization.name}（不分支部）"))
    context["choices"] = choices
    return form_page(request, "organizations/mobile/member_move.html", context, error)


@login_required
@require_http_methods(_FORM)
def member_remove(request: HttpRequest, membership_id: int) -> HttpResponse:
    """移出组织, with a reason."""
    context = _manageable(request, membership_id)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            row = actions.remove_member(
                current_user(request), membership_id, request.POST.get("reason", "")
            )
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, f"{row.name}已移出。")
            base = reverse("organizations:members", args=[row.organization_id])
            query = f"?{urlencode({'branch': row.branch_id})}" if row.branch_id else ""
            return redirect_to(base + query, request)
    return form_page(request, "organizations/mobile/member_remove.html", context, error)


def _id(text: str | None) -> int | None:
    try:
        return number_in(text)
    except InvalidInput:
        raise NotFound from None
