"""Creating an organisation, on the phone or in bulk; its name's rules; its lock."""

import re
import unicodedata

from django.conf import settings
from django.db import transaction

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import record, register_events
from lianxue.shared.actors import Operator
from lianxue.shared.clock import now
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, StateConflict
from lianxue.shared.names import sort_key

from .. import policy, regions
from ..models import Membership, Organization, RoleGrant
from . import tokens

register_events(
    {
        "organization.created": "创建了学习组织",
        "organization.set_up": "批量建立了学习组织（待认领）",
    }
)


def tidy_name(text: str) -> str:
    """A name as it is kept: full-width letters made plain, no spaces at the ends, one between."""
    kept = "".join(
        char if char in "（）、·" else unicodedata.normalize("NFKC", char) for char in text
    )
    return re.sub(r"\s+", " ", kept).strip()


def check_name(name: str) -> list[str]:
    """The site's rules for an organisation's name (manual 2.1; settings ``LIANXUE_ORG_NAME_*``).

    Takes a tidied name. Returns warnings, which do not block: longer than ``org_name_warn``.
    Raises InvalidInput at ``name``.
    """
    env = settings.ENV
    if not name:
        raise InvalidInput.at("name", "请填写学习组织的名称，以本单位党组织全称为准。")
    if len(name) < 2:
        raise InvalidInput.at("name", "名称太短，请填写本单位党组织的全称。")
    if len(name) > env.org_name_max:
        raise InvalidInput.at(
            "name",
            f"名称最多 {env.org_name_max} 个字，现在是 {len(name)} 个字，请适当缩写。",
        )
    if not re.fullmatch(env.org_name_pattern, name):
        raise InvalidInput.at("name", env.org_name_rule)
    if len(name) > env.org_name_warn:
        return [
            f"名称有 {len(name)} 个字，超过了建议的 {env.org_name_warn} 个字。"
            "建议适当缩写；确认无误也可以继续使用。"
        ]
    return []


def lock(*ids: int) -> dict[int, Organization]:
    """Lock living organisations in the order of their ids, until the transaction ends.

    Raises NotFound for a missing or dissolved one.
    """
    wanted = sorted(set(ids))
    # no_key: a row that merely refers to one (a member's points, a record) is written meanwhile;
    # who writes it may hold a notice that the holder of this lock is waiting for
    locked = Organization.objects.select_for_update(no_key=True)
    rows = locked.filter(pk__in=wanted, dissolved_at=None)
    found = {row.pk: row for row in rows.order_by("pk")}
    if len(found) != len(wanted):
        raise NotFound
    return found


@transaction.atomic
def create_organization(actor: User, name: str, division_code: str) -> Organization:
    """A new learning organisation; its creator becomes main administrator (manual 2.1).

    ``division_code`` is a current GB/T 2260 code (``regions``). Raises RealNameRequired,
    InvalidInput at ``name`` or ``division_code``, StateConflict for the same name twice.
    """
    policy.require_verified(actor)
    name = tidy_name(name)
    check_name(name)
    region = regions.full_name(division_code)
    if not region:
        raise InvalidInput.at("division_code", "请选择所在地区。")
    User.objects.select_for_update().get(pk=actor.pk)  # a double tap waits here
    if Organization.objects.filter(created_by=actor, name=name, dissolved_at=None).exists():
        raise StateConflict("您已经创建过同名的学习组织，请到“通讯录”中查看。")
    moment = now()
    organization = Organization.objects.create(
        name=name,
        division_code=division_code,
        region=region,
        created_at=moment,
        created_by=actor,
    )
    membership = Membership.objects.create(
        organization=organization,
        user=actor,
        phone=actor.phone,
        name=actor.name,
        sort_key=sort_key(actor.name),
        state=Membership.State.ACTIVE,
        created_at=moment,
        activated_at=moment,
    )
    tokens.index_organization(organization, fresh=True)
    tokens.index_members([membership], fresh=True)
    RoleGrant.objects.create(
        organization=organization,
        membership=membership,
        role=RoleGrant.Role.MAIN_ADMIN,
        granted_at=moment,
        granted_by=actor,
    )
    record(
        actor,
        "organization.created",
        target=organization,
        organization_id=organization.pk,
        data={"name": name, "division_code": division_code},
    )
    return organization


@transaction.atomic
def set_up_organization(
    actor: Actor,
    *,
    name: str,
    code: str,
    level: str = "",
    region: str = "",
    division_code: str = "",
) -> Organization:
    """One organisation of the operator's bulk set-up, without an administrator (待认领).

    Raises InvalidInput at ``name``, StateConflict for a ``code`` that is taken.
    """
    if not isinstance(actor, Operator):
        raise PermissionDenied("只有平台运维人员才能批量建立学习组织。")
    name = tidy_name(name)
    check_name(name)
    if Organization.objects.filter(code=code).exists():
        raise StateConflict(f"代码 {code} 已经有学习组织。")
    organization = Organization.objects.create(
        name=name,
        code=code,
        level=level,
        region=region or regions.full_name(division_code),
        division_code=division_code,
        created_at=now(),
    )
    tokens.index_organization(organization, fresh=True)
    record(
        actor,
        "organization.set_up",
        target=organization,
        organization_id=organization.pk,
        data={"name": name, "code": code},
    )
    return organization
