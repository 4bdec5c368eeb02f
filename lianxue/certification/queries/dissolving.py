"""解散, looked at before it is done: what is in the way, what would end, what stays (2.4.2 ⑤)."""

from dataclasses import dataclass

from django.db.models import Count, Q

from lianxue.audit.queries import LogFilter, organization_log
from lianxue.organizations.models import (
    HandoverOffer,
    MemberImport,
    Membership,
    Organization,
    RoleGrant,
    RosterDetail,
)
from lianxue.shared.clock import now

from ..models import Certification, CertificationApplication, ClaimLink
from . import applications, renames


@dataclass(frozen=True)
class Counted:
    """One line: what it is, how many of it, and one sentence more."""

    word: str
    count: str
    help: str = ""


@dataclass(frozen=True)
class Hurdles:
    """What must go first, in this order: certified subordinates, then the own certification."""

    subordinates: int
    superior: Organization | None
    certified: bool
    is_root: bool
    renaming: bool

    @property
    def any(self) -> bool:
        """Whether something is in the way."""
        return self.certified


@dataclass(frozen=True)
class Preview:
    """What dissolving would meet and do; ``withdrawn``, ``ended`` and ``deleted`` may be empty."""

    hurdles: Hurdles
    withdrawn: list[Counted]
    ended: list[Counted]
    deleted: list[Counted]
    kept: list[Counted]

    @property
    def free(self) -> bool:
        """Whether nothing is in the way."""
        return not self.hurdles.any


def preview(organization: Organization) -> Preview:
    """See Preview; a fixed number of statements. The caller has asked who may look."""
    return Preview(
        hurdles=_hurdles(organization),
        withdrawn=_withdrawn(organization),
        ended=_ended(organization),
        deleted=_deleted(organization),
        kept=_kept(organization),
    )


def _hurdles(organization: Organization) -> Hurdles:
    return Hurdles(
        subordinates=Organization.objects.filter(superior=organization).count(),
        superior=organization.superior,
        certified=organization.is_certified,
        is_root=organization.is_root,
        renaming=renames.pending_of(organization) is not None,
    )


def _withdrawn(organization: Organization) -> list[Counted]:
    """What waits for an answer now, and would end without one."""
    found = []
    sent = applications.pending_of(organization)
    if sent is not None:
        found.append(Counted("认证申请", "1 份", f"发给“{sent.superior.name}”，还在等待审核"))
    received = CertificationApplication.objects.filter(
        superior=organization, state=CertificationApplication.State.PENDING
    ).count()
    if received:
        found.append(Counted("收到的认证申请", f"{received} 份", "解除认证时退回给对方"))
    offer = (
        HandoverOffer.objects.filter(organization=organization, state=HandoverOffer.State.OFFERED)
        .select_related("to_membership")
        .first()
    )
    if offer is not None:
        found.append(Counted("主管理员移交", "1 项", f"等待{offer.to_membership.name}接受"))
    under_way = MemberImport.objects.filter(
        organization=organization, state__in=[MemberImport.State.READY, MemberImport.State.QUEUED]
    ).count()
    if under_way:
        found.append(Counted("成员导入", f"{under_way} 份", "没有写入的不再写入"))
    return found


def _ended(organization: Organization) -> list[Counted]:
    people = Membership.objects.filter(organization=organization).aggregate(
        living=Count("pk", filter=~Q(state=Membership.State.ENDED)),
        active=Count("pk", filter=Q(state=Membership.State.ACTIVE)),
    )
    offices = RoleGrant.objects.filter(organization=organization).count()
    links = ClaimLink.objects.filter(
        organization=organization, claimed_at=None, revoked_at=None, expires_at__gt=now()
    ).count()
    others = people["active"] - 1  # who does it needs no message
    told = f"全部移出；已激活的其他 {others} 人会收到消息" if others > 0 else "全部移出"
    found = [
        Counted("成员", f"{people['living']} 人", told),
        Counted("管理职务", f"{offices} 项", "主管理员和学习管理员"),
        Counted("组织架构和内部群", "", "不能再打开"),
    ]
    if links:
        found.append(Counted("认领链接", f"{links} 份", "立即失效"))
    return found


def _deleted(organization: Organization) -> list[Counted]:
    rosters = RosterDetail.objects.filter(membership__organization=organization).count()
    if not rosters:
        return []
    return [Counted("名册信息", f"{rosters} 人", "民族、出生日期、入党时间等，删除后不能恢复")]


def _kept(organization: Organization) -> list[Counted]:
    log = organization_log(organization.pk, LogFilter()).count()
    names = organization.former_names.count()
    history = Certification.objects.filter(organization=organization).count()
    return [
        Counted("成员的账号和积分", "", "仍可登录，其他组织不受影响"),
        Counted("操作日志", f"{log} 条", "由平台运维人员保管"),
        Counted("曾用名", f"{names} 个"),
        Counted("认证记录", f"{history} 条"),
    ]
