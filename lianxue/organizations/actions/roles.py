"""Who runs an organisation: appoint, dismiss, hand over; and the first main administrator."""

from collections.abc import Sequence

from django.db import transaction
from django.urls import reverse

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import Entry, record_many, register_events
from lianxue.inbox.actions import Note, close_todos, post_todo, user_place
from lianxue.shared.actors import Operator
from lianxue.shared.clock import now
from lianxue.shared.errors import NotFound, PermissionDenied, StateConflict
from lianxue.shared.names import sort_key
from lianxue.shared.phones import mask_phone, normalize_phone

from .. import policy
from ..models import Branch, HandoverOffer, Membership, Organization, RoleGrant
from ..newcomers import tidy_person_name
from . import organizations, tokens
from .members import lock_member, phone_lock
from .seats import grant_rows, tell

register_events(
    {
        "role.appointed": "任命了学习管理员",
        "role.dismissed": "免去了学习管理员",
        "role.handover_offered": "发起了主管理员移交",
        "role.handover_accepted": "接受移交，成为主管理员",
        "role.handover_refused": "谢绝了主管理员移交",
        "role.handover_withdrawn": "撤回了主管理员移交",
        "role.main_admin_named": "指定了主管理员",
        "role.claimed": "认领了学习组织，成为主管理员",
    }
)

HANDOVER_TOPIC = "handover"


@transaction.atomic
def appoint(actor: Actor, membership_id: int, scope_id: int | None) -> RoleGrant:
    """Make a member learning administrator of a branch's subtree (None: the whole organisation).

    The main administrator alone (design §2). Appointing for the whole replaces narrower scopes.
    Raises StateConflict for one who has not come yet, or holds this (or a wider) office already.
    """
    organization, row = _lock_for_main(actor, membership_id)
    scope = scope_of(organization, scope_id)
    refused = policy.no_appointment(row, scope)
    if refused:
        raise refused
    return appoint_rows(actor, organization, [row], scope)[0]


def scope_of(organization: Organization, scope_id: int | None) -> Branch | None:
    """The branch that an office is for, None: the whole. Raises NotFound."""
    if scope_id is None:
        return None
    scope = Branch.objects.filter(pk=scope_id, organization=organization).first()
    if scope is None:
        raise NotFound("没有找到这个支部，可能已被删除，请刷新后再试。")
    return scope


def appoint_rows(
    actor: Actor, organization: Organization, rows: Sequence[Membership], scope: Branch | None
) -> list[RoleGrant]:
    """Give them all the office, tell them and leave the events; the caller has asked and locked."""
    grants = grant_rows(actor, organization, rows, scope)
    where = scope.name if scope else organization.name
    tell(rows, _office_note(organization, "role.appointed", f"您已成为“{where}”的学习管理员"))
    pk = scope.pk if scope else None
    record_many(actor, [_entry("role.appointed", row, scope=pk) for row in rows])
    return grants


@transaction.atomic
def dismiss(actor: Actor, grant_id: int) -> Membership:
    """Take a learning administrator's office back. The main administrator alone.

    Raises NotFound when it is gone already, StateConflict for the main administrator's own office.
    """
    seen = RoleGrant.objects.filter(
        pk=grant_id, organization__in=policy.visible_organizations(actor)
    ).first()
    if seen is None:
        raise NotFound("没有找到这项任命，可能已经免去。")
    organization, row = _lock_for_main(actor, seen.membership_id)
    grant = RoleGrant.objects.filter(pk=grant_id).select_related("scope").first()
    if grant is None:
        raise NotFound("没有找到这项任命，可能已经免去。")
    if grant.role != RoleGrant.Role.LEARNING_ADMIN:
        raise StateConflict("主管理员不能免去，请使用“移交主管理员”。")
    where = grant.scope.name if grant.scope else organization.name
    grant.delete()
    _tell(row, organization, "role.dismissed", f"您不再担任“{where}”的学习管理员")
    _record(actor, "role.dismissed", row, scope=grant.scope_id)
    return row


@transaction.atomic
def offer_handover(
    actor: User, membership_id: int, *, stay_as_learning_admin: bool = False
) -> HandoverOffer:
    """Offer the main administrator's office to another active member; one open offer at a time.

    Raises StateConflict for oneself, for one who has not come yet, or while an offer is open.
    """
    organization, row = _lock_for_main(actor, membership_id)
    if row.user_id == actor.pk:
        raise StateConflict("您已是主管理员，请选择另一位成员。")
    if row.state != Membership.State.ACTIVE or row.user_id is None:
        raise StateConflict("该成员还没有激活，激活后才能移交。")
    if HandoverOffer.objects.filter(
        organization=organization, state=HandoverOffer.State.OFFERED
    ).exists():
        raise StateConflict("已有一项移交在等待对方接受，请先撤回它。")
    offer = HandoverOffer.objects.create(
        organization=organization,
        from_membership=Membership.objects.get(
            organization=organization, user=actor, state=Membership.State.ACTIVE
        ),
        to_membership=row,
        stay_as_learning_admin=stay_as_learning_admin,
        offered_at=now(),
    )
    post_todo(
        user_place(row.user_id),
        Note(
            topic=HANDOVER_TOPIC,
            title=f"{actor.name}请您担任“{organization.name}”的主管理员",
            body="接受前需要完成个人实名认证；接受后由您管理整个组织。",
            link=reverse("organizations:handover", args=[offer.pk]),
            organization_id=organization.pk,
            subject=f"handover:{offer.pk}",
        ),
    )
    _record(actor, "role.handover_offered", row)
    return offer


@transaction.atomic
def answer_handover(actor: User, offer_id: int, accept: bool) -> HandoverOffer:
    """Accept or refuse an offered office; accepting swaps both people in one step.

    Accepting needs real-name verification (RealNameRequired). Raises NotFound for anybody but the
    one asked, StateConflict when the offer is closed or no longer holds.
    """
    seen = HandoverOffer.objects.filter(pk=offer_id, to_membership__user=actor).first()
    if seen is None:
        raise NotFound("没有找到这项移交。")
    if accept:
        policy.require_verified(actor)
    organization = organizations.lock(seen.organization_id)[seen.organization_id]
    offer = HandoverOffer.objects.select_related("to_membership", "from_membership").get(
        pk=offer_id
    )
    if offer.state != HandoverOffer.State.OFFERED:
        raise StateConflict(f"这项移交{offer.get_state_display()}，不能再次处理。")
    if accept:
        _swap(actor, organization, offer)
    offer.state = HandoverOffer.State.ACCEPTED if accept else HandoverOffer.State.REFUSED
    offer.answered_at = now()
    offer.save(update_fields=["state", "answered_at"])
    close_todos(actor, topic=HANDOVER_TOPIC, subject=f"handover:{offer.pk}")
    answer = "已接受，现在由对方担任主管理员" if accept else "已谢绝"
    _tell(
        offer.from_membership,
        organization,
        HANDOVER_TOPIC,
        f"{actor.name}对移交主管理员的答复：{answer}",
    )
    event = "role.handover_accepted" if accept else "role.handover_refused"
    _record(actor, event, offer.to_membership)
    return offer


def _swap(actor: User, organization: Organization, offer: HandoverOffer) -> None:
    """The office goes from one to the other; a narrower office of the new one is covered by it."""
    taker, giver = offer.to_membership, offer.from_membership
    if taker.state != Membership.State.ACTIVE:
        raise StateConflict("您已不在这个组织中，不能接受移交。")
    taker.role_grants.filter(role=RoleGrant.Role.LEARNING_ADMIN).delete()
    changed = RoleGrant.objects.filter(
        organization=organization, role=RoleGrant.Role.MAIN_ADMIN, membership=giver
    ).update(membership=taker, granted_at=now(), granted_by=giver.user_id)
    if changed != 1:
        raise StateConflict("对方已不是主管理员，这项移交不再有效。")
    if offer.stay_as_learning_admin:
        RoleGrant.objects.create(
            organization=organization,
            membership=giver,
            role=RoleGrant.Role.LEARNING_ADMIN,
            granted_at=now(),
            granted_by=actor,
        )


@transaction.atomic
def withdraw_handover(actor: User, offer_id: int) -> HandoverOffer:
    """Take an open offer back. The main administrator alone. Raises StateConflict once answered."""
    seen = HandoverOffer.objects.filter(
        pk=offer_id, organization__in=policy.visible_organizations(actor)
    ).first()
    if seen is None:
        raise NotFound("没有找到这项移交。")
    organization = organizations.lock(seen.organization_id)[seen.organization_id]
    policy.require_main(actor, organization)
    offer = HandoverOffer.objects.select_related("to_membership").get(pk=offer_id)
    if offer.state != HandoverOffer.State.OFFERED:
        raise StateConflict(f"这项移交{offer.get_state_display()}，不能撤回。")
    offer.state, offer.answered_at = HandoverOffer.State.WITHDRAWN, now()
    offer.save(update_fields=["state", "answered_at"])
    close_todos(actor, topic=HANDOVER_TOPIC, subject=f"handover:{offer.pk}")
    _record(actor, "role.handover_withdrawn", offer.to_membership)
    return offer


@transaction.atomic
def name_main_admin(actor: Actor, organization: Organization, name: str, phone: str) -> Membership:
    """The operator names the first main administrator by phone (bulk set-up).

    A living membership of this phone is used, else one is made: active when the phone is
    registered, else 未激活. Naming the same phone twice changes nothing. Raises InvalidInput at
    ``name`` / ``phone``, StateConflict when somebody else holds the office.
    """
    if not isinstance(actor, Operator):
        raise PermissionDenied("只有平台运维人员才能指定主管理员。")
    organization = organizations.lock(organization.pk)[organization.pk]
    phone = normalize_phone(phone, field="admin_phone")
    name = tidy_person_name(name, "admin_name")
    holder = _main_admin(organization)
    if holder is not None:
        if holder.phone == phone:
            return holder
        raise StateConflict(f"“{organization.name}”已经有主管理员。")
    phone_lock([phone])
    user = User.objects.filter(phone=phone).first()
    row = _seat(organization, phone=phone, name=name, user=user)
    _grant_main(actor, organization, row, "role.main_admin_named")
    return row


@transaction.atomic
def claim(actor: User, organization: Organization) -> Membership:
    """Somebody verified takes over an organisation that nobody runs yet (待认领).

    Called by certification's claim link, which decides who may. Raises RealNameRequired,
    StateConflict when it has a main administrator (even one who has not come yet).
    """
    policy.require_verified(actor)
    organization = organizations.lock(organization.pk)[organization.pk]
    if _main_admin(organization) is not None:
        raise StateConflict(f"“{organization.name}”已经有主管理员，不能再认领。")
    phone_lock([actor.phone])
    row = _seat(organization, phone=actor.phone, name=actor.name, user=actor)
    _grant_main(actor, organization, row, "role.claimed")
    return row


def _seat(organization: Organization, *, phone: str, name: str, user: User | None) -> Membership:
    """The living membership of this phone or user, active when there is a user; made if need be."""
    rows = Membership.objects.filter(organization=organization).exclude(
        state=Membership.State.ENDED
    )
    row = (rows.filter(user=user).first() if user else None) or rows.filter(phone=phone).first()
    if row is None:
        row = Membership(
            organization=organization,
            phone=phone,
            name=name,
            sort_key=sort_key(name),
            created_at=now(),
        )
    if user is not None and row.state != Membership.State.ACTIVE:
        row.user, row.state, row.activated_at = user, Membership.State.ACTIVE, now()
    made = row.pk is None
    row.save()
    if made:
        tokens.index_members([row], fresh=True)
    return row


def _main_admin(organization: Organization) -> Membership | None:
    return Membership.objects.filter(
        organization=organization, role_grants__role=RoleGrant.Role.MAIN_ADMIN
    ).first()


def _grant_main(actor: Actor, organization: Organization, row: Membership, event: str) -> None:
    row.role_grants.all().delete()
    RoleGrant.objects.create(
        organization=organization,
        membership=row,
        role=RoleGrant.Role.MAIN_ADMIN,
        granted_at=now(),
        granted_by=_user(actor),
    )
    if row.user_id is not None and row.user_id != actor.pk:
        _tell(row, organization, event, f"您已成为“{organization.name}”的主管理员")
    _record(actor, event, row)


def _lock_for_main(actor: Actor, membership_id: int) -> tuple[Organization, Membership]:
    """A membership and its organisation, locked, for the main administrator alone."""
    organization, row = lock_member(actor, membership_id)
    policy.require_main(actor, organization)
    return organization, row


def _user(actor: Actor) -> User | None:
    return actor if isinstance(actor, User) else None


def _tell(row: Membership, organization: Organization, topic: str, title: str) -> None:
    tell([row], _office_note(organization, topic, title))


def _office_note(organization: Organization, topic: str, title: str) -> Note:
    return Note(
        topic=topic,
        title=title,
        body=f"学习组织：{organization.name}",
        link=reverse("organizations:work"),
        organization_id=organization.pk,
    )


def _entry(event: str, row: Membership, **data: int | None) -> Entry:
    notes = {"name": row.name, "phone": mask_phone(row.phone), **data}
    return Entry(event, row, row.organization_id, notes)


def _record(actor: Actor, event: str, row: Membership, **data: int | None) -> None:
    record_many(actor, [_entry(event, row, **data)])
