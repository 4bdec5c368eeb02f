"""积分规则 of an organisation for its administrators, and the switch of the ranking."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.shared.clock import today
from lianxue.shared.errors import DomainError, InvalidInput
from lianxue.shared.tenths import tenths, tenths_in
from lianxue.shared.web import page, redirect_to

from .. import policy
from ..actions import ranking as ranking_actions
from ..actions import rules as actions
from ..actions.rules import Wish
from ..items import TOTAL, label_of
from ..queries import rules as reads
from ..queries.ranking import settings_of
from .common import FORM, address, frame, item_of


@login_required
@require_safe
def rules(request: HttpRequest, organization_id: int, console: bool = False) -> HttpResponse:
    """What is in force and what is decided for later, item by item."""
    context = frame(request, organization_id, console)
    context["lines"] = reads.lines(organization_id)
    return page(request, "points/both/rules.html", context)


@login_required
@require_http_methods(FORM)
def rule(
    request: HttpRequest, organization_id: int, item: str, console: bool = False
) -> HttpResponse:
    """One item: its versions, and a new one for who administers the whole."""
    context = frame(request, organization_id, console)
    key = item_of(item)
    error: DomainError | None = None
    if request.method == "POST":
        policy.need_sets_rules(context["power"])
        try:
            wish = _wish(request, key)
            made = actions.set_rule(
                current_user(request), organization_id, key, wish, request.POST.get("reason", "")
            )
        except FORM_ERRORS as raised:
            error = raised
        else:
            when = "今天" if made.effective_from == today() else f"{made.effective_from:%Y-%m-%d}"
            messages.success(request, f"新规则已保存，{when}起生效。")
            return redirect_to(address("rules", console, organization_id), request)
    line = next(one for one in reads.lines(organization_id) if one.item == key)
    now = line.terms
    context |= {
        "line": line,
        "title": label_of(key),
        "total": key == TOTAL,
        "versions": reads.versions(organization_id, key),
        "today": today().isoformat(),
        "last": (today() + actions.AHEAD).isoformat(),
    }
    if request.method != "POST":
        context["values"] = {
            "use": "own",
            "points": tenths(now.points),
            "day_cap": _cap_out(now.day_cap),
            "year_cap": _cap_out(now.year_cap),
            "effective_from": today().isoformat(),
            "reason": "",
        }
    return form_page(request, "points/both/rule.html", context, error)


def _cap_out(cap: int | None) -> str:
    return "" if cap is None else tenths(cap)


def _wish(request: HttpRequest, item: str) -> Wish:
    """What was typed. Raises InvalidInput at every field that can't be read."""
    sent, wrong = request.POST, {}
    use = sent.get("use", "")
    if use not in {"own", "site"}:
        wrong["use"] = "请选择用哪一种规则。"
    numbers: dict[str, int | None] = {}
    for field, needed in (("points", item != TOTAL), ("day_cap", False), ("year_cap", False)):
        text = sent.get(field, "").strip()
        numbers[field] = tenths_in(text)
        if use == "own" and numbers[field] is None and (text or needed):
            wrong[field] = "请填写数字，例如 1 或 0.5，最多一位小数。"
    day = _day_in(sent.get("effective_from", ""))
    if day is None:
        wrong["effective_from"] = "请选择生效日期，例如 2026年12月1日。"
    if wrong:
        raise InvalidInput("有内容填写不正确，请按提示修改。", fields=wrong)
    if use == "site":
        return Wish(inherits=True, effective_from=day)
    return Wish(
        points=numbers["points"] or 0,
        day_cap=numbers["day_cap"],
        year_cap=numbers["year_cap"],
        effective_from=day,
    )


def _day_in(text: str) -> date | None:
    try:
        return parse_date(text.strip()) if len(text) <= 20 and text.isascii() else None
    except ValueError:  # such as the 31st of February
        return None


@login_required
@require_http_methods(FORM)
def ranking_switch(
    request: HttpRequest, organization_id: int, console: bool = False
) -> HttpResponse:
    """开启 or 关闭 the ranking, with a reason; for the main administrator."""
    context = frame(request, organization_id, console)
    policy.need_switches_ranking(context["power"])
    error: DomainError | None = None
    if request.method == "POST":
        on = request.POST.get("on") == "on"
        try:
            ranking_actions.switch(
                current_user(request), organization_id, on, request.POST.get("reason", "")
            )
        except FORM_ERRORS as raised:
            error = raised
        else:
            messages.success(request, "积分排名已开启。" if on else "积分排名已关闭。")
            return redirect_to(context["desk"], request)
    context["ranking"] = settings_of(context["organization"])
    return form_page(request, "points/both/ranking_switch.html", context, error)
