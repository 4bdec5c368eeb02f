"""People in an organisation: add, correct, move, remove; the coming of those who were awaited."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import register_events
from lianxue.inbox.actions import Note
from lianxue.shared.clock import now
from lianxue.shared.dbtools import lock_name, lock_name_shared
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied, StateConflict
from lianxue.shared.names import sort_key
from lianxue.shared.phones import mask_phone, normalize_phone
from lianxue.shared.ratelimit import hit

from .. import policy, queries
from ..models import Branch, FormerPhone, Membership, Organization
from ..newcomers import MAX_AT_ONCE, look_over
from ..newcomers import NewPerson as NewPerson
from . import organizations, tokens
from .seats import move_rows, record_members, remove_rows, tell

register_events(
    {
        "member.added": "添加了成员",
        "member.activated": "成员已激活",
        "member.phone_corrected": "更正了成员的手机号码",
        "member.phone_revealed": "查看了成员的完整手机号码",
        "member.moved": "调整了成员所在的支部",
        "member.removed": "移出了成员",
    }
)

MAX_REASON = 100

#: Held shared by whoever's coming activates memberships, and alone by an import at its end, which
#: can't hold thousands of phones (docs/decisions/0005).
REGISTRATIONS = "registrations"
#: Whole numbers of colleagues, whom one does not administer, that one may look at in a day.
REVEALS_A_DAY = 30
TOO_MANY_REVEALS = f"一天最多查看 {REVEALS_A_DAY} 位同事的完整号码，请明天再看，或联系管理员。"


@dataclass(frozen=True)
class Added:
    """What came of adding: all new memberships, and how many of them are active at once."""

    memberships: list[Membership]
    active: int


def phone_lock(phones: Iterable[str]) -> None:
    """Hold these numbers until the transaction ends, against the same person registering meanwhile.

    Whoever makes a membership by phone, and whoever makes a user, asks for this first; so one of
    the two always sees the other's row (design rule 2).
    """
    lock_name(*(f"phone:{phone}" for phone in phones))


@transaction.atomic
def add_members(
    actor: Actor, organization_id: int, branch_id: int | None, people: Sequence[NewPerson]
) -> Added:
    """Add people by name and phone, all or none; who is registered already becomes active at once.

    Raises InvalidInput at ``people.<n>.name`` / ``people.<n>.phone`` (n from 0) naming every bad
    one, PermissionDenied outside the actor's scope, NotFound for a branch of another organisation.
    """
    organization, branch = _place(actor, organization_id, branch_id)
    policy.require_covers(actor, organization, branch)
    if not people:
        raise InvalidInput.at("people", "请至少填写一位成员的姓名和手机号码。")
    if len(people) > MAX_AT_ONCE:
        raise InvalidInput.at("people", f"一次最多添加 {MAX_AT_ONCE} 人，请分几次添加。")
    clean = _check_people(actor, organization, people)
    users = {user.phone: user for user in User.objects.filter(phone__in=[p.phone for p in clean])}
    moment = now()
    rows = []
    for person in clean:
        user = users.get(person.phone)
        rows.append(
            Membership(
                organization=organization,
                branch=branch,
                user=user,
                phone=person.phone,
                name=person.name,
                sort_key=sort_key(person.name),
                state=Membership.State.ACTIVE if user else Membership.State.INVITED,
                created_at=moment,
                activated_at=moment if user else None,
            )
        )
    rows = Membership.objects.bulk_create(rows)
    tokens.index_members(rows, fresh=True)
    _record(actor, "member.added", *rows)
    greet(rows, organization)
    return Added(rows, sum(row.user_id is not None for row in rows))


def _check_people(
    actor: Actor, organization: Organization, people: Sequence[NewPerson]
) -> list[NewPerson]:
    """The people, tidied, their phones locked. Raises InvalidInput that names every bad one."""
    clean, fields = look_over(people)
    at = {person.phone: index for index, person in reversed(list(enumerate(clean)))}
    at.pop("", None)
    phone_lock(at)
    for taken in _living(organization, phone__in=at):
        where = _where_taken(actor, organization, taken)
        fields.setdefault(f"people.{at[taken.phone]}.phone", f"这个号码已{where}，不能重复添加。")
    if fields:
        raise InvalidInput("有成员的信息需要修改，还没有添加任何人。", fields=fields)
    return clean


def _where_taken(actor: Actor, organization: Organization, taken: Membership) -> str:
    """Whose number it is, for whoever may see that person with the number; else only that it is."""
    seen = policy.visible_members(actor, organization).filter(policy.NUMBER_SEEN, pk=taken.pk)
    if not seen.exists():
        return "是本组织其他成员的号码"
    return f"在“{taken.branch.name if taken.branch else organization.name}”中（{taken.name}）"


@transaction.atomic
def activate_for(user: User) -> list[Membership]:
    """The awaited person has come: all its awaiting memberships become active (design rule 2).

    Called in the transaction that makes the user (or proves the phone). Says welcome in the inbox,
    naming each organisation. Returns the memberships with their organisations, by id.
    """
    lock_name_shared(REGISTRATIONS)
    phone_lock([user.phone])
    rows = list(
        Membership.objects.select_for_update(of=("self",))
        .filter(
            phone=user.phone,
            state=Membership.State.INVITED,
            organization__dissolved_at=None,
        )
        .exclude(organization__in=_seats_of(user))
        .select_related("organization")
        .order_by("pk")
    )
    for row in rows:
        _activate(user, row, user)
        greet([row], row.organization)
    _record(user, "member.activated", *rows)
    return rows


def _seats_of(user: User) -> Any:
    return (
        Membership.objects.filter(user=user)
        .exclude(state=Membership.State.ENDED)
        .values("organization_id")
    )


def _activate(actor: Actor, row: Membership, user: User) -> None:
    row.user, row.state, row.activated_at = user, Membership.State.ACTIVE, now()
    row.save(update_fields=["user", "state", "activated_at"])


def greet(rows: Sequence[Membership], organization: Organization) -> None:
    """Say welcome to everybody of ``rows`` who has come."""
    tell(
        rows,
        Note(
            topic="member.welcome",
            title=f"欢迎加入“{organization.name}”",
            body=f"您已成为“{organization.name}”的成员，可在“工作”中查看所在组织。",
            link=reverse("organizations:work"),
            organization_id=organization.pk,
        ),
    )


@transaction.atomic
def correct_phone(actor: Actor, membership_id: int, phone: str) -> Membership:
    """Put a wrong number right while its owner has not come; the wrong one stays in the history.

    Becomes active at once when the right number is registered. An awaited administrator's number
    is the main administrator's or the operator's to correct: the office goes to whoever owns it.
    Raises PermissionDenied, InvalidInput at ``phone``, StateConflict once the person is active
    (then the number is the person's own).
    """
    organization, row = _lock_phone_then_member(actor, membership_id, phone)
    if row.state != Membership.State.INVITED:
        raise StateConflict("该成员已激活，号码由本人管理，不能在这里更正。")
    if row.role_grants.exists() and not policy.power_in(actor, organization).main:
        raise PermissionDenied("该成员是待激活的管理员，请由主管理员或平台运维人员更正号码。")
    phone = normalize_phone(phone)
    if phone == row.phone:
        raise InvalidInput.at("phone", "和现在的号码相同，没有需要更正的内容。")
    taken = _living(organization, phone=phone).first()
    if taken:
        where = _where_taken(actor, organization, taken)
        raise InvalidInput.at("phone", f"这个号码已{where}，请检查。")
    moment = now()
    FormerPhone.objects.create(
        membership=row,
        phone=row.phone,
        corrected_at=moment,
        corrected_by=actor if isinstance(actor, User) else None,
    )
    before, row.phone, row.reminded_at = row.phone, phone, None  # the new number was never asked
    row.save(update_fields=["phone", "reminded_at"])
    tokens.index_members([row])
    user = User.objects.filter(phone=phone).first()
    if user is not None:
        _activate(actor, row, user)
        greet([row], organization)
    _record(actor, "member.phone_corrected", row, data={"before": mask_phone(before)})
    return row


@transaction.atomic
def move_members(
    actor: Actor, organization_id: int, membership_ids: Sequence[int], branch_id: int | None
) -> list[Membership]:
    """Put members into another branch (None: directly under the organisation), all or none.

    The actor must administer where they come from and where they go. Raises NotFound when one of
    them is not (or no longer) in the organisation.
    """
    organization, branch = _place(actor, organization_id, branch_id)
    power = policy.require_covers(actor, organization, branch)
    wanted = sorted(set(membership_ids))
    if not wanted:
        raise InvalidInput.at("members", "请至少选择一位成员。")
    rows = list(
        policy.manageable_members(power, organization)
        .filter(pk__in=wanted)
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    if len(rows) != len(wanted):
        raise NotFound("有成员已被移出，或不在您的管理范围内，请刷新后再试。")
    moved = [row for row in rows if policy.no_move(row, branch) is None]
    move_rows(actor, moved, branch)
    return moved


@transaction.atomic
def remove_member(actor: Actor, membership_id: int, reason: str) -> Membership:
    """End a membership, with a reason; its roles end with it. The person can be added again later.

    Raises InvalidInput at ``reason``; StateConflict for the main administrator (hand over first);
    PermissionDenied for oneself, and for another administrator unless the actor is the main one.
    """
    organization, row = lock_member(actor, membership_id)
    reason = tidy_reason(reason)
    if not reason:
        raise InvalidInput.at("reason", "请填写移出的原因，例如“组织关系转出”。")
    refused = policy.no_removal(actor, policy.power_in(actor, organization), row)
    if refused:
        raise refused
    remove_rows(actor, organization, [row], reason)
    return row


def tidy_reason(text: str) -> str:
    """A reason in one line. Raises InvalidInput at ``reason`` above 100 characters."""
    reason = re.sub(r"[\s\0]+", " ", text).strip()
    if len(reason) > MAX_REASON:
        raise InvalidInput.at("reason", f"原因最多 {MAX_REASON} 个字，现在是 {len(reason)} 个字。")
    return reason


def reveal_phone(actor: Actor, membership_id: int) -> str:
    """The full number of a member; every look is audited (design rule 11).

    For whoever may see the number (安全中心). Who does not administer that person may look at
    ``REVEALS_A_DAY`` numbers a day. Raises NotFound, PermissionDenied where the number is hidden,
    RateLimited.
    """
    row, power = _with_phone(actor, membership_id)
    own = isinstance(actor, User) and row.user_id == actor.pk
    if isinstance(actor, User) and not own and not power.covers(row.branch):
        hit(f"reveal-phone:{actor.pk}", REVEALS_A_DAY, 24 * 3600, TOO_MANY_REVEALS)
    with transaction.atomic():
        row, _ = _with_phone(actor, membership_id)
        _record(actor, "member.phone_revealed", row)
    return row.phone


def _with_phone(actor: Actor, membership_id: int) -> tuple[Membership, policy.Power]:
    row, power = queries.get_member(actor, membership_id)
    if not queries.shown_phone(row):
        raise PermissionDenied("该成员的手机号码已隐藏，请联系负责该支部的管理员。")
    return row, power


def lock_member(actor: Actor, membership_id: int) -> tuple[Organization, Membership]:
    """A living membership that the actor may change, it and its organisation locked.

    Raises NotFound for what the actor can't see, PermissionDenied outside its scope, StateConflict
    when the membership has ended meanwhile.
    """
    organization = _lock_place_of(actor, membership_id)
    return organization, _lock_row(actor, organization, membership_id)


def _lock_phone_then_member(
    actor: Actor, membership_id: int, phone: str
) -> tuple[Organization, Membership]:
    """As ``lock_member``, with the locks of the present and the new number taken before the row's.

    Whoever registers takes them in that order, too: else the two would wait for each other.
    """
    organization = _lock_place_of(actor, membership_id)
    seen = Membership.objects.get(pk=membership_id)
    with suppress(InvalidInput):  # said later, to who may do it at all
        phone_lock([seen.phone, normalize_phone(phone)])
    return organization, _lock_row(actor, organization, membership_id)


def _lock_place_of(actor: Actor, membership_id: int) -> Organization:
    seen = Membership.objects.filter(
        pk=membership_id, organization__in=policy.visible_organizations(actor)
    ).first()
    if seen is None:
        raise NotFound
    organization = organizations.lock(seen.organization_id)[seen.organization_id]
    ended = seen.state == Membership.State.ENDED  # that is said below, to who may do it at all
    if not ended and not policy.visible_members(actor, organization).filter(pk=seen.pk).exists():
        raise NotFound
    return organization


def _lock_row(actor: Actor, organization: Organization, membership_id: int) -> Membership:
    row: Membership = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("branch")
        .get(pk=membership_id)
    )
    policy.require_covers(actor, organization, row.branch)
    if row.state == Membership.State.ENDED:
        raise StateConflict("该成员已经被移出，请刷新页面。")
    return row


def _place(
    actor: Actor, organization_id: int, branch_id: int | None
) -> tuple[Organization, Branch | None]:
    """The organisation, locked, and a branch of it. Raises NotFound for what is unseen."""
    if not policy.visible_organizations(actor).filter(pk=organization_id).exists():
        raise NotFound
    organization = organizations.lock(organization_id)[organization_id]
    if branch_id is None:
        return organization, None
    return organization, queries.get_branch(actor, organization, branch_id)


def _living(organization: Organization, **filters: Any) -> Any:
    return (
        Membership.objects.filter(organization=organization, **filters)
        .exclude(state=Membership.State.ENDED)
        .select_related("branch")
    )


def _record(
    actor: Actor, action: str, *rows: Membership, data: dict[str, Any] | None = None
) -> None:
    record_members(actor, action, rows, data)
