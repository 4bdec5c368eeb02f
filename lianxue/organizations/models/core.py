"""Organisations, their branch trees, who stands in them and who runs them."""

from django.db import models
from treebeard.mp_tree import MP_Node

from lianxue.accounts.models import User


class Organization(models.Model):
    """One unit's learning organisation (学习组织).

    The chain's columns (``superior``, ``chain_path``, ``certified_at``) are written by
    ``certification.actions`` alone. ``chain_path`` is root/.../self in fixed-width steps
    (``shared.ids.path_step``); it is null while the organisation is not certified, and never
    changes while it has subordinates (design rule 6). The root has a path and no superior.

    Personal data: none of its own.
    """

    class Level(models.TextChoices):
        PROVINCE = "province", "省级"
        CITY = "city", "市级"
        COUNTY = "county", "县级"
        TOWNSHIP = "township", "乡镇级"
        OTHER = "", "其他"

    name = models.CharField("名称", max_length=100)
    #: The operator's own key for it (bulk set-up), e.g. the code of an administrative division.
    code = models.CharField(max_length=20, null=True, unique=True)  # noqa: DJ001 - unique when given
    level = models.CharField(max_length=10, choices=Level.choices, default=Level.OTHER, blank=True)
    division_code = models.CharField("所在地区", max_length=12, default="", blank=True)
    region = models.CharField("所在地区", max_length=60, default="", blank=True)
    superior = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="subordinates"
    )
    chain_path = models.CharField(max_length=210, null=True, unique=True)  # noqa: DJ001
    certified_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="organizations_created"
    )
    dissolved_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "学习组织"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(chain_path=None, certified_at=None, superior=None)
                | models.Q(chain_path__isnull=False, certified_at__isnull=False),
                name="organization_certified_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(dissolved_at=None) | models.Q(chain_path=None),
                name="organization_dissolved_uncertified",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_certified(self) -> bool:
        """Whether a superior has certified it (or it is the root)."""
        return self.chain_path is not None

    @property
    def is_root(self) -> bool:
        """Whether it is the top of the chain, named by the operator."""
        return self.chain_path is not None and self.superior_id is None


class FormerName(models.Model):
    """A name that an organisation had; kept and searchable (design rule 5). Personal data: none."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="former_names"
    )
    name = models.CharField(max_length=100, db_index=True)
    until = models.DateTimeField()

    class Meta:
        verbose_name = "曾用名"

    def __str__(self) -> str:
        return self.name


class Branch(MP_Node):
    """A node of the tree inside one organisation; the organisation itself is no node.

    Top nodes are treebeard roots, so all organisations share one forest; every write holds the
    organisation's lock (``organizations.actions.branches``). Personal data: none.
    """

    class Kind(models.TextChoices):
        COMMITTEE = "committee", "党委"
        GENERAL_BRANCH = "general_branch", "党总支"
        BRANCH = "branch", "党支部"
        GROUP = "group", "党小组"

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="branches"
    )
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类型", max_length=20, choices=Kind.choices, default=Kind.BRANCH)
    created_at = models.DateTimeField()

    class Meta(MP_Node.Meta):
        verbose_name = "支部"
        abstract = False

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's place in one organisation; exists by phone before the person registers.

    ``branch`` null means directly under the organisation (design rule 1).
    Personal data: phone, name; the reason of leaving.
    """

    class State(models.TextChoices):
        INVITED = "invited", "未激活"
        ACTIVE = "active", "已激活"
        ENDED = "ended", "已移出"

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    branch = models.ForeignKey(
        Branch, null=True, on_delete=models.PROTECT, related_name="memberships"
    )
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="memberships")
    phone = models.CharField("手机号码", max_length=11)
    name = models.CharField("姓名", max_length=20)
    #: The name in pinyin (``shared.names.sort_key``), by which people are listed A to Z.
    sort_key = models.CharField(max_length=80, default="", blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.INVITED)
    #: When the person was last asked by text message to come.
    reminded_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=100, default="", blank=True)

    class Meta:
        verbose_name = "成员"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "phone"],
                condition=~models.Q(state="ended"),
                name="membership_one_per_phone",
            ),
            models.UniqueConstraint(
                fields=["organization", "user"],
                condition=~models.Q(state="ended"),
                name="membership_one_per_user",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="active") | models.Q(user__isnull=False),
                name="membership_active_has_user",
            ),
        ]
        indexes = [
            models.Index(fields=["phone", "state"], name="membership_phone"),
            models.Index(fields=["organization", "state", "branch"], name="membership_place"),
            # all that a page of the list from A to Z is found by, however far down it is
            models.Index(
                fields=["organization", "sort_key", "name", "id", "state"],
                name="membership_by_name",
            ),
        ]

    def __str__(self) -> str:
        return f"membership {self.pk}"


class FormerPhone(models.Model):
    """A wrong number that a membership had before it was corrected.

    Personal data: the phone.
    """

    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="former_phones"
    )
    phone = models.CharField(max_length=11)
    corrected_at = models.DateTimeField()
    corrected_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)

    class Meta:
        verbose_name = "更正前的手机号"

    def __str__(self) -> str:
        return f"former phone {self.pk}"


class RoleGrant(models.Model):
    """A power that a membership holds now (history is in the audit log).

    ``scope`` null means the whole organisation. Personal data: who holds which office.
    """

    class Role(models.TextChoices):
        MAIN_ADMIN = "main_admin", "主管理员"
        LEARNING_ADMIN = "learning_admin", "学习管理员"

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="role_grants"
    )
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    scope = models.ForeignKey(
        Branch, null=True, on_delete=models.PROTECT, related_name="role_grants"
    )
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)

    class Meta:
        verbose_name = "管理员"
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(role="main_admin"),
                name="role_one_main_admin",
            ),
            models.CheckConstraint(
                condition=~models.Q(role="main_admin") | models.Q(scope=None),
                name="role_main_admin_whole",
            ),
            models.UniqueConstraint(
                fields=["membership", "scope"],
                condition=models.Q(role="learning_admin"),
                name="role_learning_admin_once",
            ),
            models.UniqueConstraint(
                fields=["membership"],
                condition=models.Q(role="learning_admin", scope=None),
                name="role_learning_admin_whole_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"


class HandoverOffer(models.Model):
    """The main administrator's offer of the office to another member, waiting for an answer.

    Personal data: who offered what to whom.
    """

    class State(models.TextChoices):
        OFFERED = "offered", "待接受"
        ACCEPTED = "accepted", "已接受"
        REFUSED = "refused", "已谢绝"
        WITHDRAWN = "withdrawn", "已撤回"

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="handover_offers"
    )
    from_membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    to_membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="handover_offers"
    )
    #: Whether the one who hands over stays as learning administrator of the whole organisation.
    stay_as_learning_admin = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OFFERED)
    offered_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "主管理员移交"
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(state="offered"),
                name="handover_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"handover {self.pk}"
