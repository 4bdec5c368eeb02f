"""What the actions of certification share."""

from datetime import timedelta

from django.urls import reverse

from lianxue.accounts.models import Actor, User
from lianxue.audit.actions import register_details, register_events
from lianxue.inbox.actions import Note, post_message
from lianxue.organizations.models import Organization, RoleGrant
from lianxue.shared.errors import InvalidInput

register_events(
    {
        "certification.invitation_created": "发出了下级组织认证邀请",
        "certification.invitation_revoked": "撤销了认证邀请",
        "certification.application_submitted": "提交了认证申请",
        "certification.application_received": "收到了认证申请",
        "certification.application_withdrawn": "撤回了认证申请",
        "certification.application_refused": "认证申请未通过",
        "certification.certified": "通过了认证",
        "certification.subordinate_certified": "认证了下级组织",
        "certification.decertified": "解除了认证",
        "certification.subordinate_decertified": "解除了下级组织的认证",
        "certification.root_named": "被指定为最上级组织",
        "certification.chain_imported": "导入了认证链",
        "certification.renamed": "修改了组织名称",
        "certification.rename_asked": "申请修改组织名称",
        "certification.rename_approved": "同意了改名申请",
        "certification.rename_refused": "改名申请未通过",
        "certification.rename_withdrawn": "撤回了改名申请",
        "certification.claim_link_created": "发出了认领链接",
        "certification.claim_link_revoked": "撤销了认领链接",
        "certification.claimed": "认领了组织",
    }
)
register_details(
    {
        "applicant": "申请组织",
        "superior": "上级组织",
        "organization": "组织",
        "bound_name": "仅限这个组织使用",
        "max_uses": "最多使用次数",
        "days": "有效天数",
    }
)

#: How long a link can be used, in days; the first choice on the form is the default.
LIFETIMES = (7, 1, 30)
REASON_MAX = 100


def account(actor: Actor) -> User | None:
    """The user for a foreign key; None for the operator at the command line."""
    return actor if isinstance(actor, User) else None


def lifetime(days: int, *, field: str = "days") -> timedelta:
    """One of ``LIFETIMES``. Raises InvalidInput at ``field``."""
    if days not in LIFETIMES:
        raise InvalidInput.at(field, "请从列出的有效期中选择一项。")
    return timedelta(days=days)


def clean_reason(text: str, *, required: bool, field: str = "reason") -> str:
    """A reason of at most 100 characters. Raises InvalidInput at ``field``."""
    reason = " ".join(text.replace("\0", " ").split())
    if required and not reason:
        raise InvalidInput.at(field, "请填写原因，对方会看到。")
    if len(reason) > REASON_MAX:
        raise InvalidInput.at(
            field, f"原因最多 {REASON_MAX} 个字，现在是 {len(reason)} 个字，请写短一些。"
        )
    return reason


def tell(user_id: int | None, note: Note) -> None:
    """A message to one person, when there is one."""
    if user_id is not None:
        post_message(user_id, note)


def tell_main_admin(organization: Organization, note: Note) -> None:
    """A message to the organisation's main administrator, when somebody holds the office."""
    tell(
        RoleGrant.objects.filter(organization=organization, role=RoleGrant.Role.MAIN_ADMIN)
        .values_list("membership__user_id", flat=True)
        .first(),
        note,
    )


def status_note(topic: str, title: str, body: str, organization: Organization) -> Note:
    """A message that leads to the organisation's certification page."""
    return Note(
        topic=topic,
        title=title,
        body=body,
        link=reverse("certification:status", args=[organization.pk]),
        organization_id=organization.pk,
        subject=f"organization:{organization.pk}",
    )
