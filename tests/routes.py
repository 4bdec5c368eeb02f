"""Every address of the site, by the resolver, with real ids of the cast in it."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from lianxue.accounts.models import RealNameVerification
from lianxue.certification.models import (
    CertificationApplication,
    CertificationInvitation,
    ClaimLink,
    RenameRequest,
)
from lianxue.contacts.models import CardLink, FriendRequest, Group, GroupMember
from lianxue.inbox.models import InboxItem
from lianxue.notices.actions import drafts, feeds, sending
from lianxue.organizations.models import (
    HandoverOffer,
    ImportRow,
    MemberImport,
    Organization,
    RoleGrant,
)
from lianxue.organizations.roster.rows import RowData
from lianxue.shared.ids import hash_token

from .cast import Cast, make_cast_anew
from .factories import OrganizationFactory, put_in_chain
from .files.makers import stored
from .kept import Kept
from .learning.world import address_ids as learning_ids
from .learning.world import learning_world
from .notices.makers import ALL, draft, sent
from .points.world import points_world
from .worktasks.world import address_ids, task_world

INVITATION_TOKEN = "an-invitation-of-the-county"
CLAIM_TOKEN = "a-claim-link-of-the-unclaimed"
CARD_TOKEN = "the-card-of-somebody-elsewhere"


@dataclass(frozen=True)
class Route:
    """One address: its name, and the names of what stands in it."""

    name: str
    arguments: tuple[str, ...]


def routes() -> list[Route]:
    """All of them but the API's (``tests/api`` tries each) and the developers' own pages."""
    return [route for route in _walk(get_resolver(), "") if not route.name.startswith("api:")]


def _walk(resolver: URLResolver, space: str) -> Iterator[Route]:
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield Route(f"{space}{one.name}", tuple(one.pattern.regex.groupindex))
        elif one.namespace != "dev":
            yield from _walk(one, f"{space}{one.namespace}:" if one.namespace else space)


def undone(client: Client, send: Callable[[], HttpResponse]) -> HttpResponse:
    """What ``send`` is answered; what it wrote is undone, and ``client`` is as it was.

    So it is still signed in after 退出登录, and the next address is not tried as a visitor.
    """
    before, cookies = transaction.savepoint(), copy.deepcopy(client.cookies)
    answer = send()
    transaction.savepoint_rollback(before)
    client.cookies = cookies
    return answer


@dataclass
class World:
    """The cast with one of everything that an address can name, all of 县 where it has an owner."""

    cast: Cast
    unclaimed: Organization  # 待认领, below 县
    ids: dict[str, int | str]

    def address(self, route: Route) -> str:
        """The route's address, its arguments filled from ``ids``."""
        ids = dict(self.ids)
        if "_rename" in route.name and "request_id" in route.arguments:
            ids["request_id"] = self.ids["rename_id"]
        space, _, page = route.name.replace("console_", "").partition(":")
        as_made = ids["notice_id"] == ids["sent_id"]  # else a test asks for an id of its own
        if as_made and space == "notices" and page in _DRAFTS | _FROM_ABOVE:
            ids["notice_id"] = ids["draft_id" if page in _DRAFTS else "from_above_id"]
        if space == "worktasks":
            ids |= address_ids(page, ids)
        if space == "learning":
            ids |= learning_ids(page, ids)
        if "claim" in route.name:
            ids |= {"organization_id": self.unclaimed.pk, "token": CLAIM_TOKEN}
        if "card" in route.name:
            ids["token"] = CARD_TOKEN
        return reverse(route.name, kwargs={key: ids[key] for key in route.arguments})


def make_world_anew() -> World:
    """The cast and what it lacks: links, an application, an offer, a message, a real-name request.

    Some four hundred statements.
    """
    cast = make_cast_anew()
    moment = timezone.now()
    open_link = {"created_at": moment, "expires_at": moment + timedelta(days=7)}
    unclaimed = put_in_chain(OrganizationFactory(name="中共云岭乡委员会"), cast.county)
    invitation = CertificationInvitation.objects.create(
        organization=cast.county,
        token=INVITATION_TOKEN,
        token_hash=hash_token(INVITATION_TOKEN),
        max_uses=None,
        **open_link,
    )
    claim = ClaimLink.objects.create(
        organization=unclaimed, token=CLAIM_TOKEN, token_hash=hash_token(CLAIM_TOKEN), **open_link
    )
    application = CertificationApplication.objects.create(
        applicant=cast.newcomer,
        superior=cast.county,
        invitation=invitation,
        submitted_by=cast.newcomer_admin,
        submitted_at=moment,
    )
    rename = RenameRequest.objects.create(
        organization=unclaimed,
        superior=cast.county,
        old_name=unclaimed.name,
        new_name="中共云岭镇委员会",
        asked_at=moment,
    )
    offer = HandoverOffer.objects.create(
        organization=cast.county,
        from_membership=cast.memberships[cast.owner.pk],
        to_membership=cast.memberships[cast.colleague.pk],
        offered_at=moment,
    )
    item = InboxItem.objects.create(
        place=f"user:{cast.owner.pk}",
        topic="member.welcome",
        title="欢迎",
        body="",
        kind="message",
        created_at=moment,
    )
    request = RealNameVerification.objects.create(
        user=cast.member,
        verifier="manual",
        name="刘洋",
        id_number="11010119900307889X",
        id_number_hash="a",
        id_number_masked="1****************X",
        submitted_at=moment,
    )
    CardLink.objects.create(
        user=cast.other_member,
        token=CARD_TOKEN,
        token_hash=hash_token(CARD_TOKEN),
        created_at=moment,
    )
    asked = FriendRequest.objects.create(
        from_user=cast.colleague, to_user=cast.owner, way="organization", asked_at=moment
    )
    return World(
        cast,
        unclaimed,
        {
            "organization_id": cast.county.pk,
            "branch_id": cast.first_branch.pk,
            "membership_id": cast.memberships[cast.member.pk].pk,
            "grant_id": RoleGrant.objects.get(membership__user=cast.colleague).pk,
            "offer_id": offer.pk,
            "invitation_id": invitation.pk,
            "application_id": application.pk,
            "link_id": claim.pk,
            "rename_id": rename.pk,
            "item_id": item.pk,
            "import_id": _an_import(cast).pk,
            "request_id": request.pk,
            "friend_request_id": asked.pk,
            "group_id": _a_group(cast).pk,
            **_a_notice(cast),
            **task_world(cast),
            **learning_world(cast),
            **points_world(cast),
            "user_id": cast.member.pk,
            "token": INVITATION_TOKEN,
            "feed_token": feeds.subscribe(cast.member),
            "key": "service",
            "passkey_id": 1,
            "session_id": 1,
        },
    )


#: One of everything, in some thirty statements once the process has made it.
make_world = Kept(make_world_anew)


def _an_import(cast: Cast) -> MemberImport:
    """A roster that 县's main administrator has uploaded: one to add, one in error."""
    columns = [["name", "姓名"], ["phone", "手机号"]]
    batch = MemberImport.objects.create(
        organization=cast.county,
        file_name="名册.xlsx",
        digest="0" * 64,
        counts={"new": 1, "changed": 0, "unchanged": 0, "error": 1, "warning": 0}
        | {"file": {"columns": columns, "warned": []}},
        created_by=cast.owner,
        created_at=timezone.now(),
    )
    good = {"name": "钱多", "phone": "13600000001"}
    bad = {"name": "周小小", "phone": "1360"}
    ImportRow.objects.bulk_create(
        [
            ImportRow(
                batch=batch, number=2, outcome="new", data=RowData(raw=good, clean=good).dump()
            ),
            ImportRow(
                batch=batch,
                number=3,
                outcome="error",
                data=RowData(raw=bad, errors={"phone": "手机号码应为 11 位数字。"}).dump(),
            ),
        ]
    )
    return batch


def _a_group(cast: Cast) -> Group:
    """An internal group of 县: its main administrator and a plain member."""
    moment = timezone.now()
    group = Group.objects.create(
        name="宣传骨干", organization=cast.county, owner=cast.owner, created_at=moment
    )
    for person in (cast.owner, cast.member):
        GroupMember.objects.create(group=group, user=person, joined_at=moment)
    return group


#: What an administrator's page of a notice is about, where it is not one that was sent.
_DRAFTS = {"edit", "discard", "audience", "preview"}
_FROM_ABOVE = {"incoming", "pass_on", "close", "receive"}


def _a_notice(cast: Cast) -> dict[str, int | str]:
    """A notice with a file that 县's main administrator sent to everybody there and below; a draft
    of its; one that came from 市."""
    notice = draft(cast.owner, cast.county, needs_confirmation=True)
    file = stored(cast.owner)
    drafts.add_file(cast.owner, notice.pk, file)
    sending.send(cast.owner, notice.pk, ALL)
    return {
        "notice_id": notice.pk,
        "sent_id": notice.pk,
        "file_id": file.pk,
        "draft_id": draft(cast.owner, cast.county).pk,
        "from_above_id": sent(cast.city_admin, cast.city, needs_confirmation=True).notice_id,
    }
