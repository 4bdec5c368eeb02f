"""The demo's invented people and organisations, made through the product's own actions."""

from itertools import cycle

from django.db import transaction
from stdnum.cn import ric

from lianxue.accounts import agreements, realname_terms
from lianxue.accounts.actions import realname, users
from lianxue.accounts.models import User
from lianxue.certification import chainfile
from lianxue.certification.actions import applications, invitations, setup
from lianxue.organizations.actions import branches, members, organizations, roles
from lianxue.organizations.actions.members import NewPerson
from lianxue.organizations.models import Branch, Membership, Organization
from lianxue.shared.actors import Operator

from . import demo_learning, demo_learning_tasks, demo_notices, demo_tasks

OPERATOR = Operator("demo")

#: Role, name, phone, organisation's code; the first four administer it.
PEOPLE = (
    ("省级主管理员", "李建华", "13900000001"),
    ("市级主管理员", "王丽萍", "13900000002"),
    ("县级主管理员", "陈志远", "13900000003"),
    ("支部学习管理员", "刘秀英", "13900000004"),
    ("普通党员", "张伟民", "13900000005"),
    ("未认证组织的主管理员", "赵晓梅", "13900000006"),
    ("街道主管理员", "周学军", "13900000007"),
    ("街道普通党员", "吴桂兰", "13900000008"),
)

CHAIN = """code,name,parent_code,level,admin_name,admin_phone
99,中共东海省委宣传部,,province,李建华,13900000001
9901,中共临江市委宣传部,99,city,王丽萍,13900000002
9902,中共望海市委宣传部,99,city,,
990101,中共临江市历山县委宣传部机关委员会,9901,county,陈志远,13900000003
990102,中共白杨区委宣传部,9901,county,,
990201,中共沙洲县委宣传部,9902,county,,
990101001,中共解放路街道工作委员会,990101,township,,
990101002,中共明湖街道工作委员会,990101,township,周学军,13900000007
990101003,中共柳泉镇委员会,990101,township,,
"""

#: 历山县's tree: parent's name ('' = at the top), name, kind, members, of whom have come.
BRANCHES = (
    ("", "机关第一党总支", "general_branch", 1, 1),
    ("机关第一党总支", "第一党支部", "branch", 22, 20),
    ("机关第一党总支", "第二党支部", "branch", 19, 18),
    ("机关第一党总支", "离退休党支部", "branch", 14, 9),
    ("", "机关第二党总支", "general_branch", 0, 0),
    ("机关第二党总支", "理论宣讲党支部", "branch", 8, 7),
    ("", "直属党支部", "branch", 2, 2),
)
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何林高罗"
_GIVEN = (
    "秀英",
    "建国",
    "志强",
    "海燕",
    "淑芬",
    "明",
    "晓东",
    "玉兰",
    "国庆",
    "静",
    "立新",
    "文博",
)


def accounts() -> list[tuple[str, str, str]]:
    """Who to sign in as: role, name, phone."""
    return list(PEOPLE)


@transaction.atomic
def load() -> None:
    """Make all of it, or nothing."""
    setup.import_chain(OPERATOR, chainfile.read(CHAIN.encode()))
    everybody = {phone: _register(phone, name) for _, name, phone in PEOPLE}
    province, city, county, branch_admin, member, newcomer, street, _ = everybody.values()
    for number, user in enumerate((province, city, county, branch_admin, newcomer, street)):
        _verify(user, number)
    organization = Organization.objects.get(code="990101")
    tree = _grow(county, organization)
    _fill(county, organization, tree)
    for user in (branch_admin, member):
        person = NewPerson(user.name, user.phone)
        members.add_members(county, organization.pk, tree["第一党支部"].pk, [person])
    seat = Membership.objects.get(organization=organization, user=branch_admin)
    roles.appoint(county, seat.pk, tree["机关第一党总支"].pk)
    _settle(street, everybody["13900000008"])
    _apply(newcomer, city)
    demo_notices.load(everybody)
    demo_tasks.load(everybody)
    demo_learning.load(everybody)
    demo_learning_tasks.load(everybody)


def _register(phone: str, name: str) -> User:
    """What the registration's last step does, for somebody invented."""
    user = users.create_user(phone, name, "", agreements.consents_now())
    users.mark_demo(OPERATOR, user)
    members.activate_for(user)
    return user


def _verify(user: User, number: int) -> None:
    body = f"37010219{70 + number}0101{number:03d}"
    realname.submit_uncounted(
        user,
        realname.Submission(
            user.name, body + ric.calc_check_digit(body + "0"), realname_terms.VERSION
        ),
    )
    user.refresh_from_db()


def _grow(actor: User, organization: Organization) -> dict[str, Branch]:
    tree: dict[str, Branch] = {}
    for parent, name, kind, _, _ in BRANCHES:
        parent_id = tree[parent].pk if parent else None
        tree[name] = branches.add_branch(actor, organization.pk, name, kind, parent_id)
    return tree


def _fill(actor: User, organization: Organization, tree: dict[str, Branch]) -> None:
    # 20 and 11 have no common factor: 220 names before one comes again
    names = (
        surname + given for surname, given in zip(cycle(_SURNAMES), cycle(_GIVEN), strict=False)
    )
    number = 0
    for _, branch, _, count, come in BRANCHES:
        people = []
        for place in range(count):
            number += 1
            person = NewPerson(next(names), f"1391000{number:04d}")
            people.append(person)
            if place < come:
                _register(person.phone, person.name)
        if people:
            members.add_members(actor, organization.pk, tree[branch].pk, people)


def _settle(admin: User, resident: User) -> None:
    """A street below the county, with one branch and somebody in it."""
    organization = Organization.objects.get(code="990101002")
    branch = branches.add_branch(admin, organization.pk, "明湖社区党支部", "branch", None)
    person = NewPerson(resident.name, resident.phone)
    members.add_members(admin, organization.pk, branch.pk, [person])


def _apply(newcomer: User, superior_admin: User) -> None:
    own = organizations.create_organization(newcomer, "中共青石县委宣传部", "370102")
    superior = Organization.objects.get(code="9901")
    terms = invitations.Terms(bound_name=own.name)
    invitation = invitations.create_invitation(superior_admin, superior.pk, terms)
    applications.submit_application(newcomer, invitation.token, own.pk)
