"""What the operator does at the command line: the root, and a whole chain from a file."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db import transaction

from lianxue.audit.actions import hold, record
from lianxue.organizations.actions import members, organizations, roles
from lianxue.organizations.actions.bulk import SetUp, amend_set_up, set_up_organizations
from lianxue.organizations.models import Membership, Organization, RoleGrant
from lianxue.shared.actors import Operator
from lianxue.shared.errors import DomainError, StateConflict

from ..chainfile import ChainFile, ChainFileError
from ..models import CertificationApplication
from .applications import end_without_decision
from .chain import Link, certify
from .plan import Plan, compare, current_root
from .settings import set_name

#: Told after each stretch: what is being done, how many rows are done, of how many.
Progress = Callable[[str, int, int], None]


@dataclass
class Report:
    """What an import did: how many organisations were made, changed, found as they should be."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    admins_named: int = 0
    unclaimed: int = 0
    warnings: list[tuple[int, str]] = field(default_factory=list)


@transaction.atomic
def name_root(actor: Operator, name: str) -> tuple[Organization, bool]:
    """Name the chain's top, once; an uncertified organisation of this name is taken, else one made.

    Returns it and whether anything changed. Raises InvalidInput at ``name``, StateConflict:
    root-named (another one is the root), name-ambiguous.
    """
    name = organizations.tidy_name(name)
    organizations.check_name(name)
    hold()
    root = current_root()
    if root is not None:
        if root.name == name:
            return root, False
        raise StateConflict(
            f"最上级组织已经是“{root.name}”，一个平台只有一个最上级组织。", code="root-named"
        )
    found = list(Organization.objects.filter(name=name, dissolved_at=None)[:2])
    if len(found) > 1:
        raise StateConflict(
            f"有几个组织都叫“{name}”，请先让其中的管理员改名。", code="name-ambiguous"
        )
    made = found or set_up_organizations(actor, [SetUp(name)])
    organization = organizations.lock(made[0].pk)[made[0].pk]
    _withdraw_waiting(actor, [organization])
    certify(actor, [Link(organization, None)])
    return organization, True


@transaction.atomic
def import_chain(
    actor: Operator, file: ChainFile, progress: Progress = lambda what, done, of: None
) -> Report:
    """Set up and certify a whole chain from the top down, or nothing at all.

    Codes are the key: what is there already stays, what is missing is made, what differs and may
    be changed is changed; the same file twice changes nothing.
    ``file`` comes from ``chainfile.read``. Raises ChainFileError with every row that can't be.
    """
    hold()
    rows = file.rows
    progress("检查", 0, len(rows))
    plan = compare(file)
    progress("建立组织", 0, len(rows))
    _make(actor, plan)
    _amend(actor, plan)
    progress("逐级认证", 0, len(rows))
    _certify_all(actor, plan)
    _correct_admins(actor, plan)
    report = Report(admins_named=_name_admins(actor, plan, progress), warnings=plan.warnings)
    report.created = len(plan.made)
    report.changed = len(plan.touched - plan.made)
    report.unchanged = len(rows) - report.created - report.changed
    report.unclaimed = len(rows) - len(_claimed(plan))
    if plan.made or plan.touched:
        record(
            actor,
            "certification.chain_imported",
            data={
                "rows": len(rows),
                "created": report.created,
                "changed": report.changed,
                "admins_named": report.admins_named,
            },
        )
    return report


def _make(actor: Operator, plan: Plan) -> None:
    new = [row for row in plan.rows if row.code not in plan.there]
    made = set_up_organizations(actor, [SetUp(row.name, row.code, row.level) for row in new])
    plan.there |= {row.code: one for row, one in zip(new, made, strict=True)}
    plan.made = {row.code for row in new}


def _amend(actor: Operator, plan: Plan) -> None:
    for row in plan.rows:
        organization = plan.there[row.code]
        if organization.name != row.name:  # not certified yet, or compare() had refused it
            set_name(actor, organization, row.name)
            plan.touched.add(row.code)
        if (organization.code, organization.level) != (row.code, row.level):
            amend_set_up(actor, organization, code=row.code, level=row.level)
            plan.touched.add(row.code)


def _certify_all(actor: Operator, plan: Plan) -> None:
    wanted = [row for row in plan.rows if not plan.there[row.code].is_certified]
    old = [plan.there[row.code] for row in wanted if row.code not in plan.made]
    if old:
        _withdraw_waiting(actor, old)
    certify(actor, [Link(plan.there[row.code], plan.superior(row)) for row in wanted])
    plan.touched |= {row.code for row in wanted}


def _withdraw_waiting(actor: Operator, organizations_: Iterable[Organization]) -> None:
    """Applications of organisations that the operator certifies; their locks are held."""
    waiting = CertificationApplication.objects.filter(
        applicant__in=[one.pk for one in organizations_],
        state=CertificationApplication.State.PENDING,
    ).select_related("applicant", "superior")
    for application in waiting:
        end_without_decision(actor, application, "已由平台运维人员认证")


def _claimed(plan: Plan) -> set[int]:
    """The ids among the file's organisations that have a main administrator."""
    return set(
        RoleGrant.objects.filter(
            organization__in=[one.pk for one in plan.there.values()],
            role=RoleGrant.Role.MAIN_ADMIN,
        ).values_list("organization_id", flat=True)
    )


def _correct_admins(actor: Operator, plan: Plan) -> None:
    """Another phone in the file for one who has not come yet: the number was wrong."""
    waiting = {
        grant.organization_id: grant.membership
        for grant in RoleGrant.objects.filter(
            organization__in=[one.pk for one in plan.there.values()],
            role=RoleGrant.Role.MAIN_ADMIN,
            membership__state=Membership.State.INVITED,
        ).select_related("membership")
    }
    errors: list[tuple[int, str]] = []
    for row in plan.rows:
        seat = waiting.get(plan.there[row.code].pk)
        if seat is None or not row.admin_phone or row.admin_phone == seat.phone:
            continue
        try:
            members.correct_phone(actor, seat.pk, row.admin_phone)
        except DomainError as error:
            errors.append((row.number, error.message))
        plan.touched.add(row.code)
    if errors:
        raise ChainFileError(errors)


def _name_admins(actor: Operator, plan: Plan, progress: Progress) -> int:
    """Name the file's administrators where nobody holds the office; a holder is left alone."""
    claimed = _claimed(plan)
    wanted = [
        row for row in plan.rows if row.admin_phone and plan.there[row.code].pk not in claimed
    ]
    errors: list[tuple[int, str]] = []
    for done, row in enumerate(wanted):
        if done % 50 == 0:
            progress("指定主管理员", done, len(wanted))
        try:
            roles.name_main_admin(actor, plan.there[row.code], row.admin_name, row.admin_phone)
        except DomainError as error:
            errors.append((row.number, error.message))
    if errors:
        raise ChainFileError(errors)
    plan.touched |= {row.code for row in wanted}
    return len(wanted)
