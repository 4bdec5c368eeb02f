"""New versions of rules: an organisation's by its administrators, the site's by the operator.

From today or later: what was credited stays as it was credited.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db import transaction

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import record, register_details, register_events
from lianxue.organizations.actions.organizations import lock
from lianxue.organizations.models import Organization
from lianxue.shared.actors import Operator
from lianxue.shared.clock import now, today
from lianxue.shared.dbtools import lock_name
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied
from lianxue.shared.tenths import tenths

from .. import policy
from ..items import ITEMS, TOTAL, label_of
from ..models import PointRule
from ..queries.rules import Rulebook, Terms
from ..wording import cap_words
from .reversing import tidy_reason

#: In tenths: what one event may be worth, what a cap may be.
MOST_POINTS, MOST_CAP = 1_000, 1_000_000
#: How far ahead a version may be made.
AHEAD = timedelta(days=366)

register_events({"points.rule_set": "修改了积分规则"})
register_details({"since": "生效日期"})


@dataclass(frozen=True)
class Wish:
    """A new version: in tenths of a point, caps None for none. ``inherits``: back to the site's
    rule (of a site's version: to the item's default), the numbers say nothing then."""

    points: int = 0
    day_cap: int | None = None
    year_cap: int | None = None
    inherits: bool = False
    effective_from: date | None = None


@transaction.atomic
def set_rule(actor: Actor, organization_id: int, item: str, wish: Wish, reason: str) -> PointRule:
    """A new version of the organisation's rule for ``item``.

    Raises NotFound, PermissionDenied, InvalidInput at ``points``, ``day_cap``, ``year_cap``,
    ``effective_from``, ``reason``; in the summary when it would change nothing.
    """
    policy.place_of(actor, organization_id)
    organization = lock(organization_id)[organization_id]
    policy.need_sets_rules(policy.place_of(actor, organization_id).power)
    return _add(actor, organization, item, wish, reason)


@transaction.atomic
def set_site_rule(actor: Operator, item: str, wish: Wish, reason: str) -> PointRule:
    """A new version of the site's rule, by who holds the server. Raises as ``set_rule``."""
    if not isinstance(actor, Operator):
        raise PermissionDenied("网站的积分规则由运维人员在服务器上修改。")
    lock_name("points.site-rules")
    return _add(actor, None, item, wish, reason)


def _add(
    actor: Actor, organization: Organization | None, item: str, wish: Wish, reason: str
) -> PointRule:
    """The version, written and noted; what it would be locked against is locked."""
    if item not in ITEMS:
        raise NotFound("没有这个积分项目。")
    if item == TOTAL:
        wish = replace(wish, points=0)
    day = wish.effective_from or today()
    _check(item, wish, day, reason)
    place = organization.pk if organization else None
    before = Rulebook([] if place is None else [place], [item], day)
    same = before.own_terms(place, item, day)
    if same == _terms(wish) or (wish.inherits and same is None):
        raise InvalidInput("和这一天起生效的规则一样，没有改动。")
    rule = PointRule.objects.create(
        organization=organization,
        item=item,
        effective_from=day,
        inherits=wish.inherits,
        points=0 if wish.inherits else wish.points,
        day_cap=None if wish.inherits else wish.day_cap,
        year_cap=None if wish.inherits else wish.year_cap,
        reason=tidy_reason(reason, ""),
        made_by=actor if isinstance(actor, User) else None,
        made_by_name=actor.name[:60],
        created_at=now(),
    )
    after = Rulebook([] if place is None else [place], [item], day)
    record(
        actor,
        "points.rule_set",
        target=rule,
        organization_id=place,
        data={
            "name": label_of(item),
            "before": in_words(item, before.terms(place, item, day)),
            "after": in_words(item, after.terms(place, item, day))
            + ("（网站的规则）" if wish.inherits and organization else ""),
            "since": day.isoformat(),
            "reason": rule.reason,
        },
    )
    return rule


def _terms(wish: Wish) -> Terms | None:
    """What the wish would make the organisation's own; None: the site's."""
    return None if wish.inherits else Terms(wish.points, wish.day_cap, wish.year_cap)


def _check(item: str, wish: Wish, day: date, reason: str) -> None:
    """Raises InvalidInput at every field that is wrong, all at once."""
    wrong: dict[str, str] = {}
    if not wish.inherits:
        if item != TOTAL and not 0 <= wish.points <= MOST_POINTS:
            wrong["points"] = f"请填写 0 至 {tenths(MOST_POINTS)} 之间的分值，最多一位小数。"
        for field, cap in (("day_cap", wish.day_cap), ("year_cap", wish.year_cap)):
            if cap is not None and not 0 <= cap <= MOST_CAP:
                wrong[field] = f"请填写 0 至 {tenths(MOST_CAP)} 之间的分数，不设上限就留空。"
        day_cap, year_cap = wish.day_cap, wish.year_cap
        if not wrong and day_cap is not None and year_cap is not None and year_cap < day_cap:
            wrong["year_cap"] = "每年上限不能小于每日上限。"
    if not today() <= day <= today() + AHEAD:
        wrong["effective_from"] = "请选择今天或以后的日期，最晚一年以内。已经计的分不会改变。"
    try:
        tidy_reason(reason, "请写明修改的原因，成员会看到。")
    except InvalidInput as error:
        wrong["reason"] = error.message
    if wrong:
        raise InvalidInput("有内容填写不正确，请按提示修改。", fields=wrong)


def in_words(item: str, terms: Terms) -> str:
    """Terms in one line: 每次 1 分，每日上限 6 分，每年不设上限."""
    caps = f"每日{_cap(terms.day_cap)}，每年{_cap(terms.year_cap)}"
    return caps if item == TOTAL else f"每次 {tenths(terms.points)} 分，{caps}"


def _cap(cap: int | None) -> str:
    return cap_words(cap) if cap is None else f"上限 {cap_words(cap)}"
