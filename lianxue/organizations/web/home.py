"""工作: where am I, what waits for me, what can I do; 管理: one organisation's own page."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.inbox.queries import open_todos, waiting_by_topic
from lianxue.shared.errors import InvalidInput
from lianxue.shared.nav import find_url
from lianxue.shared.web import page, redirect_to

from .. import policy, queries
from ..actions import leaving
from ..models import Membership, Organization
from .common import Door, door, form_page
from .pending import RECEIVED, rows_of

_SHOWN, _FORMER = 5, 3


@login_required
@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """The 工作 tab; ``?org=`` switches between my organisations and is remembered."""
    user = current_user(request)
    places = queries.my_places(user)
    todos = open_todos(queries.places_of(user))
    waiting = todos.count()
    chosen = chosen_place(request, places)
    context: dict[str, Any] = {
        "places": places,
        "place": chosen,
        "todos": todos[:_SHOWN],
        "todo_count": waiting,
        "doors": [],
    }
    if chosen:
        organization = chosen.organization
        power = policy.power_in(user, organization)
        context["power"] = power
        context["doors"] = [*_own_doors(), *doors(user, organization, power)]
    return page(request, "organizations/mobile/work.html", context)


def chosen_place(request: HttpRequest, places: list[Membership]) -> Membership | None:
    """The organisation looked at: asked for, else remembered, else administered, else the first."""
    by_id = {place.organization_id: place for place in places}
    asked = request.GET.get("org", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 19 and int(asked) in by_id:
        request.session["organization"] = int(asked)
        return by_id[int(asked)]
    remembered = by_id.get(request.session.get("organization", 0))
    if remembered:
        return remembered
    running = [place for place in places if place.role_grants.all()]
    return next(iter(running or places), None)


@login_required
@require_safe
def home(request: HttpRequest, organization_id: int) -> HttpResponse:
    """管理: an organisation's mark, superior, figures, what waits there, and its doors."""
    return _home_page(request, organization_id)


def _home_page(
    request: HttpRequest, organization_id: int, error: InvalidInput | None = None
) -> HttpResponse:
    user = current_user(request)
    organization = queries.get_visible(user, organization_id)
    power = policy.power_in(user, organization)
    counts = queries.head_count(user, organization)
    place = queries.admin_place(organization.pk)
    todos = open_todos([place]) if power.whole else open_todos([])
    context = {
        "organization": organization,
        "power": power,
        "counts": counts,
        "branch_count": policy.visible_branches(user, organization).count(),
        "todos": todos[:_SHOWN],
        "former": organization.former_names.order_by("-until", "-pk")[:_FORMER],
        "doors": doors(user, organization, power),
    }
    return form_page(request, "organizations/mobile/home.html", context, error)


@login_required
@require_POST
def leave(request: HttpRequest, organization_id: int) -> HttpResponse:
    """退出组织, then 通讯录, where it stands no longer."""
    try:
        left = leaving.leave(current_user(request), organization_id, request.POST.get("reason", ""))
    except InvalidInput as error:
        return _home_page(request, organization_id, error)
    messages.success(request, f"您已退出“{left.organization.name}”。")
    return redirect_to(find_url("contacts:home") or "/", request)


def doors(user: User, organization: Organization, power: policy.Power) -> list[Door]:
    """What ``user`` can do in ``organization``: only doors behind which something works."""
    pk = organization.pk
    found = [
        *door("organizations:tree", "folder-tree", "组织架构", pk),
        *door("organizations:members", "users", "成员", pk),
    ]
    if not power.administers:
        return found + door("organizations:access_me", "key-round", "我的权限", pk)
    found = [
        *door("notices:desk", "send", "通知与任务", pk),
        *door("learning:desk", "book-open", "学习内容", pk),
        *found,
        *door("points:desk", "award", "积分", pk),
        *door("organizations:admins", "shield-check", "管理员", pk),
    ]
    if not power.whole:
        return found + door("organizations:access_me", "key-round", "我的权限", pk)
    waiting = waiting_by_topic([queries.admin_place(pk)])
    received = sum(waiting.get(topic, 0) for topic in RECEIVED)
    if organization.is_certified:
        found += [
            *door("certification:invitations", "qr-code", "邀请下级组织认证", pk),
            *door(
                "certification:received", "clipboard-check", "收到的认证申请", pk, count=received
            ),
            *door("certification:subordinates", "network", "下级组织", pk),
        ]
    return [
        *found,
        *door("certification:status", "badge-check", "组织认证", pk),
        *door("certification:settings", "sliders-horizontal", "更多设置", pk),
        *door("organizations:security", "lock", "安全中心", pk),
        *door("organizations:log", "scroll-text", "操作日志", pk),
        *door("organizations:access_me", "key-round", "我的权限", pk),
    ]


def _own_doors() -> list[Door]:
    """What came to me, from whichever organisation."""
    return [
        *door("notices:home", "megaphone", "我的通知"),
        *door("worktasks:home", "clipboard-list", "我的任务"),
        *door("notices:calendar", "calendar", "任务日历"),
    ]


@login_required
@require_safe
def console_home(request: HttpRequest) -> HttpResponse:
    """工作台: what waits for this administrator, the organisation switch, the figures."""
    user = current_user(request)
    places = queries.running_places(user)
    chosen = chosen_place(request, places)
    rows, todo_count = rows_of(user, places)
    context: dict[str, Any] = {
        "places": places,
        "place": chosen,
        "organization": chosen.organization if chosen else None,
        "rows": rows,
        "todo_count": todo_count,
        "shown": sum(row.mark == "办" for row in rows),
    }
    if chosen:
        organization = chosen.organization
        power = context["power"] = policy.power_in(user, organization)
        context["counts"] = queries.head_count(user, organization)
        context["branch_count"] = policy.visible_branches(user, organization).count()
        context["doors"] = _console_doors(organization, power)
    return page(request, "organizations/console/home.html", context)


def _console_doors(organization: Organization, power: policy.Power) -> list[Door]:
    """常用 on the console: what this administrator can use here."""
    pk = organization.pk
    found = [
        *door("notices:console_desk", "megaphone", "通知与任务", pk),
        *door("organizations:console_tree", "folder-tree", "组织架构和成员", pk),
        *door("organizations:members_add", "user-plus", "添加成员", pk),
        *door("organizations:imports", "upload", "导入成员", pk),
        *door("organizations:export_members", "download", "导出成员", pk),
        *door("points:console_desk", "award", "积分", pk),
        *door("organizations:admins", "shield-check", "管理员", pk),
        *door("organizations:access", "key-round", "权限说明", pk),
    ]
    if not power.whole:
        return found
    found += door("organizations:console_security", "lock", "安全中心", pk)
    if organization.is_certified:
        found += door("certification:invitations", "qr-code", "邀请下级组织", pk)
    if power.main and organization.is_certified and not organization.is_root:
        found += door("certification:console_rename", "pencil", "申请改名", pk)
    return found + door("certification:console_settings", "sliders-horizontal", "更多设置", pk)
