"""手机联系人 over the API: the file goes in, one answer comes out, nothing stays."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, File, Router, Schema, UploadedFile
from ninja.security import SessionAuth

from lianxue.accounts.current import current_user

from .. import uploads
from ..actions import phonebook as actions

router = Router(tags=["contacts"])


class StreamingSession(SessionAuth):
    """As everywhere; but before the form is looked at, the way for the file is prepared."""

    def __call__(self, request: HttpRequest) -> Any:
        """Raises InvalidInput at ``file`` for what is too large to be read."""
        uploads.expect_phone_book(request)
        return super().__call__(request)


class MatchOut(Schema):
    """Somebody of the address book who is here and allows being found by the number."""

    user_id: int
    name: str
    listed: str = Field(description="the name in the file")
    phone_masked: str
    standing: str = Field(description="`friend`, `asked`, `asks_me`, or empty")
    proof: str = Field(description="for `POST /contacts/phone-book/requests`; good for a day")


class Matches(Schema):
    """What came of the comparison; nothing of the file is kept."""

    items: list[MatchOut] = Field(description="at most 500, A to Z")
    found: int
    others: int = Field(description="contacts not registered, or not to be found by number")
    without_mobile: int = Field(description="cards without a mobile number of the mainland")
    broken: int = Field(description="cards cut short, left out")


class Proof(Schema):
    """Whom to ask."""

    proof: str = Field(max_length=400)
    words: str = Field("", max_length=200, description="验证信息, at most 50 characters")


class Asked(Schema):
    """What became of it."""

    state: str = Field(description="`asked`, or `accepted` when that person was asking already")


@router.post(
    "/contacts/phone-book",
    response=Matches,
    auth=StreamingSession(),
    operation_id="compare_phone_book",
    summary="手机联系人",
)
def compare(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """Compare a vCard file (2.1, 3.0, 4.0; 20 MB, 10,000 cards); ten times a day."""
    found = actions.compare(current_user(request), uploads.phone_book_in(file))
    return {
        "items": [
            {
                "user_id": one.person.pk,
                "name": one.person.name,
                "listed": one.listed,
                "phone_masked": one.phone_masked,
                "standing": one.standing,
                "proof": one.proof,
            }
            for one in found.matches
        ],
        "found": found.found,
        "others": found.others,
        "without_mobile": found.book.without_mobile,
        "broken": found.book.broken,
    }


@router.post(
    "/contacts/phone-book/requests",
    response=Asked,
    operation_id="ask_phone_contact",
    summary="加为好友",
)
def ask(request: HttpRequest, body: Proof) -> Any:
    """Ask somebody found in the own address book to be friends."""
    return {"state": actions.ask(current_user(request), body.proof, body.words).state}
