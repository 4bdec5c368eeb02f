"""安全中心, on the phone and on the console: one set of pages in both frames (manual 2.4.2 ④)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.shared.errors import DomainError, InvalidInput, PermissionDenied
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from .. import policy, queries
from ..actions import security as actions
from ..models import Organization, Reach, RoleGrant
from ..queries import security as reads
from ..queries.security import Choices
from .common import FORM_ERRORS, branch_choices, form_page, number_in
from .home import chosen_place

_FORM = ["GET", "HEAD", "POST"]
#: What each reach means for whom it is chosen, in one sentence.
_MEANINGS = {
    Reach.WHOLE: "能看到全部成员和支部。",
    Reach.SUBTREE: "只看到自己的支部、它的下级，和管理自己的管理员。",
    Reach.BRANCH: "只看到自己的支部，和管理自己的管理员。",
}
REACHES = [(str(key), str(key.label), _MEANINGS[key]) for key in Reach]
#: 全部成员, a role, or a branch, in the form 隐藏手机号.
EVERYBODY, OF_BRANCH = "everybody", "branch"


def _page(request: HttpRequest, organization_id: int, console: bool) -> dict[str, Any]:
    """What every page of it needs. Raises NotFound, PermissionDenied."""
    user = current_user(request)
    organization = queries.get_visible(user, organization_id)
    power = policy.require_whole(user, organization)
    return {
        "organization": organization,
        "power": power,
        "frame": "console.html" if console else "mobile.html",
        "console": console,
        "prefix": "organizations:console_" if console else "organizations:",
        "home": _address("security", organization, console),
        "reaches": REACHES,
        "reach_words": dict(Reach.choices),
    }


def _address(name: str, organization: Organization, console: bool) -> str:
    return reverse(f"organizations:{'console_' * console}{name}", args=[organization.pk])


@login_required
@require_http_methods(_FORM)
def security(request: HttpRequest, organization_id: int, console: bool = False) -> HttpResponse:
    """The switches and the general reach, the exceptions, whose numbers are hidden."""
    context = _page(request, organization_id, console)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            wanted = _wanted(request)
            before = reads.choices_of(queries.settings_of(context["organization"]))
            costs = reads.costs(before, wanted)
            if costs and request.POST.get("step") != "confirm":
                return _ask(request, context, costs)
            user = current_user(request)
            actions.change(user, organization_id, wanted, seen=request.POST.get("seen", ""))
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, "已保存。")
            return redirect_to(context["home"], request)
    return _overview(request, context, error)


def _overview(
    request: HttpRequest, context: dict[str, Any], error: DomainError | None
) -> HttpResponse:
    organization, user = context["organization"], current_user(request)
    now = reads.choices_of(queries.settings_of(organization))
    chosen = _ticked(request) if error and error.fields else now
    rules = paginate(reads.reach_rules(organization), request.GET.get("page", 1))
    hidden = paginate(reads.hidden_rules(organization), request.GET.get("phones", 1))
    tallies = queries.tallies(user, organization, [rule.branch for rule in rules.items])
    context |= {
        "chosen": chosen,
        "seen": reads.state_of(now),
        "rules": rules,
        "tallies": tallies,
        "hidden": hidden,
        "hidden_rows": reads.with_people(user, organization, hidden.items),
        "places": queries.whole_places(user) if context["console"] else [],
    }
    return form_page(request, "organizations/both/security.html", context, error)


def _ticked(request: HttpRequest) -> Choices:
    on = {name: request.POST.get(name) == "on" for name in _SWITCHES}
    return Choices(**on, reach=request.POST.get("reach", ""))


_SWITCHES = ("watermark", "group_real_names", "group_watermark")


def _wanted(request: HttpRequest) -> Choices:
    """The form. Raises InvalidInput at ``reach``."""
    wanted = _ticked(request)
    if wanted.reach not in Reach.values:
        raise InvalidInput.at("reach", "请选择成员可见范围。")
    return wanted


def _ask(request: HttpRequest, context: dict[str, Any], costs: list[str]) -> HttpResponse:
    """What becomes less protected, before it does; the form once more, hidden."""
    fields = {
        name: request.POST[name]
        for name in (*_SWITCHES, "reach", "seen", "branch_id")
        if name in request.POST
    }
    known = {"costs": costs, "fields": fields | {"step": "confirm"}, "action": request.path}
    return page(request, "organizations/both/security_confirm.html", context | known)


@login_required
@require_http_methods(_FORM)
def reach(request: HttpRequest, organization_id: int, console: bool = False) -> HttpResponse:
    """单独设置一个支部: the branch and what its people see; ``?branch=`` chooses it."""
    context = _page(request, organization_id, console)
    organization, user = context["organization"], current_user(request)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            branch_id = number_in(request.POST.get("branch_id"))
            if branch_id is None:
                raise InvalidInput.at("branch_id", "请选择支部。")
            wanted = request.POST.get("reach", "")
            if wanted not in Reach.values:
                raise InvalidInput.at("reach", "请选择成员可见范围。")
            branch = queries.get_branch(user, organization, branch_id)
            now = reads.reach_at(organization, branch)
            if reads.wider(now, wanted) and request.POST.get("step") != "confirm":
                words = f"“{branch.name}”和它的下级，成员能看到的人会从“{Reach(now).label}”"
                return _ask(request, context, [f"{words}放宽到“{Reach(wanted).label}”。"])
            actions.set_reach(user, organization_id, branch_id, wanted)
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, f"“{branch.name}”的可见范围已保存。")
            return redirect_to(context["home"], request)
    asked = request.GET.get("branch", "")
    own = (
        reads.reach_rules(organization)
        .filter(
            branch__in=[int(asked)]
            if asked.isascii() and asked.isdigit() and len(asked) < 19
            else []
        )
        .first()
    )
    context |= {
        "choices": branch_choices(organization, context["power"]),
        "asked": asked,
        "present": own.reach if own else "",
    }
    return form_page(request, "organizations/both/security_reach.html", context, error)


@login_required
@require_POST
def reach_remove(request: HttpRequest, organization_id: int, console: bool = False) -> HttpResponse:
    """A branch has no reach of its own any more."""
    context = _page(request, organization_id, console)
    branch_id = number_in(request.POST.get("branch_id")) or 0
    branch = actions.remove_reach(current_user(request), organization_id, branch_id)
    messages.success(request, f"“{branch.name}”不再单独设置。")
    return redirect_to(context["home"], request)


@login_required
@require_http_methods(_FORM)
def phones(request: HttpRequest, organization_id: int, console: bool = False) -> HttpResponse:
    """隐藏手机号: of everybody, of a role, of a branch with all below it."""
    context = _page(request, organization_id, console)
    organization, user = context["organization"], current_user(request)
    roles = [(key, f"{word}") for key, word in RoleGrant.Role.choices]
    error: DomainError | None = None
    if request.method == "POST":
        try:
            whose, branch_id = request.POST.get("whose", ""), None
            if whose not in {EVERYBODY, OF_BRANCH, *RoleGrant.Role.values}:
                raise InvalidInput.at("whose", "请选择隐藏谁的手机号。")
            if whose == OF_BRANCH:
                branch_id = number_in(request.POST.get("branch_id"))
                if branch_id is None:
                    raise InvalidInput.at("branch_id", "请选择支部。")
            role = whose if whose in RoleGrant.Role.values else ""
            rule = actions.hide_phones(user, organization_id, branch_id=branch_id, role=role)
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, f"{reads.whose(rule)}的手机号已隐藏。")
            return redirect_to(context["home"], request)
    context |= {
        "whose": [
            (EVERYBODY, "全部成员", ""),
            *[(key, word, "只隐藏担任这一职务的人的号码") for key, word in roles],
            (OF_BRANCH, "一个支部", "连同它的全部下级，请在下面选择支部"),
        ],
        "choices": branch_choices(organization, context["power"]),
    }
    return form_page(request, "organizations/both/security_phones.html", context, error)


@login_required
@require_POST
def phones_remove(
    request: HttpRequest, organization_id: int, console: bool = False
) -> HttpResponse:
    """Hidden numbers are shown again."""
    context = _page(request, organization_id, console)
    rule_id = number_in(request.POST.get("rule_id"), "rule_id") or 0
    whose = actions.show_phones(current_user(request), organization_id, rule_id)
    messages.success(request, f"{whose}的手机号不再隐藏。")
    return redirect_to(context["home"], request)


@login_required
@require_safe
def door(request: HttpRequest) -> HttpResponse:
    """The console's side door: 安全中心 of the organisation that was looked at last."""
    user = current_user(request)
    chosen = chosen_place(request, queries.whole_places(user))
    if chosen is None:
        if queries.running_places(user):
            raise PermissionDenied("只有负责整个组织的管理员才能进入安全中心。")
        return redirect_to(reverse("organizations:console_home"), request)
    return redirect_to(_address("security", chosen.organization, True), request)
