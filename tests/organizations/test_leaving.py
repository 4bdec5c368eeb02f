"""退出组织: who may, what ends with it, what is said."""

import pytest
from django.urls import reverse

from lianxue.audit.models import AuditEvent
from lianxue.audit.queries import first_broken_link
from lianxue.inbox.models import InboxItem
from lianxue.organizations.actions import leaving, members, roles
from lianxue.organizations.models import Membership, RoleGrant
from lianxue.organizations.newcomers import NewPerson
from lianxue.shared.errors import DomainError, InvalidInput, NotFound, StateConflict
from tests.cast import Cast, sign_in

WHO: list[tuple[str, type[DomainError] | None]] = [
    ("member", None),
    ("colleague", None),
    ("outsider_admin", None),
    ("whole_admin", None),
    ("owner", StateConflict),
    ("city_admin", NotFound),
    ("newcomer_admin", NotFound),
    ("operator", NotFound),
    ("stranger", NotFound),
]


@pytest.mark.parametrize(("who", "error"), WHO)
def test_who_leaves(cast: Cast, who: str, error: type[DomainError] | None) -> None:
    actor = getattr(cast, who)
    before = list(Membership.objects.order_by("pk").values())
    if error is not None:
        with pytest.raises(error):
            leaving.leave(actor, cast.county.pk)
        assert list(Membership.objects.order_by("pk").values()) == before
        assert not AuditEvent.objects.exists()
        return
    row = leaving.leave(actor, cast.county.pk, "  工作\n调动 ")
    row.refresh_from_db()
    assert (row.state, row.end_reason) == ("ended", "工作 调动")
    assert row.ended_at is not None
    assert not RoleGrant.objects.filter(membership=row).exists()
    assert AuditEvent.objects.get().action == "member.left"
    assert first_broken_link(f"org:{cast.county.pk}") is None
    told = InboxItem.objects.get()
    assert told.place == f"user:{cast.owner.pk}"
    assert actor.name in told.title
    assert "工作 调动" in told.body
    with pytest.raises(NotFound):
        leaving.leave(actor, cast.county.pk)


def test_the_main_administrator_hands_over_first(cast: Cast) -> None:
    with pytest.raises(StateConflict) as told:
        leaving.leave(cast.owner, cast.county.pk)
    assert told.value.code == "hand-over-first"
    assert "移交" in told.value.message
    assert told.value.link == reverse("organizations:pick_successor", args=[cast.county.pk])
    offer = roles.offer_handover(cast.owner, cast.memberships[cast.colleague.pk].pk)
    roles.answer_handover(cast.colleague, offer.pk, True)
    assert leaving.leave(cast.owner, cast.county.pk).state == "ended"


def test_an_offer_to_who_leaves_ends(cast: Cast) -> None:
    offer = roles.offer_handover(cast.owner, cast.memberships[cast.colleague.pk].pk)
    leaving.leave(cast.colleague, cast.county.pk)
    offer.refresh_from_db()
    assert offer.state == "withdrawn"
    assert not InboxItem.objects.filter(kind="todo", done_at=None).exists()
    with pytest.raises(StateConflict):
        roles.answer_handover(cast.colleague, offer.pk, True)


def test_a_reason_too_long(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as told:
        leaving.leave(cast.member, cast.county.pk, "由" * 101)
    assert "101" in told.value.fields["reason"]


def test_who_left_can_be_added_again(cast: Cast) -> None:
    leaving.leave(cast.member, cast.county.pk)
    old = Membership.objects.get(user=cast.member)
    assert old.end_reason == "本人退出"
    again = [NewPerson(cast.member.name, cast.member.phone)]
    added = members.add_members(cast.owner, cast.county.pk, cast.first_branch.pk, again)
    assert added.active == 1
    assert added.memberships[0].pk != old.pk


def test_leaving_on_the_phone(cast: Cast) -> None:
    browser = sign_in(cast.member)
    home = reverse("organizations:home", args=[cast.county.pk])
    address = reverse("organizations:leave", args=[cast.county.pk])
    page = browser.get(home).content.decode()
    assert "想再加入时，须由管理员重新添加" in page
    assert "管理职务同时终止" not in page
    assert "管理职务同时终止" in sign_in(cast.colleague).get(home).content.decode()
    owners = sign_in(cast.owner).get(home).content.decode()
    assert address not in owners
    assert "移交主管理员</a>后才能退出组织" in owners
    answer = browser.post(address, follow=True)
    assert answer.redirect_chain == [(reverse("contacts:home"), 302)]
    page = answer.content.decode()
    assert f"您已退出“{cast.county.name}”" in page
    assert home not in page
    assert browser.get(home).status_code == 404


def test_the_owner_who_posts_is_led_to_handing_over(cast: Cast) -> None:
    address = reverse("organizations:leave", args=[cast.county.pk])
    answer = sign_in(cast.owner).post(address)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "请先把主管理员移交给另一位成员" in page
    assert reverse("organizations:pick_successor", args=[cast.county.pk]) in page


def test_leaving_over_the_api(cast: Cast) -> None:
    address = f"/api/v1/organizations/{cast.county.pk}/leave"

    def send(who: str, body: dict[str, str]) -> tuple[int, str]:
        answer = sign_in(getattr(cast, who)).post(address, body, content_type="application/json")
        return answer.status_code, answer.json()["code"] if answer.content else ""

    assert send("owner", {}) == (409, "hand-over-first")
    assert send("stranger", {}) == (404, "not-found")
    assert send("member", {"reason": "由" * 101}) == (422, "invalid-input")
    assert send("member", {"reason": "调动"}) == (204, "")
    assert send("member", {}) == (404, "not-found")
