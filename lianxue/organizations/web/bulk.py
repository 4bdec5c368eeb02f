"""What the console does to many members at once: pick, look at who and what, confirm."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.shared.errors import DomainError, InvalidInput, NotFound, PermissionDenied
from lianxue.shared.gateways import sms
from lianxue.shared.web import redirect_to

from .. import policy, queries
from ..actions import bulk_members, reminding
from ..actions.finding import count_number_search
from ..models import Branch, Organization
from ..queries import bulk as bulk_queries
from ..queries.table import TableView
from .chosen import Note, ids_in, sign, unsign, view_in
from .common import FORM_ERRORS, branch_choices, form_page, number_in

#: The words of each act: the page's title, what its button says before the number of people.
WORDS: dict[policy.Act, tuple[str, str]] = {
    policy.Act.MOVE: ("调整所在支部", "调整"),
    policy.Act.REMOVE: ("移出组织", "移出"),
    policy.Act.APPOINT: ("任命学习管理员", "任命"),
    policy.Act.REMIND: ("再次邀请", "发送邀请短信"),
}
#: Acts that need a branch, and the field that names it.
TARGETS = {policy.Act.MOVE: "branch_id", policy.Act.APPOINT: "scope_id"}
#: Names that a page lists before it only counts.
LISTED = 20


@dataclass
class Desk:
    """One request: who acts where, on whom, and how far it has come."""

    request: HttpRequest
    user: User
    organization: Organization
    power: policy.Power
    act: policy.Act
    view: TableView
    marks: dict[int, str] = field(default_factory=dict)
    wish: policy.Wish = field(default_factory=lambda: policy.Wish(policy.Act.REMOVE))

    @property
    def back(self) -> str:
        """The table as it was left."""
        base = reverse("organizations:console_tree", args=[self.organization.pk])
        query = self.view.query()
        return f"{base}?{query}" if query else base

    @property
    def place(self) -> str:
        """What the chosen branch is called."""
        return self.wish.target.name if self.wish.target else self.organization.name


@login_required
@require_POST
def bulk(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Ticked members (or all that the filters match) and ``act``; then ``step`` look, then do."""
    user = current_user(request)
    organization, power = queries.get_administered(user, organization_id)
    view = view_in(request)
    asked = request.POST.get("act", "")
    act = policy.Act(asked) if asked in list(policy.Act) else policy.Act.MOVE
    desk = Desk(request, user, organization, power, act, view)
    try:
        if asked not in list(policy.Act):
            raise InvalidInput("请先勾选成员，再选择要做的操作。")
        policy.require_act(power, act)
        if "note" not in request.POST:
            return _first_look(desk)
        note = unsign(user.pk, request.POST["note"])
        if (note.act, note.organization_id) != (act, organization.pk):
            raise InvalidInput("请回到成员列表重新勾选。")
    except FORM_ERRORS as error:
        messages.error(request, next(iter(error.fields.values()), error.message))
        return redirect_to(desk.back, request)
    desk.marks = note.marks
    return _next_step(desk)


def _first_look(desk: Desk) -> HttpResponse:
    """The people as they came from the table. Raises InvalidInput for none or too many."""
    if desk.request.POST.get("all") == "on":
        count_number_search(desk.user, desk.view.text, desk.organization)
        try:
            found = bulk_queries.by_view(desk.user, desk.organization, desk.view)
        except NotFound:
            raise InvalidInput("这个支部刚刚被删除，请重新选择。") from None
    else:
        found = bulk_queries.by_ids(desk.user, desk.organization, ids_in(desk.request))
    desk.wish = policy.Wish(desk.act, None, chosen=desk.act not in TARGETS)
    return _show(desk, bulk_queries.preview(desk.user, found, desk.wish, desk.power))


def _next_step(desk: Desk) -> HttpResponse:
    """With a note: the branch is chosen (look), or all is confirmed (do)."""
    step = desk.request.POST.get("step", "")
    error: DomainError | None = None
    desk.wish = policy.Wish(desk.act, None, chosen=desk.act not in TARGETS)
    try:
        if desk.act in TARGETS:
            desk.wish = policy.Wish(desk.act, _target(desk))
        if step == "do":
            count = _do(desk)
            messages.success(desk.request, _done(desk, count))
            return redirect_to(desk.back, desk.request)
    except (*FORM_ERRORS, PermissionDenied) as caught:
        error = caught
    found = bulk_queries.by_ids(desk.user, desk.organization, desk.marks)
    shown = bulk_queries.preview(desk.user, found, desk.wish, desk.power)
    return _show(desk, shown, error)


def _target(desk: Desk) -> Branch | None:
    """The branch that was chosen. Raises InvalidInput at its field."""
    name = TARGETS[desk.act]
    chosen = desk.request.POST.get(name, "")
    if chosen == "":
        where = "支部" if desk.act is policy.Act.MOVE else "管理范围"
        raise InvalidInput.at(name, f"请选择{where}。")
    if chosen == "top":
        return None
    branch_id = number_in(chosen, name)
    try:
        branch = queries.get_branch(desk.user, desk.organization, branch_id or 0)
    except NotFound as gone:
        raise InvalidInput.at(name, gone.message) from None
    if not desk.power.covers(branch):
        raise InvalidInput.at(name, "这个支部不在您的管理范围内，请选择其他支部。")
    return branch


def _do(desk: Desk) -> int:
    """The act itself; how many it touched."""
    place, target = desk.organization.pk, desk.wish.target.pk if desk.wish.target else None
    if desk.act is policy.Act.MOVE:
        return len(bulk_members.move_members(desk.user, place, desk.marks, target))
    if desk.act is policy.Act.APPOINT:
        return len(bulk_members.appoint_members(desk.user, place, desk.marks, target))
    if desk.act is policy.Act.REMIND:
        return len(bulk_members.remind_members(desk.user, place, desk.marks))
    reason = desk.request.POST.get("reason", "")
    return len(bulk_members.remove_members(desk.user, place, desk.marks, reason))


def _done(desk: Desk, count: int) -> str:
    return {
        policy.Act.MOVE: f"已把 {count} 人调整到“{desk.place}”。",
        policy.Act.REMOVE: f"已移出 {count} 人。",
        policy.Act.APPOINT: f"已任命 {count} 位“{desk.place}”的学习管理员。",
        policy.Act.REMIND: f"正在向 {count} 人发送邀请短信。",
    }[desk.act]


def _show(
    desk: Desk, shown: bulk_queries.Preview, error: DomainError | None = None
) -> HttpResponse:
    """The page that says who, what, and who is left out."""
    title, verb = WORDS[desk.act]
    context: dict[str, Any] = {
        "organization": desk.organization,
        "act": desk.act.value,
        "title": title,
        "verb": verb,
        "shown": shown,
        "listed": shown.people[:LISTED],
        "note_word": sign(desk.user.pk, Note(desk.act, desk.organization.pk, shown.marks)),
        "filter": desk.view.query(),
        "back_to": desk.back,
        "wish": desk.wish,
        "place": desk.place,
        "target": desk.wish.target.pk if desk.wish.target else "top",
        "choices": _choices(desk) if desk.act in TARGETS and not desk.wish.chosen else [],
        "watermark": queries.watermark_of(desk.user, desk.organization),
    }
    if desk.act is policy.Act.REMIND:
        context["invites"] = sms.invites()
        context["left_today"] = reminding.left_today(desk.organization)
        context["invitation"] = reminding.invitation_words(desk.organization)
    return form_page(desk.request, "organizations/console/bulk.html", context, error)


def _choices(desk: Desk) -> list[tuple[int | str, str]]:
    choices = branch_choices(desk.organization, desk.power)
    if desk.power.whole:
        what = "整个组织" if desk.act is policy.Act.APPOINT else "不分支部"
        choices.insert(0, ("top", f"{desk.organization.name}（{what}）"))
    return choices
