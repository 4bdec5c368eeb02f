"""Notices for tests, made by the very actions that people use."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.files.models import StoredFile
from lianxue.notices import policy
from lianxue.notices.actions import drafts, passing, sending
from lianxue.notices.actions.audiences import Audience
from lianxue.notices.actions.drafts import DraftText
from lianxue.notices.actions.passing import Passing
from lianxue.notices.models import Notice, Relay
from lianxue.organizations.models import Branch, Organization
from lianxue.shared.ids import new_token

#: The whole organisation; all directly below; both.
WHOLE = Audience(own="whole")
BELOW = Audience(below="all")
ALL = Audience(own="whole", below="all")


def to_branches(*branches: Branch, role: str = "") -> Audience:
    """The subtrees of these branches."""
    ids = tuple(branch.pk for branch in branches)
    return Audience(own="branches", branch_ids=ids, role=role)


def to_chosen(*organizations: Organization, own: str = "nobody") -> Audience:
    """These subordinates."""
    ids = tuple(one.pk for one in organizations)
    return Audience(own=own, below="chosen", organization_ids=ids)


def draft(actor: User, organization: Organization, kind: str = "notice", **text: Any) -> Notice:
    """A draft; ``text`` as ``DraftText``; of a task with a deadline."""
    values = {"title": "关于开展主题学习的通知", "body": "请各支部认真组织学习。", **text}
    if kind != "notice":
        values.setdefault("deadline", timezone.now() + timedelta(days=7))
    return drafts.create(actor, organization.pk, kind, DraftText(**values))


def sent(actor: User, organization: Organization, audience: Audience = ALL, **text: Any) -> Relay:
    """What ``actor`` sent to ``audience``: the organisation's own relay."""
    return sending.send(actor, draft(actor, organization, **text).pk, audience)


def passed(
    actor: User,
    organization: Organization,
    notice: Notice | int,
    audience: Audience = WHOLE,
    remark: str = "",
) -> Relay:
    """What ``organization`` passed on of ``notice``."""
    pk = notice if isinstance(notice, int) else notice.pk
    return passing.pass_on(actor, organization.pk, pk, Passing(audience, remark))


def reached(relay: Relay) -> set[User | None]:
    """Whom it reaches now."""
    return {row.user for row in policy.recipients(relay.pk)}


def make_file(owner: User, name: str = "学习安排.docx") -> StoredFile:
    """A file that ``owner`` uploaded; its bytes are nowhere."""
    return StoredFile.objects.create(
        key=f"test/{new_token()}",
        name=name,
        kind="application/octet-stream",
        size=10,
        sha256="0" * 64,
        owner_id=owner.pk,
        created_at=timezone.now(),
    )


def make_notice_file(owner: User, notice: Notice, name: str = "学习安排.docx") -> StoredFile:
    """A file that hangs at a draft."""
    file = make_file(owner, name)
    drafts.add_file(owner, notice.pk, file)
    return file
