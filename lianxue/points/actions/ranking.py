"""Switching the ranking on and off: off by default, for reasons said (design rule 13)."""

from django.db import transaction

from lianxue.accounts.models import Actor
from lianxue.audit.actions import record, register_events
from lianxue.organizations.actions.organizations import lock
from lianxue.shared.clock import now
from lianxue.shared.errors import StateConflict

from .. import policy
from ..models import PointSettings
from .reversing import tidy_reason

register_events({"points.ranking_on": "开启了积分排名", "points.ranking_off": "关闭了积分排名"})


@transaction.atomic
def switch(actor: Actor, organization_id: int, on: bool, reason: str) -> PointSettings:
    """Show the organisation's members a ranking, or no longer; by the main administrator, for a
    reason that the members read.

    Raises NotFound, PermissionDenied, InvalidInput at ``reason``, StateConflict when it is so
    already.
    """
    policy.place_of(actor, organization_id)
    organization = lock(organization_id)[organization_id]
    policy.need_switches_ranking(policy.place_of(actor, organization_id).power)
    reason = tidy_reason(reason, "请写明原因，成员会看到。")
    found = PointSettings.objects.filter(pk=organization_id).first()
    settings = found or PointSettings(organization=organization)
    if settings.ranking == on:
        raise StateConflict(f"积分排名现在就是{'开启' if on else '关闭'}的，请刷新页面查看。")
    settings.ranking, settings.reason = on, reason
    settings.changed_by_name, settings.changed_at = actor.name[:60], now()
    settings.save()
    record(
        actor,
        "points.ranking_on" if on else "points.ranking_off",
        target=settings,
        organization_id=organization_id,
        data={"name": organization.name, "reason": reason},
    )
    return settings
