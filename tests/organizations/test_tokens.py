"""Search terms say what the names say whatever was done: ``tokens.rebuild`` finds nothing."""

from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from lianxue.accounts.models import User
from lianxue.certification.actions import settings as chain_settings
from lianxue.certification.actions import setup
from lianxue.certification.chainfile import read
from lianxue.organizations import queries
from lianxue.organizations.actions import branches, leaving, members, organizations, roles, tokens
from lianxue.organizations.models import (
    Membership,
    MemberToken,
    Organization,
    OrganizationToken,
)
from lianxue.organizations.newcomers import NewPerson
from lianxue.shared.actors import Operator
from lianxue.shared.errors import DomainError
from lianxue.shared.names import plain, sort_key
from tests.cast import Cast
from tests.factories import (
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
    grant,
    make_many,
)


def wrong() -> int:
    """How many rows are not found by what they are called."""
    return tokens.rebuild(Operator(), check=True).wrong


def found(who: object, where: Organization, text: str) -> list[str]:
    """The names that a search of the members' list finds."""
    rows = queries.members(who, where, queries.MemberFilter(text=text))  # type: ignore[arg-type]
    return [row.name for row in rows]


def chain_file(text: str) -> None:
    setup.import_chain(Operator(), read(text.encode(), "{name}"))


def _added(cast: Cast) -> None:
    members.add_members(
        cast.owner,
        cast.county.pk,
        None,
        [NewPerson("单晓峰", "13800001111"), NewPerson("曾 乐", "13800001112")],
    )
    assert found(cast.owner, cast.county, "shanxiaof") == ["单晓峰"]
    assert found(cast.owner, cast.county, "1112") == ["曾 乐"]
    assert Membership.objects.get(name="单晓峰").sort_key == "shan4xiao3feng1"


def _registered(cast: Cast) -> None:
    user = User.objects.create_user("13711112222", "孙未来")
    members.activate_for(user)
    assert user.sort_key == "sun1wei4lai2"


def _phone_corrected(cast: Cast) -> None:
    assert cast.invited is not None
    assert found(cast.owner, cast.county, "2222") == ["孙未来"]
    members.correct_phone(cast.owner, cast.invited.pk, "13711113333")
    assert found(cast.owner, cast.county, "2222") == []
    assert found(cast.owner, cast.county, "3333") == ["孙未来"]


def _moved(cast: Cast) -> None:
    pk = cast.memberships[cast.member.pk].pk
    members.move_members(cast.owner, cast.county.pk, [pk], cast.second_branch.pk)


def _removed(cast: Cast) -> None:
    pk = cast.memberships[cast.member.pk].pk
    members.remove_member(cast.owner, pk, "组织关系转出")
    assert not MemberToken.objects.filter(membership=pk).exists()


def _removed_and_back(cast: Cast) -> None:
    _removed(cast)
    members.add_members(cast.owner, cast.county.pk, None, [NewPerson("刘洋", cast.member.phone)])
    assert found(cast.owner, cast.county, "刘") == ["刘洋"]


def _left(cast: Cast) -> None:
    leaving.leave(cast.member, cast.county.pk)
    assert not MemberToken.objects.filter(membership=cast.memberships[cast.member.pk].pk).exists()


def _created(cast: Cast) -> None:
    made = organizations.create_organization(cast.owner, "中共白石镇委员会", "110101")
    assert found(cast.owner, made, "lm") == ["李明"]


def _renamed(cast: Cast) -> None:
    chain_settings.rename_organization(cast.newcomer_admin, cast.newcomer.pk, "中共新泉县委员会")
    for text in ("新泉", "青石", "qingshi", "xqxwyh"):
        assert list(queries.named(Organization.objects.all(), text)) == [cast.newcomer]


def _dissolved(cast: Cast) -> None:
    chain_settings.dissolve_organization(cast.newcomer_admin, cast.newcomer.pk, cast.newcomer.name)
    assert not OrganizationToken.objects.filter(organization=cast.newcomer).exists()
    assert not MemberToken.objects.filter(organization=cast.newcomer).exists()


def _root_renamed(cast: Cast) -> None:
    chain_settings.rename_root(Operator(), cast.province.pk, "中共东海省委员会")


def _set_up(cast: Cast) -> None:
    made = organizations.set_up_organization(Operator(), name="中共梅岭乡委员会", code="M1")
    roles.name_main_admin(Operator(), made, "区乐天", "13800002222")
    roles.claim(cast.owner, organizations.set_up_organization(Operator(), name="梅岭二", code="M2"))
    assert list(queries.named(Organization.objects.all(), "梅岭乡")) == [made]


def _chain_imported(cast: Cast) -> None:
    Organization.objects.update(superior=None)
    Organization.objects.update(chain_path=None, certified_at=None)
    head = "code,name,parent_code,level,admin_name,admin_phone\n"
    chain_file(head + "1,甲省学习组织,,province,章甲,13800003333\n2,乙市学习组织,1,city,,\n")
    chain_file(head + "1,甲省学习组织,,province,章甲,13800004444\n2,乙市学习组织,1,city,,\n")


def _branches(cast: Cast) -> None:
    branches.merge_branches(cast.owner, cast.first_branch.pk, cast.second_branch.pk)


ACTS: list[Callable[[Cast], None]] = [
    _added,
    _registered,
    _phone_corrected,
    _moved,
    _removed,
    _removed_and_back,
    _left,
    _created,
    _renamed,
    _dissolved,
    _root_renamed,
    _set_up,
    _chain_imported,
    _branches,
]


@pytest.mark.parametrize("act", ACTS)
def test_every_act_keeps_terms_and_names_in_step(cast: Cast, act: Callable[[Cast], None]) -> None:
    assert wrong() == 0
    act(cast)
    assert wrong() == 0


NAMES = st.sampled_from(["王秀英", "单田芳", "曾乐", "吕行", "尉迟恭", "阿依·买买提", "李A"])
PICK = st.integers(min_value=0, max_value=99)


class Roster(RuleBasedStateMachine):
    """People come, are corrected, leave and return, the organisation is renamed: in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize()
    def start(self) -> None:
        self.place = OrganizationFactory(name="中共开始委员会")
        self.owner = UserFactory(realname_verified_at=self.place.created_at)
        grant(
            MembershipFactory(organization=self.place, user=self.owner, name="李明"), "main_admin"
        )
        self.phones = 13_800_000_000

    def _act(self, act: Callable[[], object]) -> None:
        try:
            with transaction.atomic():
                act()
        except DomainError:
            pass

    def _seat(self, pick: int) -> Membership:
        rows = list(Membership.objects.filter(organization=self.place).order_by("pk"))
        return rows[pick % len(rows)]

    @rule(names=st.lists(NAMES, min_size=1, max_size=3))
    def add(self, names: list[str]) -> None:
        people = []
        for name in names:
            self.phones += 1
            people.append(NewPerson(name, str(self.phones)))
        self._act(lambda: members.add_members(self.owner, self.place.pk, None, people))

    @rule(pick=PICK)
    def add_again(self, pick: int) -> None:
        person = NewPerson("又一人", self._seat(pick).phone)
        self._act(lambda: members.add_members(self.owner, self.place.pk, None, [person]))

    @rule(pick=PICK)
    def correct(self, pick: int) -> None:
        self.phones += 1
        pk, phone = self._seat(pick).pk, str(self.phones)
        self._act(lambda: members.correct_phone(self.owner, pk, phone))

    @rule(pick=PICK)
    def register(self, pick: int) -> None:
        row = self._seat(pick)
        if not User.objects.filter(phone=row.phone).exists():
            self._act(lambda: members.activate_for(User.objects.create_user(row.phone, row.name)))

    @rule(pick=PICK)
    def remove(self, pick: int) -> None:
        pk = self._seat(pick).pk
        self._act(lambda: members.remove_member(self.owner, pk, "转出"))

    @rule(pick=PICK)
    def leave(self, pick: int) -> None:
        user = self._seat(pick).user
        if user is not None:
            self._act(lambda: leaving.leave(user, self.place.pk))

    @rule(name=st.sampled_from(["中共长乐区委员会", "中共行唐县委员会", "中共开始委员会"]))
    def rename(self, name: str) -> None:
        pk = self.place.pk
        self._act(lambda: chain_settings.rename_organization(self.owner, pk, name))

    @invariant()
    def everybody_is_found_by_the_name(self) -> None:
        if not hasattr(self, "place"):
            return
        assert wrong() == 0
        for row in Membership.objects.filter(organization=self.place).exclude(state="ended"):
            assert row.name in found(self.owner, self.place, plain(row.name)[-1:])


@pytest.mark.django_db
def test_any_sequence_of_acts() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Roster,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def harm(cast: Cast) -> None:
    """Rows changed behind the application's back."""
    assert cast.invited is not None
    Membership.objects.filter(pk=cast.invited.pk).update(name="钱多多", phone="13711119999")
    ended = cast.memberships[cast.member.pk].pk
    Membership.objects.filter(pk=ended).update(state="ended")
    Organization.objects.filter(pk=cast.city.pk).update(name="中共临海市委宣传部")
    cast.county.former_names.create(name="中共历城县委", until=cast.county.created_at)
    doubled = MemberToken.objects.filter(membership=cast.memberships[cast.owner.pk].pk)[0]
    doubled.pk = None
    doubled.save()


def test_rebuild_finds_and_mends_what_was_changed_by_hand(cast: Cast) -> None:
    harm(cast)
    assert wrong() == 5
    assert wrong() == 5  # comparing changes nothing
    looked = tokens.rebuild(Operator())
    assert (looked.members, looked.organizations, looked.wrong) == (11, 5, 5)
    assert wrong() == 0
    assert found(cast.owner, cast.county, "qdd") == ["钱多多"]
    assert found(cast.owner, cast.county, "9999") == ["钱多多"]
    assert found(cast.owner, cast.county, "刘") == []


def test_the_migrations_fill_what_was_there_before(cast: Cast) -> None:
    chain_settings.rename_organization(cast.newcomer_admin, cast.newcomer.pk, "中共新泉县委员会")
    members.remove_member(cast.owner, cast.memberships[cast.member.pk].pk, "转出")
    MemberToken.objects.all().delete()
    OrganizationToken.objects.all().delete()
    Membership.objects.update(sort_key="")
    User.objects.update(sort_key="")
    filling = import_module("lianxue.organizations.migrations.0003_search_tokens")
    people = import_module("lianxue.accounts.migrations.0003_names_in_pinyin")
    editor = SimpleNamespace(connection=connection)
    for _ in range(2):  # a second time changes nothing
        filling.fill_members(apps, editor)
        filling.fill_organizations(apps, editor)
        people.fill(apps, editor)
    assert wrong() == 0
    assert all(user.sort_key == sort_key(user.name) for user in User.objects.all())


def test_many_are_indexed_in_a_few_statements(cast: Cast) -> None:
    rows = make_many(cast.county, ["王一"] * 900)
    with CaptureQueriesContext(connection) as again:
        tokens.index_members(rows)
    assert len(again) == 3  # two lots of old terms go, all new ones come at once
    assert wrong() == 0
