"""Whose card one may open, and what of the number it shows."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from lianxue.accounts.models import User
from lianxue.audit.models import AuditEvent
from lianxue.contacts import policy
from lianxue.contacts.actions import cards, friends
from lianxue.contacts.models import Block, FrequentContact, FriendRequest
from lianxue.organizations.models import HiddenPhones, Membership, Reach, SecuritySettings
from lianxue.shared.clock import now
from lianxue.shared.errors import NotFound, PermissionDenied, RateLimited
from tests.cast import Cast, sign_in
from tests.contacts.test_friends import befriend
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory


def seen(user: User) -> set[User]:
    return set(policy.visible_people(user))


def number(viewer: User, person: User) -> tuple[str, str]:
    found = policy.view_of(viewer, person).number
    return found.kind, found.masked


def masked(user: User) -> str:
    return f"{user.phone[:3]} **** {user.phone[-4:]}"


def test_colleagues_as_far_as_the_organisation_shows_them(cast: Cast) -> None:
    county = {cast.owner, cast.colleague, cast.outsider_admin, cast.whole_admin, cast.member}
    assert seen(cast.member) == county - {cast.member}
    assert seen(cast.stranger) == set()
    SecuritySettings.objects.create(organization=cast.county, reach=Reach.BRANCH)
    # the own branch, and whoever is in charge of it; not the administrator of another branch
    assert seen(cast.member) == {cast.owner, cast.whole_admin, cast.colleague}
    assert seen(cast.owner) == county - {cast.owner}


def test_one_person_is_found_as_in_the_list(cast: Cast) -> None:
    befriend(cast.member, cast.stranger)
    everybody = list(User.objects.all())
    for viewer in (cast.member, cast.stranger, cast.other_member):
        one_by_one = {
            person for person in everybody if policy.visible_people(viewer, [person.pk]).exists()
        }
        assert one_by_one == seen(viewer)
    assert not policy.visible_people(cast.member, [10**30]).exists()


def test_friends_and_requests_open_a_card(cast: Cast) -> None:
    befriend(cast.stranger, cast.other_member)
    assert seen(cast.stranger) == {cast.other_member}
    token = cards.own_card(cast.stranger).token
    request = cards.ask_by_card(cast.newcomer_admin, token)
    assert cast.newcomer_admin in seen(cast.stranger)
    assert cast.stranger in seen(cast.newcomer_admin)
    friends.answer(cast.stranger, request.pk, accept=False)
    assert cast.newcomer_admin not in seen(cast.stranger)
    assert cast.stranger in seen(cast.newcomer_admin), "nothing tells of the refusal"
    FriendRequest.objects.update(asked_at=now() - timedelta(days=7))
    assert cast.stranger not in seen(cast.newcomer_admin)


def test_a_block_is_seen_by_its_owner_alone(cast: Cast) -> None:
    befriend(cast.stranger, cast.other_member)
    friends.block(cast.stranger, cast.other_member.pk)
    assert seen(cast.stranger) == {cast.other_member}, "to take it back"
    assert seen(cast.other_member) == {cast.unverified_admin}
    friends.block(cast.owner, cast.member.pk)
    assert cast.owner in seen(cast.member), "the organisation shows them to each other"


def test_closed_accounts_have_no_card(cast: Cast) -> None:
    befriend(cast.stranger, cast.other_member)
    User.objects.filter(pk=cast.other_member.pk).update(is_active=False)
    assert seen(cast.stranger) == set()


def test_a_colleagues_number_by_the_organisations_rules(cast: Cast) -> None:
    assert number(cast.member, cast.owner) == ("open", masked(cast.owner))
    assert cards.reveal_number(cast.member, cast.owner.pk) == cast.owner.phone
    event = AuditEvent.objects.get(action="member.phone_revealed")
    assert (event.organization_id, event.actor_id) == (cast.county.pk, cast.member.pk)
    HiddenPhones.objects.create(organization=cast.county)
    assert number(cast.member, cast.owner) == ("hidden", "")
    with pytest.raises(PermissionDenied):
        cards.reveal_number(cast.member, cast.owner.pk)
    assert number(cast.owner, cast.member) == ("open", masked(cast.member))


def test_one_organisation_that_shows_it_is_enough(cast: Cast) -> None:
    HiddenPhones.objects.create(organization=cast.county)
    club = OrganizationFactory(name="中共临江市直属机关委员会")
    seats = [MembershipFactory(organization=club, user=one) for one in (cast.member, cast.owner)]
    view = policy.view_of(cast.member, cast.owner)
    assert view.number == policy.Number("open", masked(cast.owner), seats[1].pk)
    assert [place.organization.name for place in view.places] == sorted(
        [cast.county.name, club.name]
    )


def test_a_friends_number_is_the_friends_to_show(cast: Cast) -> None:
    one, other = cast.stranger, cast.other_member
    befriend(one, other)
    assert number(one, other) == ("masked", masked(other))
    with pytest.raises(PermissionDenied):
        cards.reveal_number(one, other.pk)
    friends.show_number(other, one.pk, shown=True)
    assert number(one, other) == ("open", masked(other))
    assert number(other, one) == ("masked", masked(one)), "each for themselves"
    assert cards.reveal_number(one, other.pk) == other.phone
    event = AuditEvent.objects.get(action="friend.number_revealed")
    assert event.stream == f"user:{one.pk}"
    assert other.phone not in str(event.data)
    friends.show_number(other, one.pk, shown=False)
    with pytest.raises(PermissionDenied):
        cards.reveal_number(one, other.pk)


def test_a_hidden_number_stays_hidden_from_friends_until_they_may(cast: Cast) -> None:
    HiddenPhones.objects.create(organization=cast.county)
    befriend(cast.member, cast.owner)
    assert number(cast.member, cast.owner) == ("hidden", "")
    friends.show_number(cast.owner, cast.member.pk, shown=True)
    assert number(cast.member, cast.owner) == ("open", masked(cast.owner))
    assert cards.reveal_number(cast.member, cast.owner.pk) == cast.owner.phone


def test_somebody_who_asks_shows_no_number(cast: Cast) -> None:
    cards.ask_by_card(cast.stranger, cards.own_card(cast.owner).token)
    assert number(cast.owner, cast.stranger) == ("none", "")
    assert policy.view_of(cast.owner, cast.stranger).places == []


def test_so_many_numbers_a_day(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    befriend(cast.stranger, cast.other_member, first_shows=True, second_shows=True)
    few = cards.Limit(2, 60, "今天查看的号码已经很多了，请明天再试。")
    monkeypatch.setattr(cards, "NUMBERS", few)
    for _ in range(2):
        cards.reveal_number(cast.stranger, cast.other_member.pk)
    with pytest.raises(RateLimited):
        cards.reveal_number(cast.stranger, cast.other_member.pk)


def page(viewer: User | None, person: User, name: str = "person") -> Any:
    return sign_in(viewer).get(reverse(f"contacts:{name}", args=[person.pk]))


def test_the_card_on_the_page(cast: Cast) -> None:
    Membership.objects.filter(user=cast.colleague).update(name="王秀英（挂职）")
    text = page(cast.member, cast.colleague).content.decode()
    for words in (
        "王秀英",
        cast.county.name,
        "第一党总支",
        "学习管理员",
        "名册姓名 王秀英（挂职）",
    ):
        assert words in text
    assert masked(cast.colleague) in text
    assert cast.colleague.phone not in text
    assert "显示号码</button>" in text
    assert "加为好友</a>" in text
    assert 'href="tel:' not in text
    assert 'class="watermark' in text


def test_the_number_once_with_a_way_to_call(cast: Cast) -> None:
    address = reverse("contacts:reveal_number", args=[cast.colleague.pk])
    answer = sign_in(cast.member).post(address)
    assert f'href="tel:{cast.colleague.phone}"' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert cast.colleague.phone not in page(cast.member, cast.colleague).content.decode()
    HiddenPhones.objects.create(organization=cast.county)
    assert sign_in(cast.member).post(address).status_code == 403
    assert "号码已隐藏" in page(cast.member, cast.colleague).content.decode()


def test_doors_of_a_card(cast: Cast) -> None:
    """Owner's card: colleague in scope and out of it, member, other organisation, stranger."""
    for viewer in (cast.colleague, cast.outsider_admin, cast.member):
        assert page(viewer, cast.owner).status_code == 200
    for viewer in (cast.other_member, cast.newcomer_admin, cast.city_admin, cast.stranger):
        assert page(viewer, cast.owner).status_code == 404
        assert page(viewer, cast.owner, "ask_friend").status_code == 404
        for name in ("reveal_number", "ask_friend", "unfriend", "block", "unblock"):
            address = reverse(f"contacts:{name}", args=[cast.owner.pk])
            assert sign_in(viewer).post(address).status_code == 404, name
    assert page(None, cast.owner).status_code == 302
    assert page(cast.owner, cast.owner)["Location"] == reverse("contacts:my_card")
    assert sign_in(cast.member).post(reverse("contacts:person", args=[1])).status_code == 405
    for bad in (0, 999_999, 2**63, 10**30):
        assert sign_in(cast.member).get(f"/contacts/people/{bad}/").status_code == 404


def test_opening_a_card_is_a_use(cast: Cast) -> None:
    page(cast.member, cast.owner)
    sign_in(cast.member).head(reverse("contacts:person", args=[cast.colleague.pk]))
    page(cast.stranger, cast.owner)
    rows = FrequentContact.objects.values_list("user", "contact")
    assert list(rows) == [(cast.member.pk, cast.owner.pk)]


def test_a_members_page_leads_to_the_card(cast: Cast) -> None:
    def member(person: User) -> str:
        address = reverse("organizations:member", args=[cast.memberships[person.pk].pk])
        return sign_in(cast.member).get(address).content.decode()

    assert reverse("contacts:person", args=[cast.owner.pk]) in member(cast.owner)
    assert reverse("contacts:person", args=[cast.member.pk]) not in member(cast.member)


@pytest.mark.parametrize("many", [10, 1000])
def test_a_card_costs_the_same_in_a_large_organisation(
    cast: Cast, many: int, django_assert_max_num_queries: Any
) -> None:
    users = User.objects.bulk_create(
        [User(phone=f"135{n:08d}", name=f"同事{n}", password="!") for n in range(many)]
    )
    Membership.objects.bulk_create(
        [
            Membership(
                organization=cast.county,
                user=user,
                phone=user.phone,
                name=user.name,
                state="active",
                created_at=now(),
            )
            for user in users
        ]
    )
    client = sign_in(cast.member)
    client.get(reverse("contacts:person", args=[users[0].pk]))
    with django_assert_max_num_queries(30) as seen_statements:
        client.get(reverse("contacts:person", args=[users[0].pk]))
    assert len(seen_statements) <= 30
    assert len(seen(cast.member)) == many + 4


def test_whoever_is_not_there_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        cards.reveal_number(cast.member, 999_999)
    assert not Block.objects.exists()


def test_nobody_has_the_card_of_everybody(cast: Cast) -> None:
    """The operator serves the site; the address book is not theirs to read."""
    assert seen(cast.operator) == set()
    assert UserFactory() not in seen(cast.operator)
