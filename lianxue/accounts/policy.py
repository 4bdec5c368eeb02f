"""Who may see and decide what about accounts (design rule 12)."""

from typing import Any

from django.db.models import QuerySet

from lianxue.shared.actors import Operator
from lianxue.shared.errors import NotFound, PermissionDenied

from .models import Actor, RealNameVerification


def is_operator(actor: Actor) -> bool:
    """Whether the actor serves the whole site, on a page or at the command line."""
    return isinstance(actor, Operator) or actor.is_operator


def require_operator(actor: Actor) -> None:
    """Raises PermissionDenied unless the actor serves the site."""
    if not is_operator(actor):
        raise PermissionDenied("这一页只供平台运维人员使用。")


def visible_realname_requests(actor: Actor) -> QuerySet[RealNameVerification, Any]:
    """All requests for an operator, the own ones for a person."""
    if isinstance(actor, Operator) or actor.is_operator:
        return RealNameVerification.objects.all()
    return RealNameVerification.objects.filter(user=actor)


def can_decide_realname(actor: Actor, request: RealNameVerification) -> bool:
    """An operator decides, never about themselves."""
    return is_operator(actor) and request.user_id != actor.pk


def require_decides_realname(actor: Actor, request: RealNameVerification) -> None:
    """Raises NotFound for who may not see the request, PermissionDenied for its own person."""
    if can_decide_realname(actor, request):
        return
    if request.user_id == actor.pk:
        raise PermissionDenied("不能审核自己的实名认证，请由另一位运维人员处理。")
    raise NotFound


def require_reads_realname(actor: Actor, request: RealNameVerification) -> None:
    """The full number is for operators and the person. Raises NotFound for everybody else."""
    if not is_operator(actor) and request.user_id != actor.pk:
        raise NotFound
