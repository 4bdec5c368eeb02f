"""Friends, cards and people over the API: the same actions as the pages."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, P, PathEx, QueryEx, Router, Schema, Status

from lianxue.accounts.current import current_user
from lianxue.accounts.models import User
from lianxue.organizations.models import Membership
from lianxue.organizations.schemas import Id, page_of
from lianxue.shared.errors import InvalidInput
from lianxue.shared.links import absolute
from lianxue.shared.pagination import paginate

from ..actions import cards, frequent
from ..actions import friends as actions
from ..models import Block, FriendRequest
from ..queries import friends as queries
from ..queries import people

router = Router(tags=["contacts"])

PageNumber = QueryEx[int, P(ge=1, le=100000, description="page number, from 1")]
Words = QueryEx[str, P(max_length=40, description="part of a name, its pinyin or its initials")]
Token = PathEx[str, P(max_length=100)]
_SIZE = 50


class Friend(Schema):
    """A friend, with the organisations in which the caller sees them."""

    user_id: int
    name: str
    organizations: list[str]


class FriendPage(Schema):
    """One page of friends, A to Z."""

    items: list[Friend]
    page: int
    pages: int
    total: int


class ReceivedRequest(Schema):
    """Somebody asks the caller to be friends."""

    id: int
    user_id: int
    name: str
    words: str
    way: Literal["phone", "card", "organization", "phone_book", "group"]
    asked_at: datetime


class ReceivedPage(Schema):
    """One page of what waits for an answer, newest first."""

    items: list[ReceivedRequest]
    page: int
    pages: int
    total: int


class SentRequest(Schema):
    """What the caller asked, as the asker sees it: nobody is told of a refusal."""

    id: int
    user_id: int
    name: str
    words: str
    state: Literal["waiting", "accepted", "withdrawn", "unanswered"]
    asked_at: datetime


class SentPage(Schema):
    """One page of it, newest first; what was asked by phone number only once it is accepted."""

    items: list[SentRequest]
    page: int
    pages: int
    total: int


class AskIn(Schema):
    """Whom to ask: exactly one of ``user_id``, ``phone``, ``card``."""

    user_id: Id | None = Field(None, description="somebody whose card the caller may open")
    phone: str = Field("", max_length=40)
    card: str = Field("", max_length=100, description="the token of a card's link")
    words: str = Field("", max_length=200, description="验证信息, at most 50 characters")


class AnswerIn(Schema):
    """同意 or 谢绝."""

    accept: bool


class Shown(Schema):
    """Whether this friend may see the caller's whole number."""

    shown: bool


class Place(Schema):
    """Where an organisation shows this person to the caller."""

    membership_id: int
    organization_id: int
    organization: str
    branch: str
    name: str = Field(description="as the organisation's roster has it")
    offices: list[str]


class PersonCard(Schema):
    """A person's card as the caller sees it."""

    user_id: int
    name: str
    standing: Literal["", "friend", "asked", "asks_me"]
    blocked: bool = Field(description="in the caller's own 黑名单")
    number: Literal["open", "masked", "hidden", "none"] = Field(
        description="open: the whole number may be read with `POST /people/{id}/number`"
    )
    masked_number: str
    shows_me: bool = Field(description="this friend lets the caller see the number")
    i_show: bool = Field(description="the caller lets this friend see the number")
    places: list[Place]


class Number(Schema):
    """A whole number; the look was recorded."""

    phone: str


class BlockedPerson(Schema):
    """Somebody in the caller's 黑名单."""

    user_id: int
    name: str
    since: datetime


class BlockedPage(Schema):
    """One page of it, newest first."""

    items: list[BlockedPerson]
    page: int
    pages: int
    total: int


class CardOut(Schema):
    """The caller's own card."""

    token: str
    link: str = Field(description="what the QR code holds")


@router.get("/friends", response=FriendPage, operation_id="list_friends")
def list_friends(request: HttpRequest, q: Words = "", page: PageNumber = 1) -> Any:
    """我的好友, A to Z."""
    user = current_user(request)
    rows = paginate(queries.friends_of(user, q), page, _SIZE)
    places = people.places_by_person(user, rows.items)
    return page_of(rows, lambda one: _friend(one, places.get(one.pk, [])))


def _friend(person: User, places: list[Membership]) -> dict[str, Any]:
    names = [place.organization.name for place in places]
    return {"user_id": person.pk, "name": person.name, "organizations": names}


@router.delete("/friends/{int:user_id}", response={204: None}, operation_id="end_friendship")
def end_friendship(request: HttpRequest, user_id: int) -> Any:
    """删除好友, for both; the other one is not told."""
    actions.unfriend(current_user(request), user_id)
    return Status(204, None)


@router.put("/friends/{int:user_id}/my-number", response={204: None}, operation_id="show_my_number")
def show_my_number(request: HttpRequest, user_id: int, body: Shown) -> Any:
    """Let one friend see the caller's whole number, or no longer."""
    actions.show_number(current_user(request), user_id, shown=body.shown)
    return Status(204, None)


@router.get(
    "/friend-requests/received", response=ReceivedPage, operation_id="list_received_requests"
)
def list_received(request: HttpRequest, page: PageNumber = 1) -> Any:
    """Who asks the caller now."""
    rows = paginate(queries.received(current_user(request)), page, _SIZE)
    return page_of(
        rows,
        lambda one: {
            "id": one.pk,
            "user_id": one.from_user_id,
            "name": one.from_user.name,
            "words": one.words,
            "way": one.way,
            "asked_at": one.asked_at,
        },
    )


@router.get("/friend-requests/sent", response=SentPage, operation_id="list_sent_requests")
def list_sent(request: HttpRequest, page: PageNumber = 1) -> Any:
    """What the caller asked."""
    return page_of(paginate(queries.sent(current_user(request)), page, _SIZE), _sent)


def _sent(row: FriendRequest) -> dict[str, Any]:
    return {
        "id": row.pk,
        "user_id": row.to_user_id,
        "name": row.to_user.name,
        "words": row.words,
        "state": queries.sent_state(row),
        "asked_at": row.asked_at,
    }


@router.post("/friend-requests", response={202: None}, operation_id="ask_friend")
def ask_friend(request: HttpRequest, body: AskIn) -> Any:
    """加为好友; whoever had asked the caller is a friend at once.

    By phone the answer is the same whatever the number.
    """
    user = current_user(request)
    if (body.user_id is not None) + bool(body.phone) + bool(body.card) != 1:
        raise InvalidInput("请在 user_id、phone、card 中填写一个。")
    if body.card:
        cards.ask_by_card(user, body.card, body.words)
    elif body.user_id is not None:
        actions.ask(user, body.user_id, body.words)
    else:
        actions.ask_by_phone(user, body.phone, body.words)
    return Status(202, None)


@router.post(
    "/friend-requests/{int:friend_request_id}/answer",
    response={204: None},
    operation_id="answer_friend_request",
)
def answer(request: HttpRequest, friend_request_id: int, body: AnswerIn) -> Any:
    """同意 or 谢绝; the asker is told of 同意 alone."""
    actions.answer(current_user(request), friend_request_id, accept=body.accept)
    return Status(204, None)


@router.delete(
    "/friend-requests/{int:friend_request_id}",
    response={204: None},
    operation_id="withdraw_friend_request",
)
def withdraw(request: HttpRequest, friend_request_id: int) -> Any:
    """撤回 what the caller asked."""
    actions.withdraw(current_user(request), friend_request_id)
    return Status(204, None)


@router.get("/people/{int:user_id}", response=PersonCard, operation_id="read_person")
def read_person(request: HttpRequest, user_id: int) -> Any:
    """A person's card; reading it counts as a use (常用联系人)."""
    user = current_user(request)
    person = people.get_person(user, user_id)
    frequent.note_use(user, person.pk)
    return _card(people.card_of(user, person))


@router.post("/people/{int:user_id}/number", response=Number, operation_id="reveal_number")
def reveal_number(request: HttpRequest, user_id: int) -> Any:
    """显示号码: the whole number, where the card says ``open``; recorded."""
    return {"phone": cards.reveal_number(current_user(request), user_id)}


@router.get("/blocked", response=BlockedPage, operation_id="list_blocked")
def list_blocked(request: HttpRequest, page: PageNumber = 1) -> Any:
    """黑名单."""
    return page_of(paginate(queries.blocked_of(current_user(request)), page, _SIZE), _blocked)


def _blocked(row: Block) -> dict[str, Any]:
    return {"user_id": row.blocked_id, "name": row.blocked.name, "since": row.since}


@router.put("/blocked/{int:user_id}", response={204: None}, operation_id="block_person")
def block(request: HttpRequest, user_id: int) -> Any:
    """加入黑名单: ends the friendship and what was asked either way."""
    actions.block(current_user(request), user_id)
    return Status(204, None)


@router.delete("/blocked/{int:user_id}", response={204: None}, operation_id="unblock_person")
def unblock(request: HttpRequest, user_id: int) -> Any:
    """移出黑名单."""
    actions.unblock(current_user(request), user_id)
    return Status(204, None)


@router.get("/card", response=CardOut, operation_id="read_my_card")
def my_card(request: HttpRequest) -> Any:
    """我的名片."""
    return _own_card(request, cards.own_card(current_user(request)).token)


@router.post("/card/renew", response=CardOut, operation_id="renew_my_card")
def renew_card(request: HttpRequest) -> Any:
    """换一个二维码: the old one leads nowhere from now on."""
    return _own_card(request, cards.renew_card(current_user(request)).token)


def _own_card(request: HttpRequest, token: str) -> dict[str, str]:
    address = reverse("contacts:open_card", args=[token])
    return {"token": token, "link": absolute(request, address)}


@router.get("/cards/{token}", response=PersonCard, operation_id="read_card")
def read_card(request: HttpRequest, token: Token) -> Any:
    """The person behind a card's link."""
    return _card(people.card_of(current_user(request), people.read_card(token)))


def _card(card: people.Card) -> dict[str, Any]:
    view = card.view
    return {
        "user_id": view.person.pk,
        "name": view.person.name,
        "standing": card.standing,
        "blocked": card.blocked,
        "number": view.number.kind,
        "masked_number": view.number.masked,
        "shows_me": view.they_show,
        "i_show": view.i_show,
        "places": [_place(place) for place in view.places],
    }


def _place(place: Membership) -> dict[str, Any]:
    return {
        "membership_id": place.pk,
        "organization_id": place.organization_id,
        "organization": place.organization.name,
        "branch": place.branch.name if place.branch else "",
        "name": place.name,
        "offices": [grant.get_role_display() for grant in place.role_grants.all()],
    }
