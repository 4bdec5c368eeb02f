"""添加成员: rows of name and phone, or pasted lines; several at once, all or none."""

import re
import unicodedata
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from lianxue.accounts.current import current_user
from lianxue.shared.errors import DomainError, InvalidInput, NotFound
from lianxue.shared.web import redirect_to

from .. import queries
from ..actions import members as actions
from ..newcomers import MAX_AT_ONCE, NewPerson, look_over
from .common import FORM_ERRORS, branch_choices, form_page, number_in, require_covers

_ROWS = 3
_PHONE = re.compile(r"[+\d][\d\s()\-–—]*")
#: What may stand around a name. No expression looks for the parts: it would take a minute for one
#: long line.
_BETWEEN = " \t\u3000,;:、。|()-–—"
_BAD = "有成员的信息需要修改，还没有添加任何人。"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def members_add(request: HttpRequest, organization_id: int) -> HttpResponse:
    """The form, for the branch of ``?branch=`` first (it can be changed in the form)."""
    user = current_user(request)
    organization, power = queries.get_administered(user, organization_id)
    try:
        branch_id = number_in(request.GET.get("branch"))
    except InvalidInput:
        raise NotFound from None
    branch = queries.get_branch(user, organization, branch_id) if branch_id else None
    if branch:
        require_covers(power, branch)
    error: DomainError | None = None
    rows = [("", "")] * _ROWS
    chosen = str(branch.pk) if branch else "top"
    if request.method == "POST":
        rows, chosen = _typed_rows(request), request.POST.get("branch_id", "")
        try:
            place = None if chosen == "top" else number_in(chosen)
            if place is None and (not power.whole or chosen != "top"):
                raise InvalidInput.at("branch_id", "请选择支部。")
            typed = _collect(rows, request.POST.get("lines", ""))
            added = _add(request, organization.pk, place, typed)
        except FORM_ERRORS as caught:
            error = caught
        else:
            messages.success(request, _added_words(added))
            base = reverse("organizations:tree", args=[organization.pk])
            return redirect_to(f"{base}?branch={place}" if place else base, request)
    choices = branch_choices(organization, power)
    if power.whole:
        choices.insert(0, ("top", f"{organization.name}（不分支部）"))
    context = {
        "organization": organization,
        "branch": branch,
        "chosen": chosen,
        "choices": choices,
        "whole": power.whole,
        "rows": rows,
        "max_at_once": MAX_AT_ONCE,
    }
    return form_page(request, "organizations/mobile/members_add.html", context, error)


def _typed_rows(request: HttpRequest) -> list[tuple[str, str]]:
    names, phones = request.POST.getlist("name"), request.POST.getlist("phone")
    rows = list(zip(names, phones, strict=False))[:MAX_AT_ONCE]
    return rows or [("", "")] * _ROWS


@dataclass(frozen=True)
class _Typed:
    """Where a person was typed: in row ``at`` (from 0), or in pasted line ``at`` (from 1)."""

    person: NewPerson
    line: bool
    at: int


def _collect(rows: list[tuple[str, str]], lines: str) -> list[_Typed]:
    """Everybody typed. Raises InvalidInput when that is nobody, or a line makes no sense."""
    found = [
        _Typed(NewPerson(name, phone), False, index)
        for index, (name, phone) in enumerate(rows)
        if name.strip() or phone.strip()
    ]
    bad: dict[int, str] = {}
    for number, line in enumerate(lines.splitlines(), start=1):
        if not line.strip():
            continue
        person = parse_line(line)
        if person is None:
            bad[number] = "请写成“姓名 手机号码”，中间空一格"
        else:
            found.append(_Typed(person, True, number))
    if bad:
        _, faults = look_over([one.person for one in found])
        raise InvalidInput(_BAD, fields=_at_its_place(faults, found, bad))
    if not found:
        raise InvalidInput(
            "请至少填写一位成员的姓名和手机号码。", fields={"name-0": "请填写姓名和手机号码。"}
        )
    return found


def _add(
    request: HttpRequest, organization_id: int, branch_id: int | None, typed: list[_Typed]
) -> actions.Added:
    """Call the action; its messages go back to the row or line where each person was typed."""
    try:
        return actions.add_members(
            current_user(request), organization_id, branch_id, [one.person for one in typed]
        )
    except InvalidInput as error:
        raise InvalidInput(error.message, fields=_at_its_place(error.fields, typed)) from error


def _at_its_place(
    messages_by_key: dict[str, str], typed: list[_Typed], bad: dict[int, str] | None = None
) -> dict[str, str]:
    """Messages by person become messages by row or line; ``bad``: lines that made no sense."""
    fields: dict[str, str] = {}
    lines = dict(bad or {})
    for key, text in messages_by_key.items():
        match = re.fullmatch(r"people\.(\d+)\.(name|phone)", key)
        if match is None:
            fields["lines" if key == "people" else key] = text
            continue
        one = typed[int(match[1])]
        if one.line:
            lines[one.at] = lines.get(one.at, "") + text
        else:
            fields[f"{match[2]}-{one.at}"] = text
    if lines:
        fields["lines"] = _lines_words(lines)
    return fields


def parse_line(line: str) -> NewPerson | None:
    """``王秀英 138 0000 1000`` (spaces, tabs, commas between, in either order) as a person."""
    text = unicodedata.normalize("NFKC", line).strip()
    digits = [at for at, char in enumerate(text) if char.isdecimal() or char == "+"]
    if not digits:
        return None
    first, end = digits[0], digits[-1] + 1
    names = [part for part in (text[:first].strip(_BETWEEN), text[end:].strip(_BETWEEN)) if part]
    if len(names) != 1 or not _PHONE.fullmatch(text, first, end):
        return None
    return NewPerson(names[0], text[first:end])


def _lines_words(bad: dict[int, str]) -> str:
    said = (f"第 {number} 行：{text.rstrip('。')}" for number, text in sorted(bad.items()))
    return "；".join(said) + "。"


def _added_words(added: actions.Added) -> str:
    total, active = len(added.memberships), added.active
    waiting = f"{total - active} 人未激活，本人用该手机号码注册后自动激活。"
    if active == total:
        return f"已添加 {total} 人，都已激活。"
    return (
        f"已添加 {total} 人，其中 {active} 人已激活，{waiting}" if active else f"已添加，{waiting}"
    )
