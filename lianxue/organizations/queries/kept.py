"""What organisations keep about a person, for 我的个人信息 (PIPL 44, 45)."""

import json
from typing import Any

from lianxue.accounts.models import User

from ..models import Membership, RosterDetail
from ..roster.fields import BY_KEY


def kept(user: User, whole: bool) -> dict[str, Any]:
    """The person's places, those left too; in the file with the roster's details (encrypted at
    rest; on pages they have a page of their own, where every look is audited)."""
    rows = list(
        Membership.objects.filter(user=user)
        .select_related("organization", "branch")
        .prefetch_related("role_grants__scope")
        .order_by("created_at", "pk")
    )
    details = _details([row.pk for row in rows]) if whole else {}
    return {"所在组织": [_place(row) | details.get(row.pk, {}) for row in rows]}


def _place(row: Membership) -> dict[str, Any]:
    return {
        "组织": row.organization.name,
        "支部": row.branch.name if row.branch else "",
        "姓名": row.name,
        "手机号码": row.phone,
        "状态": row.get_state_display(),
        "职务": "、".join(
            f"{grant.get_role_display()}（{grant.scope.name if grant.scope else '整个组织'}）"
            for grant in row.role_grants.all()
        ),
        "添加时间": row.created_at,
        "激活时间": row.activated_at,
        "移出时间": row.ended_at,
        "移出原因": row.end_reason,
    }


def _details(ids: list[int]) -> dict[int, dict[str, Any]]:
    found = RosterDetail.objects.filter(membership__in=ids).values_list("membership_id", "data")
    return {
        pk: {
            BY_KEY[key].label: value
            for key, value in json.loads(data or "{}").items()
            if key in BY_KEY
        }
        for pk, data in found
    }
