"""What each right of learning contents is tried by in tests/organizations/test_access_rules.py."""

from collections.abc import Callable
from typing import Any, Protocol

from lianxue.accounts.models import User
from lianxue.learning.actions import commenting, drafts, publishing, settings
from lianxue.learning.models import Comment, ContentItem, LearningSettings
from lianxue.organizations.models import Branch, Membership, Organization

from .makers import CHAIN, comment, content


class Place(Protocol):
    """An organisation and the person that tries."""

    organization: Organization

    @property
    def who(self) -> User: ...

    def stand(self, branch: Branch | None) -> Membership: ...


def write(place: Place, branch: Branch | None) -> None:
    drafts.create(place.who, place.organization.pk, ContentItem.Kind.ARTICLE)


def publish(place: Place, branch: Branch | None) -> None:
    publishing.publish(place.who, content(place.organization, published=False).pk)


def publish_below(place: Place, branch: Branch | None) -> None:
    draft = content(place.organization, published=False, reach=CHAIN)
    publishing.publish(place.who, draft.pk)


def set_comments(place: Place, branch: Branch | None) -> None:
    settings.set_comments(place.who, place.organization.pk, LearningSettings.Comments.OPEN)


def decide(place: Place, branch: Branch | None) -> None:
    said = comment(place.stand(branch), content(place.organization), state=Comment.State.WAITING)
    commenting.show(place.who, said.pk)


TRIES: dict[str, Callable[[Any, Branch | None], None]] = {
    "learning.write": write,
    "learning.publish": publish,
    "learning.publish_below": publish_below,
    "learning.settings": set_comments,
    "learning.decide": decide,
}
