"""创建学习组织: the page from its first door to the new organisation (manual 2.1)."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from lianxue.accounts.models import User
from lianxue.audit.models import AuditEvent
from lianxue.audit.queries import first_broken_link
from lianxue.organizations.actions import organizations
from lianxue.organizations.models import Membership, Organization, RoleGrant
from lianxue.shared.actors import Operator
from lianxue.shared.errors import (
    InvalidInput,
    NotFound,
    PermissionDenied,
    RealNameRequired,
    StateConflict,
)
from tests.cast import Cast, sign_in
from tests.factories import OrganizationFactory

CREATE = "/orgs/new/"
TYPED = {
    "name": "中共临江市历山县委员会",
    "province": "370000",
    "city": "370100",
    "county": "370102",
    "asked_city": "370000",
    "asked_county": "370100",
}


def test_the_creator_becomes_main_administrator(cast: Cast) -> None:
    made = organizations.create_organization(cast.stranger, " 中共新县委员会 ", "370102")
    assert (made.name, made.region) == ("中共新县委员会", "山东省济南市历下区")
    seat = Membership.objects.get(organization=made)
    assert (seat.user, seat.state, seat.branch) == (cast.stranger, "active", None)
    office = RoleGrant.objects.get(organization=made)
    assert (office.membership, office.role, office.scope) == (seat, "main_admin", None)
    event = AuditEvent.objects.get(stream=f"org:{made.pk}")
    assert (event.action, event.actor_id) == ("organization.created", cast.stranger.pk)
    assert first_broken_link(f"org:{made.pk}") is None


def test_the_same_name_twice_by_one_person_is_a_double_tap(cast: Cast) -> None:
    organizations.create_organization(cast.stranger, "中共新县委员会", "370102")
    with pytest.raises(StateConflict):
        organizations.create_organization(cast.stranger, "中共新县委员会", "370102")
    organizations.create_organization(cast.owner, "中共新县委员会", "370102")


def test_who_is_not_verified_creates_nothing(cast: Cast) -> None:
    with pytest.raises(RealNameRequired):
        organizations.create_organization(cast.member, "中共新县委员会", "370102")
    assert not Organization.objects.filter(name="中共新县委员会").exists()


@pytest.mark.parametrize("code", ["", "130103", "999999", "37010"])
def test_a_region_must_be_current(cast: Cast, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        organizations.create_organization(cast.stranger, "中共新县委员会", code)
    assert "division_code" in caught.value.fields


def test_bulk_set_up_is_the_operators_alone(cast: Cast) -> None:
    made = organizations.set_up_organization(Operator(), name="中共某县委员会", code="370199")
    assert not made.role_grants.exists()
    with pytest.raises(StateConflict):
        organizations.set_up_organization(Operator(), name="中共某县委员会", code="370199")
    with pytest.raises(PermissionDenied):
        organizations.set_up_organization(cast.owner, name="中共某县委员会", code="370198")


def test_lock_gives_living_ones_alone(cast: Cast) -> None:
    gone = OrganizationFactory(dissolved_at=cast.county.created_at)
    found = organizations.lock(cast.county.pk, cast.city.pk, cast.county.pk)
    assert found == {cast.county.pk: cast.county, cast.city.pk: cast.city}
    for pk in (gone.pk, 999999):
        with pytest.raises(NotFound):
            organizations.lock(cast.county.pk, pk)


def test_without_a_real_name_it_leads_there_and_back_with_what_was_typed(cast: Cast) -> None:
    browser = sign_in(cast.member)
    for answer in (
        browser.get(CREATE, {"name": "中共新县委员会"}),
        browser.post(CREATE, {"name": "中共新县委员会", "province": "370000"}),
    ):
        assert answer.status_code == 302
        target = urlsplit(answer["Location"])
        assert target.path == reverse("accounts:realname")
        back = urlsplit(parse_qs(target.query)["next"][0])
        assert back.path == CREATE
        assert parse_qs(back.query)["name"] == ["中共新县委员会"]


def test_the_whole_way(cast: Cast) -> None:
    browser = sign_in(cast.stranger)
    form = browser.get(CREATE)
    assert form.status_code == 200
    assert "创建学习组织" in form.content.decode()
    confirm = browser.post(CREATE, TYPED).content.decode()
    assert "请您确认" in confirm
    assert "山东省济南市历下区" in confirm
    assert "建议适当缩写" not in confirm
    assert not Organization.objects.filter(name=TYPED["name"]).exists()
    answer = browser.post(CREATE, TYPED | {"step": "confirm"})
    made = Organization.objects.get(name=TYPED["name"])
    assert answer["Location"] == reverse("organizations:home", args=[made.pk])
    assert "您是主管理员" in browser.get(answer["Location"]).content.decode()
    again = browser.post(CREATE, TYPED | {"step": "confirm"})
    assert again.status_code == 409
    assert "已经创建过同名" in again.content.decode()
    assert Organization.objects.filter(name=TYPED["name"]).count() == 1


def test_a_long_name_warns_and_goes_on(cast: Cast) -> None:
    browser = sign_in(cast.stranger)
    typed = TYPED | {"name": "中共某某市某某区委宣传部机关委员会第一党总支部"}
    assert "建议适当缩写" in browser.post(CREATE, typed).content.decode()
    browser.post(CREATE, typed | {"step": "confirm"})
    assert Organization.objects.filter(name=typed["name"]).exists()


def test_without_scripts_the_selects_come_one_after_another(cast: Cast) -> None:
    browser = sign_in(cast.stranger)
    first = {"name": TYPED["name"], "province": "370000"}
    page = browser.post(CREATE, first).content.decode()
    assert "请您确认" not in page
    assert "济南市" in page
    assert TYPED["name"] in page
    second = first | {"city": "370100", "asked_city": "370000"}
    page = browser.post(CREATE, second).content.decode()
    assert "历下区" in page
    assert "请您确认" not in page
    third = second | {"asked_county": "370100"}
    assert "山东省济南市<" in browser.post(CREATE, third).content.decode()
    province_alone = first | {"asked_city": "370000"}
    assert "请您确认" in browser.post(CREATE, province_alone).content.decode()


def test_with_scripts_the_selects_are_loaded(cast: Cast) -> None:
    browser = sign_in(cast.stranger)
    url = reverse("organizations:create_region")
    part = browser.get(url, {"province": "370000", "city": "370100", "county": "130102"})
    text = part.content.decode()
    assert "济南市" in text
    assert "历下区" in text
    assert "<html" not in text
    assert "石家庄" not in browser.get(url, {"province": "37", "city": "1301"}).content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": ""}, "请填写学习组织的名称"),
        ({"name": "县"}, "名称太短"),
        ({"name": "中共" + "某" * 50}, "名称最多 40 个字"),
        ({"name": "中共<历山>县委"}, "名称只能用汉字"),
        ({"province": ""}, "请选择所在地区"),
        ({"province": "99"}, "请选择所在地区"),
    ],
)
def test_bad_input_is_told_beside_its_field_and_typing_kept(
    cast: Cast, typed: dict[str, str], words: str
) -> None:
    answer = sign_in(cast.stranger).post(CREATE, TYPED | typed)
    text = answer.content.decode()
    assert answer.status_code == 422
    field = next(iter(typed))
    assert f'id="{field}-error"' in text
    assert words in text
    kept = (TYPED | typed)["name"].replace("<", "&lt;").replace(">", "&gt;")
    assert f'value="{kept}"' in text


def test_doors(cast: Cast) -> None:
    assert sign_in(None).get(CREATE)["Location"].startswith("/login/")
    assert sign_in(cast.stranger).put(CREATE).status_code == 405
    assert User.objects.filter(pk=cast.stranger.pk).exists()
