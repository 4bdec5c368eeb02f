"""The small organisations in which 权限说明 is tried, and the act behind each right."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.certification.actions import applications, chain, invitations, links, renaming
from lianxue.certification.actions import settings as own_settings
from lianxue.certification.actions.invitations import Terms
from lianxue.certification.models import CertificationApplication, RenameRequest
from lianxue.notices.actions import passing, recalling, sending
from lianxue.notices.actions.audiences import Audience
from lianxue.organizations import policy
from lianxue.organizations.actions import (
    branches,
    bulk_members,
    details,
    export,
    imports,
    members,
    roles,
    security,
)
from lianxue.organizations.models import Branch, Membership, Organization
from lianxue.organizations.newcomers import NewPerson
from lianxue.organizations.queries.table import TableView
from lianxue.shared.errors import NotFound, PermissionDenied
from tests.factories import (
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
    grant,
    make_branch,
    put_in_chain,
)
from tests.learning.tries import TRIES as OF_LEARNING_TRIED
from tests.notices.makers import BELOW, WHOLE, draft, sent
from tests.points.tries import TRIES as OF_POINTS_TRIED
from tests.worktasks.tries import TRIES as OF_TASKS_TRIED

NUMBERS = count(10_000_000)


@dataclass
class Place:
    """An organisation with a small tree, and one person of it who may hold any offices."""

    organization: Organization
    below: Organization  # certified below it
    branches: list[Branch]  # 总支, 一 (below it), 二
    person: Membership

    @property
    def who(self) -> User:
        assert self.person.user
        return self.person.user

    def stand(self, branch: Branch | None, *, come: bool = True) -> Membership:
        """One more plain member."""
        phone = f"136{next(NUMBERS)}"
        user = UserFactory(phone=phone) if come else None
        return MembershipFactory(
            organization=self.organization, user=user, phone=phone, branch=branch, name="某人"
        )


def make_place(offices: set[int], *, verified: bool, certified: int, above: bool) -> Place:
    """``offices``: 0 main, 1 whole, 2 to 4 a branch.

    ``certified``: 0 no, 1 below another, 2 the root.
    """
    superior = put_in_chain(OrganizationFactory())
    organization = OrganizationFactory()
    if certified:
        put_in_chain(organization, superior if certified == 1 else None)
    below = OrganizationFactory()
    if certified:
        put_in_chain(below, organization)
    general = make_branch(organization, "总支", kind="general_branch")
    tree = [general, make_branch(organization, "一", parent=general)]
    tree.append(make_branch(organization, "二"))
    general.refresh_from_db()
    user = UserFactory(realname_verified_at=timezone.now() if verified else None)
    person = MembershipFactory(organization=organization, user=user, branch=tree[1])
    place = Place(organization, below, tree, person)
    if 0 in offices:
        grant(person, "main_admin")
    else:
        grant(place.stand(None), "main_admin")
        if 1 in offices:
            grant(person, "learning_admin")
        for office in offices - {0, 1}:
            grant(person, "learning_admin", tree[office - 2])
    if above:
        grant(MembershipFactory(organization=superior, user=user), "main_admin")
    return place


# ---------- what each right is tried by ----------


def add(place: Place, branch: Branch | None) -> None:
    people = [NewPerson("钱多多", f"135{next(NUMBERS)}")]
    members.add_members(place.who, place.organization.pk, branch.pk if branch else None, people)


def move(place: Place, branch: Branch | None) -> None:
    seat, target = place.stand(branch), branch.pk if branch else None
    members.move_members(place.who, place.organization.pk, [seat.pk], target)


def correct(place: Place, branch: Branch | None) -> None:
    members.correct_phone(place.who, place.stand(branch, come=False).pk, f"135{next(NUMBERS)}")


def remove(place: Place, branch: Branch | None) -> None:
    members.remove_member(place.who, place.stand(branch).pk, "调动")


def grow(place: Place, branch: Branch | None) -> None:
    branches.add_branch(
        place.who, place.organization.pk, "新", "branch", branch.pk if branch else None
    )


def rename_branch(place: Place, branch: Branch | None) -> None:
    assert branch
    branches.rename_branch(place.who, branch.pk, "改")


def bring_in(place: Place, branch: Branch | None) -> None:
    """A roster of one person; a row that may not be written says why."""
    where = {None: "", 0: "总支", 1: "总支/一", 2: "二"}
    index = place.branches.index(branch) if branch else None
    text = f"姓名,手机号码,所在支部\n钱多多,135{next(NUMBERS)},{where[index]}\n"
    seen = imports.preview(
        place.who, place.organization.pk, imports.Upload("a.csv", text.encode("utf-8-sig"))
    )
    (row,) = seen.rows
    if row.outcome != "new":
        raise PermissionDenied(str(row.row.errors))


def take_out(place: Place, branch: Branch | None) -> None:
    """Whether a person who stands there is among those that may be taken out."""
    seat = place.stand(branch)
    rows = export.exportable(place.who, place.organization, TableView())
    if not rows.filter(pk=seat.pk).exists():
        raise PermissionDenied("not in the file")


def rename_member(place: Place, branch: Branch | None) -> None:
    details.rename_member(place.who, place.stand(branch).pk, "钱改名")


def look_up(place: Place, branch: Branch | None) -> None:
    details.reveal(place.who, place.stand(branch).pk)


def remind(place: Place, branch: Branch | None) -> None:
    seat = place.stand(branch, come=False)
    row = Membership.objects.prefetch_related("role_grants").get(pk=seat.pk)
    bulk_members.remind_members(place.who, place.organization.pk, {seat.pk: policy.mark_of(row)})


def secure(place: Place, branch: Branch | None) -> None:
    security.hide_phones(place.who, place.organization.pk)


def appoint(place: Place, branch: Branch | None) -> None:
    roles.appoint(place.who, place.stand(None).pk, None)


def remove_admin(place: Place, branch: Branch | None) -> None:
    seat = place.stand(place.branches[1])
    grant(seat, "learning_admin", place.branches[1])
    members.remove_member(place.who, seat.pk, "调动")


def hand_over(place: Place, branch: Branch | None) -> None:
    roles.offer_handover(place.who, place.stand(None).pk)


def read_log(place: Place, branch: Branch | None) -> None:
    policy.require_reads_log(place.who, place.organization)


def apply(place: Place, branch: Branch | None) -> None:
    upper = put_in_chain(OrganizationFactory())
    sender = UserFactory(realname_verified_at=timezone.now())
    grant(MembershipFactory(organization=upper, user=sender), "main_admin")
    token = invitations.create_invitation(sender, upper.pk, Terms()).token
    applications.submit_application(place.who, token, place.organization.pk)


def invite(place: Place, branch: Branch | None) -> None:
    invitations.create_invitation(place.who, place.organization.pk, Terms())


def decide(place: Place, branch: Branch | None) -> None:
    row = CertificationApplication.objects.create(
        applicant=OrganizationFactory(), superior=place.organization, submitted_at=timezone.now()
    )
    applications.approve_application(place.who, row.pk)


def decide_rename(place: Place, branch: Branch | None) -> None:
    place.below.superior = place.organization
    row = RenameRequest.objects.create(
        organization=place.below,
        superior=place.organization,
        old_name=place.below.name,
        new_name="中共新名委员会",
        asked_at=timezone.now(),
    )
    if not policy.administered_organizations(place.who, whole=True).exists():
        raise PermissionDenied("not even seen")
    renaming.approve_rename(place.who, row.pk)


def claim_link(place: Place, branch: Branch | None) -> None:
    links.create_claim_link(place.who, place.below.pk)


def decertify_below(place: Place, branch: Branch | None) -> None:
    chain.decertify(place.who, place.below.pk, "调整")


def decertify(place: Place, branch: Branch | None) -> None:
    Organization.objects.filter(pk=place.below.pk).update(
        superior=None, chain_path=None, certified_at=None
    )
    chain.decertify(place.who, place.organization.pk, "调整")


def rename(place: Place, branch: Branch | None) -> None:
    own_settings.rename_organization(place.who, place.organization.pk, "中共新名委员会")


def ask_rename(place: Place, branch: Branch | None) -> None:
    renaming.ask_rename(place.who, place.organization.pk, "中共新名委员会")


def dissolve(place: Place, branch: Branch | None) -> None:
    own_settings.dissolve_organization(place.who, place.organization.pk, place.organization.name)


def _within(branch: Branch | None) -> Audience:
    return WHOLE if branch is None else Audience(own="branches", branch_ids=(branch.pk,))


def send(place: Place, branch: Branch | None) -> None:
    place.stand(branch)
    sending.send(place.who, draft(place.who, place.organization).pk, _within(branch))


def send_below(place: Place, branch: Branch | None) -> None:
    sending.send(place.who, draft(place.who, place.organization).pk, BELOW)


def _somebody_with(place: Place, branch: Branch | None) -> User:
    """Another administrator, of ``branch`` alone (None: of everything)."""
    seat = place.stand(branch)
    grant(seat, "learning_admin", branch)
    assert seat.user
    return seat.user


def recall(place: Place, branch: Branch | None) -> None:
    author = _somebody_with(place, branch)
    relay = sent(author, place.organization, _within(branch))
    recalling.recall(place.who, place.organization.pk, relay.notice_id, "写错了")


def pass_on(place: Place, branch: Branch | None) -> None:
    superior = place.organization.superior
    if superior is None:
        raise NotFound
    author = UserFactory()
    grant(MembershipFactory(organization=superior, user=author), "learning_admin")
    relay = sent(author, superior, BELOW)
    passing.pass_on(place.who, place.organization.pk, relay.notice_id, passing.Passing(WHOLE))


TRIES: dict[str, Callable[[Place, Branch | None], None]] = {
    "members.add": add,
    "members.import": bring_in,
    "members.export": take_out,
    "members.move": move,
    "members.rename": rename_member,
    "members.details": look_up,
    "members.remind": remind,
    "members.correct": correct,
    "members.remove": remove,
    "branches.add": grow,
    "branches.change": rename_branch,
    "roles.appoint": appoint,
    "roles.remove": remove_admin,
    "roles.handover": hand_over,
    "security": secure,
    "log": read_log,
    "notices.send": send,
    "notices.keep": recall,
    "notices.send_below": send_below,
    "notices.pass_on": pass_on,
    **OF_TASKS_TRIED,
    **OF_LEARNING_TRIED,
    **OF_POINTS_TRIED,
    "certification.apply": apply,
    "certification.invite": invite,
    "certification.decide": decide,
    "certification.decide_rename": decide_rename,
    "certification.hand_over": claim_link,
    "certification.decertify_below": decertify_below,
    "certification.decertify": decertify,
    "certification.rename": rename,
    "certification.ask_rename": ask_rename,
    "certification.dissolve": dissolve,
}
