"""安全中心: watermarks, hidden numbers, who may see whom (manual 2.4.2 ④)."""

from django.db import models

from .core import Branch, Organization, RoleGrant


class Reach(models.TextChoices):
    """Whom a plain member may see of the own organisation."""

    WHOLE = "whole", "整个组织"
    SUBTREE = "subtree", "本支部及下级支部"
    BRANCH = "branch", "仅本支部"


class SecuritySettings(models.Model):
    """An organisation's choices; one that has no row has these defaults. Personal data: none."""

    organization = models.OneToOneField(
        Organization, on_delete=models.CASCADE, primary_key=True, related_name="security"
    )
    watermark = models.BooleanField("通讯录水印", default=True)
    group_real_names = models.BooleanField("内部群显示真名", default=True)
    group_watermark = models.BooleanField("内部群水印", default=True)
    reach = models.CharField(
        "成员可见范围", max_length=10, choices=Reach.choices, default=Reach.WHOLE
    )

    class Meta:
        verbose_name = "安全设置"

    def __str__(self) -> str:
        return f"security of {self.pk}"


class BranchReach(models.Model):
    """Another reach for who stands in a branch or below it; the nearest one above counts.

    Personal data: none.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="branch_reaches"
    )
    branch = models.OneToOneField(Branch, on_delete=models.CASCADE, related_name="reach")
    reach = models.CharField("可见范围", max_length=10, choices=Reach.choices)

    class Meta:
        verbose_name = "支部的可见范围"

    def __str__(self) -> str:
        return f"reach of branch {self.branch_id}"


class HiddenPhones(models.Model):
    """Whose numbers are hidden: of a branch with all below it, of a role, or of everybody.

    Both null/empty: everybody. Hidden: only administrators in scope and the person see the number.
    Personal data: none.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="hidden_phones"
    )
    branch = models.ForeignKey(
        Branch, null=True, on_delete=models.CASCADE, related_name="hidden_phones"
    )
    #: Empty: whatever the role.
    role = models.CharField(max_length=20, choices=RoleGrant.Role.choices, default="", blank=True)

    class Meta:
        verbose_name = "隐藏手机号"
        constraints = [
            models.UniqueConstraint(fields=["branch"], name="hidden_phones_branch_once"),
            models.UniqueConstraint(
                fields=["organization", "role"],
                condition=models.Q(branch=None),
                name="hidden_phones_role_once",
            ),
            models.CheckConstraint(
                condition=models.Q(branch=None) | models.Q(role=""),
                name="hidden_phones_branch_or_role",
            ),
        ]

    def __str__(self) -> str:
        return f"hidden phones {self.pk}"
