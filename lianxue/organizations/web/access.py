"""权限说明: who can see and do what here, and why; for administrators, and for oneself."""

from itertools import groupby
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from lianxue.accounts.current import current_user
from lianxue.shared.pagination import paginate
from lianxue.shared.web import came_from, page, redirect_to

from .. import policy, queries
from ..actions.members import REVEALS_A_DAY
from ..models import Membership, Organization, RoleGrant
from ..policy.rights import RIGHTS
from ..queries import access as reads
from ..queries import access_sight as sight
from .common import door
from .home import chosen_place

_ADMINS, _PEOPLE = 30, 50


@login_required
@require_safe
def overview(request: HttpRequest, organization_id: int) -> HttpResponse:
    """All administrators with all rights as a table; ``?q=`` looks for any member instead."""
    user = current_user(request)
    organization, power = queries.get_administered(user, organization_id)
    words = request.GET.get("q", "").replace("\0", "").strip()[:40]
    number = request.GET.get("page", 1)
    context: dict[str, Any] = {
        "organization": organization,
        "power": power,
        "words": words,
        "places": queries.running_places(user),
        "watermark": queries.watermark_of(user, organization),
    }
    if words:
        context["found"] = paginate(reads.found_members(user, organization, words), number, _PEOPLE)
    else:
        rows = paginate(reads.administrators(user, organization), number, _ADMINS)
        people = reads.persons_of(user, organization, rows.items)
        context |= {
            "rows": rows,
            "rights": RIGHTS.values(),
            "people": [(one, reads.lines(one)) for one in people],
        }
    return page(request, "organizations/console/access.html", context)


@login_required
@require_safe
def console(request: HttpRequest) -> HttpResponse:
    """权限说明 of the organisation that was looked at last."""
    chosen = chosen_place(request, queries.running_places(current_user(request)))
    if chosen is None:
        return redirect_to(reverse("organizations:console_home"), request)
    return redirect_to(reverse("organizations:access", args=[chosen.organization_id]), request)


@login_required
@require_safe
def person(request: HttpRequest, organization_id: int, membership_id: int) -> HttpResponse:
    """One person: what it can do, whom it sees, who sees it, who has looked; each with why."""
    user = current_user(request)
    organization, power = queries.get_administered(user, organization_id)
    found = reads.get_person(user, organization, membership_id)
    return page(
        request,
        "organizations/console/access_person.html",
        _explained(request, organization, power, found, security="organizations:console_security"),
    )


@login_required
@require_safe
def me(request: HttpRequest, organization_id: int) -> HttpResponse:
    """我能看到什么、谁能看到我, on the phone, for every member."""
    user = current_user(request)
    organization = queries.get_visible(user, organization_id)
    power = policy.power_in(user, organization)
    found = reads.get_me(user, organization_id)
    context = _explained(request, organization, power, found)
    home, contacts = (
        door("organizations:home", "", "", organization.pk),
        door("contacts:home", "", ""),
    )
    context["back_to"] = came_from(request, *(one.href for one in (*home, *contacts)))
    return page(request, "organizations/mobile/access_me.html", context)


def _explained(
    request: HttpRequest,
    organization: Organization,
    power: policy.Power,
    found: reads.Person,
    *,
    security: str = "organizations:security",
) -> dict[str, Any]:
    user = current_user(request)
    links = {
        "offices": door("organizations:admins", "", "管理员", organization.pk)
        if power.administers
        else [],
        "security": door(security, "", "安全中心", organization.pk) if power.whole else [],
        "name": door("accounts:realname", "", "个人实名认证")
        if found.member.user_id == user.pk
        else [],
    }
    in_charge = reads.in_charge(user, found.member)
    looked = reads.may_see_looks(user, found)
    return {
        "organization": organization,
        "power": power,
        "person": found,
        "member": found.member,
        "offices": [
            (reads.office_place(one), reads.office_given(one, organization)) for one in found.grants
        ],
        "groups": _groups(reads.lines(found)),
        "sees": sight.sees(user, found),
        "reveals_a_day": REVEALS_A_DAY,
        "seen_by": sight.seen_by(user, found.member),
        "in_charge": [(one, reads.office_words(one, organization)) for one in in_charge],
        "main_name": next(
            (one.membership.name for one in in_charge if one.role == RoleGrant.Role.MAIN_ADMIN), ""
        ),
        "looks": reads.looks(found.member) if looked else None,
        "links": {key: (doors[0] if doors else None) for key, doors in links.items()},
        "watermark": queries.watermark_of(user, organization),
    }


def _groups(lines: list[reads.Line]) -> list[tuple[str, list[reads.Line]]]:
    """The lines by what they are about, in order."""
    return [(group, list(rows)) for group, rows in groupby(lines, key=lambda one: one.group)]


@login_required
@require_safe
def person_sees(request: HttpRequest, organization_id: int, membership_id: int) -> HttpResponse:
    """The list behind the number: whom this person sees, and whether the number too."""
    user = current_user(request)
    organization, power = queries.get_administered(user, organization_id)
    found = reads.get_person(user, organization, membership_id)
    rows = paginate(sight.seen_list(user, found), request.GET.get("page", 1), _PEOPLE)
    context = {
        "organization": organization,
        "power": power,
        "member": found.member,
        "rows": rows,
        "covered": _covered(power, rows.items),
        "watermark": queries.watermark_of(user, organization),
    }
    return page(request, "organizations/console/access_sees.html", context)


def _covered(power: policy.Power, rows: list[Membership]) -> set[int]:
    """Those whose own page the reader may open."""
    return {row.pk for row in rows if power.covers(row.branch)}
