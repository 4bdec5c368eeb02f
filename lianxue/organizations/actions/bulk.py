"""Writes over whole organisations: the operator's bulk set-up, and winding one up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from lianxue.accounts.models import Actor
from lianxue.audit.actions import Entry, record, record_many, register_events
from lianxue.inbox.actions import Note, close_todos, post_messages
from lianxue.shared.actors import Operator
from lianxue.shared.clock import now

from ..models import (
    HandoverOffer,
    ImportRow,
    MemberImport,
    Membership,
    Organization,
    RoleGrant,
    RosterDetail,
)
from . import tokens
from .organizations import tidy_name
from .roles import HANDOVER_TOPIC

register_events(
    {
        "organization.set_up_amended": "运维人员修改了学习组织的代码或级别",
        "organization.dissolved": "解散了学习组织",
    }
)


@dataclass(frozen=True)
class SetUp:
    """One organisation to be made; the name was checked by the caller (``check_name``)."""

    name: str
    code: str | None = None
    level: str = ""


@transaction.atomic
def set_up_organizations(actor: Operator, wanted: Sequence[SetUp]) -> list[Organization]:
    """Make organisations without an administrator (待认领), in the order given.

    An IntegrityError means that a code exists already; the caller looks first.
    """
    moment = now()
    made = Organization.objects.bulk_create(
        [
            Organization(
                name=tidy_name(one.name), code=one.code, level=one.level, created_at=moment
            )
            for one in wanted
        ],
        batch_size=500,
    )
    tokens.index_organizations(made, fresh=True)
    record_many(
        actor,
        [
            Entry("organization.set_up", one, one.pk, {"name": one.name, "code": one.code})
            for one in made
        ],
    )
    return made


@transaction.atomic
def amend_set_up(actor: Operator, organization: Organization, *, code: str, level: str) -> None:
    """Give an organisation, locked by the caller, another code or level."""
    before = {"code": organization.code, "level": organization.level}
    organization.code, organization.level = code, level
    organization.save(update_fields=["code", "level"])
    record(
        actor,
        "organization.set_up_amended",
        target=organization,
        organization_id=organization.pk,
        data={"before": before, "after": {"code": code, "level": level}},
    )


@transaction.atomic
def wind_up(actor: Actor, organization: Organization) -> int:
    """End an organisation that the caller has locked and found free to go (design rule 5).

    Its members leave and are told, its roles and open offers end, imports under way are dropped;
    rows stay for the history, but for what the rosters say of people (名册信息), which nobody may
    read any more. Returns how many members left.
    """
    moment = now()
    open_offers = HandoverOffer.objects.filter(
        organization=organization, state=HandoverOffer.State.OFFERED
    )
    for offer in open_offers:
        close_todos(actor, topic=HANDOVER_TOPIC, subject=f"handover:{offer.pk}")
    open_offers.update(state=HandoverOffer.State.WITHDRAWN, answered_at=moment)
    RoleGrant.objects.filter(organization=organization).delete()
    _drop_rosters(organization, moment)
    here = Membership.objects.filter(organization=organization)
    told = list(
        here.filter(state=Membership.State.ACTIVE)
        .exclude(user=actor.pk)
        .values_list("user_id", flat=True)
    )
    left = here.exclude(state=Membership.State.ENDED).update(
        state=Membership.State.ENDED, ended_at=moment, end_reason="组织已解散"
    )
    organization.dissolved_at = moment
    organization.save(update_fields=["dissolved_at"])
    tokens.forget_members_of(organization)
    tokens.index_organization(organization)
    post_messages(
        (user_id for user_id in told if user_id is not None),
        Note(
            topic="organization.dissolved",
            title=f"“{organization.name}”已解散",
            body="您不再是它的成员；您的账号和其他组织不受影响。",
            organization_id=organization.pk,
        ),
    )
    record(
        actor,
        "organization.dissolved",
        target=organization,
        organization_id=organization.pk,
        data={"name": organization.name, "members": left},
    )
    return left


def _drop_rosters(organization: Organization, moment: datetime) -> None:
    """What the rosters say of people is deleted; imports that wait or are being written end."""
    RosterDetail.objects.filter(membership__organization=organization).delete()
    ImportRow.objects.filter(batch__organization=organization).delete()
    MemberImport.objects.filter(
        organization=organization, state__in=[MemberImport.State.READY, MemberImport.State.QUEUED]
    ).update(state=MemberImport.State.DROPPED, finished_at=moment, note="组织已解散。")
