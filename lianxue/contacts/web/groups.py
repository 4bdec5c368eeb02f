"""我的群组 on the phone: the list, a group's page, and what may be done there."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.actions.finding import count_number_search
from lianxue.organizations.queries import my_places, settings_of
from lianxue.organizations.web.common import FORM_ERRORS, form_page, number_in
from lianxue.shared.errors import DomainError, InvalidInput, StateConflict
from lianxue.shared.pagination import paginate
from lianxue.shared.web import page, redirect_to

from ..actions import frequent
from ..actions import groups as actions
from ..models import Group
from ..queries import groups as queries

_FORM = ["GET", "HEAD", "POST"]
#: The most ids that one form sends.
_MOST = 500


@login_required
@require_safe
def groups(request: HttpRequest) -> HttpResponse:
    """我的群组; ``?all=1``: the internal groups of the organisations that one administers whole."""
    user = current_user(request)
    overseen = queries.overseen_by(user)
    show_all = request.GET.get("all") == "1"
    rows = overseen if show_all else queries.groups_of(user)
    context = {
        "groups": paginate(rows, request.GET.get("page", 1)),
        "show_all": show_all,
        "oversees": show_all or overseen.exists(),
    }
    return page(request, "contacts/mobile/groups.html", context)


@login_required
@require_http_methods(_FORM)
def group_new(request: HttpRequest) -> HttpResponse:
    """创建群组: kind and name; whom to add is the next page."""
    user = current_user(request)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            kind = request.POST.get("kind", "")
            if not kind:
                raise InvalidInput.at("kind", "请选择群组类型。")
            place = None if kind == "friends" else number_in(kind, "kind")
            group = actions.create_group(user, request.POST.get("name", ""), place)
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, f"已创建“{group.name}”，请选择成员。")
            return redirect_to(reverse("contacts:group_add", args=[group.pk]), request)
    kinds = [
        (one.organization_id, f"内部群 · {one.organization.name}", "只有本组织的成员能加入")
        for one in my_places(user)
    ]
    context = {"kinds": [*kinds, ("friends", "好友群", "从我的好友里选择")]}
    return form_page(request, "contacts/mobile/group_new.html", context, error)


@login_required
@require_safe
def group(request: HttpRequest, group_id: int) -> HttpResponse:
    """A group: its people, and what may be done; ``?q=`` searches among them."""
    context = _context(request, group_id)
    text = request.GET.get("q", "")
    rows = queries.members(context["group"], text)
    context |= _people(request, context["group"], rows)
    context["text"] = queries.tidy_search(text)
    return page(request, "contacts/mobile/group.html", context)


def _context(request: HttpRequest, group_id: int) -> dict[str, Any]:
    found, standing = queries.get_group(current_user(request), group_id)
    place = found.organization
    return {
        "group": found,
        "standing": standing,
        "watermark": place is not None and settings_of(place).group_watermark,
    }


def _people(request: HttpRequest, group: Group, rows: QuerySet[Any, Any]) -> dict[str, Any]:
    """A page of the group's people, and where those stand whom the viewer sees anyway."""
    people = paginate(rows, request.GET.get("page", 1), 50)
    ids = [row.user_id for row in people.items]
    return {"people": people, "where": queries.branches_of(current_user(request), group, ids)}


def _managed(request: HttpRequest, group_id: int) -> dict[str, Any]:
    """A form shows only to whom its action would let pass."""
    context = _context(request, group_id)
    queries.require_manages(context["standing"])
    return context


@login_required
@require_http_methods(_FORM)
def group_add(request: HttpRequest, group_id: int) -> HttpResponse:
    """添加成员: a page of people with boxes; what is ticked is added, page by page."""
    context = _managed(request, group_id)
    user, error = current_user(request), None
    if request.method == "POST":
        try:
            added = actions.add_members(user, group_id, _ticked(request))
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, f"已添加 {added} 人。")
            more = request.POST.get("more") == "1"  # several pages: go on choosing
            there = request.get_full_path() if more else reverse("contacts:group", args=[group_id])
            return redirect_to(there, request)
    text = request.GET.get("q", "")[:40]
    count_number_search(user, text, context["group"].organization)
    choice = queries.choice(user, context["group"], text, request.GET.get("page", 1))
    context |= {"choice": choice, "text": text.strip()}
    return form_page(request, "contacts/mobile/group_add.html", context, error)


@login_required
@require_http_methods(_FORM)
def group_remove(request: HttpRequest, group_id: int) -> HttpResponse:
    """移出成员, the same way."""

    def act() -> str:
        gone = actions.remove_members(current_user(request), group_id, _ticked(request))
        return f"已移出 {gone} 人。"

    return _choose(request, group_id, "remove", act)


@login_required
@require_http_methods(_FORM)
def group_hand_over(request: HttpRequest, group_id: int) -> HttpResponse:
    """移交群主: pick one."""

    def act() -> str:
        chosen = number_in(request.POST.get("people"), "people")
        if chosen is None:
            raise InvalidInput.at("people", "请选择一位成员。")
        found = actions.hand_over(current_user(request), group_id, chosen)
        names = queries.names_in(found, [chosen])
        return f"{''.join(names)}现在是群主。"

    return _choose(request, group_id, "hand_over", act)


def _choose(
    request: HttpRequest, group_id: int, purpose: str, act: Callable[[], str]
) -> HttpResponse:
    """A page of the group's own people to choose from."""
    context = _managed(request, group_id)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            said = act()
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, said)
            return redirect_to(reverse("contacts:group", args=[group_id]), request)
    found: Group = context["group"]
    text = request.GET.get("q", "")
    rows = queries.members(found, text).exclude(user=found.owner_id)
    if purpose == "remove":
        rows = rows.exclude(user=current_user(request))
    context |= _people(request, found, rows)
    context |= {"text": queries.tidy_search(text), "purpose": purpose}
    return form_page(request, "contacts/mobile/group_choose.html", context, error)


def _ticked(request: HttpRequest) -> list[int]:
    """The ids of the boxes. Raises InvalidInput at ``people``."""
    sent = request.POST.getlist("people")
    if len(sent) > _MOST:
        raise InvalidInput.at("people", f"一次最多选择 {_MOST} 人。")
    return [pk for one in sent if (pk := number_in(one, "people")) is not None]


@login_required
@require_http_methods(_FORM)
def group_rename(request: HttpRequest, group_id: int) -> HttpResponse:
    """修改群组名称."""
    context = _managed(request, group_id)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            actions.rename_group(current_user(request), group_id, request.POST.get("name", ""))
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, "群组名称已修改。")
            return redirect_to(reverse("contacts:group", args=[group_id]), request)
    return form_page(request, "contacts/mobile/group_rename.html", context, error)


@login_required
@require_POST
def group_leave(request: HttpRequest, group_id: int) -> HttpResponse:
    """退出群组."""
    try:
        found = actions.leave_group(current_user(request), group_id)
    except StateConflict as error:
        messages.error(request, error.message)
        return redirect_to(reverse("contacts:group", args=[group_id]), request)
    messages.success(request, f"已退出“{found.name}”。")
    return redirect_to(reverse("contacts:groups"), request)


@login_required
@require_POST
def group_dissolve(request: HttpRequest, group_id: int) -> HttpResponse:
    """解散群组."""
    found = actions.dissolve_group(current_user(request), group_id)
    messages.success(request, f"“{found.name}”已解散。")
    return redirect_to(reverse("contacts:groups"), request)


@login_required
@require_POST
def forget_frequent(request: HttpRequest, user_id: int) -> HttpResponse:
    """移除 from 常用联系人."""
    frequent.forget(current_user(request), user_id)
    messages.success(request, "已从常用联系人移除。")
    return redirect_to(reverse("contacts:home"), request)
